// One method's column: title, cells, heat map with credit, equation, curves.
// The skeleton is made once; a part is rewritten only when its text changed.

import { drawCell } from "./cell.js";
import { along, AXES, option, plan } from "./charts.js";
import { drawEquation, drawScalars } from "./equation.js";
import { clip, escape, fixed, signed } from "./format.js";
import { creditScale, drawHeat, sizes, tableOf } from "./heat.js";
import { patch } from "./patch.js";
import { cellsOf, choiceOf, headline, meanEntropy, resolve, withProbs } from "./view.js";

const EQUATION = 190; // px that an equation beside the heat map needs

export class Column {
  constructor(method, index) {
    this.id = method.id;
    this.description = method.description;
    this.cells = cellsOf(method.description.decisions);
    this.element = document.createElement("section");
    this.element.className = "column";
    this.element.dataset.method = method.id;
    this.element.innerHTML =
      `<h2></h2>${this.cells.map((_, n) => `<div class="caption" data-part="cap${n}"></div><div class="dag" data-cell="${n}"></div>`).join("")}` +
      `<div class="detail"><div><div class="caption" data-part="heatcap"></div><div class="heat" id="heat${index}" tabindex="0" role="group"><div class="map"></div><div class="hidden"></div></div></div>` +
      `<div class="equation"></div></div>` +
      `<div class="curves">${[0, 1].map((n) => `<div><div class="caption" data-part="chart${n}"></div><div class="chart" role="img"></div></div>`).join("")}</div>`;
    this.element.style.gridRow = `span ${this.element.children.length}`;
    const edges = this.cells.every((c) => c.rows.every((r) => r.edge));
    this.noun = this.cells.length === 0 ? "" : edges ? "edge" : "decision";
    this.written = new Map();
    this.charts = [];
    this.credits = [];
    this.drawn = "";
  }

  part(selector) {
    return this.element.querySelector(selector);
  }

  write(selector, html) {
    if (this.written.get(selector) === html) return;
    this.written.set(selector, html);
    patch(this.part(selector), html);
  }

  /** tell writes in the frame after this one what is only read aloud: laying it out takes as long as a drawing. */
  tell(selector, text) {
    if (!this.told) requestAnimationFrame(() => requestAnimationFrame(() => this.told()));
    this.told = () => {
      this.told = null;
      this.write(selector, text());
    };
  }

  /** draw brings everything but the curves up to date; v: {trace, curves, look, selection, palette}. */
  draw(v) {
    this.heading(v);
    if (!v.trace) return;
    const found = resolve(this.cells, v.selection);
    if (!found) return this.write(".equation", drawScalars(v.trace));
    this.drawCells(v, found);
    this.drawDetail(v, found);
  }

  heading({ curves, look, palette }) {
    const d = this.description;
    const style = palette.method(d.method);
    this.element.style.setProperty("--method", style.color);
    this.element.classList.toggle("dash", style.dash);
    const h = headline(curves, look);
    const one = (name, x, text) => (x === null || x === undefined ? "" : `${name} <b>${text}</b>`);
    const numbers =
      h.kind === "accuracy"
        ? [
            one("search", h.search, fixed(h.search ?? 0, 3)),
            one("child", h.child, fixed(h.child ?? 0, 3)),
            one("gap", h.gap, signed(h.gap ?? 0, 3)),
          ]
        : ["reward", "best"].map((name) => one(name, h[name], fixed(h[name] ?? 0, 3)));
    this.write(
      "h2",
      `${escape(d.label || this.id)} <span>${escape(d.note || "")}</span><span class="numbers">${numbers.filter(Boolean).join("&ensp;")}</span>`,
    );
  }

  drawCells({ trace, selection, palette }, found) {
    const width = Math.max(280, Math.min(1100, Math.round(this.width || 532)));
    this.cells.forEach((group, n) => {
      const rows = withProbs(group.rows, trace);
      const e = meanEntropy(rows);
      const what = n > 0 ? "" : trace.probs ? ": likeliest operation and its probability" : ": sampled architecture";
      this.write(
        `[data-part=cap${n}]`,
        `<span><b>${escape(group.title)}</b>${group.drawable ? what : ""}</span><span>entropy ${e.value.toFixed(2)} of ${e.most.toFixed(2)}</span>`,
      );
      if (!group.drawable) return;
      const chosen = group === found.group ? found.row.row : -1;
      const title = `${this.description.label}, ${group.title.toLowerCase()} at step ${trace.step}`;
      this.write(`[data-cell="${n}"]`, drawCell(rows, { palette, width, chosen, title }));
    });
  }

  drawDetail({ trace, selection, palette }, found) {
    const rows = withProbs(found.group.rows, trace);
    const row = rows[found.index];
    const choice = choiceOf(row, selection);
    const credit = Boolean(trace.credit);
    const title = `${this.description.label}, ${found.group.title.toLowerCase()}, step ${trace.step}: ${this.noun}, choice, per cent`;
    const options = { palette, chosen: row.row, choice, credit, scale: this.scale(trace), title };
    const what = trace.probs ? `probabilities in %${trace.arch ? ", • sampled" : ""}` : "sampled";
    this.write("[data-part=heatcap]", `<span><b>${escape(found.group.title)}</b>, ${what}</span>`);
    const below = sizes(rows, credit).width + EQUATION > this.width;
    this.part(".detail").classList.toggle("below", below);
    this.write(".map", drawHeat(rows, options));
    this.tell(".heat .hidden", () => tableOf(rows, options));
    this.part(".heat").setAttribute("aria-label", `${this.description.label}: ${this.noun}s and choices, arrow keys choose`);
    this.write(
      ".equation",
      drawEquation(trace, row.row, choice, clip(row.name, 30), palette.operation(row.choices[choice]).label),
    );
  }

  /** scale of the credit bars: of everything seen of this run, in steps of 1, 2, 5. */
  scale(trace) {
    if (!trace.credit) return null;
    if (!this.seen) this.seen = new Set();
    if (!this.seen.has(trace.step) && this.seen.size < 200) {
      this.seen.add(trace.step);
      this.credits.push(...trace.credit.filter(Number.isFinite));
    }
    return creditScale(this.credits);
  }

  /** drawCurves redraws the charts if what they show has changed. */
  drawCurves({ curves, look, last, palette, axes, axis, version, font }) {
    const echarts = window.echarts;
    const key = [version, look, last, palette.theme, this.width, axis].join(" ");
    const x = along(axis, curves, this.description);
    if (key === this.drawn) return;
    this.drawn = key;
    const style = palette.method(this.description.method);
    plan(curves, this.description.method, axes, this.noun).forEach((p, n) => {
      const cut = p.min > 0 ? `, axis from ${fixed(p.min, 1)}` : "";
      const none = p.lines.length ? "" : ": nothing measured yet";
      const over = axis === "steps" || n > 0 ? "" : `, by ${AXES[axis]}`;
      this.write(`[data-part=chart${n}]`, `<span><b>${p.title}</b>${p.unit}${over}${cut}${none}</span>`);
      const box = this.element.querySelectorAll(".chart")[n];
      box.setAttribute(
        "aria-label",
        `${this.description.label}: ${p.title.toLowerCase()} over ${AXES[axis]}, ${p.lines.map((l) => l.name).join(" and ")}`,
      );
      if (!echarts) return;
      if (!this.charts[n]) this.charts[n] = echarts.init(box, null, { renderer: "canvas" });
      const view = { ...p, x, look: x(look), last, color: style.color, dash: style.dash, font };
      this.charts[n].setOption(option(curves, view, palette.tokens), true);
    });
  }

  /** width is measured once for a size of the page: asking between two writes would lay the page out each time. */
  get width() {
    this.measured ??= this.element.clientWidth;
    return this.measured;
  }

  resize() {
    this.drawn = "";
    this.measured = undefined;
    this.charts.forEach((c) => c.resize());
  }

  dispose() {
    this.charts.forEach((c) => c.dispose());
    this.element.remove();
  }
}
