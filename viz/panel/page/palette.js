// Colours and names of operations and methods. The table itself comes from the
// Go package viz as palette.json, so that page and figures agree. No DOM.

/** Palette answers for one theme, "light" or "dark". */
export class Palette {
  constructor(table, theme) {
    this.theme = theme;
    this.tokens = table[theme];
    this.table = table;
  }

  /** known returns the table's line of an operation, undefined where it has none. */
  known(key) {
    return this.table.ops.find((o) => o.key === key);
  }

  /** operation returns {key, head, label, name, color, empty, plain} for any choice; a plain one has no colour of its own. */
  operation(key) {
    const known = this.known(key);
    if (known) return { ...known, color: known.color[this.theme], empty: key === "none" };
    const name = key.replaceAll("_", " ");
    const clip = (n) => (name.length > n ? `${name.slice(0, n - 1)}…` : name);
    return { key, head: clip(5), label: clip(14), name: clip(28), color: this.tokens.ink3, empty: false, plain: true };
  }

  /** method returns {color, dash} of a method by its key. */
  method(key) {
    const known = this.table.methods.find((m) => m.key === key);
    return known ? { color: known.color[this.theme], dash: known.dash } : { color: this.tokens.ink, dash: false };
  }

  /** grey returns {fill, text} of a probability among n choices: empty at chance, full at 0.6. */
  grey(p, n) {
    const tone = n > 1 ? Math.max(0, Math.min(1, (p - 1 / n) / (0.6 - 1 / n))) ** 0.65 : 0;
    const from = channels(this.tokens.bg);
    const to = channels(this.tokens.heat);
    const rgb = from.map((v, k) => Math.round(v + (to[k] - v) * tone));
    return { fill: `rgb(${rgb.join(",")})`, text: luminance(rgb) > 0.179 ? "#000" : "#fff" };
  }
}

const channels = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));

function luminance(rgb) {
  const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
