// The update's equation: parse "∂L/∂a = Z*(g - R)/λ", evaluate it, write it as
// MathML in symbols and in numbers. Pure functions, no DOM.

import { escape, powerOf, scientific } from "./format.js";

const LIMIT = 400; // characters of a formula
const DEPTH = 40; // nested parentheses
const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([\p{L}∂∇][\p{L}\p{M}\p{N}∂_′]*)|([-+*/^()=−·]))/uy;

function tokens(text) {
  if (text.length > LIMIT) throw new Error(`the formula has ${text.length} characters, at most ${LIMIT} are read`);
  const out = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const m = TOKEN.exec(text);
    if (!m) throw new Error(`the formula has an unreadable sign at character ${at + 1}`);
    if (m[1]) out.push({ kind: "number", text: m[1] });
    else if (m[2]) out.push({ kind: "symbol", text: m[2] });
    else out.push({ kind: { "−": "-", "·": "*" }[m[3]] || m[3], text: m[3] });
  }
  return out;
}

class Reader {
  constructor(list) {
    this.list = list;
    this.at = 0;
    this.depth = 0;
  }
  kind() {
    return this.at < this.list.length ? this.list[this.at].kind : "end";
  }
  take(kind) {
    if (this.kind() !== kind) throw new Error(`the formula has ${this.kind()} where ${kind} is due`);
    return this.list[this.at++];
  }
  binary(kinds, next) {
    let left = next();
    while (kinds.includes(this.kind())) left = { op: this.list[this.at++].kind, left, right: next() };
    return left;
  }
  sum() {
    if (++this.depth > DEPTH) throw new Error("the formula is nested too deeply");
    const node = this.binary(["+", "-"], () => this.product());
    this.depth--;
    return node;
  }
  product() {
    return this.binary(["*", "/"], () => this.unary());
  }
  unary() {
    if (this.kind() !== "-") return this.power();
    this.at++;
    if (++this.depth > DEPTH) throw new Error("the formula is nested too deeply");
    const node = { op: "neg", left: this.unary() };
    this.depth--;
    return node;
  }
  power() {
    const base = this.atom();
    if (this.kind() !== "^") return base;
    this.at++;
    if (++this.depth > DEPTH) throw new Error("the formula is nested too deeply");
    const node = { op: "^", left: base, right: this.unary() };
    this.depth--;
    return node;
  }
  atom() {
    if (this.kind() === "number") return { number: Number(this.take("number").text) };
    if (this.kind() === "symbol") return { symbol: this.take("symbol").text };
    this.take("(");
    const node = this.sum();
    this.take(")");
    return node;
  }
}

/** parse reads "left = right" and returns both sides as trees. */
export function parse(text) {
  const r = new Reader(tokens(text));
  const left = r.sum();
  r.take("=");
  const right = r.sum();
  r.take("end");
  return { left, right };
}

/** evaluate returns the value of a tree; values maps symbols to numbers. */
export function evaluate(node, values) {
  if ("number" in node) return node.number;
  if ("symbol" in node) {
    if (!Object.hasOwn(values, node.symbol)) throw new Error(`the symbol ${node.symbol} has no value`);
    return values[node.symbol];
  }
  const a = evaluate(node.left, values);
  if (node.op === "neg") return -a;
  const b = evaluate(node.right, values);
  return { "+": a + b, "-": a - b, "*": a * b, "/": a / b, "^": a ** b }[node.op];
}

/** degree of a tree in a set of symbols; NaN where it is not homogeneous. */
export function degree(node, symbols) {
  if ("number" in node) return 0;
  if ("symbol" in node) return symbols.has(node.symbol) ? 1 : 0;
  const a = degree(node.left, symbols);
  if (node.op === "neg") return a;
  const b = degree(node.right, symbols);
  if (node.op === "+" || node.op === "-") return a === b ? a : NaN;
  if (node.op === "*") return a + b;
  if (node.op === "/") return a - b;
  return b !== 0 ? NaN : "number" in node.right ? a * node.right.number : a === 0 ? 0 : NaN;
}

const mo = (s, attributes = "") => `<mo${attributes}>${s}</mo>`;
const NEGATIVE = mo("−", ' form="prefix" lspace="0" rspace="0"');
const OPEN = mo("(", ' stretchy="false"');
const CLOSE = mo(")", ' stretchy="false"');

/** number writes a value as MathML. */
export function number(v, digits = 3) {
  const { mantissa, exponent } = scientific(v, digits);
  const negative = mantissa.startsWith("−");
  let s = `<mn>${negative ? mantissa.slice(1) : mantissa}</mn>`;
  if (exponent !== 0) s += mo("·") + power(exponent);
  return negative ? NEGATIVE + s : s;
}

/** power writes 10 to an integer as MathML. */
export const power = (n) => `<msup><mn>10</mn><mrow>${n < 0 ? NEGATIVE : ""}<mn>${Math.abs(n)}</mn></mrow></msup>`;

function symbol(name) {
  if (name.length > 1 && /^[∂∇]/.test(name)) return `<mrow>${mo(name[0])}${symbol(name.slice(1))}</mrow>`;
  const cut = name.indexOf("_");
  const italic = (s) => (/^\p{N}+$/u.test(s) ? `<mn>${s}</mn>` : `<mi>${escape(s)}</mi>`);
  if (cut <= 0) return italic(name);
  return `<msub>${italic(name.slice(0, cut))}${italic(name.slice(cut + 1) || "·")}</msub>`;
}

const RANK = { "+": 1, "-": 1, neg: 1, "*": 2, "/": 3, "^": 4 };
const rank = (node) => RANK[node.op] || 5;
const leads = (node) => node.op === "neg" || (node.op === "*" && leads(node.left)); // begins with a minus

/** mathml writes a tree; show, if given, turns a symbol into {negative, text}. */
export function mathml(node, show) {
  const wrap = (child, least) => {
    const s = mathml(child, show);
    const shown = show && "symbol" in child ? show(child.symbol) : null;
    return rank(child) < least || (shown && shown.negative) ? OPEN + s + CLOSE : s;
  };
  if ("number" in node) return number(node.number, 6).replace(/\.?0+<\/mn>/, "</mn>");
  if ("symbol" in node) return show ? show(node.symbol).text : symbol(node.symbol);
  if (node.op === "neg") return NEGATIVE + wrap(node.left, 2);
  if (node.op === "/")
    return `<mfrac><mrow>${mathml(node.left, show)}</mrow><mrow>${mathml(node.right, show)}</mrow></mfrac>`;
  if (node.op === "^") return `<msup><mrow>${wrap(node.left, 5)}</mrow><mrow>${mathml(node.right, show)}</mrow></msup>`;
  if (node.op === "*") {
    const dot = show || "number" in node.right ? mo("·") : '<mspace width="1px"></mspace>';
    return wrap(node.left, node.left.op === "neg" ? 1 : 2) + dot + wrap(node.right, leads(node.right) ? 3 : 2);
  }
  return mathml(node.left, show) + addend(node, show, wrap);
}

function addend(node, show, wrap) {
  const shown = show && "symbol" in node.right ? show(node.right.symbol) : null;
  if (shown && shown.negative) return mo(node.op === "-" ? "+" : "−") + shown.positive;
  return mo(node.op === "-" ? "−" : "+") + wrap(node.right, leads(node.right) ? 3 : node.op === "-" ? 2 : 1);
}

/**
 * lines writes an equation as MathML rows: symbols, numbers and their power of ten, value.
 * small names the symbols that share a power of ten (gradients); when the
 * equation is of degree one in them, that power is written once.
 */
export function lines(equation, values, small) {
  const result = evaluate(equation.right, values);
  const names = [...small].filter((s) => Object.hasOwn(values, s));
  const exponent = degree(equation.right, small) === 1 ? powerOf(names.map((s) => values[s])) : 0;
  const scale = 10 ** -exponent;
  const show = (s) => {
    const v = Object.hasOwn(values, s) ? values[s] * (small.has(s) ? scale : 1) : NaN;
    return { negative: v < 0, text: number(v), positive: number(-v) };
  };
  const tail = exponent ? `${mo("·")}${power(exponent)}` : "";
  return {
    result,
    symbols: `<mrow>${mathml(equation.left)}${mo("=")}${mathml(equation.right)}</mrow>`,
    numbers: `<mrow>${mo("=")}${mathml(equation.right, show)}</mrow>`,
    power: tail && `<mrow>${tail}</mrow>`,
    value: `<mrow>${mo("=")}${number(result * scale)}${tail}</mrow>`,
    exponent,
  };
}
