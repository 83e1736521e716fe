"""How the cost of this project's weights step grows, and how far it is from the floor.

    python3 tools/peers/growth.py --nasx bin/nasx --out tools/peers/results

One size of a network at a time is varied around a base. Every network is compiled and measured
by a process of its own, round after round, so that a neighbour on the machine does not hit one
network alone. Writes growth.json and growth.md, and floor.json and floor.md for the networks of
the benchmark. `make growth` calls this and draws the figure.
"""

import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time

from bench import CASES, flags, load, number, processor, say, spread
from case import limit_threads

VARIED = {
    "channels": [4, 8, 16, 32],
    "cells": [1, 2, 4, 8],
    "nodes": [2, 3, 4, 5],
    "batch": [16, 32, 64, 128],
}
BASES = ["digits", "cell"]  # of the cases of the benchmark
LIMIT = 15 * 60  # seconds that one network may take


def base_point(name):
    """The sizes of a case, as `nasx time supernet` takes them."""
    case = CASES[name]
    return case["sizes"] | {"image": case["image"], "batch": case["batch"]}


def points(name, varied):
    """The networks to measure, the base first; the stem grows with the channels."""
    base = base_point(name)
    found = [base]
    for size in varied:
        for value in VARIED[size]:
            point = base | {size: value}
            if size == "channels":
                point["stem"] = base["stem"] * value // base["channels"]
            if point not in found:
                found.append(point)
    return found


def nasx(given, *arguments):
    """The JSON that a command prints, None where it takes too long."""
    try:
        done = subprocess.run(
            [given.nasx, *arguments, "--json"], check=False, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        say(f"  not done within {LIMIT // 60} minutes: {' '.join(arguments)}")
        return None
    if done.returncode != 0:
        sys.exit(f"nasx {' '.join(arguments)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def described(sizes):
    """A network in a few words."""
    return (f"C = {sizes['channels']}, {sizes['cells']} cells, {sizes['nodes']} nodes, "
            f"batch {sizes['batch']}, {sizes['image']}×{sizes['image']}")


def summary(values):
    """Median and extremes."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def measured(sizes, count, rounds):
    """One entry of growth.json: what was counted, and what the rounds say."""
    entry = {"sizes": sizes, "multiply_adds": count["multiply_adds"], "bytes": count["bytes"]}
    if rounds:
        entry |= {
            "rounds": len(rounds), "parameters": rounds[0]["parameters"],
            "step_seconds": summary([r["step_seconds"] for r in rounds]),
            "compile_seconds": summary([r["compile_seconds"] for r in rounds]),
            "peak_memory_bytes": max(r["peak_memory_bytes"] for r in rounds),
        }
    return entry


def grow(given, result, write):
    """Measures all networks round by round."""
    work = [(base, sizes) for base in given.bases for sizes in points(base, given.varied)]
    counts = [nasx(given, "time", "floor", "--count", *flags(sizes)) for _, sizes in work]
    rounds = [[] for _ in work]
    for number in range(given.rounds):
        for i, (base, sizes) in enumerate(work):
            say(f"round {number + 1} of {given.rounds}, {i + 1} of {len(work)}: {described(sizes)}")
            if len(rounds[i]) == number:  # else it was given up
                one = nasx(given, "time", "supernet", *flags(sizes), "--steps", str(given.steps or CASES[base]["steps"]))
                rounds[i] += [one] if one else []
            result["growth"] = [
                {"base": name, "title": CASES[name]["title"], "points": [
                    measured(sizes, count, r) for (base, sizes), count, r in zip(work, counts, rounds) if base == name]}
                for name in given.bases]
            result["load"][1] = load()
            write("growth", result, growth_table)


def floors(given, result, write):
    """Measures the floor and the step of each network of the benchmark."""
    result["floor"] = []
    for name in given.floors:
        say(f"floor: {CASES[name]['title']}")
        tries = [nasx(given, "time", "floor", *flags(base_point(name)), "--steps", str(given.steps or CASES[name]["steps"]))
                 for _ in range(given.rounds)]
        tries = [t for t in tries if t]
        if tries:
            result["floor"].append({"case": name, "title": CASES[name]["title"], "rounds": tries})
        result["load"][1] = load()
        write("floor", result, floor_table)


def series(entry, varied):
    """The points of a base that differ from it in one size only, by that size."""
    base = entry["points"][0]["sizes"]
    follows = {varied, "stem"} if varied == "channels" else {varied}
    kept = [p for p in entry["points"] if all(p["sizes"][k] == base[k] for k in base if k not in follows)]
    return sorted(kept, key=lambda p: p["sizes"][varied])


def exponent(values, costs):
    """The p of cost ∝ value^p, least squares on logarithms."""
    x, y = [math.log(v) for v in values], [math.log(c) for c in costs]
    return statistics.linear_regression(x, y).slope


def growth_row(varied, point, base):
    """One row of the table: a network, and how it compares with the base."""
    row = f"| {varied} | {point['sizes'][varied]} | "
    if "step_seconds" not in point:
        return row + f"did not finish within {LIMIT // 60} minutes | | | | | | |"
    return row + (
        f"{spread(point['step_seconds'], 1e3, 3)} | "
        f"{point['step_seconds']['median'] / base['step_seconds']['median']:.2f} | {number(point['multiply_adds'] / 1e6, 4)} | "
        f"{point['multiply_adds'] / base['multiply_adds']:.2f} | {spread(point['compile_seconds'], 1, 3)} | "
        f"{point['peak_memory_bytes'] / 1e6:.0f} | {point['parameters']:,} |")


def powers_row(varied, points):
    """How step, multiply-adds and compilation grow with a size."""
    values = [p["sizes"][varied] for p in points]
    powers = [exponent(values, costs) for costs in [
        [p["step_seconds"]["median"] for p in points], [p["multiply_adds"] for p in points],
        [p["compile_seconds"]["median"] for p in points]]]
    return f"| {varied} | " + " | ".join(f"{power + 0:.2f}" for power in powers) + " |"


def growth_table(result):
    """growth.json as Markdown."""
    lines = [conditions(result)]
    for entry in result["growth"]:
        base, powers = entry["points"][0], []
        lines += ["", f"**{entry['title']}** (the base: {described(base['sizes'])})", ""]
        if "step_seconds" not in base:
            lines.append("The base is not measured.")
            continue
        lines += [
            "| varied | value | step, ms | of the base's | multiply-adds, million | of the base's | compile, s | memory, MB | parameters |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for varied in VARIED:
            row = series(entry, varied)
            lines += [growth_row(varied, p, base) for p in row if len(row) > 1]
            row = [p for p in row if "step_seconds" in p]
            powers += [powers_row(varied, row)] if len(row) > 1 else []
        lines += ["", "| cost ∝ value to the power of | step | multiply-adds | compile |", "|---|---|---|---|", *powers]
    return "\n".join([*lines, "", version(result)]) + "\n"


def floor_table(result):
    """floor.json as Markdown."""
    lines = [
        conditions(result), "",
        ("| network | multiply-adds, million | as dense convolutions | MB moved | convolution, billion/s | product, billion/s | "
         "array, GB/s | floor, ms | dense floor, ms | step, ms | times the floor |"),
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for entry in result["floor"]:
        rounds, first = entry["rounds"], entry["rounds"][0]
        column = {key: summary([r[key] for r in rounds]) for key in [
            "dense_conv_multiply_adds_per_second", "product_multiply_adds_per_second", "copy_bytes_per_second",
            "floor_seconds", "times_floor"]}
        steps = summary([r["step"]["step_seconds"] for r in rounds])
        dense = summary([dense_floor(r) for r in rounds])
        lines.append(
            f"| {entry['title']} | {number(first['multiply_adds'] / 1e6, 4)} | {number(first['multiply_adds_dense'] / 1e6, 4)} | "
            f"{number(first['bytes'] / 1e6, 4)} | {spread(column['dense_conv_multiply_adds_per_second'], 1e-9, 3)} | "
            f"{spread(column['product_multiply_adds_per_second'], 1e-9, 3)} | {spread(column['copy_bytes_per_second'], 1e-9, 3)} | "
            f"{spread(column['floor_seconds'], 1e3, 3)} | {spread(dense, 1e3, 3)} | {spread(steps, 1e3, 3)} | "
            f"{spread(column['times_floor'], 1, 3)} |")
    return "\n".join([*lines, "", version(result)]) + "\n"


def dense_floor(one):
    """The floor of a program with dense convolutions, in seconds."""
    rate = max(one["dense_conv_multiply_adds_per_second"], one["product_multiply_adds_per_second"])
    return max(one["multiply_adds_dense"] / rate, one["copy_seconds"])


def conditions(result):
    """How it was measured, in one sentence or two."""
    return (f"{result['processor']}, {result['threads']} threads, {result['date']}, load before and after: {result['load'][0]} "
            f"and {result['load'][1]}. Medians of {result['rounds']} rounds, least and most in brackets.")


def version(result):
    """What was measured."""
    own = result["version"]
    changed = ", changed" if own.get("modified") else ""
    return f"Versions: {own['nasx']}{changed}, {own['go']}, GoMLX {own['gomlx']}."


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nasx", required=True, help="the command nasx, built")
    parser.add_argument("--out", required=True, help="folder for the results")
    parser.add_argument("--bases", nargs="*", choices=BASES, default=BASES, help="networks to vary")
    parser.add_argument("--varied", nargs="+", choices=list(VARIED), default=list(VARIED), help="sizes to vary")
    parser.add_argument("--floors", nargs="*", choices=list(CASES), default=list(CASES), help="networks to hold to the floor")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=0, help="steps of a measurement (default: as in the benchmark)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    given = parser.parse_args()
    given.nasx = os.path.abspath(given.nasx)
    if given.rounds < 1 or given.threads < 1 or given.steps < 0:
        parser.error("--rounds and --threads want 1 or more, --steps 0 or more")
    return given


def main():
    given = arguments()
    limit_threads(given.threads)
    out = pathlib.Path(given.out)
    out.mkdir(parents=True, exist_ok=True)

    def write(name, result, table):
        (out / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        (out / f"{name}.md").write_text(table(result), encoding="utf-8")

    for wanted, do in [(given.bases, grow), (given.floors, floors)]:
        if wanted:
            do(given, {
                "date": time.strftime("%Y-%m-%d"), "processor": processor(), "threads": given.threads,
                "rounds": given.rounds, "version": nasx(given, "version"), "load": [load(), None],
            }, write)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        say("interrupted: what was measured so far is written")
        sys.exit(130)
