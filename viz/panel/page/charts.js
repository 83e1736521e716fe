// The curves: one ECharts object for life and chart, no animation; what was not
// yet so at the step looked at is drawn at 32 % behind the playhead.

import { fixed, niceAbove, whole } from "./format.js";
import { indexAt, points, spread, ticks } from "./view.js";

const FUTURE = 0.32;
const PLOT = { left: 30, right: 76, top: 8, bottom: 18, height: 106 };
const INNER = PLOT.height - PLOT.top - PLOT.bottom;
const LINE = 12.5; // px from one end label to the next

/** plan returns what the two charts of a method show: titles, axes and lines. */
export function plan(curves, method, scale, noun = "edge") {
  const has = (key) => curves && curves.scalars[key];
  const accuracies = [
    { key: "search_accuracy", name: "search", width: 1.2, ink: true },
    { key: "child_argmax", name: "child", width: 2.4, bold: true },
    { key: "child_darts", name: "DARTS rule", width: 1.3, dashed: true },
  ];
  const rewards = [
    { key: "reward", name: "reward", width: 1.2 },
    { key: "baseline", name: "baseline", width: 1.2, ink: true },
    { key: "best", name: "best", width: 2.4, bold: true },
  ];
  const byReward = !has("search_accuracy") && has("reward");
  const byLoss = noun === "" && !byReward && has("loss");
  const first = byReward
    ? { title: "Reward", unit: "", lines: rewards, ...scale.reward }
    : byLoss
      ? { title: "Loss", unit: ", nats", lines: [{ key: "loss", name: "loss", width: 1.2 }], ...scale.loss }
      : { title: "Accuracy", unit: ", held-out", lines: accuracies, ...scale.accuracy };
  const entropies = [
    { key: "entropy_normal", name: "normal", width: 2.2, bold: true },
    { key: "entropy_reduce", name: "reduct.", width: 1.3 },
  ];
  const chosen = (list) => list.filter((l) => has(l.key));
  const single = [{ key: "entropy", name: "entropy", width: 2.2, bold: true }];
  return [
    { ...first, places: 3, lines: chosen(first.lines) },
    {
      title: "Entropy",
      unit: noun && `, nats per ${noun}`,
      places: 2,
      lines: chosen(has("entropy_normal") ? entropies : single),
      ...scale.entropy,
    },
  ];
}

/**
 * scales returns axes that all methods of a session share, {accuracy, reward, loss, entropy}; most is the entropy of
 * what is undecided. They change in coarse steps only, so that running lines stay where they are.
 */
export function scales(all, most, chanceLabel = "undecided") {
  const low = (key) => all.reduce((a, c) => points(c, key).reduce((b, p) => Math.min(b, p[1]), a), Infinity);
  const high = (key) => all.reduce((a, c) => points(c, key).reduce((b, p) => Math.max(b, p[1]), a), -Infinity);
  const lowest = Math.min(low("entropy_normal"), low("entropy_reduce"), low("entropy"));
  const cut = lowest < 0.5 * most ? 0 : lowest < 0.78 * most ? 0.5 : 0.75;
  const min = cut ? Math.floor(cut * most * 5) / 5 : 0;
  let max = Math.ceil(most * 5) / 5;
  while (((max - most) / (max - min)) * INNER < LINE) max += 0.2; // the label of what is undecided stands there
  return {
    accuracy: { min: 0, max: 1 },
    loss: { min: Math.min(0, rewardScale(low("loss"), high("loss")).min), max: niceAbove(high("loss")) },
    reward: rewardScale(Math.min(low("reward"), low("baseline")), Math.max(high("reward"), high("baseline"))),
    entropy: { min, max, chance: most, chanceLabel },
  };
}

/** rewardScale holds rewards from low to high: fractions from 0, 0.5, 0.8 or 0.9 to 1, others in round numbers. */
export function rewardScale(low, high) {
  if (!(low <= high)) return { min: 0, max: 1 };
  if (low >= 0 && high <= 1) return { min: [0.9, 0.8, 0.5].find((v) => low >= v) ?? 0, max: 1 };
  return { min: low < 0 ? -niceAbove(-low) : 0, max: high > 0 ? niceAbove(high) : 0 };
}

// The x axes that the curves can have.
export const AXES = { steps: "steps", images: "images seen", seconds: "seconds" };

/** along returns the place of every step of a method on an x axis, as a function of the step; NaN where it has none. */
export function along(name, curves, description) {
  if (name === "images") return (step) => step * (description.images_per_step || NaN);
  if (name !== "seconds") return (step) => step;
  return (step) => {
    const n = indexAt(curves?.steps || [], step);
    return n < 0 ? 0 : (curves.seconds?.[n] ?? NaN);
  };
}

/** axesOf returns the x axes that all methods have. */
export function axesOf(methods, curves) {
  const images = methods.length > 0 && methods.every((m) => m.description.images_per_step > 0);
  const seconds = curves.length > 0 && curves.every((c) => c.seconds && c.seconds.length === c.steps.length);
  return ["steps", ...(images ? ["images"] : []), ...(seconds ? ["seconds"] : [])];
}

/**
 * endOf returns where an x axis ends for all methods of a session: at the planned step, at its images, or where its
 * seconds would be at the pace so far, in round numbers that seldom change.
 */
export function endOf(name, last, methods, curves) {
  if (name === "images") return last * Math.max(...methods.map((m) => m.description.images_per_step));
  if (name !== "seconds") return last;
  const ends = curves.map((c) => ((c.seconds.at(-1) || 0) * last) / Math.max(1, c.steps.length));
  return niceAbove(Math.max(0, ...ends));
}

function axis(tokens, last) {
  const at = ticks(last, last > 10000 ? 2 : 4);
  return {
    type: "value",
    min: 0,
    max: last,
    interval: at.length > 1 ? at[1] : last,
    axisLine: { lineStyle: { color: tokens.ink3 } },
    axisTick: { length: 3, lineStyle: { color: tokens.ink3 } },
    splitLine: { show: false },
    axisLabel: {
      color: tokens.ink2,
      fontSize: 10,
      margin: 5,
      showMaxLabel: at.includes(last),
      formatter: (v) => (Number.isInteger(v) ? whole(v) : String(v)),
    },
  };
}

function pair(line, data, view, offset, tokens) {
  const color = line.ink ? tokens.ink2 : view.color;
  const style = { color, width: line.width, type: line.dashed || view.dash ? "dashed" : "solid" };
  const past = data.filter((p) => p[0] <= view.look);
  const future = data.filter((p) => p[0] > view.look);
  const end = data[data.length - 1];
  const label = {
    show: true,
    formatter: `${line.name} ${fixed(end[1], view.places)}`,
    color: tokens.ink,
    fontSize: 10.5,
    distance: 4,
    fontWeight: line.bold ? 600 : 400,
    offset: [0, offset],
  };
  const shared = { type: "line", showSymbol: false, itemStyle: { color } };
  const joined = past.length && future.length ? [past[past.length - 1], ...future] : future;
  return [
    {
      ...shared,
      name: line.name,
      data: past,
      symbolSize: 3,
      showSymbol: past.length === 1,
      lineStyle: style,
      z: 3,
      endLabel: future.length ? { show: false } : label,
    },
    {
      ...shared,
      name: line.name,
      data: joined,
      silent: true,
      lineStyle: { ...style, opacity: FUTURE },
      z: 2,
      tooltip: { show: false },
      endLabel: label,
    },
  ].filter((s) => s.data.length);
}

function marks(view, tokens) {
  const mark = (data, lineStyle, label) => ({
    type: "line",
    data: [],
    z: 1,
    markLine: {
      z: 1,
      silent: true,
      symbol: "none",
      animation: false,
      label: { show: false, ...label },
      lineStyle,
      data,
    },
  });
  const out = [mark([{ xAxis: view.look }], { color: tokens.ink, width: 1, type: "solid" })];
  if (view.chance) {
    const label = {
      show: true,
      formatter: view.chanceLabel,
      color: tokens.ink2,
      fontSize: 10,
      distance: 5,
      position: view.look > view.last * 0.48 ? "insideStartTop" : "insideEndTop",
    };
    out.push(mark([{ yAxis: view.chance }], { color: tokens.ink3, type: "dashed", width: 1 }, label));
  }
  return out;
}

/** option returns the ECharts option of one chart; view has look, last, color, dash, font and the plan. */
export function option(curves, view, tokens) {
  const x = view.x || ((step) => step);
  const data = (l) => points(curves, l.key).map(([step, v]) => [x(step), v]);
  const lines = view.lines.map((l) => ({ line: l, data: data(l) })).filter((l) => l.data.length);
  const half = (view.max - view.min) / 2;
  const digits = half >= 10 ? 0 : Math.abs(half * 10 - Math.round(half * 10)) < 1e-6 ? 1 : 2;
  const y = (v) => PLOT.top + INNER * (1 - (v - view.min) / (view.max - view.min));
  const wish = lines.map((l) => y(l.data[l.data.length - 1][1]));
  const floor = PLOT.height - PLOT.bottom - LINE / 2; // below it stand the axis's numbers
  const places = spread(wish, LINE, view.chance ? y(view.chance) + 9 : PLOT.top, floor);
  return {
    animation: false,
    textStyle: { fontFamily: view.font, color: tokens.ink2 },
    grid: {
      left: PLOT.left,
      right: view.lines.some((l) => l.name.length > 8) ? 96 : PLOT.right,
      top: PLOT.top,
      bottom: PLOT.bottom,
    },
    xAxis: axis(tokens, view.last),
    yAxis: {
      min: view.min,
      max: view.max,
      interval: half,
      axisLabel: { color: tokens.ink2, fontSize: 10, formatter: (v) => fixed(v, digits) },
      splitLine: { lineStyle: { color: tokens.line } },
    },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      backgroundColor: tokens.bg,
      borderColor: tokens.ink3,
      textStyle: { color: tokens.ink, fontSize: 11 },
      valueFormatter: (v) => fixed(v, view.places),
    },
    series: [
      ...lines.flatMap((l, n) => pair(l.line, l.data, view, places[n] - wish[n], tokens)),
      ...marks(view, tokens),
    ],
  };
}
