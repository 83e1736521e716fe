// Returns what stands on the panel, as it is written there; nothing is computed.
const number = (text) => Number(text.replaceAll(",", "").replaceAll("−", "-"));
// Formulas become text that a reader of arithmetic understands.
const plain = (node) => {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  const parts = [...node.childNodes].map(plain);
  const pair = { msup: "^", mfrac: "/" }[node.localName];
  if (pair) return `(${parts[0]})${pair}(${parts[1]})`;
  if (node.localName === "msub") return `${parts[0]}_${parts[1]}`;
  if (node.localName === "mo") return { "−": "-", "·": "*" }[node.textContent] || node.textContent;
  return parts.join("");
};
const column = (section) => {
  const rows = {};
  for (const g of section.querySelectorAll(".heat .square")) (rows[g.dataset.row] ||= []).push(Number(g.textContent));
  const ends = [...section.querySelectorAll(".heat svg text[text-anchor=end]")].map((t) => t.textContent);
  const credit = ends.find((t) => t.startsWith("credit"));
  return {
    method: section.dataset.method,
    numbers: section.querySelector("h2 .numbers").textContent,
    entropy: [...section.querySelectorAll(".caption")]
      .map((c) => /entropy ([\d.]+) of/.exec(c.textContent))
      .filter(Boolean)
      .map((m) => Number(m[1])),
    cell: section.querySelector("[data-part=heatcap] b")?.textContent,
    rows,
    credit: credit ? { unit: credit, values: ends.filter((t) => t !== credit).map(number) } : null,
    tag: section.querySelector(".tag")?.textContent,
    selected: section.querySelector(".tag b")?.textContent,
    terms: [...section.querySelectorAll(".equation tr")].map((tr) => [...tr.cells].map((c) => c.textContent.trim())),
    lines: [...section.querySelectorAll(".equation .math math")].map(plain),
    notes: [...section.querySelectorAll(".equation .note")].map((n) => n.textContent),
    charts: section.querySelectorAll(".chart canvas").length,
  };
};
return {
  step: number(document.querySelector("#clock b")?.textContent || "0"),
  clock: document.getElementById("clock").textContent,
  state: document.getElementById("pill").dataset.state,
  pill: document.getElementById("pill").textContent,
  theme: document.documentElement.dataset.theme,
  message: document.getElementById("message").hidden ? "" : document.getElementById("message").textContent,
  columns: [...document.querySelectorAll("#columns section")].map(column),
};
