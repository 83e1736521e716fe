"""A Chromium that shows JupyterLab, and what can be read off it."""

import os
import pathlib
import shutil

from jupyter import REPO, Trouble, wait
from selenium import webdriver
from selenium.common.exceptions import JavascriptException, WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

READ = (pathlib.Path(__file__).parent / "read.js").read_text()
PAINT = (REPO / "viz" / "panel" / "browser" / "paint.js").read_text()  # a function of the number of clicks
NOTEBOOK = "const nb = window.jupyterapp && jupyterapp.shell.currentWidget;"
KEYS = {
    " ": Keys.SPACE,
    "ArrowRight": Keys.ARROW_RIGHT,
    "ArrowLeft": Keys.ARROW_LEFT,
    "Home": Keys.HOME,
    "End": Keys.END,
}


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Screen:
    """One browser window. Every wait has an end."""

    def __init__(self, scratch: pathlib.Path):
        options = webdriver.ChromeOptions()
        options.binary_location = chromium()
        flags = [
            "--headless=new",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--no-proxy-server",
            "--window-size=1500,1150",
            # Nothing but this machine is reached: the laboratory works without a network.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
            f"--user-data-dir={scratch / 'chromium'}",
        ]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        for flag in flags:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        for name in ("NO_PROXY", "no_proxy"):
            os.environ[name] = "localhost,127.0.0.1"
        service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_page_load_timeout(90)
        self.driver.set_script_timeout(60)

    def quit(self) -> None:
        try:
            self.driver.quit()
        except WebDriverException:
            self.driver.service.stop()

    def js(self, code: str, *args):
        return self.driver.execute_script(code, *args)

    def until(self, what: str, code: str, *args, seconds: float = 30):
        """Wait until an expression is true and return its value."""

        def ready():
            try:
                return self.js(f"return ({code})", *args)
            except JavascriptException:
                return None

        return wait(what, seconds, ready, 0.05)

    # The notebook around the panel.

    def open(self, address: str) -> None:
        self.driver.switch_to.default_content()
        self.driver.get(address)

    def notebook(self, name: str, seconds: float = 60) -> None:
        """Wait until a notebook of this name stands on the screen."""
        self.driver.switch_to.default_content()
        self.until(
            f"{name} is on the screen",
            """(() => { const nb = window.jupyterapp && jupyterapp.shell.currentWidget;
            return nb && nb.context && nb.context.isReady && nb.context.path.endsWith(arguments[0])
                && nb.content.widgets.length > 0 && nb.node.querySelector(".jp-Cell") !== null })(...arguments)""",
            name,
            seconds=seconds,
        )

    def execute(self, command: str, **args) -> None:
        """Begin a command of JupyterLab without waiting for its end."""
        self.js(
            "jupyterapp.commands.execute(arguments[0], arguments[1]).catch((e) => console.error(e)); return null",
            command,
            args,
        )

    def command(self, command: str, **args) -> None:
        """Make a command of JupyterLab to its end."""
        self.driver.execute_async_script(
            """const done = arguments[arguments.length - 1];
            jupyterapp.commands.execute(arguments[0], arguments[1]).then(() => done(null), (e) => done(String(e)))""",
            command,
            args,
        )

    def ran(self, cells: str = "true", seconds: float = 600) -> None:
        """Wait until the code cells have run, and fail on an error in one."""

        def cells_now():
            return self.js(
                NOTEBOOK
                + """
                if (nb.sessionContext.pendingInput) return null;
                const cells = nb.content.widgets.filter(
                    (w) => w.model.type === "code" && w.model.sharedModel.getSource().trim());
                if (cells.some((w) => w.model.executionState === "running" || !w.model.executionCount)) {
                    const failed = cells.some(
                        (w) => JSON.stringify(w.model.outputs.toJSON()).includes('"output_type":"error"'));
                    if (!failed) return null;
                }
                return cells.map((w) => w.model.outputs.toJSON())"""
            )

        for outputs in wait("the cells run to their end", seconds, cells_now, 0.2):
            for output in outputs:
                if output["output_type"] == "error":
                    raise Trouble(
                        f"a cell failed: {' '.join(output.get('traceback') or [output.get('evalue', '')])[:600]}"
                    )

    def panel(self, seconds: float = 60) -> str:
        """Enter the first panel and return the name of its session."""
        self.driver.switch_to.default_content()
        frame = self.until(
            "the panel is in the notebook",
            """(() => { const nb = jupyterapp.shell.currentWidget;
            const i = nb.content.widgets.findIndex((w) => w.model.type === "code" &&
                JSON.stringify(w.model.outputs.toJSON()).includes("nas-session"));
            if (i < 0) return null;
            if (nb.content.activeCellIndex !== i) {
                nb.content.activeCellIndex = i;
                nb.content.scrollToItem(i, "start").catch(() => 0);
            }
            const frame = nb.content.widgets[i].node.querySelector("iframe");
            return frame && frame.clientHeight > 100 ? frame : null })()""",
            seconds=seconds,
        )
        self.js("arguments[0].scrollIntoView({block: 'start'})", frame)
        title, source = frame.get_attribute("title"), frame.get_attribute("src")
        if "/proxy/" not in source:
            raise Trouble("the panel was not reached through the notebook server's proxy")
        self.driver.switch_to.frame(frame)
        self.until("the panel is ready", "document.documentElement.dataset.ready === 'true'")
        return title.removeprefix("Session ")

    # Inside the panel.

    def read(self) -> dict:
        """Everything that stands on the panel, as it is written there."""
        return self.js(READ)

    def look(self) -> int:
        return self.read()["step"]

    def at(self, step: int, seconds: float = 30) -> None:
        """Wait until the panel shows a step, all of it."""
        self.until(
            f"the panel shows step {step}",
            """Number(document.querySelector("#clock b")?.textContent.replaceAll(",", "")) === arguments[0] &&
            [...document.querySelectorAll(".tag span")].every(
                (s) => s.textContent === "step " + Math.max(1, arguments[0]))""",
            step,
            seconds=seconds,
        )

    def state(self, state: str, seconds: float = 60) -> None:
        self.until(
            f"the session is {state}",
            "document.getElementById('pill').dataset.state === arguments[0]",
            state,
            seconds=seconds,
        )

    def click(self, selector: str) -> None:
        element = self.driver.find_element(By.CSS_SELECTOR, selector)
        self.until(f"{selector} can be clicked", "!arguments[0].disabled", element)
        element.click()

    def press(self, key: str, shift: bool = False) -> None:
        """Press a key as a person does, named as JavaScript names it."""
        chain = ActionChains(self.driver)
        if shift:
            chain.key_down(Keys.SHIFT)
        chain.send_keys(KEYS.get(key, key))
        if shift:
            chain.key_up(Keys.SHIFT)
        chain.perform()

    def drag(self, selector: str, part: float) -> None:
        """Drag a slider's handle to a part of its length."""
        box = self.driver.find_element(By.CSS_SELECTOR, selector)
        width = box.size["width"]
        chain = ActionChains(self.driver)
        chain.move_to_element_with_offset(box, int(width * 0.45), 0).click_and_hold()
        chain.move_to_element_with_offset(box, int(width * (part - 0.5)), 0).release().perform()

    def paint(self, clicks: int) -> list[dict]:
        """Click Step again and again: [{step, painted, curves, own}], in ms from the click."""
        self.driver.set_script_timeout(180)
        call = f"const [clicks, done] = arguments; ({PAINT})(clicks).then(done, (e) => done([{{error: String(e)}}]));"
        return self.driver.execute_async_script(call, clicks)

    def shot(self, path: pathlib.Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(path))

    def complaints(self) -> list[str]:
        """Errors of the console that are about this machine's pages."""
        found = [e["message"] for e in self.driver.get_log("browser") if e["level"] == "SEVERE"]
        return [m for m in found if "ERR_NAME_NOT_RESOLVED" not in m]
