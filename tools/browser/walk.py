"""The steps of the browser test, one function each, in order."""

import math
import pathlib
import statistics
import subprocess
import sys
import time

import nbformat
import numbers_check as numbers
from harness import Harness
from jupyter import REPO, Session, Trouble, alive, wait
from screen import Screen

OPEN_SECONDS = 10  # goal: from `make lab` to the lesson in the browser
PAINT_MS = 50  # goal: from a click to the painted panel, beyond the step itself
CLICKS = 20
KERNEL = "jupyterapp.shell.currentWidget.sessionContext.session?.kernel"


class Walk(Harness):
    """The lesson, the panel by mouse and keyboard, and what must outlive them."""

    def order(self):
        """The steps, each a method that returns what it found."""
        return [
            self.starts,
            self.lesson_runs,
            self.numbers_agree,
            self.steps,
            self.runs,
            self.scrubs,
            self.keys,
            self.paints,
            self.themes,
            self.reloads,
            self.kernel_restarts,
            self.untrusted,
            self.exported,
        ]

    def starts(self) -> str:
        self.screen = Screen(self.scratch)
        began = time.monotonic()
        address = self.jupyter.start()
        self.screen.open(address)
        if self.lesson.parent == REPO / "notebooks":
            self.screen.notebook(self.lesson.name)
        else:
            self.screen.until(
                "JupyterLab is on the screen",
                "window.jupyterapp && document.querySelector('#jp-main-dock-panel')",
                seconds=60,
            )
        took = time.monotonic() - began
        server = self.jupyter.server()
        self.base = server["url"] + "lab/tree/" + str(self.served.relative_to(REPO)) + "/"
        self.token = server["token"]
        return f"in the browser after {took:.1f} s (goal {OPEN_SECONDS} s)"

    def show(self, path: pathlib.Path) -> None:
        self.screen.open(f"{self.base}{path.name}?token={self.token}&reset")
        self.screen.notebook(path.name)

    def lesson_runs(self) -> str:
        self.show(self.copy)
        self.screen.until("the kernel is connected", f"{KERNEL}?.connectionStatus === 'connected'", seconds=90)
        self.screen.execute("notebook:run-all-cells")
        self.screen.ran()
        name = self.screen.panel()
        self.session = Session(self.jupyter.state / name)
        if self.screen.read()["state"] == "running":
            self.screen.click("#run")
        self.screen.state("paused")
        self.screen.until(
            "the panel is shown whole, without a scrollbar of its own",
            "document.documentElement.scrollHeight <= innerHeight "
            "&& document.documentElement.clientWidth === innerWidth",
            seconds=10,
        )
        self.keep("panel-light")
        return f"session {name} in process {self.session.pid}"

    def check(self, step: int | None = None) -> int:
        """Hold the screen against the traces, in both cells."""
        status = self.session.status()
        seen = 0
        for _ in range(2):
            if step is not None:
                self.screen.at(step)
            screen = wait("the panel is complete", 20, self.complete)
            if step is not None and screen["step"] != step:
                raise Trouble(f"the panel shows step {screen['step']}, want {step}")
            seen += numbers.compare(screen, self.session, status)
            self.screen.press("c")
        return seen

    def complete(self):
        screen = self.screen.read()
        return screen if screen["columns"] and all(c["rows"] for c in screen["columns"]) else None

    def numbers_agree(self) -> str:
        status = self.session.status()
        return f"{self.check(status['step'])} numbers at step {status['step']} are the traces'"

    def steps(self) -> str:
        step = self.session.status()["step"]
        self.screen.click("#step")
        self.screen.at(step + 1)
        self.screen.state("paused")
        if self.session.status()["step"] != step + 1:
            raise Trouble(
                f"after one click on Step the session stands at {self.session.status()['step']}, want {step + 1}"
            )
        return f"{self.check(step + 1)} numbers"

    def runs(self) -> str:
        """Run beyond the second epoch, so that accuracies stand on the screen."""
        status = self.session.status()
        epoch = max(m["description"]["steps_per_epoch"] for m in status["methods"])
        until = min(status["step"] + 2 * max(epoch, 8) + 3, (status["steps"] or 10**9) - 60)
        speed = "0" if status["step_ms"] >= 20 else "10"  # a search in a table would be over before Pause
        self.screen.js(
            """const s = document.getElementById("speed"); s.value = arguments[0];
            s.dispatchEvent(new Event("change", {bubbles: true}))""",
            speed,
        )
        self.screen.click("#run")
        self.screen.state("running")
        wait(f"it runs to step {until}", 400, lambda: self.screen.look() >= until, 0.3)
        self.screen.click("#run")
        self.screen.state("paused")
        step = self.session.status()["step"]
        self.screen.at(step)
        time.sleep(1)
        if self.session.status()["step"] != step:
            raise Trouble("it goes on stepping after Pause")
        return f"to step {step}, {self.check(step)} numbers"

    def scrubs(self) -> str:
        before = self.session.status()
        self.screen.drag("#look", before["head"] / (2 * max(before["steps"], before["head"])))
        wait("the scrubber moves", 10, lambda: self.screen.look() < before["head"])
        time.sleep(0.3)
        step = self.screen.look()
        seen = self.check(step)
        if self.session.status()["step"] != before["step"]:
            raise Trouble("looking back moved the session")
        return f"to step {step}, {seen} numbers"

    def keys(self) -> str:
        head = self.session.status()["head"]
        self.screen.press("End")
        self.screen.at(head)
        self.screen.press("ArrowLeft")
        self.screen.at(head - 1)
        self.screen.press("ArrowLeft", shift=True)
        self.screen.at(max(0, head - 11))
        self.screen.press("Home")
        wait("Home shows step 0", 10, lambda: self.screen.look() == 0)
        self.screen.press("ArrowRight")
        self.screen.at(1)
        seen = self.check(1)
        self.screen.press("End")
        self.screen.at(head)
        self.screen.press("ArrowRight")
        self.screen.at(head + 1)
        self.screen.press(" ")
        self.screen.state("running")
        wait("it runs", 60, lambda: self.screen.look() > head + 1)
        self.screen.press(" ")
        self.screen.state("paused")
        return f"{seen} numbers at step 1"

    def paints(self) -> str:
        """Clicks until painted, less what the step itself took by the run's record."""
        self.screen.at(self.session.status()["step"])
        found = self.screen.paint(CLICKS)
        if "error" in found[-1]:
            raise Trouble(found[-1]["error"])
        own = [f["own"] for f in found]
        beyond = sorted(f["painted"] - f["own"] for f in found)
        p95 = beyond[math.ceil(0.95 * len(beyond)) - 1]
        return (
            f"{CLICKS} clicks, median step {statistics.median(own):.0f} ms, "
            f"beyond it p50 {statistics.median(beyond):.0f} ms, "
            f"p95 {p95:.0f} ms (goal {PAINT_MS} ms)"
        )

    def themes(self) -> str:
        for theme, short in (("JupyterLab Dark", "dark"), ("JupyterLab Light", "light")):
            self.screen.driver.switch_to.default_content()
            self.screen.command("apputils:change-theme", theme=theme)
            self.screen.panel()
            wait(f"the panel is {short}", 20, lambda: self.screen.read()["theme"] == short)
            time.sleep(0.5)
            self.keep("theme-" + short)
        return ""

    def reloads(self) -> str:
        step = self.session.status()["step"]
        self.screen.driver.switch_to.default_content()
        self.screen.command("docmanager:save")
        saved = self.copy.read_text()
        if self.session.token in saved or f":{self.session.address['port']}" in saved:
            raise Trouble("the session's token or port is in the saved notebook")
        self.screen.driver.refresh()
        self.screen.notebook(self.copy.name)
        self.screen.panel()
        self.screen.at(step)
        self.same_process()
        return f"{self.check(step)} numbers at step {step}"

    def same_process(self) -> None:
        if not alive(self.session.pid) or self.session.pid not in self.jupyter.residents():
            raise Trouble(f"the session's process {self.session.pid} is gone")

    def kernel_restarts(self) -> str:
        """The session goes on; a cell that only looks reaches it again."""
        step = self.session.status()["step"]
        self.screen.driver.switch_to.default_content()
        self.screen.execute("notebook:restart-kernel")
        self.screen.until(
            "JupyterLab asks about the restart",
            "document.querySelector('.jp-Dialog .jp-mod-accept, .jp-Dialog .jp-mod-warn')",
        )
        self.screen.js("document.querySelector('.jp-Dialog .jp-mod-warn, .jp-Dialog .jp-mod-accept').click()")
        # GoNB says nothing before the first cell: its status is unknown until then.
        self.screen.until(
            "the kernel is back",
            f"""!document.querySelector('.jp-Dialog') && {KERNEL}?.connectionStatus === 'connected' &&
            ['idle', 'unknown'].includes({KERNEL}.status)""",
            seconds=60,
        )
        self.same_process()
        self.screen.panel()
        self.screen.click("#step")
        self.screen.at(step + 1)
        self.same_process()
        return f"the session went on to step {step + 1}"

    def untrusted(self) -> str:
        """A copy whose signature is not known: pictures stand, nothing runs."""
        self.screen.driver.switch_to.default_content()
        self.screen.command("docmanager:save")
        book = nbformat.read(self.copy, as_version=4)
        book.metadata["title"] = "a copy from elsewhere"
        other = self.served / "untrusted.ipynb"
        nbformat.write(book, other)
        self.show(other)
        self.screen.until(
            "it is not trusted",
            "jupyterapp.shell.currentWidget.content.widgets.some((w) => w.model.type === 'code' && !w.model.trusted)",
        )
        shown = self.standing()
        time.sleep(7)  # a script would have put the panel there by now
        if self.screen.js("return document.querySelectorAll('.jp-OutputArea iframe, .jp-OutputArea script').length"):
            raise Trouble("a script or a panel stands in an untrusted notebook")
        self.keep("untrusted")
        return f"{shown} pictures"

    def standing(self) -> int:
        """How many PNGs are on the page; the panel's must be one."""
        self.screen.js("""const nb = window.jupyterapp && jupyterapp.shell.currentWidget;
            const shown = (w) => JSON.stringify(w.model.outputs?.toJSON() || "").includes("nas-session");
            const i = nb ? nb.content.widgets.findIndex(shown) : -1;
            if (i >= 0) nb.content.scrollToItem(i, "start").catch(() => 0);""")
        return self.screen.until(
            "the session's picture is shown",
            """(() => { const all = [...document.querySelectorAll('img[src^="data:image/png"]')];
            const there = all.some((i) => i.alt.startsWith("Session ") && i.complete && i.naturalWidth > 100);
            return there && all.length })()""",
        )

    def exported(self) -> str:
        page = self.scratch / "lesson.html"
        subprocess.run(
            [sys.executable, "-m", "nbconvert", "--to", "html", "--output", str(page), str(self.copy)],
            check=True,
            capture_output=True,
            timeout=120,
        )
        self.screen.open(page.as_uri())
        shown = self.standing()
        time.sleep(1)
        if self.screen.js("return document.querySelectorAll('.nas-session iframe').length"):
            raise Trouble("an exported page has found a session's address")
        self.keep("nbconvert")
        return f"{shown} pictures"
