// Clicks Step and waits until the frame with the new step is painted, and until the curves have it too; so many times,
// with pauses between. Returns for each click {step, painted, curves, own} in ms: the last is what the methods' steps
// themselves took, by the session's record.
async (clicks) => {
  const panel = naslabPanel;
  const find = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const frame = () =>
    new Promise((then) =>
      requestAnimationFrame(() => {
        const channel = new MessageChannel(); // its message comes after the frame
        channel.port1.onmessage = then;
        channel.port2.postMessage(0);
      }),
    );
  const until = (ready) =>
    new Promise((then, fail) => {
      const look = () => {
        if (!ready()) return;
        clearTimeout(limit);
        watch.disconnect();
        then();
      };
      const watch = new MutationObserver(look);
      const limit = setTimeout(() => {
        watch.disconnect();
        fail(new Error("no new step is shown within 20 s"));
      }, 20000);
      watch.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
      look();
    });
  const now = () => Number(find("#clock b").textContent.replaceAll(",", ""));
  const shown = (step) => now() === step && all(".tag span").every((s) => s.textContent === `step ${step}`);
  const has = (line, step) => line.data.some((point) => point[0] === step); // later ones may stand there, too
  const shows = (chart, step) => chart.getOption().series.some((line) => has(line, step)); // some have epochs only
  const drawn = (step) => panel.columns.every((c) => c.charts.some((chart) => shows(chart, step)));
  const seconds = (column, step) => panel.session.curves.get(column.id).seconds[step - 1] || 0;
  const out = [];
  for (let i = 0; i < clicks; i++) {
    await until(() => !find("#step").disabled);
    await new Promise((then) => setTimeout(then, 400));
    const step = now() + 1;
    const start = performance.now();
    find("#step").click();
    await until(() => shown(step));
    await frame();
    const painted = performance.now() - start;
    while (!drawn(step)) {
      if (performance.now() - start > 20000) throw new Error(`no curve has step ${step} after 20 s`);
      await frame();
    }
    const curves = performance.now() - start;
    const own = panel.columns.reduce((sum, c) => sum + seconds(c, step) - seconds(c, step - 1), 0);
    out.push({ step, painted, curves, own: 1000 * own });
  }
  return out;
}
