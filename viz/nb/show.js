(() => {
  const id = @ID@, name = @NAME@, patience = 6000;
  const box = document.getElementById(id) || document.querySelector(`[data-jupyter-id="${id}"]`);
  if (!box || box.dataset.live) return;
  box.dataset.live = "1";
  const still = [...box.childNodes];
  let shown = false;
  const address = () => { try { return JSON.parse(localStorage.getItem("naslab:" + name)); } catch (e) { return null; } };
  const config = document.getElementById("jupyter-config-data");
  const base = (() => { try { return JSON.parse(config.textContent).baseUrl || "/"; } catch (e) { return "/"; } })();
  const theme = () => {
    const light = document.body.dataset.jpThemeLight;
    return light === "true" ? "light" : light === "false" ? "dark" : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  };
  const note = (text) => {
    let line = box.querySelector("p.nas-note");
    if (!line) { line = document.createElement("p"); line.className = "nas-note"; box.append(line); }
    line.textContent = text;
  };
  // The proxy's answer can be read beforehand: a server without one says so at once.
  const proxied = async (url) => {
    try {
      const r = await fetch(url + "api/session", { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(3000) });
      return r.ok && (await r.json()).name === name;
    } catch (e) { return false; }
  };
  // A frame takes the picture's place only once the panel inside has spoken.
  const frame = (url) => new Promise((done) => {
    const f = document.createElement("iframe");
    f.src = url + "?theme=" + theme();
    f.title = "Session " + name;
    f.allow = "clipboard-write";
    f.scrolling = "no"; // it is as high as the panel says
    f.referrerPolicy = "no-referrer";
    f.style.cssText = "width:100%;height:0;border:0;display:block";
    addEventListener("message", (e) => {
      if (e.source !== f.contentWindow || !e.data || e.data.naslab !== "height") return;
      f.style.height = Math.min(8000, Math.max(200, Number(e.data.height) || 0)) + "px";
      if (shown) return;
      shown = true;
      for (const part of [...box.childNodes]) if (part !== f) part.remove();
      done(true);
    });
    new MutationObserver(() => f.contentWindow && f.contentWindow.postMessage({ theme: theme() }, "*"))
      .observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
    setTimeout(() => { if (!shown) f.remove(); done(shown); }, patience);
    box.append(f);
  });
  const connect = async () => {
    const a = address();
    if (!a) return note("Run this cell again to put the panel of session " + name + " here.");
    const path = a.port + "/" + a.token + "/";
    const proxy = location.origin + base.replace(/\/?$/, "/") + "proxy/" + path;
    if ((await proxied(proxy)) && (await frame(proxy))) return;
    if (await frame("http://127.0.0.1:" + path)) return;
    note("Session " + name + " does not answer. Run this cell again to start it.");
  };
  addEventListener("naslab", (e) => {
    if (e.detail !== name || !box.isConnected) return;
    shown = false;
    box.replaceChildren(...still);
    connect();
  });
  connect();
})();
