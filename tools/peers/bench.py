"""This project's search network and controller against PyTorch and JAX, in turns on one machine.

Every program repeats the same first step, from the same weights and images, and must find the
same loss and gradients to 1e-4 (in double precision). Then each is started once and compiles,
and all measure steps in turn, round by round, with equal threads. `make bench` calls this.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from importlib import metadata

from case import limit_threads

HERE = pathlib.Path(__file__).resolve().parent
TOLERANCE = 1e-4  # of loss, gradients and updates, relative, in double precision
OURS = "ours"
LIMIT = 15 * 60  # seconds until a program that compiles is given up, JAX takes minutes

# Sizes as `nasx time supernet` takes them; images of side and batch; methods; steps of a measurement.
CASES = {
    "cell": {
        "title": "one cell, C = 8, 32×32, batch 32", "steps": 4, "methods": ["weights", "darts", "snas"],
        "sizes": {"channels": 8, "cells": 1, "nodes": 4, "classes": 10, "inputs": 3, "stem": 24},
        "image": 32, "batch": 32,
    },
    "digits": {
        "title": "digits: 3 cells, 3 nodes, C = 8, 8×8, batch 64", "steps": 20,
        "methods": ["weights", "darts", "snas"],
        "sizes": {"channels": 8, "cells": 3, "nodes": 3, "classes": 10, "inputs": 1, "stem": 16},
        "image": 8, "batch": 64,
    },
    "large": {
        "title": "8 cells, C = 16, 32×32, batch 64", "steps": 1, "methods": ["weights"],
        "sizes": {"channels": 16, "cells": 8, "nodes": 4, "classes": 10, "inputs": 3, "stem": 48},
        "image": 32, "batch": 64,
    },
}
CONTROLLER = "controller"

PEERS = {
    "PyTorch eager": ["torch_supernet.py"],
    "PyTorch compiled": ["torch_supernet.py", "--compile"],
    "JAX jit": ["jax_supernet.py"],
}


class Failed(Exception):
    """A program that did not do its part; the rest goes on."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def late(limit, what="compile"):
    """What the table says of a program that took too long."""
    return f"did not {what} within {limit / 60:g} minutes"


class Program:
    """A running program that measures once for every line that it is given."""

    def __init__(self, command, log, limit=LIMIT):
        self.limit, self.answered = limit, False
        self.log = open(log, "w+", encoding="utf-8")  # noqa: SIM115, closed in end
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)

    def measure(self):
        """One measurement, or Failed with the program's last words."""
        over = threading.Event()
        timer = threading.Timer(self.limit, lambda: (over.set(), self.process.kill()))
        timer.start()
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if not line and over.is_set():
            raise Failed(late(self.limit, "answer" if self.answered else "compile"))
        if not line:
            raise Failed(self.last_words())
        self.answered = True
        return json.loads(line)

    def last_words(self):
        self.process.wait()
        self.log.seek(0)
        lines = [line.strip() for line in self.log.read().splitlines() if line.strip()]
        return f"exit code {self.process.returncode}: {lines[-1][:200] if lines else 'nothing said'}"

    def end(self):
        try:
            self.process.stdin.close()
            self.process.wait(30)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()


def flags(sizes):
    return [part for name, value in sizes.items() for part in ("--" + name, str(value))]


def ours(given, case, method, *more):
    """The command of this project's measurement."""
    return [
        given.nasx, "time", "supernet", *flags(case["sizes"]), "--image", str(case["image"]),
        "--batch", str(case["batch"]), "--method", method, *more,
    ]


def peer(given, name, case, method, dump, *more):
    """The command of a peer."""
    script, *rest = PEERS[name]
    return [
        sys.executable, str(HERE / script), *flags(case["sizes"]), "--method", method, "--dump", dump,
        "--steps", str(case["steps"]), "--threads", str(given.threads), *rest, *more,
    ]


def check(given, case, method, folder):
    """Compares the first step of every peer with ours; returns the dump, the differences by peer, and who failed."""
    dump = os.path.join(folder, f"{method}.safetensors")
    say(f"  first step in double precision: {OURS}")
    done = subprocess.run(
        ours(given, case, method, "--double", "--steps", "1", "--dump", dump),
        check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    found, failed = {}, {}
    for name in given.peers:
        if "--compile" in PEERS[name]:
            continue  # the same program as the eager one
        say(f"  first step in double precision: {name}")
        try:
            done = subprocess.run(
                peer(given, name, case, method, dump, "--check"), check=False, capture_output=True, text=True,
                timeout=given.limit)
        except subprocess.TimeoutExpired:
            failed[name] = late(given.limit)
            say(f"  {name} {failed[name]}")
            continue
        if done.returncode != 0:
            sys.exit(f"{name}: {done.stderr}")
        found[name] = json.loads(done.stdout)
        if not max(found[name].values()) <= TOLERANCE:
            sys.exit(f"{name} computes something else than ours in {method}: {found[name]}")
    return dump, found, failed


def in_turns(given, commands, folder):
    """Starts every program, then measures in rounds; returns the measurements by program, and who failed."""
    running, rounds, failed = {}, {}, {}

    def measure(name):
        try:
            return running[name].measure()
        except Failed as failure:
            if name == OURS:
                sys.exit(f"{OURS}: {failure}")
            failed[name] = str(failure)
            rounds.pop(name, None)
            say(f"  {name} failed: {failure}")
            return None

    try:
        for name, command in commands.items():
            say(f"  compiling: {name}")
            log = os.path.join(folder, f"log {len(running)}")
            running[name] = Program(command, log, given.limit)
            if measure(name) is not None:  # compiles and warms up
                rounds[name] = []
        for number in range(given.rounds):
            say(f"  round {number + 1} of {given.rounds}")
            for name in list(rounds):
                measured = measure(name)
                if measured is not None:
                    rounds[name].append(measured)
    finally:
        for program in running.values():
            program.end()
    return rounds, failed


def summary(rounds):
    """Median and spread of a step over the rounds, and how many times ours it takes, round by round."""
    programs = {}
    for name, measured in rounds.items():
        seconds = [m["step_seconds"] for m in measured]
        ratios = [theirs / own["step_seconds"] for theirs, own in zip(seconds, rounds[OURS])]
        programs[name] = {
            "backend": measured[-1]["backend"], "parameters": measured[-1]["parameters"],
            "compile_seconds": measured[0]["compile_seconds"],
            "step_seconds": {
                "median": statistics.median(seconds), "min": min(seconds), "max": max(seconds)},
            "times_ours": {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)},
            "peak_memory_bytes": measured[-1]["peak_memory_bytes"],
        }
    counts = {name: program["parameters"] for name, program in programs.items()}
    if len(set(counts.values())) != 1:
        sys.exit(f"the programs have different numbers of parameters: {counts}")
    return programs


def compare(given, name, method):
    """One case with one method."""
    case = CASES[name]
    say(f"{case['title']}, a step of {method}")
    with tempfile.TemporaryDirectory() as folder:
        dump, differences, late_ones = check(given, case, method, folder)
        commands = {OURS: ours(given, case, method, "--paced", "--steps", str(case["steps"]))}
        for peer_name in given.peers:
            if peer_name not in late_ones:
                commands[peer_name] = peer(given, peer_name, case, method, dump)
        rounds, failed = in_turns(given, commands, folder)
    return {
        "case": name, "title": case["title"], "method": method, "steps": case["steps"],
        "differences": differences, "programs": summary(rounds), "failed": late_ones | failed,
    }


def controller(given):
    """The controller's update, measured by a program of its own, with one thread."""
    say("the controller's update")
    command = [
        sys.executable, str(HERE / "controller.py"), "--nasx", given.nasx, "--rounds", str(given.rounds)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def load():
    """The load average of a minute, 0 where there is none."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else 0


def processor():
    """The processor's name."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def versions(given):
    """What was compared."""
    found = {name: metadata.version(name) for name in ["torch", "jax", "jaxlib", "numpy"]}
    said = subprocess.run([given.nasx, "version", "--json"], check=True, capture_output=True, text=True)
    return {"python": platform.python_version(), **found, "ours": json.loads(said.stdout)}


def number(value, digits):
    """A number with so many digits that count, without powers of ten: 1,230."""
    return f"{float(f'{value:.{digits}g}'):,.10g}"


def spread(values, scale, digits):
    """Median and extremes of something in other units."""
    median, least, most = (number(scale * values[key], digits) for key in ["median", "min", "max"])
    return f"{median} ({least}–{most})"


def table(result):
    """The result as Markdown."""
    after = "unknown" if result["load"][1] is None else result["load"][1]
    lines = [
        (f"{result['processor']}, {result['threads']} threads, load before and after: "
         f"{result['load'][0]} and {after}. Medians of {result['rounds']} rounds, least and most in brackets."),
        "",
        "| network | step of | program | step, ms | times ours | compile, s | memory, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for entry in result["supernet"]:
        for name, program in entry["programs"].items():
            ratio = "" if name == OURS else spread(program["times_ours"], 1, 3)
            lines.append(
                f"| {entry['title']} | {entry['method']} | {name} | {spread(program['step_seconds'], 1e3, 3)} | {ratio} | "
                f"{program['compile_seconds']:.1f} | {program['peak_memory_bytes'] / 1e6:.0f} |")
        lines += [
            f"| {entry['title']} | {entry['method']} | {name} | failed: {why} | | | |"
            for name, why in entry["failed"].items()
        ]
    if result["controller"]:
        update = result["controller"]
        lines += [
            "", (f"{update['what']}: ours {update['ours_ms']:.3g} ms, PyTorch eager {update['pytorch_ms']:.3g} ms, "
                 f"{spread(update['ratio'], 1, 3)} times ours."),
        ]
    named = ", ".join(f"{name} {version}" for name, version in result["versions"].items() if name != "ours")
    mine = result["versions"]["ours"]
    changed = ", changed" if mine.get("modified") else ""
    if result.get("partial"):
        lines += ["", "Ended early: what was to come is missing."]
    lines += ["", f"Versions: {named}; ours {mine['nasx']}{changed}, {mine['go']}, GoMLX {mine['gomlx']}."]
    return "\n".join(lines) + "\n"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nasx", required=True, help="the command nasx, built")
    parser.add_argument("--cases", nargs="+", choices=[*CASES, CONTROLLER], default=[*CASES, CONTROLLER])
    known = sorted({method for net in CASES.values() for method in net["methods"]})
    parser.add_argument("--methods", nargs="+", choices=known, default=[], help="only these (default: all of a case)")
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds until a program that compiles is given up")
    parser.add_argument("--out", help="write NAME.json and NAME.md; NAME.partial.json and .md as long as it runs")
    given = parser.parse_args()
    given.nasx = os.path.abspath(given.nasx)
    if given.rounds < 1 or given.threads < 1 or given.limit <= 0:
        parser.error("--rounds and --threads want 1 or more, --limit more than 0")
    return given


def write(out, result):
    """Writes both files; what is not complete goes beside, so that it replaces no complete table."""
    if not out:
        return
    folder, name = os.path.split(out)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    beside = f"{name}.partial" if result["partial"] else name
    (folder / f"{beside}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (folder / f"{beside}.md").write_text(table(result), encoding="utf-8")
    if not result["partial"]:
        for ending in ["json", "md"]:
            (folder / f"{name}.partial.{ending}").unlink(missing_ok=True)


def measure_all(given, result):
    """Goes through the cases; writes what is there after each of them."""
    for name in given.cases:
        if name == CONTROLLER:
            result["controller"] = controller(given)
            write(given.out, result)
            continue
        for method in CASES[name]["methods"]:
            if not given.methods or method in given.methods:
                result["supernet"].append(compare(given, name, method))
                write(given.out, result)


def main():
    given = arguments()
    limit_threads(given.threads)  # of everything that is started from here
    result = {
        "date": time.strftime("%Y-%m-%d"), "processor": processor(), "threads": given.threads,
        "rounds": given.rounds, "versions": versions(given), "load": [load(), None], "partial": True,
        "supernet": [], "controller": None,
    }
    code = 0
    try:
        measure_all(given, result)
        result["partial"] = False
    except KeyboardInterrupt:
        say("interrupted: what is measured so far follows")
        code = 130
    result["load"][1] = load()
    write(given.out, result)
    print(table(result), end="")
    sys.exit(code)


if __name__ == "__main__":
    main()
