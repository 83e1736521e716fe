// Unit tests of the page's pure modules: node --test viz/panel/jstest/
import assert from "node:assert/strict";
import { test } from "node:test";

import { pillText } from "../page/bar.js";
import { along, axesOf, endOf, option, plan, rewardScale, scales } from "../page/charts.js";
import { explain, stepNote } from "../page/equation.js";
import * as f from "../page/format.js";
import { degree, evaluate, lines, mathml, parse } from "../page/formula.js";
import { creditScale, drawHeat } from "../page/heat.js";
import { at, cut, edgeOf, heightOf, labels, layout } from "../page/layout.js";
import { append, Session } from "../page/session.js";
import * as v from "../page/view.js";

test("numbers are written as in the figures", () => {
  assert.equal(f.fixed(-0.673, 3), "−0.673");
  assert.equal(f.edgeProb(0.237), ".24");
  assert.equal(f.edgeProb(0.999), "1.0");
  assert.equal(f.real(0.00024512), "2.45·10⁻⁴");
  assert.equal(f.real(-0.0024512), "−0.00245");
  assert.equal(f.real(123456), "1.23·10⁵");
  assert.equal(f.real(0.00099999), "1.00·10⁻³"); // the exponent of the rounded number
  assert.equal(f.whole(12345), "12,345");
  assert.equal(f.powerOf([0.0059, -0.0003]), -3);
  assert.equal(f.powerOf([0.5]), 0);
  assert.equal(f.niceAbove(0.0031).toPrecision(2), "0.0050");
  assert.equal(f.escape('<a b="c">&'), "&#60;a b=&#34;c&#34;&#62;&#38;");
});

test("formulas follow the precedence of arithmetic", () => {
  const value = (text, values = {}) => evaluate(parse(`x = ${text}`).right, values);
  assert.equal(value("1 - 2 - 3"), -4);
  assert.equal(value("8/4/2"), 1);
  assert.equal(value("-2^2"), -4);
  assert.equal(value("2^3^2"), 512);
  assert.equal(value("2*(3 + 4)"), 14);
  assert.equal(value("Z*(g − R)/λ", { Z: 0.5, g: 3, R: 1, λ: 0.25 }), 4);
  assert.equal(value("a_1·b", { a_1: 2, b: 3 }), 6);
});

test("a broken formula is refused with its place", () => {
  for (const text of ["", "a", "a =", "a = (", "a = b c", "a = b)", "a = b $ c", "= 1", "a = 1 = 2"]) {
    assert.throws(() => parse(text), /^Error: the formula/, text);
  }
  assert.throws(() => parse(`a = ${"(".repeat(60)}1${")".repeat(60)}`), /nested/);
  assert.throws(() => parse(`a = ${"1+".repeat(300)}1`), /characters/);
  assert.throws(() => evaluate(parse("a = toString").right, {}), /no value/);
});

test("equations keep their brackets and share one power of ten", () => {
  const e = parse("∂L/∂a = Z*(g - R)/λ");
  const filled = lines(e, { Z: 0.5, g: -2e-3, R: -4e-3, λ: 0.5 }, new Set(["g", "R"]));
  assert.ok(Math.abs(filled.result - 2e-3) < 1e-15);
  assert.equal(filled.exponent, -3);
  assert.match(filled.numbers, /<mn>2\.00<\/mn><mo>\+<\/mo><mn>4\.00<\/mn>/); // −2 − (−4) is written −2 + 4
  assert.equal(degree(parse("a = g*g").right, new Set(["g"])), 2);
  assert.ok(Number.isNaN(degree(parse("a = g + 1").right, new Set(["g"]))));
  assert.match(mathml(parse("a = 1 - (b - c)").right), /\(<\/mo>.*\)<\/mo>/);
  assert.ok(!mathml(parse("a = (b*c)*d").right).includes("(")); // brackets that say nothing are dropped
});

test("an equation is held against the stored gradient", () => {
  const trace = {
    step: 1,
    z: [[0.25, 0.75]],
    op_grad: [[0.004, 0.008]],
    credit: [-0.007],
    formula: "∂L/∂a = Z*(g - R)/λ",
    grad: [[-0.0015, 0.0015]],
    terms: [
      { symbol: "Z", row: "z" },
      { symbol: "g", row: "op_grad" },
      { symbol: "R", row: "-credit" },
      { symbol: "λ", value: 0.5 },
    ],
  };
  assert.equal(explain(trace, 0, 0).differs, false);
  assert.equal(explain({ ...trace, grad: [[-0.0015, 0.0016]] }, 0, 1).differs, true);
  assert.match(explain({ ...trace, terms: [] }, 0, 0).problem, /Z has no value/);
  assert.equal(stepNote(0.01, 0.5).against, true); // descent would go down
  assert.equal(stepNote(-0.01, 0.5).against, false);
});

test("cells of one to seven nodes stay inside their box", () => {
  for (let nodes = 1; nodes <= 7; nodes++) {
    const H = heightOf(nodes);
    for (const W of [280, 532, 720]) {
      const cell = layout(nodes, W, H);
      assert.equal(Object.keys(cell.edges).length, (nodes * (nodes + 3)) / 2);
      for (let n = 2; n < cell.x.length; n++) assert.ok(cell.x[n] > cell.x[n - 1], "nodes run from left to right");
      for (const [name, p] of Object.entries(cell.edges)) {
        for (let t = 0; t <= 1; t += 0.05) {
          const [x, y] = at(p, t);
          assert.ok(
            x >= 0 && x <= W && y >= 0 && y <= H,
            `${nodes} nodes, ${W} px: ${name} leaves the box at ${x}, ${y}`,
          );
        }
      }
      const spots = Object.values(labels(cell, 96, 16.5)).filter(Boolean);
      if (nodes < 4) continue;
      spots.forEach((a, i) =>
        spots.slice(0, i).forEach((b) => {
          const wide = (s) => (s.short ? 40 : 96);
          assert.ok(Math.abs(a.x - b.x) * 2 >= wide(a) + wide(b) - 1e-6 || Math.abs(a.y - b.y) >= 14, "labels overlap");
        }),
      );
    }
  }
});

test("a curve that is cut keeps its course", () => {
  const p = layout(3, 532, 132).edges["0-4"];
  const short = cut(p, 0.8);
  const [x, y] = at(p, 0.4);
  const [u, w] = at(short, 0.5);
  assert.ok(Math.hypot(x - u, y - w) < 1e-9);
});

test("edges are read from decisions", () => {
  assert.deepEqual(edgeOf("0→2"), [0, 2]);
  assert.equal(edgeOf("2→2"), null);
  assert.equal(edgeOf("op 3"), null);
  const cells = v.cellsOf([
    { name: "0→2", cell: "normal", choices: ["a"] },
    { name: "op", cell: "", choices: ["a", "b"] },
  ]);
  assert.deepEqual(
    cells.map((c) => c.drawable),
    [true, false],
  );
});

test("scalars carry over from the last step that has them", () => {
  const curves = { steps: [1, 2, 3, 5], scalars: { a: [null, 0.5, null, 0.7] } };
  assert.equal(v.scalarAt(curves, "a", 1), null);
  assert.equal(v.scalarAt(curves, "a", 4), 0.5);
  assert.equal(v.scalarAt(curves, "a", 9), 0.7);
  assert.equal(v.scalarAt(curves, "b", 9), null);
  append(curves, { step: 6, scalars: { b: 2 } });
  append(curves, { step: 6, scalars: { b: 3 } }); // told twice
  assert.deepEqual(curves, {
    steps: [1, 2, 3, 5, 6],
    scalars: { a: [null, 0.5, null, 0.7, null], b: [null, null, null, null, 2] },
  });
});

test("steps that were missed are read again", async () => {
  const stored = { steps: [1, 2, 3], scalars: { a: [0.1, 0.2, 0.3] } };
  const asked = [];
  globalThis.fetch = async (path) => {
    asked.push(path);
    return { ok: true, json: async () => structuredClone(stored) };
  };
  const s = new Session();
  s.curves.set("m", { steps: [1], scalars: { a: [0.1] } });
  s.addSteps([{ method: "m", trace: { step: 3, scalars: { a: 0.3 } } }]); // 2 never came
  s.addSteps([{ method: "m", trace: { step: 4, scalars: { a: 0.4 } } }]); // while they are read
  stored.steps.push(4);
  stored.scalars.a.push(0.4);
  await new Promise((done) => setTimeout(done, 5));
  assert.deepEqual(s.curves.get("m").steps, [1, 2, 3, 4]);
  assert.deepEqual(asked, ["api/curves?method=m"]);
  s.addSteps([{ method: "m", trace: { step: 5, scalars: { a: 0.5 } } }]);
  assert.deepEqual(s.curves.get("m").scalars.a, [0.1, 0.2, 0.3, 0.4, 0.5]);
});

test("a request that failed is made again once the session is heard", async () => {
  const heard = {};
  globalThis.EventSource = class {
    addEventListener(kind, told) {
      heard[kind] = told;
    }
  };
  const status = { step: 1, methods: [{ id: "m", run: "r", description: { seed: 1 } }] };
  let down = false;
  globalThis.fetch = async (path) => {
    if (down) throw new Error("the run has just been forked");
    return { ok: true, json: async () => (path === "api/session" ? status : { steps: [1], scalars: {} }) };
  };
  const rest = () => new Promise((done) => setTimeout(done, 5));
  const s = new Session();
  await s.start();
  down = true;
  const forked = { ...status, methods: [{ ...status.methods[0], run: "fork" }] };
  heard.session({ data: JSON.stringify(forked) });
  await rest();
  assert.equal(s.linked, false);
  assert.equal(s.curves.has("m"), false);
  down = false;
  heard.session({ data: JSON.stringify(forked) });
  await rest();
  assert.equal(s.linked, true);
  assert.equal(s.curves.has("m"), true);
});

test("labels are pushed apart and stay in their plot", () => {
  const out = v.spread([50, 50, 90], 12, 8, 90);
  assert.ok(Math.abs(out[0] - out[1]) >= 12 && out.every((y) => y >= 8 && y <= 90));
  assert.deepEqual(v.ticks(800), [0, 200, 400, 600, 800]);
  assert.deepEqual(v.ticks(3), [0, 1, 2, 3]);
});

test("what was not yet so is drawn as the future", () => {
  const curves = { steps: [1, 2, 3, 4], scalars: { search_accuracy: [0.1, 0.2, 0.3, 0.4] } };
  const scale = scales([curves], Math.log(8));
  const [p] = plan(curves, "darts", scale);
  const tokens = { ink: "#000", ink2: "#000", ink3: "#000", line: "#000", bg: "#fff" };
  const series = option(curves, { ...p, look: 2, last: 4, color: "#f00", font: "x" }, tokens).series;
  assert.deepEqual(
    series[0].data.map((d) => d[0]),
    [1, 2],
  );
  assert.deepEqual(
    series[1].data.map((d) => d[0]),
    [2, 3, 4],
  );
  assert.equal(series[1].lineStyle.opacity, 0.32);
  assert.equal(option(curves, { ...p, look: 2, last: 4, color: "#f00", font: "x" }, tokens).animation, false);
});

test("labels of lines that end near 0 stay off the axis's numbers", () => {
  const scalars = { search_accuracy: [0.9], child_argmax: [0.137], child_darts: [0.133] };
  const [p] = plan({ scalars }, "darts", scales([], Math.log(8)));
  const tokens = { ink: "#000", ink2: "#000", ink3: "#000", line: "#000", bg: "#fff" };
  const out = option({ steps: [1], scalars }, { ...p, look: 1, last: 1, color: "#f00", font: "x" }, tokens);
  const inner = 106 - out.grid.top - out.grid.bottom; // the chart is 106 px high
  const middles = out.series
    .filter((s) => s.data.length)
    .map((s) => out.grid.top + inner * (1 - s.data[0][1]) + s.endLabel.offset[1]);
  assert.equal(middles.length, 3);
  for (const y of middles) assert.ok(y + 6 <= out.grid.top + inner, `a label's middle is at ${y}`);
  assert.ok(Math.abs(middles[1] - middles[2]) >= 12);
});

test("credit bars have round scales", () => {
  const s = creditScale([0.001, -0.002, 0.003, 0.004, 0.05]);
  assert.equal(s.full.toPrecision(1), "0.005");
  assert.equal(s.exponent, -3);
});

test("decisions with other choices have column heads of their own", () => {
  const decisions = [
    { name: "node 2, left input", cell: "", choices: ["0", "1"] },
    { name: "node 2, operation on the left input", cell: "", choices: ["skip", "conv"] },
    { name: "node 3, left input", cell: "", choices: ["0", "1", "2"] },
    { name: "node 3, operation on the left input", cell: "", choices: ["skip", "conv"] },
  ];
  const [cell] = v.cellsOf(decisions);
  assert.deepEqual(
    cell.rows.map((r) => [r.row, r.family]),
    [
      [0, 0],
      [2, 0],
      [1, 1],
      [3, 1],
    ],
  );
  const trace = { arch: [1, 0, 2, 1], probs: decisions.map((d) => d.choices.map(() => 1 / d.choices.length)) };
  const rows = v.withProbs(cell.rows, trace);
  const operation = (key) => ({ head: key, color: "#000", empty: false });
  const palette = { operation, grey: () => ({ fill: "#fff", text: "#000" }), tokens: {} };
  const svg = drawHeat(rows, { palette, chosen: 0, choice: 0, credit: false, title: "" });
  const texts = [...svg.matchAll(/>([^<>]+)<\/text>/g)].map((m) => m[1]).filter((t) => !/^\d\d$/.test(t));
  assert.deepEqual(texts, [
    "0",
    "1",
    "2",
    "node 2, left input",
    "node 3, left input",
    "skip",
    "conv",
    "node 2, opera…e left input",
    "node 3, opera…e left input",
  ]);
  assert.equal(svg.match(/<circle/g).length, 4, "one mark on every sampled choice");
  assert.equal(v.ofChoices(decisions), "2 to 3 choices");
  const most = v.undecidedEntropy([decisions]);
  assert.ok(Math.abs(most.value - (3 * Math.log(2) + Math.log(3)) / 4) < 1e-12);
});

test("a row in which all are equal has no likeliest", () => {
  assert.equal(v.undecided([0.2, 0.2, 0.2, 0.2, 0.2]), true);
  assert.equal(v.undecided([0.2, 0.3, 0.5]), false);
  assert.equal(v.undecided([1]), false);
});

test("axes of rewards are round and hold every value", () => {
  assert.deepEqual(rewardScale(0.91, 0.94), { min: 0.9, max: 1 });
  assert.deepEqual(rewardScale(0.1, 0.94), { min: 0, max: 1 });
  assert.deepEqual(rewardScale(-3, 41), { min: -5, max: 50 });
  assert.deepEqual(rewardScale(Infinity, -Infinity), { min: 0, max: 1 });
});

test("a leading minus needs no brackets, one inside does", () => {
  const brackets = (text) => mathml(parse(`x = ${text}`).right).match(/\(/g)?.length || 0;
  assert.equal(brackets("-(R - b)*(I - p)"), 2);
  assert.equal(brackets("a + -b*c"), 1);
  assert.equal(brackets("a*(-b)"), 1);
});

test("a second-order term has its value", () => {
  const trace = {
    step: 1,
    phase: "warmup",
    extra: [[0.25]],
    grad: [[0.5]],
    formula: "∂L/∂a = 2*h",
    terms: [{ symbol: "h", row: "extra" }],
  };
  assert.equal(explain(trace, 0, 0).differs, false);
});

test("what takes its time is said with what it took before", () => {
  const says = (compiling) => {
    const session = { status: { compiling: { seconds: 3, last_seconds: 0, ...compiling } }, received: performance.now() };
    return pillText(session, "compiling").replace(/<[^>]*>/g, "");
  };
  assert.match(says({ what: "SNAS", last_seconds: 7.6 }), /Compiling SNAS3\.\d s, last time 7\.6 s$/);
  assert.match(says({ what: "SNAS", last_seconds: 7.6, alike: true }), /3\.\d s of about 7\.6 s$/);
  assert.match(says({ what: "SNAS" }), /Compiling SNAS3\.\d s, first time$/);
  assert.match(says({ what: "restoring step 5", restoring: true }), /Restoring step 53\.\d s$/);
});

test("curves run over steps, images or seconds, on one axis for all methods", () => {
  const methods = [
    { id: "darts", description: { images_per_step: 128 } },
    { id: "snas", description: { images_per_step: 64 } },
  ];
  const of = (pace) => ({ steps: [1, 2, 3, 4], seconds: [1, 2, 3, 4].map((n) => n * pace), scalars: { entropy: [4, 3, 2, 1] } });
  const curves = [of(0.2), of(0.1)];
  assert.deepEqual(axesOf(methods, curves), ["steps", "images", "seconds"]);
  assert.deepEqual(axesOf([{ description: {} }], [{ steps: [1], scalars: {} }]), ["steps"]);
  assert.equal(along("images", curves[0], methods[0].description)(3), 384);
  assert.ok(Math.abs(along("seconds", curves[1], methods[1].description)(3) - 0.3) < 1e-12);
  assert.equal(endOf("steps", 100, methods, curves), 100);
  assert.equal(endOf("images", 100, methods, curves), 12800);
  assert.equal(endOf("seconds", 100, methods, curves), 20); // 0.2 s a step
  const p = { ...plan(curves[0], "darts", scales([], 2))[1], color: "#f00", font: "x", last: 20 };
  const x = along("seconds", curves[0], methods[0].description);
  const tokens = { ink: "#000", ink2: "#000", ink3: "#000", line: "#000", bg: "#fff" };
  const [past, future] = option(curves[0], { ...p, x, look: x(2) }, tokens).series;
  assert.deepEqual(past.data, [[0.2, 4], [0.4, 3]].map(([a, b]) => [a, b]));
  assert.equal(future.data.at(-1)[0], 0.8);
  append(curves[0], { step: 5, scalars: {} }, 1);
  assert.deepEqual(curves[0].seconds.length, 5);
});
