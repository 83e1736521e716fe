// Elements of SVG as strings. No DOM.

import { escape } from "./format.js";

/** tag writes an element; attributes are escaped, numbers rounded, undefined ones left out. */
export function tag(name, attributes, ...inside) {
  let list = "";
  for (const key in attributes) {
    const v = attributes[key];
    if (v !== undefined) list += ` ${key}="${typeof v === "number" ? Math.round(v * 100) / 100 : escape(v)}"`;
  }
  return `<${name}${list}>${inside.join("")}</${name}>`;
}

/** words writes a text element; its content is escaped. */
export const words = (attributes, text) => tag("text", attributes, escape(text));

/** picture writes the svg element itself, width × height px. */
export function picture(width, height, attributes, ...inside) {
  return tag("svg", { width, height, viewBox: `0 0 ${width} ${height}`, ...attributes }, ...inside);
}
