// The session as the server tells it: status, curves, traces. It listens to the
// event stream, asks again after a break, and keeps a limited number of traces.

const KEPT = 600; // traces in memory for each method
const AROUND = 6; // traces asked for on either side of a step looked at

/** Session emits "status", "data" and "link" events. */
export class Session extends EventTarget {
  constructor() {
    super();
    this.status = null;
    this.curves = new Map(); // method → {steps, scalars}
    this.traces = new Map(); // method → Map(step → trace)
    this.runs = new Map(); // method → run directory
    this.reading = new Set(); // methods whose curves are on their way
    this.linked = true;
    this.received = 0; // when the status came, ms of performance.now()
    this.version = 0; // grows with every change of curves
    this.syncing = false;
    this.wanted = null;
  }

  /** now is the step the methods stand at; head the last recorded one. */
  get now() {
    return this.status ? this.status.step : 0;
  }
  get head() {
    return this.status ? Math.max(this.status.head || 0, this.status.step) : 0;
  }
  get methods() {
    return this.status ? this.status.methods || [] : [];
  }

  async start() {
    this.listen();
    await this.resync();
  }

  listen() {
    const source = new EventSource("events");
    source.addEventListener("session", (e) => {
      this.setStatus(JSON.parse(e.data));
      if (!this.linked) this.resync(); // only a request has failed
    });
    source.addEventListener("step", (e) => {
      const data = JSON.parse(e.data);
      this.addSteps(Array.isArray(data) ? data : [data]);
    });
    source.onopen = () => {
      if (!this.linked) this.resync();
      this.link(true);
    };
    source.onerror = () => {
      this.link(false);
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => this.listen(), 2000);
    };
  }

  link(up) {
    if (this.linked === up) return;
    this.linked = up;
    this.dispatchEvent(new Event("link"));
  }

  /** resync reads everything anew, for the start and after a lost connection. */
  async resync() {
    if (this.syncing) return;
    this.syncing = true;
    try {
      this.setStatus(await get("api/session"));
      await Promise.all(this.methods.map((m) => this.readCurves(m.id)));
      this.link(true);
    } catch {
      this.link(false);
    } finally {
      this.syncing = false;
    }
  }

  async readCurves(id) {
    const run = this.runs.get(id);
    const curves = await get(`api/curves?method=${encodeURIComponent(id)}`);
    if (this.runs.get(id) !== run) return;
    this.curves.set(id, curves);
    this.changed();
  }

  changed() {
    this.version++;
    this.dispatchEvent(new Event("data"));
  }

  setStatus(status) {
    const before = this.head;
    this.status = status;
    this.received = performance.now();
    for (const m of this.methods) {
      const seed = m.description.seed;
      const run = `${m.run} ${seed}`;
      const shrunk = this.head < before;
      if (this.runs.get(m.id) === run && !shrunk) continue;
      const known = this.runs.has(m.id);
      this.runs.set(m.id, run);
      this.traces.set(m.id, new Map());
      if (!known) continue;
      this.curves.delete(m.id);
      this.readCurves(m.id).catch(() => this.link(false));
    }
    this.dispatchEvent(new Event("status"));
  }

  addSteps(list) {
    for (const { method, trace, seconds } of list) {
      this.keep(method, trace);
      const curves = this.curves.get(method);
      if (curves && !append(curves, trace, seconds)) this.readAgain(method);
    }
    this.changed();
  }

  /** readAgain fetches curves in which steps are missing, once at a time. */
  async readAgain(id) {
    if (this.reading.has(id)) return;
    this.reading.add(id);
    try {
      await this.readCurves(id);
    } catch {
      this.link(false);
    } finally {
      this.reading.delete(id);
    }
  }

  keep(method, trace) {
    if (!this.traces.has(method)) this.traces.set(method, new Map());
    const kept = this.traces.get(method);
    kept.delete(trace.step);
    kept.set(trace.step, trace);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  }

  trace(method, step) {
    const kept = this.traces.get(method);
    return (kept && kept.get(step)) || null;
  }

  /** want makes the traces of a step present; only the latest wish is followed. */
  async want(step) {
    this.wanted = step;
    if (this.asking) return;
    this.asking = true;
    try {
      while (this.wanted !== null) {
        const at = this.wanted;
        this.wanted = null;
        await Promise.all(this.methods.map((m) => this.read(m.id, at)));
      }
    } catch {
      this.link(false);
    } finally {
      this.asking = false;
    }
  }

  async read(id, step) {
    if (step < 1 || step > this.head || this.trace(id, step)) return;
    const from = Math.max(1, step - AROUND);
    const to = Math.min(this.head, step + AROUND);
    await this.readSpan(id, from, to);
  }

  async readSpan(id, from, to) {
    const run = this.runs.get(id);
    const list = await get(`api/traces?method=${encodeURIComponent(id)}&from=${from}&to=${to}`);
    if (this.runs.get(id) !== run) return;
    for (const t of list) this.keep(id, t);
    this.dispatchEvent(new Event("data"));
  }

  /** post sends a command; the session's own sentence becomes the error. */
  async post(verb, body = {}) {
    const response = await fetch(`api/${verb}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.error || `the session answered ${response.status}`);
    return answer;
  }
}

async function get(path) {
  const response = await fetch(path, { cache: "no-store" });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || `the session answered ${response.status}`);
  return answer;
}

/**
 * append adds one trace's scalars, and the seconds up to it, to curves, which are columns with null for what is absent.
 * It returns false, and adds nothing, when steps before it are missing: the stream skips some for a page that lags.
 */
export function append(curves, trace, seconds) {
  const last = curves.steps.length ? curves.steps[curves.steps.length - 1] : 0;
  if (trace.step <= last) return true;
  if (trace.step > last + 1) return false;
  const n = curves.steps.length;
  curves.steps.push(trace.step);
  curves.seconds?.push(seconds ?? curves.seconds.at(-1) ?? 0);
  for (const key of Object.keys(trace.scalars || {})) {
    if (!curves.scalars[key]) curves.scalars[key] = new Array(n).fill(null);
  }
  for (const [key, column] of Object.entries(curves.scalars)) column.push(trace.scalars?.[key] ?? null);
  return true;
}
