// The scrubber's drawing under the range input: ticks, checkpoints, forks. No DOM.

import { escape, whole } from "./format.js";
import { tag, words } from "./svg.js";
import { ticks } from "./view.js";

const INSET = 9; // px that the thumb needs at both ends
const LETTER = 5.3; // px of a character of a fork's name

const hint = (text) => tag("title", {}, escape(text));

function fork(f, x, named, tokens) {
  const parts = [hint(`fork at ${f.step}: ${f.name}`)];
  if (named) {
    parts.push(tag("path", { d: `M${x} 11v5q0 5 6 5h6`, fill: "none", stroke: tokens.ink, "stroke-width": 1.5 }));
    const width = (f.name.length + 7) * LETTER;
    parts.push(tag("rect", { x: x + 13, y: 16, width, height: 10, fill: tokens.panel })); // above the checkpoints' marks
    parts.push(words({ x: x + 15, y: 25, "font-size": 10, fill: tokens.ink2 }, `fork “${f.name}”`));
  }
  parts.push(tag("circle", { cx: x, cy: 11, r: 3, fill: tokens.bg, stroke: tokens.ink, "stroke-width": 1.5 }));
  return tag("g", {}, ...parts);
}

/** drawTrack returns SVG content; s: {width, look, head, last, checkpoints, forks}. */
export function drawTrack(s, tokens) {
  const last = Math.max(1, s.last);
  const x = (v) => INSET + ((s.width - 2 * INSET) * Math.min(v, last)) / last;
  const bar = { x1: x(0), y1: 11, y2: 11, "stroke-width": 4, "stroke-linecap": "round" };
  const parts = [
    tag("line", { ...bar, x2: x(last), stroke: tokens.ink3, "stroke-opacity": 0.3 }),
    tag("line", { ...bar, x2: x(s.head), stroke: tokens.ink3, "stroke-opacity": 0.6 }),
    tag("line", { ...bar, x2: x(s.look), stroke: tokens.ink }),
  ];
  for (const v of ticks(last)) {
    const anchor = v === 0 ? "start" : x(v) > s.width - 20 ? "end" : "middle";
    parts.push(words({ x: x(v), y: 32, "font-size": 10, "text-anchor": anchor, fill: tokens.ink2 }, whole(v)));
  }
  for (const v of s.checkpoints) {
    parts.push(tag("path", { d: `M${x(v)} 16l4 5h-8z`, fill: tokens.ink }, hint(`checkpoint ${v}`)));
  }
  let free = -Infinity;
  for (const f of [...s.forks].sort((a, b) => a.step - b.step)) {
    const width = 24 + (f.name.length + 7) * LETTER;
    const named = x(f.step) > free && x(f.step) + width < s.width;
    if (named) free = x(f.step) + width;
    parts.push(fork(f, x(f.step), named, tokens));
  }
  const thumb = { class: "thumb", cx: x(s.look), cy: 11, r: 7, fill: tokens.bg };
  parts.push(tag("circle", { ...thumb, stroke: tokens.ink, "stroke-width": 2.2 }));
  return parts.join("");
}
