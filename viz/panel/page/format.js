// Numbers as the pictures print them. Pure functions, no DOM.

const SUPER = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** minus replaces hyphens by the real minus sign. */
export const minus = (s) => String(s).replace(/-/g, "−");

/** fixed prints v with a fixed number of places. */
export const fixed = (v, places) => (Number.isFinite(v) ? minus(v.toFixed(places)) : "–");

/** signed prints v with its sign, + included. */
export const signed = (v, places) => (v >= 0 ? "+" : "") + fixed(v, places);

/** whole prints an integer with thousands separated by commas. */
export const whole = (v) => minus(Math.round(v)).replace(/\B(?=(\d{3})+$)/g, ",");

/** edgeProb prints a probability on an edge: .24, without the leading zero. */
export const edgeProb = (p) => (p >= 0.995 ? "1.0" : p.toFixed(2).replace(/^0/, ""));

/** superscript prints an integer in raised digits. */
export const superscript = (n) => [...String(n)].map((c) => SUPER[c]).join("");

/** scientific splits v into {mantissa, exponent}; exponent is 0 where none is wanted. */
export function scientific(v, digits = 3) {
  const size = Math.abs(v);
  if (v === 0 || !Number.isFinite(v)) return { mantissa: v === 0 ? "0" : "–", exponent: 0 };
  if (size >= 1e-3 && size < 1e4) return { mantissa: minus(v.toPrecision(digits)), exponent: 0 };
  const [m, e] = v.toExponential(digits - 1).split("e");
  return { mantissa: minus(m), exponent: Number(e) };
}

/** real prints v to three significant digits, powers of ten with raised digits. */
export function real(v, digits = 3) {
  const { mantissa, exponent } = scientific(v, digits);
  return exponent === 0 ? mantissa : `${mantissa}·10${superscript(exponent)}`;
}

/** powerOf returns the multiple of three nearest below the size of the largest value, at most 0. */
export function powerOf(values) {
  const top = Math.max(0, ...values.filter(Number.isFinite).map(Math.abs));
  if (top === 0 || top >= 0.1) return 0;
  return Math.max(-15, 3 * Math.floor(Math.log10(top) / 3 + 1e-9));
}

/** milliseconds prints a duration: "142 ms", "3.1 s". */
export const milliseconds = (ms) =>
  ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms >= 10 ? Math.round(ms) : ms.toFixed(1)} ms`;

/** entropy returns −Σ p ln p in nats. */
export const entropy = (row) => row.reduce((s, p) => (p > 0 ? s - p * Math.log(p) : s), 0);

/** likeliest returns the index of the greatest entry, the first of equals, or −1. */
export const likeliest = (row) => row.reduce((best, p, i) => (best < 0 || p > row[best] ? i : best), -1);

/** niceAbove returns the smallest of 1, 2, 5 times a power of ten that is at least v. */
export function niceAbove(v) {
  if (!(v > 0)) return 1;
  const ten = 10 ** Math.floor(Math.log10(v));
  return ten * [1, 2, 5, 10].find((n) => n * ten >= v * (1 - 1e-9));
}

/** clip shortens a name to n characters in its middle: what tells names apart often stands at their ends. */
export function clip(name, n) {
  const all = [...name];
  if (all.length <= n) return name;
  const head = Math.ceil((n - 1) / 2);
  return `${all.slice(0, head).join("").trimEnd()}…${all
    .slice(all.length - (n - 1 - head))
    .join("")
    .trimStart()}`;
}

/** escape makes text safe inside HTML, SVG and attributes. */
export const escape = (s) => String(s).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
