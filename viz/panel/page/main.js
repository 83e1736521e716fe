// Puts the page together: state of looking, redraws, commands.

import { drawBar, drawKnobs, drawMessage, drawPill, stateOf } from "./bar.js";
import { text } from "./cell.js";
import { Column } from "./column.js";
import { listen } from "./input.js";
import { Palette } from "./palette.js";
import { drawCurvesSoon, drawLegend } from "./plots.js";
import { Session } from "./session.js";
import { drawTrack } from "./track.js";

const $ = (id) => document.getElementById(id);
const REST = 100; // ms between two redraws caused by data: at most ten a second, in the long run
const BURST = 4; // so many come at once, so that a click is seen without delay

class Panel {
  constructor(table) {
    this.table = table;
    this.session = new Session();
    this.columns = [];
    this.look = 0;
    this.follow = true;
    this.selection = { cell: "normal", name: "", choice: null };
    this.kept = this.selection;
    this.example = null;
    this.asking = "";
    this.refused = "";
    this.due = 0;
    this.seen = true;
    this.stale = false;
    this.axis = "steps";
  }

  async start() {
    this.session.addEventListener("status", () => this.changed());
    this.session.addEventListener("data", () => this.ahead || this.changed());
    this.session.addEventListener("link", () => this.changed());
    addEventListener("theme", () => this.changed());
    new ResizeObserver(() => this.resize()).observe($("app"));
    new IntersectionObserver((entries) => this.scrolled(entries[entries.length - 1].isIntersecting)).observe($("app"));
    listen(this);
    setInterval(() => stateOf(this.session) === "compiling" && drawPill(this.session), REST);
    await this.session.start();
  }

  get palette() {
    const theme = document.documentElement.dataset.theme;
    if (this.paletteOf?.theme !== theme) this.paletteOf = new Palette(this.table, theme);
    return this.paletteOf;
  }

  /** source is the session, or the recorded example while nothing has run. */
  get source() {
    return this.example || this.session;
  }

  /** ahead: steps have come that the status, which follows at once, does not tell of yet. */
  get ahead() {
    const last = [...this.session.curves.values()].map((c) => c.steps[c.steps.length - 1] || 0);
    return this.follow && Math.max(0, ...last) > this.session.head;
  }

  /** changed follows the session and asks for a redraw, at most ten a second. */
  changed() {
    if (this.follow) this.look = this.session.now;
    this.look = Math.min(this.look, this.session.head);
    if (this.session.head === 0 && stateOf(this.session) === "empty") this.showExample();
    else if (this.session.head > 0) this.example = null;
    this.stale = !this.seen && this.built !== undefined;
    if (this.timer || this.stale) return;
    this.timer = setTimeout(
      () => {
        this.timer = 0;
        this.draw();
      },
      this.rest(performance.now()),
    );
  }

  /** scrolled keeps a panel that is out of sight from drawing what nobody sees; a lesson may show several. */
  scrolled(seen) {
    this.seen = seen;
    if (seen && this.stale) this.changed();
  }

  /** rest returns how long the next redraw has to wait, and counts it. */
  rest(now) {
    this.due = Math.max(this.due, now - BURST * REST) + REST;
    return Math.max(0, this.due - now);
  }

  async showExample() {
    if (this.example || this.loading) return;
    this.loading = true;
    const example = await (await fetch("example.json")).json();
    this.loading = false;
    if (this.session.head > 0) return;
    this.example = {
      methods: example.methods,
      version: -1,
      head: example.step,
      look: example.step,
      about: example.about,
      trace: (id) => example.traces[id],
      curves: new Map(Object.entries(example.curves)),
    };
    this.changed();
  }

  goTo(step) {
    this.look = Math.max(0, Math.min(this.session.head, step));
    this.follow = this.look === this.session.now;
    this.asking = "";
    this.draw();
  }

  select(selection, keep = true) {
    this.selection = selection;
    if (keep) this.kept = selection;
    this.drawColumns();
  }

  /** drop forgets the chosen operation and what is asked. */
  drop() {
    this.asking = "";
    this.refused = "";
    this.select({ ...this.kept, choice: null });
    this.draw();
  }

  /** command posts to the session; what it refuses stays on the page until closed. */
  async command(verb, body) {
    this.refused = "";
    try {
      return await this.session.post(verb, body);
    } catch (e) {
      this.refused = e.message.replace(/^./, (c) => c.toUpperCase());
      this.draw();
      return null;
    }
  }

  async step(n) {
    if ($("step").disabled) return;
    const past = !this.example && this.look !== this.session.now;
    this.follow = true;
    if (past && !(await this.command("at", { step: this.look }))) return;
    await this.command("step", { n });
  }

  async toggle() {
    const state = stateOf(this.session);
    if ($("run").disabled) return;
    if (state === "running") await this.command("pause");
    else if (state === "compiling") await this.command("cancel");
    else {
      const past = !this.example && this.look !== this.session.now;
      this.follow = true;
      if (past && !(await this.command("at", { step: this.look }))) return;
      await this.command("run", { speed: Number($("speed").value) });
    }
  }

  ask(what) {
    this.asking = this.asking === what ? "" : what;
    this.draw();
  }

  async reset() {
    if ($("reset").disabled) return;
    if (this.asking !== "reset") return this.ask("reset");
    this.asking = "";
    this.follow = true;
    await this.command("reset", { seed: Number($("seed").value) });
    $("seed").removeAttribute("data-pending");
  }

  async fork(step, name) {
    this.asking = "";
    if (await this.command("fork", { step, name })) this.follow = true;
    this.draw();
  }

  /** back leaves the branch that the session stands on. */
  async back() {
    if ($("back").hidden || $("back").disabled) return;
    this.asking = "";
    this.follow = true;
    await this.command("back");
  }

  /** resize redraws when the width changed, and tells the page around its height. */
  resize() {
    const width = $("app").clientWidth;
    if (width !== this.width && this.session.status) {
      this.width = width;
      this.trackWidth = undefined;
      for (const c of this.columns) c.resize();
      this.draw();
    }
    if (parent !== window && this.session.status)
      parent.postMessage({ naslab: "height", height: Math.ceil($("app").getBoundingClientRect().height) }, "*");
  }

  build() {
    const methods = this.source.methods;
    const key = JSON.stringify(methods.map((m) => [m.id, m.run, m.description]));
    if (key === this.built) return;
    this.built = key;
    for (const c of this.columns) c.dispose();
    this.columns = methods.map((m, n) => new Column(m, n));
    $("columns").append(...this.columns.map((c) => c.element));
    $("app").style.setProperty("--methods", methods.length);
    const cells = this.columns[0]?.cells || [];
    if (
      !cells.some((c) => c.rows.some((r) => c.cell === this.selection.cell && r.name === this.selection.name)) &&
      cells.length
    ) {
      this.selection = this.kept = { cell: cells[0].cell, name: cells[0].rows[0].name, choice: null };
    }
    drawLegend(this);
  }

  draw() {
    if (this.theme !== this.palette.theme) {
      this.theme = this.palette.theme;
      this.built = "";
    }
    this.build();
    const look = this.example ? this.example.look : this.look;
    const view = { look, example: this.example, asking: this.asking, refused: this.refused };
    drawBar(this.session, view);
    drawMessage(this.session, view);
    drawKnobs(this.session);
    if (!this.speeded && this.session.status) {
      this.speeded = true;
      const speed = String(this.session.status.speed);
      if (this.session.now > 0 && [...$("speed").options].some((o) => o.value === speed)) $("speed").value = speed;
    }
    this.drawTrack();
    if (!this.example && this.look > 0 && this.columns.some((c) => !this.session.trace(c.id, this.look)))
      this.session.want(this.look);
    this.drawColumns();
    drawCurvesSoon(this);
  }

  drawTrack() {
    const s = this.session;
    const last = Math.max(s.status?.steps || 0, s.head, 1);
    const input = $("look");
    input.max = last;
    input.value = this.look;
    input.setAttribute("aria-valuetext", `step ${this.look}`);
    const seed = s.methods[0]?.description.seed;
    if (seed !== undefined && document.activeElement !== $("seed") && !$("seed").hasAttribute("data-pending"))
      $("seed").value = seed;
    const all = (key) => s.methods.flatMap((m) => m[key] || []);
    const forks = [...new Map(all("forks").map((f) => [`${f.step} ${f.name}`, f])).values()];
    const marks = {
      width: (this.trackWidth ??= $("track").clientWidth),
      look: this.look,
      head: s.head,
      last,
      checkpoints: new Set(all("checkpoints")),
      forks,
    };
    $("track").innerHTML = drawTrack(marks, this.palette.tokens);
  }

  /** drawColumns draws cells, heat maps and equations of the step looked at. */
  drawColumns() {
    const { source, palette, selection } = this;
    const look = this.example ? this.example.look : this.look;
    for (const c of this.columns) c.width; // all before the first of them writes
    for (const column of this.columns) {
      const trace = source.trace(column.id, look || 1);
      if (trace) column.last = trace;
      column.draw({ trace: trace || column.last, curves: source.curves.get(column.id), look, selection, palette });
    }
  }
}

// measure returns the mean width of a character in the page's font.
function measure() {
  const sample = "avg pool .24 sep 3×3 .30";
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `600 100px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(sample).width / sample.length / 100;
}

text.character = measure();
const panel = new Panel(await (await fetch("palette.json")).json());
globalThis.naslabPanel = panel;
await panel.start();
panel.changed();
panel.resize();
document.documentElement.dataset.ready = "true";
