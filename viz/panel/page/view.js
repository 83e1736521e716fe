// What is looked at: rows of a method's decisions, the selection, scalars at a
// step. Pure functions, no DOM.

import { entropy, likeliest } from "./format.js";
import { edgeOf } from "./layout.js";

const TITLES = { normal: "Normal cell", reduce: "Reduction cell", "": "Decisions" };

// begins says whether a list is the beginning of another one.
const begins = (a, b) => a.length <= b.length && a.every((x, k) => x === b[k]);

/**
 * families gives every row the number of its family, in the order of their first rows, and puts the rows of one
 * together: in a family every list of choices begins the longest one, so that one row of column heads names them all.
 */
function families(rows) {
  const longest = [];
  for (const r of rows) {
    const k = longest.findIndex((f) => begins(r.choices, f) || begins(f, r.choices));
    r.family = k < 0 ? longest.length : k;
    if (k < 0 || r.choices.length > longest[k].length) longest[r.family] = r.choices;
  }
  return rows.sort((a, b) => a.family - b.family || a.row - b.row);
}

/** cellsOf groups decisions by cell: [{cell, title, rows, drawable}]. */
export function cellsOf(decisions) {
  const groups = new Map();
  (decisions || []).forEach((d, row) => {
    if (!groups.has(d.cell)) groups.set(d.cell, []);
    groups.get(d.cell).push({ row, name: d.name, choices: d.choices, edge: edgeOf(d.name) });
  });
  return [...groups].map(([cell, list]) => {
    const rows = families(list);
    const drawable = rows.every((r) => r.edge) && Math.max(...rows.map((r) => r.edge[1])) <= 8;
    return { cell, title: TITLES[cell] ?? `${cell} cell`, rows, drawable };
  });
}

/** withProbs fills rows with the probabilities and credits of a trace. */
export function withProbs(rows, trace) {
  return rows.map((r) => {
    const stored = trace.probs && trace.probs[r.row];
    const sampled = trace.arch ? trace.arch[r.row] : -1;
    const probs = stored || r.choices.map((_, k) => (k === sampled ? 1 : 0));
    return { ...r, probs, sampled: stored ? sampled : -1, credit: trace.credit ? trace.credit[r.row] : NaN };
  });
}

/** undecided: all choices of a row are equally likely, so that none is its likeliest. */
export const undecided = (probs) => probs.length > 1 && Math.max(...probs) - Math.min(...probs) < 1e-9;

/** ofChoices says how many choices decisions have: "5 choices each", "2 to 6 choices". */
export function ofChoices(decisions) {
  const counts = decisions.map((d) => d.choices.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? `${most} choices each` : `${least} to ${most} choices`;
}

/** undecidedEntropy returns the most entropy that a cell can have, {value, label}: the mean of ln n over its decisions. */
export function undecidedEntropy(lists) {
  const cells = lists.flatMap((decisions) => cellsOf(decisions));
  const mean = (c) => c.rows.reduce((s, r) => s + Math.log(r.choices.length), 0) / c.rows.length;
  const counts = new Set(cells.flatMap((c) => c.rows.map((r) => r.choices.length)));
  const value = Math.max(0.1, ...cells.map(mean));
  return { value, label: counts.size === 1 ? `ln ${[...counts][0]}, undecided` : "undecided" };
}

/** meanEntropy returns {value, most} in nats per decision. */
export function meanEntropy(rows) {
  const mean = (f) => rows.reduce((s, r) => s + f(r), 0) / rows.length;
  return { value: mean((r) => entropy(r.probs)), most: mean((r) => Math.log(r.probs.length)) };
}

/** resolve finds a selection {cell, name, choice} in a method: {group, index, row, choice}. */
export function resolve(cells, selection) {
  const group = cells.find((c) => c.cell === selection.cell) || cells[0];
  if (!group) return null;
  const index = Math.max(
    0,
    group.rows.findIndex((r) => r.name === selection.name),
  );
  return { group, index, row: group.rows[index] };
}

/** choiceOf returns the selected choice of a row, or its likeliest. */
export function choiceOf(row, selection) {
  const k = selection.choice === null ? -1 : row.choices.indexOf(selection.choice);
  return k >= 0 ? k : likeliest(row.probs);
}

/** scalarAt returns the last value of a scalar at or before a step, or null. */
export function scalarAt(curves, key, step) {
  const column = curves && curves.scalars[key];
  if (!column) return null;
  for (let n = indexAt(curves.steps, step); n >= 0; n--) if (column[n] !== null) return column[n];
  return null;
}

/** indexAt returns the index of the last step at or before step, or −1 (binary search). */
export function indexAt(steps, step) {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const mid = (low + high) >> 1;
    if (steps[mid] <= step) low = mid + 1;
    else high = mid;
  }
  return low - 1;
}

/** points returns [step, value] pairs of a scalar, absent values left out. */
export function points(curves, key) {
  const column = (curves && curves.scalars[key]) || [];
  const out = [];
  column.forEach((v, n) => {
    if (v !== null) out.push([curves.steps[n], v]);
  });
  return out;
}

/** epochOf returns the epoch, from 1, that a step belongs to, or 0 without epochs. */
export const epochOf = (step, perEpoch) => (perEpoch > 0 ? Math.max(1, Math.ceil(step / perEpoch)) : 0);

/** headline returns the two accuracies and their gap, or whatever the method has instead. */
export function headline(curves, step) {
  const search = scalarAt(curves, "search_accuracy", step);
  const child = scalarAt(curves, "child_argmax", step) ?? scalarAt(curves, "child_darts", step);
  if (search !== null || child !== null) {
    const gap = search !== null && child !== null ? child - search : null;
    return { kind: "accuracy", search, child, gap };
  }
  return { kind: "reward", reward: scalarAt(curves, "reward", step), best: scalarAt(curves, "best", step) };
}

/** spread moves label positions (px, any order) apart to at least gap, inside [low, high]. */
export function spread(positions, gap, low, high) {
  const order = positions.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y);
  order.forEach((o, n) => {
    o.y = Math.max(o.y, n ? order[n - 1].y + gap : low);
  });
  for (let n = order.length - 1; n >= 0; n--) {
    order[n].y = Math.min(order[n].y, n === order.length - 1 ? high : order[n + 1].y - gap);
  }
  const out = [];
  for (const o of order) out[o.i] = o.y;
  return out;
}

/** ticks returns round numbers from 0 to last, at most count + 1 of them. */
export function ticks(last, count = 4) {
  if (!(last > 0)) return [0];
  const raw = last / count;
  const ten = 10 ** Math.floor(Math.log10(raw));
  const by = Math.max(1, ten * [1, 2, 2.5, 5, 10].find((n) => n * ten >= raw * 0.999 && (ten * n) % 1 === 0));
  const out = [];
  for (let v = 0; v <= last; v += by) out.push(v);
  return out;
}
