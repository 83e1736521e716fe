// The scrubber's drawing under the range input: ticks, checkpoints, forks. No DOM.

import { escape, whole } from "./format.js";
import { ticks } from "./view.js";

/** drawTrack returns SVG content; s: {width, look, head, last, checkpoints, forks}. */
export function drawTrack(s, tokens) {
  const last = Math.max(1, s.last);
  const x = (v) => 9 + ((s.width - 18) * Math.min(v, last)) / last;
  const line = (to, color, opacity) =>
    `<line x1="${x(0)}" x2="${x(to)}" y1="11" y2="11" stroke="${color}" stroke-width="4" stroke-linecap="round" stroke-opacity="${opacity}"/>`;
  let out = line(last, tokens.ink3, 0.3) + line(s.head, tokens.ink3, 0.6) + line(s.look, tokens.ink, 1);
  const marks = ticks(last);
  for (const v of marks) {
    const anchor = v === 0 ? "start" : x(v) > s.width - 20 ? "end" : "middle";
    out += `<text x="${x(v)}" y="32" font-size="10" text-anchor="${anchor}" fill="${tokens.ink2}">${whole(v)}</text>`;
  }
  for (const v of s.checkpoints) out += `<path d="M${x(v)} 16l4 5h-8z" fill="${tokens.ink}"><title>checkpoint ${v}</title></path>`;
  let free = -Infinity;
  for (const f of [...s.forks].sort((a, b) => a.step - b.step)) {
    const at = x(f.step);
    const text = `fork “${f.name}”`;
    const named = at > free && at + 20 + text.length * 5.3 < s.width;
    if (named) free = at + 24 + text.length * 5.3;
    out += `<g><title>fork at ${f.step}: ${escape(f.name)}</title>` +
      (named ? `<path d="M${at} 11v5q0 5 6 5h6" fill="none" stroke="${tokens.ink}" stroke-width="1.5"/><text x="${at + 15}" y="25" font-size="10" fill="${tokens.ink2}">${escape(text)}</text>` : "") +
      `<circle cx="${at}" cy="11" r="3" fill="${tokens.bg}" stroke="${tokens.ink}" stroke-width="1.5"/></g>`;
  }
  return `${out}<circle class="thumb" cx="${x(s.look)}" cy="11" r="7" fill="${tokens.bg}" stroke="${tokens.ink}" stroke-width="2.2"/>`;
}
