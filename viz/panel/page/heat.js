// Probabilities of one cell as a heat map, with the credit of each decision
// beside its row. Written as an SVG string. No DOM.

import { escape, fixed, likeliest, minus, niceAbove, superscript } from "./format.js";

const ROW = 14; // px
const TOP = 18; // px of the column heads

/** sizes returns the columns of a heat map with the given row names and choices. */
function sizes(names, columns, credit) {
  const left = Math.min(110, Math.max(40, 14 + 6 * Math.max(...names.map((n) => n.length))));
  const cell = Math.max(15, Math.min(24, Math.floor(200 / columns)));
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

function heads(choices, s, palette) {
  return choices.map((name, k) => {
    const o = palette.operation(name);
    const x = s.left + k * s.cell;
    const mark = o.empty ? `fill="none" stroke="${o.color}" stroke-width=".8" stroke-dasharray="2 1.5"` : `fill="${o.color}"`;
    return (
      `<text x="${x + s.cell / 2}" y="9" font-size="${s.cell < 20 ? 8 : 9.5}" text-anchor="middle" fill="${palette.tokens.ink2}">${escape(o.head)}</text>` +
      `<rect x="${x + 2}" y="12.5" width="${s.cell - 5}" height="2.5" ${mark}/>`
    );
  }).join("");
}

function creditBar(value, y, s, scale, palette, chosen) {
  const { tokens } = palette;
  const zero = s.bars + s.bar / 2;
  const positive = value >= 0;
  const width = (Math.min(1, Math.abs(value) / scale.full) * s.bar) / 2;
  const cut = Math.abs(value) > scale.full;
  return (
    `<rect x="${(positive ? zero : zero - width).toFixed(1)}" y="${y + 2.5}" width="${Math.max(0.8, width).toFixed(1)}" height="${ROW - 6}" ` +
    `fill="${positive ? tokens.ink2 : tokens.bg}" stroke="${tokens.ink2}"/>` +
    (cut ? `<path d="M${zero + (positive ? 1 : -1) * (width - 6)} ${y + ROW - 2}l3-${ROW - 4}" stroke="${chosen ? tokens.sel : tokens.bg}" stroke-width="2"/>` : "") +
    `<text x="${s.width - 4}" y="${y + 10}" font-size="9.5" text-anchor="end" fill="${tokens.ink}">${fixed(value / 10 ** scale.exponent, 1)}</text>`
  );
}

function heatRow(r, i, s, o) {
  const { palette } = o;
  const { tokens } = palette;
  const y = TOP + i * ROW;
  const chosen = r.row === o.chosen;
  const best = likeliest(r.probs);
  const back = chosen
    ? `<rect x="1" y="${y - 1}" width="${s.width - 2}" height="${ROW + 1}" fill="${tokens.sel}" stroke="${tokens.sel_line}" stroke-width="1.3" rx="3"/>`
    : "";
  const name = `<text x="6" y="${y + 10}" font-size="10.5" fill="${tokens.ink}" font-weight="${chosen ? 650 : 400}">${escape(r.name)}</text>`;
  const cells = r.probs.map((p, k) => {
    const tone = palette.grey(p, r.probs.length);
    const x = s.left + k * s.cell;
    const mark = chosen && k === o.choice ? ` stroke="${tokens.sel_line}" stroke-width="1.6"` : "";
    return (
      `<g class="square" data-row="${r.row}" data-choice="${k}"><rect x="${x}" y="${y}" width="${s.cell - 1}" height="${ROW - 1}" fill="${tone.fill}"${mark}/>` +
      `<text x="${x + s.cell / 2 - 0.5}" y="${y + 10}" font-size="9.5" text-anchor="middle" fill="${tone.text}" font-weight="${k === best ? 700 : 400}">${Math.round(p * 100)}</text></g>`
    );
  }).join("");
  const hit = `<rect class="hit row" data-row="${r.row}" x="0" y="${y}" width="${s.width}" height="${ROW}"/>`;
  return back + hit + name + cells + (o.credit && Number.isFinite(r.credit) ? creditBar(r.credit, y, s, o.scale, palette, chosen) : "");
}

/**
 * drawHeat returns the SVG. rows: [{row, name, choices, probs, credit}]; options:
 * {palette, chosen, choice, credit (bool), scale, title}.
 */
export function drawHeat(rows, o) {
  const widest = rows.reduce((a, r) => (r.choices.length > a.length ? r.choices : a), []);
  const s = sizes(rows.map((r) => r.name), widest.length, o.credit);
  const height = TOP + rows.length * ROW + 2;
  const { tokens } = o.palette;
  const unit = o.scale && o.scale.exponent ? `, 10${superscript(o.scale.exponent)}` : "";
  const zero = s.bars + s.bar / 2;
  const head = o.credit
    ? `<text x="${s.width - 2}" y="9" font-size="9.5" text-anchor="end" fill="${tokens.ink2}">credit${unit}</text>` +
      `<line x1="${zero}" x2="${zero}" y1="14" y2="${height}" stroke="${tokens.ink3}"/>`
    : "";
  return (
    `<svg width="${s.width}" height="${height}" viewBox="0 0 ${s.width} ${height}" aria-hidden="true">` +
    heads(widest, s, o.palette) + head + rows.map((r, i) => heatRow(r, i, s, o)).join("") + "</svg>"
  );
}

/** tableOf returns the same numbers as a table for screen readers. */
export function tableOf(rows, o) {
  const body = rows.map((r) => {
    const credit = o.credit && Number.isFinite(r.credit) ? `, credit ${minus(r.credit.toPrecision(3))}` : "";
    const cells = r.probs.map((p, k) => `<td>${escape(o.palette.operation(r.choices[k]).name)} ${Math.round(p * 100)} per cent</td>`).join("");
    return `<tr><th scope="row">${escape(r.name)}${credit}</th>${cells}</tr>`;
  }).join("");
  return `<table class="hidden"><caption>${escape(o.title)}</caption><tbody>${body}</tbody></table>`;
}
