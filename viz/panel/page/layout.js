// Where the nodes and edges of a cell lie. Nothing here depends on the data, so
// an edge is at the same place in every frame. Pure functions, no DOM.

/** edgeOf reads "0→2" as [0, 2], or returns null. */
export function edgeOf(name) {
  const m = /^(\d{1,2})(?:→|->)(\d{1,2})$/.exec(name);
  return m && Number(m[1]) < Number(m[2]) ? [Number(m[1]), Number(m[2])] : null;
}

/** heightOf returns the height in px of a cell with the given inner nodes. */
export const heightOf = (nodes) => (nodes <= 3 ? 132 : 132 + 34 * (nodes - 3));

const PLACES = { "0-2": 0.46, "1-2": 0.46, "0-3": 0.42, "1-3": 0.42, "0-4": 0.56, "1-4": 0.6, "2-4": 0.66 };
const SHORT = 40; // px of a label with the number alone
const TRIES = [0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.74, 0.2, 0.8];

/** at returns the point of a cubic at t. */
export function at(p, t) {
  const q = 1 - t;
  const f = (k) => q * q * q * p[0][k] + 3 * q * q * t * p[1][k] + 3 * q * t * t * p[2][k] + t * t * t * p[3][k];
  return [f(0), f(1)];
}

/** cut returns the first part of a cubic up to t (de Casteljau). */
export function cut(p, t) {
  const mix = (a, b) => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
  const a = mix(p[0], p[1]);
  const b = mix(p[1], p[2]);
  const c = mix(p[2], p[3]);
  const ab = mix(a, b);
  const bc = mix(b, c);
  return [p[0], a, ab, mix(ab, bc)];
}

/** path writes a cubic as SVG path data. */
export function path(p) {
  const f = (a) => `${a[0].toFixed(1)} ${a[1].toFixed(1)}`;
  return `M${f(p[0])}C${f(p[1])} ${f(p[2])} ${f(p[3])}`;
}

/**
 * layout places a cell with inputs 0 and 1 and inner nodes 2 to nodes+1 in a box
 * of W × H px. It returns {x, y, radius, box, edges}, edges["0-2"] a cubic. A
 * cell with one input has it at 0 and inner nodes from 1 on, all in one line.
 */
export function layout(nodes, W, H, inputs = 2) {
  const pad = 28;
  const box = 20;
  const radius = nodes > 5 ? 9 : 11;
  const span = W - 2 * pad;
  const middle = H * 0.55;
  const first = nodes === 1 ? 0.6 : Math.max(0.17, 0.93 / Math.max(3, nodes));
  const x = inputs === 2 ? [pad, pad] : [pad];
  const y = inputs === 2 ? [H * 0.28, H * 0.82] : [middle];
  for (let n = 0; n < nodes; n++) {
    const spread = nodes === 1 ? first : first + ((1 - first) * n) / (nodes - 1);
    const f = inputs === 2 ? spread : (n + 1) / nodes;
    x.push(pad + span * f - (n === nodes - 1 && nodes > 1 ? 6 : 0));
    y.push(middle);
  }
  const cell = { inputs, nodes, W, H, x, y, radius, box, span, middle, edges: {} };
  for (let j = inputs; j < nodes + inputs; j++) {
    for (let i = 0; i < j; i++) {
      cell.edges[`${i}-${j}`] = i < inputs && inputs === 2 ? fromInput(cell, i, j) : between(cell, i, j);
    }
  }
  return cell;
}

// fromInput curves from input 0 above the nodes, from input 1 below them.
function fromInput(c, i, j) {
  const side = i === 0 ? -1 : 1;
  const { box, radius, span } = c;
  const X = c.x[i];
  const Y = c.y[i];
  if (j === 2) {
    const end = [c.x[2] - radius - 1, c.middle + side * 3];
    const reach = Math.min(0.13 * span, (c.x[2] - X) * 0.42);
    return [[X + box, Y - side * 4.5], [X + reach, Y - side * 4.5], [c.x[2] - reach * 0.77, end[1]], end];
  }
  const level = (j - 2) / (c.nodes - 1);
  const top = level >= 1;
  const near = c.middle + side * (c.middle * (i === 0 ? 0.15 : 0.3));
  const far = i === 0 ? 12 : c.H - 12;
  const peak = near + (far - near) * level;
  const start = top ? [X + box * 0.55, Y + side * 10.5] : [X + box, Y + side * (2 + 5 * level)];
  const end = [c.x[j] - (top ? 2 : 4), c.middle + side * (radius + 1)];
  const control = (peak - 0.125 * start[1] - 0.125 * end[1]) / 0.75;
  const out = Math.min(0.25 * span, 0.4 * (c.x[j] - X));
  return [start, [X + out, control], [c.x[j] - 0.06 * span, control], end];
}

// between joins inner nodes: neighbours straight, longer edges above, and those
// over three or more nodes below.
function between(c, i, j) {
  const { radius, middle } = c;
  const d = c.x[j] - c.x[i];
  const steps = j - i;
  if (steps === 1) {
    const a = [c.x[i] + (i < c.inputs ? c.box : radius + 1), middle];
    const b = [c.x[j] - radius - 1, middle];
    return [a, [a[0] + d / 3.5, middle], [b[0] - d / 3.5, middle], b];
  }
  const side = steps === 2 ? -1 : 1;
  const room = side < 0 ? 0.33 : 0.25 + 0.05 * (steps - 3);
  const lift = Math.min(room * c.H, 0.42 * c.H);
  const corner = radius * 0.7;
  const a = [c.x[i] + corner, middle + side * (corner + 1)];
  const b = [c.x[j] - corner - 1, middle + side * (corner + 1)];
  return [a, [c.x[i] + 0.15 * d, middle + side * lift], [c.x[j] - 0.23 * d, middle + side * lift * 1.05], b];
}

/**
 * labels chooses for every edge the place of a label of the given size, of one
 * with the number alone (short), or null where none is free:
 * {"0-2": {x, y, short}}. Fixed for a size, whatever the data.
 */
export function labels(cell, width, height) {
  const taken = cell.x.map((x, n) => [x, cell.y[n], n < cell.inputs ? 2 * cell.box : 2 * cell.radius, 22]);
  const free = ([x, y], w) =>
    x > w / 2 &&
    x < cell.W - w / 2 &&
    y > height / 2 - 2 &&
    y < cell.H - height / 2 + 2 &&
    taken.every((b) => Math.abs(b[0] - x) * 2 >= b[2] + w || Math.abs(b[1] - y) * 2 >= b[3] + height - 2);
  const out = {};
  for (const name of Object.keys(cell.edges)) {
    const wish = cell.nodes <= 3 && cell.inputs === 2 ? PLACES[name] || 0.5 : 0.5;
    const p = cell.edges[name];
    if (cell.nodes <= 3) {
      const [x, y] = at(p, wish);
      out[name] = { x, y };
      continue;
    }
    const spots = [wish, ...TRIES].map((t) => at(p, t));
    const wide = spots.find((s) => free(s, width));
    const spot = wide || spots.find((s) => free(s, SHORT));
    out[name] = spot ? { x: spot[0], y: spot[1], short: !wide } : null;
    if (spot) taken.push([spot[0], spot[1], wide ? width : SHORT, height]);
  }
  return out;
}
