// Clicks Step and waits until the frame with the new step is painted, again and
// again. Calls back with [{step, ms}].
const [clicks, done] = arguments;
const shown = () => Number(document.querySelector("#clock b").textContent.replaceAll(",", ""));
const painted = () => new Promise((then) => requestAnimationFrame(() => {
  const channel = new MessageChannel();
  channel.port1.onmessage = then;
  channel.port2.postMessage(0);
}));
const until = (ready) => new Promise((then, fail) => {
  const limit = setTimeout(() => { watch.disconnect(); fail(new Error("no new step within 20 s")); }, 20000);
  const look = () => { if (ready()) { clearTimeout(limit); watch.disconnect(); then(); } };
  const watch = new MutationObserver(look);
  watch.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  look();
});
(async () => {
  const button = document.getElementById("step");
  const out = [];
  for (let i = 0; i < clicks; i++) {
    await until(() => !button.disabled);
    await new Promise((then) => setTimeout(then, 400));
    const step = shown() + 1;
    const start = performance.now();
    button.click();
    const tagged = () => [...document.querySelectorAll(".tag span")].every((s) => s.textContent === `step ${step}`);
    await until(() => shown() === step && tagged());
    await painted();
    out.push({ step, ms: performance.now() - start });
  }
  return out;
})().then(done, (e) => done([{ error: String(e) }]));
