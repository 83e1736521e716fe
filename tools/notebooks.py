"""Run all lessons from top to bottom in fresh kernels and report each.

The sessions that lessons leave behind live in a folder of this run and are
stopped at its end, and so are the helpers of kernels. With --write the outputs
are stored in the lessons. Lessons may be given, as files or by the names that
they have in notebooks/; all is the default.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

REPO = pathlib.Path(__file__).resolve().parent.parent
KERNEL = "naslab-raw"
CELL_SECONDS = 900
MAX_BYTES = 1_000_000


def run(path: pathlib.Path, write: bool) -> str:
    """Run one lesson and return what is wrong with it, or an empty string."""
    book = nbformat.read(path, as_version=4)
    client = NotebookClient(
        book,
        timeout=CELL_SECONDS,
        kernel_name=KERNEL,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute()
    except CellExecutionError as err:
        return "\n".join(str(err).strip().splitlines()[-20:])
    except (CellTimeoutError, DeadKernelError) as err:
        return str(err)
    if failed := commands_that_failed(book):
        return "\n".join(failed)
    if write:
        for cell in book.cells:
            cell.metadata.pop("execution", None)
        nbformat.write(book, path)
        if path.stat().st_size > MAX_BYTES:
            return f"with its outputs it has {path.stat().st_size} bytes, more than {MAX_BYTES}"
    return ""


def commands_that_failed(book: nbformat.NotebookNode) -> list[str]:
    """One line for each cell with a shell command that failed, which the kernel only prints."""
    return [
        f"a command failed in the cell that begins with {cell.source.splitlines()[0]!r}"
        for cell in book.cells
        if cell.cell_type == "code"
        and any(line.startswith("exit status ") for out in cell.outputs for line in out.get("text", "").splitlines())
    ]


def find(path: pathlib.Path) -> pathlib.Path:
    """The lesson of this path or name; ends the program if there is none."""
    for place in (path, REPO / "notebooks" / path):
        if place.is_file():
            return place.resolve()
    sys.exit(f"There is no lesson {path}, neither here nor in notebooks/.")


def stop_helpers(before: set[int]) -> None:
    """End the gopls processes of this checkout that kernels have left behind."""
    for pid in gopls() - before:
        try:
            os.kill(pid, 15)
        except ProcessLookupError:
            pass


def gopls() -> set[int]:
    """The processes that run this checkout's gopls and have lost their parent."""
    found = set()
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            exe = os.readlink(entry / "exe")
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if exe == str(REPO / ".tools" / "gopls") and (parent == 1 or exe_of(parent) != str(REPO / ".tools" / "gonb")):
            found.add(int(entry.name))
    return found


def exe_of(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="store the outputs in the lessons")
    parser.add_argument("lesson", nargs="*", type=pathlib.Path)
    args = parser.parse_args()
    lessons = [find(path) for path in args.lesson] or sorted((REPO / "notebooks").glob("[0-9]*.ipynb"))
    if not lessons:
        print("lessons: none found in notebooks/")
        return 0
    os.environ["PATH"] = f"{REPO / '.tools'}:{os.environ['PATH']}"
    os.environ["NASX_OUTPUT"] = "static"
    failed = []
    before = gopls()
    with tempfile.TemporaryDirectory(prefix="nasx-lessons-") as scratch:
        os.environ["NASX_STATE"] = str(pathlib.Path(scratch) / "state")
        os.environ["NASX_RUNS"] = str(pathlib.Path(scratch) / "runs")
        try:
            for path in lessons:
                start = time.monotonic()
                wrong = run(path.resolve(), args.write)
                print(f"{'FAIL' if wrong else 'ok':4} {path.name} {time.monotonic() - start:.1f} s", flush=True)
                if wrong:
                    print(wrong)
                    failed.append(path.name)
        finally:
            subprocess.run([REPO / "tools" / "stop.sh"], check=False)
            stop_helpers(before)
    print(f"lessons: {len(lessons) - len(failed)} of {len(lessons)} ran to the end")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
