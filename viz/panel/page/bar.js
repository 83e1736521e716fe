// Header, tool bar and message line: what state the session is in, in a shape
// and a word, and the one way out of it.

import { clip, escape, milliseconds, whole } from "./format.js";
import { epochOf, ofChoices } from "./view.js";

const $ = (id) => document.getElementById(id);
const PILLS = { empty: "○", compiling: "◔", running: "▶", paused: "❚❚", ended: "✕", error: "!", lost: "✕" };

function set(element, html) {
  if (element.written === html) return;
  element.written = html;
  element.innerHTML = html;
}

/** stateOf is the session's state, "lost" without a connection. */
export const stateOf = (session) =>
  !session.status ? (session.linked ? "empty" : "lost") : session.linked ? session.status.state : "lost";

/** pillText writes the state in a shape and words. */
export function pillText(session, state) {
  const s = session.status;
  const words = {
    empty: "No session yet",
    running: "Running",
    paused: "Paused",
    lost: "No answer",
    ended: `Ended, saved at step ${whole(session.now)}`,
    error: `Stopped at step ${whole(session.now + 1)}`,
  };
  if (state !== "compiling") return `<i aria-hidden="true">${PILLS[state]}</i><span>${words[state]}</span>`;
  const c = s.compiling || { what: "", seconds: 0, last_seconds: 0 };
  const gone = c.seconds + (performance.now() - session.received) / 1000;
  const part = c.last_seconds > 0 ? Math.min(1, gone / c.last_seconds) : 0;
  const last = `${c.last_seconds.toFixed(1)} s`;
  const before = c.last_seconds > 0 ? (c.alike ? ` of about ${last}` : `, last time ${last}`) : c.restoring ? "" : ", first time";
  const what = c.restoring ? c.what.replace(/^./, (x) => x.toUpperCase()) : `Compiling ${c.what || ""}`;
  const bar = c.last_seconds > 0 ? `<span class="bar"><b style="width:${Math.round(part * 100)}%"></b></span>` : "";
  return (
    `<i aria-hidden="true">${PILLS.compiling}</i><span>${escape(what)}</span>` +
    `<span aria-hidden="true">${gone.toFixed(1)} s${before}</span>${bar}`
  );
}

/** drawPill is called ten times a second while compiling; words change only with the state. */
export function drawPill(session) {
  const state = stateOf(session);
  const pill = $("pill");
  pill.dataset.state = state;
  if (state === "compiling" && pill.children.length >= 3) {
    const next = document.createElement("span");
    next.innerHTML = pillText(session, state);
    if (
      next.children[1].textContent === pill.children[1].textContent &&
      next.children.length === pill.children.length
    ) {
      pill.children[2].textContent = next.children[2].textContent;
      if (pill.children[3]) pill.children[3].innerHTML = next.children[3].innerHTML;
      pill.written = "";
      return;
    }
  }
  set(pill, pillText(session, state));
}

function aboutText(session) {
  const d = session.methods[0]?.description;
  if (!d) return "";
  const cells = new Set((d.decisions || []).map((x) => x.cell)).size;
  const n = (d.decisions || []).length;
  const what =
    n > 0 && `${n} decision${n > 1 ? "s" : ""}${cells > 1 ? ` in ${cells} cells` : ""}, ${ofChoices(d.decisions)}`;
  return [d.data, what].filter(Boolean).join(" · ");
}

function clockText(session, look, state, example) {
  if (example) return `recorded example, step <b>${look}</b>`;
  if (state === "empty") return "";
  const epoch = epochOf(look, session.methods[0]?.description.steps_per_epoch || 0);
  const part = epoch ? ` · epoch ${epoch}` : "";
  const ms = session.status?.step_ms;
  if (state === "running" && look === session.now)
    return `step <b>${whole(look)}</b>${part}${ms ? ` · ${milliseconds(ms)} a step` : ""}`;
  const of = session.status?.steps ? ` of ${whole(session.status.steps)}` : "";
  return `looking at step <b>${whole(look)}</b>${of}${part}`;
}

/** drawBar draws header and buttons; v: {look, last, example, asking}. */
export function drawBar(session, v) {
  const state = stateOf(session);
  $("name").textContent = session.status?.name || "session";
  $("about").textContent = aboutText(session);
  set($("clock"), clockText(session, v.look, state, v.example));
  drawPill(session);
  const busy = state === "compiling" || state === "running";
  const dead = state === "ended" || state === "lost";
  const past = !v.example && v.look !== session.now;
  const done = !past && session.status?.steps > 0 && session.now >= session.status.steps;
  set($("step"), past ? `Step from ${whole(v.look)}` : "Step<kbd>→</kbd>");
  set($("ten"), past ? "×10" : "×10<kbd>⇧→</kbd>");
  $("step").title = past ? "goes back to this step and on from there, as a fork" : "one update of every method";
  $("step").disabled = $("ten").disabled = busy || dead || done || (state === "error" && !past);
  $("step").classList.toggle("main", state === "empty");
  set($("run"), `${state === "running" ? "Pause" : state === "compiling" ? "Cancel" : "Run"}<kbd>space</kbd>`);
  $("run").disabled = dead || state === "error" || (done && !busy);
  $("run").classList.toggle("main", state !== "empty" && state !== "error");
  set($("reset"), v.asking === "reset" ? "Reset to step 0?" : "Reset<kbd>R</kbd>");
  $("reset").disabled = dead || state === "compiling";
  $("fork").disabled = busy || dead || state === "empty";
  $("fork").hidden = v.asking === "fork";
  $("forkform").hidden = v.asking !== "fork";
  const branch = session.methods[0]?.forks?.at(-1);
  $("back").hidden = !branch;
  $("back").disabled = busy || dead;
  set($("back"), branch ? `Leave “${escape(clip(branch.name, 16))}”<kbd>B</kbd>` : "");
  $("back").title = branch
    ? `leaves the fork “${branch.name}” made at step ${whole(branch.step)} and goes on where its parent ended; it stays on disk`
    : "";
  $("speed").disabled = dead;
}

/** drawKnobs keeps one field for knobs that methods share; each dotted until the next step. */
export function drawKnobs(session) {
  const fields = new Map();
  for (const m of session.methods) {
    for (const k of m.knobs || []) {
      const pending = m.pending && k.name in m.pending;
      const value = pending ? m.pending[k.name] : k.value;
      const same = fields.get(k.name);
      if (same && same.value === value) {
        same.methods.push(m.id);
        same.pending ||= pending;
      } else {
        const label = same ? `${k.label} ${m.description.label}` : k.label;
        fields.set(same ? `${k.name} ${m.id}` : k.name, { ...k, label, value, pending, methods: [m.id] });
      }
    }
  }
  const box = $("knobs");
  const names = [...fields.keys()].join("|");
  if (box.names !== names) {
    box.names = names;
    box.innerHTML = [...fields]
      .map(
        ([key, f]) =>
          `<label>${escape(f.label)} <input class="number" inputmode="decimal" data-key="${escape(key)}"></label>`,
      )
      .join("");
  }
  for (const input of box.querySelectorAll("input")) {
    const f = fields.get(input.dataset.key);
    input.field = f;
    input.title = `${f.min} to ${f.max}${f.unit ? ` ${f.unit}` : ""}${f.pending ? "; used from the next step on" : ""}`;
    input.toggleAttribute("data-pending", f.pending);
    if (document.activeElement !== input) input.value = String(Number(f.value.toPrecision(3)));
  }
}

/** messageOf returns {kind, html, actions: [{label, act, step, main}]} or null. */
export function messageOf(session, v) {
  const s = session.status;
  const state = stateOf(session);
  const command = `<code>nasx lab open ${escape(s?.name || "NAME")}</code>`;
  if (v.refused)
    return { kind: "error", html: `<span>${escape(v.refused)}</span>`, actions: [{ label: "Close", act: "dismiss" }] };
  if (state === "lost") {
    return {
      kind: "lost",
      html: `<b>The session does not answer.</b> <span>What was recorded can be looked at. Run ${command} or the cell again to go on; this page connects by itself.</span>`,
      actions: [],
    };
  }
  if (state === "empty") {
    return {
      kind: "empty",
      html: `<b>Nothing has run under this name.</b> <span>Step makes the first update${v.example ? "; below stays a recorded example" : ""}.</span>`,
      actions: [],
    };
  }
  if (v.example && state !== "error" && state !== "ended") {
    return { kind: "empty", html: `<b>Recorded example.</b> <span>${escape(v.example.about)}</span>`, actions: [] };
  }
  if (state === "ended") {
    return {
      kind: "ended",
      html: `<b>${escape(s.message || "The session has ended.")}</b> <span>All ${whole(session.head)} steps can be looked at. Run ${command} or the cell again to go on.</span>`,
      actions: [],
    };
  }
  if (state === "error") {
    const good = session.now;
    const saved = Math.max(0, ...session.methods.flatMap((m) => m.checkpoints || []).filter((c) => c <= good));
    const actions = [{ label: `Back to ${whole(good)}`, act: "at", step: good }];
    if (saved > 0) actions.push({ label: `Fork at ${whole(saved)}`, act: "fork", step: saved, main: true });
    return {
      kind: "error",
      html: `<b>${escape(s.message || "A step failed.")}</b> <span>Step ${whole(good)} is kept.</span>`,
      actions,
    };
  }
  return null;
}

export function drawMessage(session, v) {
  const m = messageOf(session, v);
  const box = $("message");
  box.hidden = !m;
  if (!m) return;
  box.dataset.kind = m.kind;
  const buttons = m.actions.map(
    (a) =>
      `<button data-act="${a.act}" data-step="${a.step ?? ""}"${a.main ? ' class="main"' : ""}>${escape(a.label)}</button>`,
  );
  set(box, `${m.html}<span class="space"></span>${buttons.join("")}`);
}
