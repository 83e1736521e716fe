// Keyboard, pointer and fields. Looking back never changes the session.

import { likeliest } from "./format.js";
import { turn } from "./plots.js";
import { resolve, withProbs } from "./view.js";

const $ = (id) => document.getElementById(id);

// target returns the selection under a pointer, or null.
function target(panel, element) {
  const mark = element.closest?.("[data-row]");
  if (!mark) return null;
  const column = panel.columns.find((c) => c.element.contains(mark));
  const row = Number(mark.dataset.row);
  const group = column?.cells.find((c) => c.rows.some((r) => r.row === row));
  if (!group) return null;
  const found = group.rows.find((r) => r.row === row);
  const choice = mark.dataset.choice === undefined ? null : found.choices[Number(mark.dataset.choice)];
  return { cell: group.cell, name: found.name, choice };
}

const same = (a, b) => a.cell === b.cell && a.name === b.name && a.choice === b.choice;

function pointer(panel) {
  document.addEventListener("mouseover", (e) => {
    const found = target(panel, e.target);
    const inside = e.target.closest?.(".heat, .dag");
    const wish = found || (inside ? null : panel.kept);
    if (wish && !same(wish, panel.selection)) panel.select(wish, false);
  });
  document.addEventListener("click", (e) => {
    const found = target(panel, e.target);
    if (found) panel.select(found);
  });
}

/** moved returns the selection after moving by edges and choices inside its cell. */
export function moved(column, selection, trace, edges, choices) {
  const found = resolve(column.cells, selection);
  if (!found) return selection;
  const rows = found.group.rows;
  const row = rows[(found.index + edges + rows.length) % rows.length];
  let { choice } = selection;
  if (choices !== 0) {
    const k = choice === null ? likeliest(withProbs([row], trace)[0].probs) : row.choices.indexOf(choice);
    choice = row.choices[(k + choices + row.choices.length) % row.choices.length];
  }
  return { cell: found.group.cell, name: row.name, choice };
}

function move(panel, column, edges, choices) {
  const trace = column?.last;
  if (trace) panel.select(moved(column, panel.kept, trace, edges, choices));
}

function otherCell(panel) {
  const cells = panel.columns[0]?.cells || [];
  const at = cells.findIndex((c) => c.cell === panel.kept.cell);
  const next = cells[(at + 1) % cells.length];
  if (next) panel.select({ ...panel.kept, cell: next.cell });
}

function forward(panel, n) {
  if (panel.look < panel.session.head && panel.look !== panel.session.now) panel.goTo(panel.look + n);
  else panel.step(n);
}

function inHeat(panel, key) {
  const heat = document.activeElement?.closest?.(".heat");
  const by = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[key];
  if (!heat || !by) return false;
  move(
    panel,
    panel.columns.find((c) => c.element.contains(heat)),
    ...by,
  );
  return true;
}

function keyboard(panel) {
  const first = () => panel.columns[0];
  const keys = {
    " ": () => panel.toggle(),
    ArrowRight: (e) => forward(panel, e.shiftKey ? 10 : 1),
    ArrowLeft: (e) => panel.goTo(panel.look - (e.shiftKey ? 10 : 1)),
    Home: () => panel.goTo(0),
    End: () => panel.goTo(panel.session.head),
    ArrowDown: () => move(panel, first(), 1, 0),
    j: () => move(panel, first(), 1, 0),
    ArrowUp: () => move(panel, first(), -1, 0),
    k: () => move(panel, first(), -1, 0),
    c: () => otherCell(panel),
    r: () => panel.reset(),
    f: () => !$("fork").disabled && askFork(panel),
    b: () => panel.back(),
    x: () => turn(panel),
    Escape: () => panel.drop(),
  };
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const text = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName) && e.target.id !== "look";
    if (text && e.key !== "Escape") return;
    if ($("text").open) return;
    const act = keys[e.key] || keys[e.key.toLowerCase()];
    if (!act || (e.key === " " && e.target.tagName === "BUTTON")) return;
    e.preventDefault();
    if (!inHeat(panel, e.key)) act(e);
  });
}

function askFork(panel) {
  panel.ask("fork");
  if (panel.asking !== "fork") return;
  $("forkname").value = `at-${panel.look}`;
  $("forkname").select();
  $("forkname").focus();
}

async function copy(panel) {
  const step = panel.look;
  const response = await fetch(`api/text?step=${step}`);
  const text = await response.text();
  try {
    if (!response.ok) throw new Error("refused");
    await navigator.clipboard.writeText(text);
    $("copy").textContent = `Copied step ${step}`;
  } catch {
    $("numbers").textContent = text;
    $("text").showModal();
    getSelection().selectAllChildren($("numbers"));
  }
}

async function setKnob(panel, input) {
  const value = Number(input.value.replace(",", ".").replace("−", "-"));
  if (input.value.trim() === "" || !Number.isFinite(value)) {
    panel.refused = `“${input.value}” is not a number; ${input.field.label} stays ${input.field.value}.`;
    input.blur();
    return panel.draw();
  }
  if (value === input.field.value) return null;
  for (const method of input.field.methods) await panel.command("set", { method, knob: input.field.name, value });
  return null;
}

function fields(panel) {
  $("step").onclick = () => panel.step(1);
  $("ten").onclick = () => panel.step(10);
  $("run").onclick = () => panel.toggle();
  $("reset").onclick = () => panel.reset();
  $("reset").onblur = () => panel.asking === "reset" && panel.ask("reset");
  $("fork").onclick = () => askFork(panel);
  $("axis").onchange = (e) => turn(panel, e.target.value);
  $("back").onclick = () => panel.back();
  $("copy").onclick = () => copy(panel);
  $("look").oninput = (e) => panel.goTo(Number(e.target.value));
  $("speed").onchange = (e) => panel.command("speed", { speed: Number(e.target.value) });
  $("seed").oninput = () => $("seed").setAttribute("data-pending", "");
  $("seed").onkeydown = (e) => e.key === "Enter" && panel.reset();
  $("forkform").onsubmit = (e) => {
    e.preventDefault();
    panel.fork(panel.look, $("forkname").value.trim() || `at-${panel.look}`);
  };
  $("knobs").addEventListener("change", (e) => setKnob(panel, e.target));
  $("knobs").addEventListener("keydown", (e) => e.key === "Enter" && e.target.blur());
  $("message").addEventListener("click", (e) => {
    const button = e.target.closest("button");
    if (!button) return;
    const step = Number(button.dataset.step);
    if (button.dataset.act === "at") panel.command("at", { step });
    else if (button.dataset.act === "fork") panel.fork(step, `at-${step}`);
    else panel.drop();
  });
  addEventListener("message", (e) => {
    if (e.source !== parent || (e.data?.theme !== "light" && e.data?.theme !== "dark")) return;
    document.documentElement.dataset.theme = e.data.theme;
    panel.changed();
  });
}

export function listen(panel) {
  pointer(panel);
  keyboard(panel);
  fields(panel);
}
