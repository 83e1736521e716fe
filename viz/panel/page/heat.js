// Probabilities of one cell as a heat map, with the credit of each decision
// beside its row. Written as an SVG string. No DOM.

import { clip, escape, fixed, likeliest, minus, niceAbove, superscript } from "./format.js";
import { picture, tag, words } from "./svg.js";
import { undecided } from "./view.js";

const ROW = 14; // px
const TOP = 18; // px of the column heads
const NAME = 26; // characters of a decision's name

/** sizes returns the columns of a heat map of rows. */
export function sizes(rows, credit) {
  const columns = Math.max(...rows.map((r) => r.choices.length));
  const left = Math.max(40, 14 + 5.8 * Math.max(...rows.map((r) => clip(r.name, NAME).length)));
  const cell = Math.max(15, Math.min(columns > 6 ? 24 : 30, Math.floor(200 / columns)));
  const bars = left + columns * cell + 6;
  return { left, cell, bars, bar: 50, width: credit ? bars + 86 : bars };
}

/** creditScale returns {exponent, full} for credits: a power of ten and the value of a full bar. */
export function creditScale(values) {
  const sorted = values.map(Math.abs).sort((a, b) => a - b);
  const typical = sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.7))] : 1;
  const full = niceAbove(typical || 1);
  return { exponent: Math.min(0, 3 * Math.floor(Math.log10(full) / 3 + 1e-9)), full };
}

// heads names the columns of one family of rows; y is their top.
function heads(choices, y, s, palette) {
  return choices.map((name, k) => {
    const { color, empty, head, plain } = palette.operation(name);
    const x = s.left + k * s.cell;
    const mark = { x: x + 2, y: y + 12.5, width: s.cell - 5, height: 2.5, fill: empty ? "none" : color };
    if (empty) Object.assign(mark, { stroke: color, "stroke-width": 0.8, "stroke-dasharray": "2 1.5" });
    const ink = { x: x + s.cell / 2, y: y + 9, "font-size": s.cell < 20 ? 8 : 9.5, "text-anchor": "middle" };
    return words({ ...ink, fill: palette.tokens.ink2 }, head) + (plain ? "" : tag("rect", mark));
  });
}

function creditBar(value, y, s, scale, tokens, chosen) {
  const zero = s.bars + s.bar / 2;
  const sign = value >= 0 ? 1 : -1;
  const width = (Math.min(1, Math.abs(value) / scale.full) * s.bar) / 2;
  const bar = { x: sign > 0 ? zero : zero - width, y: y + 2.5, width: Math.max(0.8, width), height: ROW - 6 };
  const slash = `M${zero + sign * (width - 6)} ${y + ROW - 2}l3-${ROW - 4}`;
  const ink = { x: s.width - 4, y: y + 10, "font-size": 9.5, "text-anchor": "end", fill: tokens.ink };
  return (
    tag("rect", { ...bar, fill: sign > 0 ? tokens.ink2 : tokens.bg, stroke: tokens.ink2 }) +
    (Math.abs(value) > scale.full
      ? tag("path", { d: slash, stroke: chosen ? tokens.sel : tokens.bg, "stroke-width": 2 })
      : "") +
    words(ink, fixed(value / 10 ** scale.exponent, 1))
  );
}

function square(r, k, y, s, o, marked, best) {
  const tone = o.palette.grey(r.probs[k], r.probs.length);
  const x = s.left + k * s.cell;
  const box = { x, y, width: s.cell - 1, height: ROW - 1, fill: tone.fill };
  if (marked) Object.assign(box, { stroke: o.palette.tokens.sel_line, "stroke-width": 1.6 });
  const ink = { x: x + s.cell / 2 - 0.5, y: y + 10, "font-size": 9.5, "text-anchor": "middle", fill: tone.text };
  return tag(
    "g",
    { class: "square", "data-row": r.row, "data-choice": k },
    tag("rect", box),
    words({ ...ink, "font-weight": best ? 700 : 400 }, Math.round(r.probs[k] * 100)),
    k === r.sampled ? tag("circle", { cx: x + s.cell - 4.5, cy: y + 3.5, r: 1.8, fill: tone.text }) : "",
  );
}

function heatRow(r, y, s, o) {
  const { tokens } = o.palette;
  const chosen = r.row === o.chosen;
  const best = undecided(r.probs) ? -1 : likeliest(r.probs);
  const parts = [];
  if (chosen) {
    const band = { x: 1, y: y - 1, width: s.width - 2, height: ROW + 1, rx: 3 };
    parts.push(tag("rect", { ...band, fill: tokens.sel, stroke: tokens.sel_line, "stroke-width": 1.3 }));
  }
  parts.push(tag("rect", { class: "hit row", "data-row": r.row, x: 0, y, width: s.width, height: ROW }));
  const ink = { x: 6, y: y + 10, "font-size": 10.5, fill: tokens.ink, "font-weight": chosen ? 650 : 400 };
  const name = clip(r.name, NAME);
  parts.push(tag("text", ink, name === r.name ? "" : tag("title", {}, escape(r.name)), escape(name)));
  r.probs.forEach((_, k) => parts.push(square(r, k, y, s, o, chosen && k === o.choice, k === best)));
  if (o.credit && Number.isFinite(r.credit)) parts.push(creditBar(r.credit, y, s, o.scale, tokens, chosen));
  return parts.join("");
}

/**
 * drawHeat returns the SVG. rows: [{row, name, choices, probs, credit}]; options:
 * {palette, chosen, choice, credit (bool), scale, title}.
 */
export function drawHeat(rows, o) {
  const s = sizes(rows, o.credit);
  const { tokens } = o.palette;
  const parts = [];
  let y = 0;
  let family = null;
  for (const r of rows) {
    if (r.family !== family) {
      const like = rows.filter((other) => other.family === r.family).map((other) => other.choices);
      parts.push(...heads(like.reduce((a, b) => (b.length > a.length ? b : a)), y, s, o.palette));
      family = r.family;
      y += TOP;
    }
    parts.push(heatRow(r, y, s, o));
    y += ROW;
  }
  const height = y + 2;
  if (o.credit) {
    const unit = o.scale.exponent ? `, 10${superscript(o.scale.exponent)}` : "";
    const zero = s.bars + s.bar / 2;
    const ink = { x: s.width - 2, y: 9, "font-size": 9.5, "text-anchor": "end", fill: tokens.ink2 };
    parts.push(words(ink, `credit${unit}`));
    parts.unshift(tag("line", { x1: zero, x2: zero, y1: 14, y2: height, stroke: tokens.ink3 }));
  }
  return picture(s.width, height, { "aria-hidden": "true" }, ...parts);
}

/** tableOf returns the same numbers as a table for screen readers. What hides
 * it is around it: a table would keep its width, and the map would scroll. */
export function tableOf(rows, o) {
  const body = rows
    .map((r) => {
      const credit = o.credit && Number.isFinite(r.credit) ? `, credit ${minus(r.credit.toPrecision(3))}` : "";
      const cells = r.probs
        .map((p, k) => `<td>${escape(o.palette.operation(r.choices[k]).name)} ${Math.round(p * 100)} per cent</td>`)
        .join("");
      return `<tr><th scope="row">${escape(r.name)}${credit}</th>${cells}</tr>`;
    })
    .join("");
  return `<table><caption>${escape(o.title)}</caption><tbody>${body}</tbody></table>`;
}
