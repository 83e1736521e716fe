// One cell as an SVG drawing, written as a string. No DOM.

import { edgeProb, escape, likeliest } from "./format.js";
import { at, cut, heightOf, labels, layout, path } from "./layout.js";
import { picture, tag } from "./svg.js";
import { undecided } from "./view.js";

const TEXT = 10.5; // px of a label on an edge
/** text.character is the mean width of a character, in units of its size; the page measures it. */
export const text = { character: 0.545 };
const LABEL = { width: 96, height: TEXT + 6 }; // px; the widest label that places are kept for
const known = new Map(); // layouts by size

function placed(nodes, W, inputs) {
  const key = `${nodes} ${W} ${inputs}`;
  if (!known.has(key)) {
    if (known.size > 20) known.clear();
    const cell = layout(nodes, W, heightOf(nodes), inputs);
    known.set(key, { cell, spots: labels(cell, LABEL.width, LABEL.height) });
  }
  return known.get(key);
}

/** strokeWidth grows with what a probability exceeds chance by. */
export const strokeWidth = (p, n, most = 8) => 1.1 + (most * Math.max(0, p - 1 / n)) / (1 - 1 / n || 1);

/** opacity is full from p = .45. */
export const opacity = (p, n) => Math.min(1, 0.42 + (0.58 * Math.max(0, p - 1 / n)) / Math.max(0.05, 0.45 - 1 / n));

// stroke draws one edge; it ends where the arrowhead begins, so that wide edges keep their point.
function stroke(p, width, operation, alpha) {
  const [, , c, end] = p;
  const angle = Math.atan2(end[1] - c[1], end[0] - c[0]);
  const [ux, uy] = [Math.cos(angle), Math.sin(angle)];
  const length = 5 + width * 0.95;
  const half = 2.6 + width * 0.68;
  const t = Math.max(0.5, 1 - (length * 0.85) / (3 * Math.hypot(end[0] - c[0], end[1] - c[1]) || 1));
  const [x, y] = [end[0] - ux * length, end[1] - uy * length];
  const f = (v) => v.toFixed(1);
  const corners = [`${f(x - uy * half)} ${f(y + ux * half)}`, `${f(x + uy * half)} ${f(y - ux * half)}`];
  const { color, empty } = operation;
  return tag(
    "g",
    { opacity: empty ? Math.max(alpha, 0.75) : alpha },
    tag("path", {
      d: path(cut(p, t)),
      fill: "none",
      stroke: color,
      "stroke-width": width,
      "stroke-dasharray": empty ? "3 4" : undefined,
    }),
    tag("path", {
      d: `M${f(end[0])} ${f(end[1])}L${corners[0]}L${corners[1]}Z`,
      fill: empty ? "none" : color,
      stroke: empty ? color : "none",
    }),
  );
}

function label(edge, spot, tokens) {
  const { operation, p, row, chosen } = edge;
  const name = edge.short || spot.short ? "" : `${operation.label} `;
  const value = edgeProb(p);
  const width = (name.length + value.length) * TEXT * text.character + 20;
  const x = spot.x - width / 2;
  const { y } = spot;
  const faint = operation.empty && !chosen;
  const back = {
    x,
    y: y - LABEL.height / 2,
    width,
    height: LABEL.height,
    rx: 4,
    fill: chosen ? tokens.sel : tokens.bg,
    "fill-opacity": chosen ? 1 : 0.94,
    stroke: chosen ? tokens.sel_line : "none",
    "stroke-width": 1.3,
  };
  const swatch = {
    x: x + 5,
    y: y - 4,
    width: 8,
    height: 8,
    rx: 1.5,
    fill: operation.empty ? "none" : operation.color,
    stroke: operation.color,
    "stroke-dasharray": operation.empty ? "2 1.5" : undefined,
  };
  const ink = { x: x + 17, y: y + TEXT * 0.36, "font-size": TEXT, fill: faint ? tokens.ink3 : tokens.ink };
  const number = tag("tspan", { "font-weight": 600 }, value);
  return tag(
    "g",
    { class: "label", "data-row": row },
    tag("rect", back),
    tag("rect", swatch),
    tag("text", ink, escape(name), number),
  );
}

function node(cell, n, tokens) {
  const [x, y] = [cell.x[n], cell.y[n]];
  const middle = { x, y: y + 4, "text-anchor": "middle", fill: tokens.ink };
  if (n < cell.inputs) {
    const box = { x: x - cell.box, y: y - 10, width: 2 * cell.box, height: 20, rx: 4 };
    const from = cell.inputs === 2 ? tag("tspan", { fill: tokens.ink3 }, `k−${2 - n}`) : "";
    return (
      tag("rect", { ...box, fill: tokens.panel, stroke: tokens.ink3 }) +
      tag("text", { ...middle, "font-size": 10.5 }, from ? `${n} ` : `${n}`, from)
    );
  }
  const size = cell.radius > 10 ? 11.5 : 10;
  return (
    tag("circle", { cx: x, cy: y, r: cell.radius, fill: tokens.bg, stroke: tokens.ink, "stroke-width": 1.3 }) +
    tag("text", { ...middle, "font-size": size, "font-weight": 600 }, n)
  );
}

/**
 * drawCell returns the SVG of a cell. rows: [{row, edge: [i, j], choices, probs}];
 * options: {palette, width, chosen (row or −1), title}.
 */
export function drawCell(rows, { palette, width, chosen, title }) {
  const inputs = rows.some((r) => r.edge[1] === 1) ? 1 : 2; // nothing leads into an input
  const nodes = Math.max(...rows.map((r) => r.edge[1])) + 1 - inputs;
  const { cell, spots } = placed(nodes, width, inputs);
  const tokens = palette.tokens;
  const any = { label: "any", name: "any operation", color: tokens.ink3, empty: false };
  const winner = (r, k) => (undecided(r.probs) ? any : palette.operation(r.choices[k]));
  const edges = rows
    .map((r) => {
      const k = likeliest(r.probs);
      const name = r.edge.join("-");
      const p = r.probs[k];
      return {
        ...r,
        name,
        p,
        n: r.probs.length,
        curve: cell.edges[name],
        operation: winner(r, k),
        chosen: r.row === chosen,
        short: width < 300 && p < 0.27,
      };
    })
    .filter((e) => e.curve)
    .sort((a, b) => a.p - b.p);
  const aria = rows
    .map((r) => {
      const k = likeliest(r.probs);
      return `${r.edge.join("→")} ${winner(r, k).name} ${r.probs[k].toFixed(2)}`;
    })
    .join(", ");
  const marked = edges.find((e) => e.chosen);
  const free = (e) => (e.chosen && (!spots[e.name] || spots[e.name].short) ? middleOf(e.curve) : spots[e.name]);
  const drawn = [
    ...edges.map((e) => stroke(e.curve, strokeWidth(e.p, e.n, nodes > 4 ? 5 : 8), e.operation, opacity(e.p, e.n))),
    ...edges.map((e) => tag("path", { class: "hit", "data-row": e.row, d: path(e.curve) })),
    ...[...edges.filter((e) => !e.chosen), ...(marked ? [marked] : [])]
      .filter((e) => free(e))
      .map((e) => label(e, free(e), tokens)),
    ...cell.x.map((_, n) => node(cell, n, tokens)),
  ];
  if (marked) drawn.unshift(tag("path", marker(marked, tokens)));
  return picture(cell.W, cell.H, { role: "img", "aria-label": `${title}: ${aria}` }, ...drawn);
}

const marker = (edge, tokens) => ({
  d: path(edge.curve),
  fill: "none",
  stroke: tokens.sel,
  "stroke-width": 14,
  "stroke-linecap": "round",
});

// middleOf returns the point halfway along a curve.
function middleOf(p) {
  const [x, y] = at(p, 0.5);
  return { x, y };
}
