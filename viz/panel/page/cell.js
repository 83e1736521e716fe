// One cell as an SVG drawing, written as a string. No DOM.

import { edgeProb, escape, likeliest } from "./format.js";
import { cut, heightOf, labels, layout, path } from "./layout.js";

const TEXT = 10.5; // px of a label on an edge
/** text.character is the mean width of a character, in units of its size; the page measures it. */
export const text = { character: 0.545 };
const LABEL = { width: 96, height: TEXT + 6 }; // px; the widest label that places are kept for
const known = new Map(); // layouts by size

function placed(nodes, W) {
  const key = `${nodes} ${W}`;
  if (!known.has(key)) {
    if (known.size > 20) known.clear();
    const cell = layout(nodes, W, heightOf(nodes));
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
  const head = `M${f(end[0])} ${f(end[1])}L${f(x - uy * half)} ${f(y + ux * half)}L${f(x + uy * half)} ${f(y - ux * half)}Z`;
  const dash = operation.empty ? ' stroke-dasharray="3 4"' : "";
  return (
    `<g opacity="${(operation.empty ? Math.max(alpha, 0.75) : alpha).toFixed(2)}">` +
    `<path d="${path(cut(p, t))}" fill="none" stroke="${operation.color}" stroke-width="${width.toFixed(2)}"${dash}/>` +
    `<path d="${head}" fill="${operation.empty ? "none" : operation.color}" stroke="${operation.empty ? operation.color : "none"}"/></g>`
  );
}

function label(edge, spot, tokens) {
  const { operation, p, row, chosen } = edge;
  const name = edge.short || spot.short ? "" : operation.label;
  const value = edgeProb(p);
  const width = (name.length + value.length + (name ? 1 : 0)) * TEXT * text.character + 20;
  const [x, y] = [spot.x - width / 2, spot.y];
  const swatch = operation.empty
    ? `fill="none" stroke="${operation.color}" stroke-dasharray="2 1.5"`
    : `fill="${operation.color}" stroke="${operation.color}"`;
  return (
    `<g class="label" data-row="${row}"><rect x="${x.toFixed(1)}" y="${(y - LABEL.height / 2).toFixed(1)}" width="${width.toFixed(1)}" ` +
    `height="${LABEL.height}" rx="4" fill="${chosen ? tokens.sel : tokens.bg}" fill-opacity="${chosen ? 1 : 0.94}" ` +
    `stroke="${chosen ? tokens.sel_line : "none"}" stroke-width="1.3"/>` +
    `<rect x="${(x + 5).toFixed(1)}" y="${(y - 4).toFixed(1)}" width="8" height="8" rx="1.5" ${swatch}/>` +
    `<text x="${(x + 17).toFixed(1)}" y="${(y + TEXT * 0.36).toFixed(1)}" font-size="${TEXT}" fill="${operation.empty && !chosen ? tokens.ink3 : tokens.ink}">` +
    `${name ? `${escape(name)} ` : ""}<tspan font-weight="600">${value}</tspan></text></g>`
  );
}

function node(cell, n, tokens) {
  const [x, y] = [cell.x[n], cell.y[n]];
  if (n < 2) {
    return (
      `<rect x="${x - cell.box}" y="${y - 10}" width="${2 * cell.box}" height="20" rx="4" fill="${tokens.panel}" stroke="${tokens.ink3}"/>` +
      `<text x="${x}" y="${y + 4}" text-anchor="middle" font-size="10.5" fill="${tokens.ink}">${n} <tspan fill="${tokens.ink3}">k−${2 - n}</tspan></text>`
    );
  }
  return (
    `<circle cx="${x}" cy="${y}" r="${cell.radius}" fill="${tokens.bg}" stroke="${tokens.ink}" stroke-width="1.3"/>` +
    `<text x="${x}" y="${y + 4}" text-anchor="middle" font-size="${cell.radius > 10 ? 11.5 : 10}" font-weight="600" fill="${tokens.ink}">${n}</text>`
  );
}

/**
 * drawCell returns the SVG of a cell. rows: [{row, edge: [i, j], choices, probs}];
 * options: {palette, width, chosen (row or −1), title}.
 */
export function drawCell(rows, { palette, width, chosen, title }) {
  const nodes = Math.max(...rows.map((r) => r.edge[1])) - 1;
  const { cell, spots } = placed(nodes, width);
  const tokens = palette.tokens;
  const edges = rows.map((r) => {
    const k = likeliest(r.probs);
    const name = r.edge.join("-");
    const p = r.probs[k];
    return { ...r, name, p, n: r.probs.length, curve: cell.edges[name], operation: palette.operation(r.choices[k]),
      chosen: r.row === chosen, short: width < 300 && p < 0.27 };
  }).filter((e) => e.curve).sort((a, b) => a.p - b.p);
  const aria = rows.map((r) => {
    const k = likeliest(r.probs);
    return `${r.edge.join("→")} ${palette.operation(r.choices[k]).name} ${r.probs[k].toFixed(2)}`;
  }).join(", ");
  const marked = edges.find((e) => e.chosen);
  const free = (e) => (e.chosen && (!spots[e.name] || spots[e.name].short) ? middleOf(e.curve) : spots[e.name]);
  return (
    `<svg width="${cell.W}" height="${cell.H}" viewBox="0 0 ${cell.W} ${cell.H}" role="img" aria-label="${escape(`${title}: ${aria}`)}">` +
    (marked ? `<path d="${path(marked.curve)}" fill="none" stroke="${tokens.sel}" stroke-width="14" stroke-linecap="round"/>` : "") +
    edges.map((e) => stroke(e.curve, strokeWidth(e.p, e.n, nodes > 4 ? 5 : 8), e.operation, opacity(e.p, e.n))).join("") +
    edges.map((e) => `<path class="hit" data-row="${e.row}" d="${path(e.curve)}"/>`).join("") +
    [...edges.filter((e) => !e.chosen), ...(marked ? [marked] : [])].map((e) => (free(e) ? label(e, free(e), tokens) : "")).join("") +
    cell.x.map((_, n) => node(cell, n, tokens)).join("") + "</svg>"
  );
}

const middleOf = (p) => ({ x: (p[0][0] + 3 * p[1][0] + 3 * p[2][0] + p[3][0]) / 8, y: (p[0][1] + 3 * p[1][1] + 3 * p[2][1] + p[3][1]) / 8 });
