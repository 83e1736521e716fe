// The filled-in equation of one update, as HTML with MathML. No DOM.

import { escape, powerOf, real, signed, superscript } from "./format.js";
import { lines, parse } from "./formula.js";

/** valueOf returns the value of a term for decision d and choice k, like Trace.Explain. */
export function valueOf(term, trace, d, k) {
  const entry = (m) => (m && m[d] && m[d][k] !== undefined ? m[d][k] : NaN);
  const credit = trace.credit && trace.credit[d] !== undefined ? trace.credit[d] : NaN;
  switch (term.row || "") {
    case "":
      return term.value || 0;
    case "z":
      return entry(trace.z);
    case "probs":
      return entry(trace.probs);
    case "op_grad":
      return entry(trace.op_grad);
    case "extra":
      return entry(trace.extra);
    case "credit":
      return credit;
    case "-credit":
      return -credit;
    case "indicator":
      return trace.arch && trace.arch[d] === k ? 1 : 0;
    default:
      return NaN;
  }
}

const GRADIENTS = new Set(["op_grad", "extra", "credit", "-credit"]);

/**
 * explain fills the equation of a trace for decision d and choice k:
 * {terms, lines, stored, differs, problem}. problem is a sentence or "".
 */
export function explain(trace, d, k) {
  const terms = (trace.terms || []).map((t) => ({ ...t, number: valueOf(t, trace, d, k) }));
  const stored = trace.grad && trace.grad[d] ? trace.grad[d][k] : NaN;
  if (!trace.formula) return { terms, stored, problem: "This method stores no equation of its update." };
  try {
    const values = Object.fromEntries(terms.map((t) => [t.symbol, t.number]));
    const small = new Set(terms.filter((t) => GRADIENTS.has(t.row)).map((t) => t.symbol));
    const filled = lines(parse(trace.formula), values, small);
    const size = Math.max(0, ...((trace.grad && trace.grad[d]) || []).map(Math.abs));
    const tolerance = 1e-3 * Math.abs(stored) + 1e-4 * size + 1e-12;
    const differs = Number.isFinite(stored) && !(Math.abs(filled.result - stored) <= tolerance);
    return { terms, lines: filled, stored, differs, problem: "" };
  } catch (e) {
    return { terms, stored, problem: `The equation cannot be filled in: ${e.message}.` };
  }
}

const math = (body) => `<math display="inline">${body}</math>`;
const withSubscript = (s) => escape(s).replace(/_(\w+)/g, "<sub>$1</sub>");

function termValue(t, exponent) {
  if (!Number.isFinite(t.number)) return "–";
  const scaled = GRADIENTS.has(t.row) && exponent !== 0 && t.number !== 0;
  return scaled ? `${real(t.number / 10 ** exponent)}·10${superscript(exponent)}` : real(t.number);
}

/** stepNote says what the optimizer did and whether it went against the gradient. */
export function stepNote(update, grad) {
  if (!Number.isFinite(update)) return null;
  const against = Number.isFinite(grad) && update * grad > 0;
  return { against, text: signedReal(update) };
}

const signedReal = (v) => (Math.abs(v) >= 1e-3 || v === 0 ? signed(v, 4) : (v > 0 ? "+" : "") + real(v));

// phaseOf names a step that is no ordinary update.
const PHASES = { "": "", search: "", warmup: "weights only" };
const phaseOf = ({ phase = "" }) => {
  const words = PHASES[phase] ?? phase.replaceAll("_", " ");
  return words && escape(`, ${words}`);
};

/** drawEquation returns the HTML for decision d and choice k of a trace. */
export function drawEquation(trace, d, k, title, choice) {
  const e = explain(trace, d, k);
  let h = `<p class="tag"><b>${escape(title)} · ${escape(choice)}</b> <span>step ${trace.step}${phaseOf(trace)}</span></p>`;
  if (e.lines) {
    h += `<p class="math">${math(e.lines.symbols)}</p>`;
    h += `<p class="math numbers">${[e.lines.numbers, e.lines.power, e.lines.value].filter(Boolean).map(math).join("")}</p>`;
  }
  if (e.problem) h += `<p class="note">${escape(e.problem)}</p>`;
  if (e.differs)
    h += `<p class="note strong">The stored gradient is ${real(e.stored)}: it differs from this equation.</p>`;
  const exponent = e.lines ? e.lines.exponent : powerOf([e.stored]);
  const rows = e.terms.map(
    (t) =>
      `<tr><td title="${escape(t.meaning)}"><span><i>${withSubscript(t.symbol)}</i> ${escape(t.meaning)}</span></td><td>${termValue(t, exponent)}</td></tr>`,
  );
  if (!e.lines && Number.isFinite(e.stored)) rows.push(`<tr><td>gradient</td><td>${real(e.stored)}</td></tr>`);
  const note = stepNote(trace.update && trace.update[d] ? trace.update[d][k] : NaN, e.stored);
  if (note) rows.push(`<tr><td>optimizer’s step on <i>a</i></td><td>${note.text}</td></tr>`);
  h += `<table>${rows.join("")}</table>`;
  return `${h}<p class="note">${note && note.against ? "↑ against this gradient: momentum" : "&nbsp;"}</p>`;
}

/** drawScalars returns the HTML of a step of a method without decisions: its numbers. */
export function drawScalars(trace) {
  const rows = Object.entries(trace.scalars || {}).map(
    ([name, v]) => `<tr><td>${escape(name.replaceAll("_", " "))}</td><td>${real(v)}</td></tr>`,
  );
  return `<p class="tag"><span>step ${trace.step}${phaseOf(trace)}</span></p><table>${rows.join("")}</table>`;
}
