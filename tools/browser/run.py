"""Open JupyterLab as `make lab` does, run lesson 00 in a Chromium, use the panel
by mouse and keyboard, and hold what stands on the screen against the traces.

Everything is kept in a scratch folder and everything started is ended. On a
failure it says which step failed and where the picture of the screen lies.
"""

import argparse
import os
import pathlib
import shutil
import signal
import sys
import tempfile

REPO = pathlib.Path(__file__).resolve().parent.parent.parent
LESSON = REPO / "notebooks" / "00_first_steps.ipynb"
LIMIT = 1500  # seconds for everything


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lesson", type=pathlib.Path, default=LESSON, help="the lesson to run (default: lesson 00)")
    parser.add_argument("--command", default="make lab", help="what starts JupyterLab (default: make lab)")
    parser.add_argument("--shots", type=pathlib.Path, help="folder for pictures of what was seen")
    args = parser.parse_args()
    if not shutil.which("chromium") and not shutil.which("chromium-browser") or not shutil.which("chromedriver"):
        print(
            "browser: there is no Chromium with chromedriver here (on Debian: apt-get install chromium chromium-driver)"
        )
        return 1
    import walk  # needs selenium

    shots = args.shots or pathlib.Path(tempfile.gettempdir()) / f"nasx-browser-{os.getuid()}"
    signal.signal(signal.SIGALRM, late)
    signal.signal(signal.SIGTERM, late)
    signal.alarm(LIMIT)
    # A folder that git ignores and JupyterLab serves: lessons are not touched.
    (REPO / "runs").mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="nasx-browser-") as scratch,
        tempfile.TemporaryDirectory(prefix="browser-", dir=REPO / "runs") as served,
    ):
        return walk.Walk(pathlib.Path(scratch), pathlib.Path(served), args.lesson, args.command, shots).all()


def late(*_):
    raise TimeoutError(f"the browser test was ended, or took more than {LIMIT} s")


if __name__ == "__main__":
    sys.exit(main())
