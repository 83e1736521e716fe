"""JupyterLab as `make lab` starts it, and the sessions in it, without a browser."""

import json
import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import time
import urllib.request

REPO = pathlib.Path(__file__).resolve().parent.parent.parent

# The application is reached from the page, so that commands need no mouse.
FLAGS = "--no-browser --LabApp.expose_app_in_browser=True"


class Trouble(Exception):
    """What the test found wrong, in a sentence."""


def wait(what: str, seconds: float, ready, every: float = 0.1):
    """Call ready until it returns something true, and return that."""
    end = time.monotonic() + seconds
    while True:
        if found := ready():
            return found
        if time.monotonic() > end:
            raise Trouble(f"{what}: not within {seconds:g} s")
        time.sleep(every)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


class Jupyter:
    """One start of JupyterLab with all its state in a scratch folder."""

    def __init__(self, scratch: pathlib.Path, command: str):
        self.scratch = scratch
        self.state = scratch / "state"
        self.log = scratch / "lab.log"
        env = {k: v for k, v in os.environ.items() if not re.match("MAKE|MFLAGS|NASX_OUTPUT|NASX_DRIVER|JUPYTER", k)}
        for name in ("runtime", "config", "data"):
            (scratch / name).mkdir(exist_ok=True)
            env[f"JUPYTER_{name.upper()}_DIR"] = str(scratch / name)
        env |= {"NASX_STATE": str(self.state), "NASX_RUNS": str(scratch / "runs"), "NASX_PORT": str(free_port())}
        self.process = None
        self.env = env
        self.command = shlex.split(command)
        self.command += [f"LABFLAGS={FLAGS}"] if self.command[0] == "make" else FLAGS.split()

    def start(self) -> str:
        """Start it and return the address that it opens in the browser."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=REPO,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return wait("JupyterLab starts", 120, self._address)

    def _address(self) -> str:
        """What the page that JupyterLab opens leads to; empty until it is written."""
        if self.process.poll() is not None:
            raise Trouble(f"{' '.join(self.command)} ended with exit code {self.process.returncode}: {self.tail()}")
        for page in (self.scratch / "runtime").glob("jpserver-*-open.html"):
            if (found := re.search(r'href="([^"]+)"', page.read_text())) and self.server():
                return found.group(1).replace("&amp;", "&")
        return ""

    def server(self) -> dict:
        """Port, token and process of the server."""
        files = list((self.scratch / "runtime").glob("jpserver-*.json"))
        try:
            return json.loads(files[0].read_text()) if files else {}
        except ValueError:  # being written
            return {}

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-1500:].strip()

    def residents(self) -> list[int]:
        """The processes of running sessions."""
        found = []
        for path in self.state.glob("*/address.json"):
            try:
                found.append(json.loads(path.read_text())["pid"])
            except (OSError, ValueError):
                continue
        return [pid for pid in found if alive(pid)]

    def _gone(self, seconds: float) -> bool:
        """Wait until nothing of the process group is left."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.process.poll()
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.1)
        return False

    def stop(self) -> list[int]:
        """End it as Ctrl-C does, and return what it left running."""
        if self.process is None:
            return []
        started = self.residents()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        if not self._gone(60):  # make ends before what it has started
            os.killpg(self.process.pid, signal.SIGKILL)
            self._gone(10)
        self.process = None
        return [pid for pid in started if alive(pid)]


class Session:
    """The HTTP interface of a session, as a cell that looks sees it."""

    def __init__(self, folder: pathlib.Path):
        self.address = json.loads((folder / "address.json").read_text())
        self.token = (folder / "token").read_text().strip()
        self.pid = self.address["pid"]

    def get(self, path: str):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.address['port']}/{self.token}/api/{path}", timeout=30) as answer:
            return json.load(answer)

    def status(self) -> dict:
        return self.get("session")

    def trace(self, method: str, step: int) -> dict:
        return self.get(f"traces?method={method}&from={step}&to={step}")[0]

    def scalar(self, method: str, name: str, step: int):
        """The last value of a scalar at or before a step, read from the traces."""
        for trace in reversed(self.get(f"traces?method={method}&from={max(1, step - 1999)}&to={step}")):
            if name in (trace.get("scalars") or {}):
                return trace["scalars"][name]
        return None
