// What stands below the cells: the curves with their x axis, the note, the legend.

import { along, AXES, axesOf, endOf, scales } from "./charts.js";
import { escape, milliseconds, whole } from "./format.js";
import { undecidedEntropy } from "./view.js";

const $ = (id) => document.getElementById(id);

/** drawLegend names the operations that have a colour. */
export function drawLegend(panel) {
  const keys = new Set(panel.source.methods.flatMap((m) => (m.description.decisions || []).flatMap((d) => d.choices)));
  $("legend").innerHTML = [...keys]
    .filter((key) => panel.palette.known(key)) // the others are written out where they stand
    .slice(0, 16)
    .map((key) => {
      const o = panel.palette.operation(key);
      return `<span><i style="${o.empty ? `border:1px dashed ${o.color}` : `background:${o.color}`}"></i>${escape(o.name)}</span>`;
    })
    .join("");
}

// drawAxes offers the x axes that all methods have, and says who saw how many images in how many seconds.
function drawAxes(panel, look) {
  const curves = [...panel.source.curves.values()];
  const offered = axesOf(panel.source.methods, curves);
  if (!offered.includes(panel.axis)) panel.axis = "steps";
  if (panel.offered !== offered.join()) {
    panel.offered = offered.join();
    $("axis").innerHTML = offered.map((name) => `<option value="${name}">${AXES[name]}</option>`).join("");
  }
  $("axis").value = panel.axis;
  $("axis").parentElement.hidden = offered.length < 2;
  const said = panel.source.methods.map((m) => {
    const at = (name) => along(name, panel.source.curves.get(m.id), m.description)(look);
    const parts = [];
    if (offered.includes("images")) parts.push(`${whole(at("images"))} images`);
    if (offered.includes("seconds")) parts.push(milliseconds(1000 * at("seconds")));
    return parts.length ? `${m.description.label || m.id} ${parts.join(" in ")}` : "";
  });
  const text = said.filter(Boolean).join(", ");
  $("note").textContent = text && look > 0 ? `up to step ${whole(look)}: ${text}` : "";
}

/** turn chooses an x axis; without a name the next one. */
export function turn(panel, name) {
  const offered = (panel.offered || "steps").split(",");
  panel.axis = name || offered[(offered.indexOf(panel.axis) + 1) % offered.length];
  panel.draw();
}

/** drawCurvesSoon draws the curves in the frame after this one: they take as long as everything else together. */
export function drawCurvesSoon(panel) {
  if (panel.curvesDue) return;
  panel.curvesDue = true;
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      panel.curvesDue = false;
      drawCurves(panel);
    }),
  );
}

function drawCurves(panel) {
  const { source, palette } = panel;
  const look = panel.example ? panel.example.look : panel.look;
  const last = panel.example ? 800 : Math.max(panel.session.status?.steps || 0, panel.session.head, 1);
  const most = undecidedEntropy(source.methods.map((m) => m.description.decisions));
  const curves = [...source.curves.values()];
  const axes = scales(curves, most.value, most.label);
  drawAxes(panel, look);
  const { axis } = panel;
  const end = endOf(axis, last, source.methods, curves);
  panel.font ??= getComputedStyle(document.body).fontFamily;
  for (const column of panel.columns) {
    const own = source.curves.get(column.id);
    column.drawCurves({
      curves: own,
      look,
      last: end,
      palette,
      axes,
      axis,
      version: source.version,
      font: panel.font,
    });
  }
}
