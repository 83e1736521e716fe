"""Takes the steps of the browser test in order and ends everything afterwards."""

import pathlib
import sys
import time
import traceback

import nbformat
from jupyter import REPO, Jupyter, Trouble

sys.path.insert(0, str(REPO / "tools"))
from notebooks import gopls, stop_helpers  # noqa: E402


class Harness:
    """A scratch JupyterLab and a browser; a subclass names the steps."""

    def __init__(
        self, scratch: pathlib.Path, served: pathlib.Path, lesson: pathlib.Path, command: str, shots: pathlib.Path
    ):
        self.lesson, self.served, self.shots = lesson, served, shots
        self.copy = served / lesson.name
        book = nbformat.read(lesson, as_version=4)
        for cell in book.cells:  # what was run before does not count
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(book, self.copy)
        self.scratch = scratch
        self.jupyter = Jupyter(scratch, command)
        self.screen = self.session = None

    def all(self) -> int:
        """Take all steps; 1 at the first that fails."""
        helpers, failed = gopls(), 0
        try:
            for step in self.order():
                failed = self.take(step)
                if failed:
                    break
        finally:
            left = self.jupyter.stop()
            if self.screen:
                self.screen.quit()
            stop_helpers(helpers)
        if left:
            print(f"FAIL end: sessions outlived make lab: {left}")
            failed = 1
        return failed

    def take(self, step) -> int:
        began, name = time.monotonic(), step.__name__.replace("_", " ")
        try:
            said = step()
        except Exception as err:  # noqa: BLE001  whatever it is, the screen is kept and the step named
            print(
                f"FAIL {name}: {err if isinstance(err, (Trouble, TimeoutError)) else traceback.format_exc()}",
                flush=True,
            )
            self.keep("failed-" + step.__name__)
            return 1
        print(f"ok   {name} ({time.monotonic() - began:.1f} s){': ' + said if said else ''}", flush=True)
        return 0

    def keep(self, name: str) -> None:
        """Keep a picture of the screen."""
        if self.screen is None:
            return
        path = self.shots / f"{name}.png"
        try:
            self.screen.shot(path)
        except Exception as err:  # noqa: BLE001  the failure itself matters more
            print(f"     no picture: {err}")
            return
        if name.startswith("failed"):
            print(f"     the screen then: {path}")
            for line in self.screen.complaints()[-5:]:
                print("     console:", line[:300])
