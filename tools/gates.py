"""Run the preset digits with three seeds and hold the results to what the
papers say must come out:

  SNAS   the child by argmax is at most 3 points below the search network
  DARTS  both children are at least 30 points below the search network
  both   SNAS ends with a lower mean entropy than DARTS

The runs lie in the cache under a digest of the sources they depend on, so they
are made again only when one of these changes. runs/gates leads to them; lessons
read them there.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys

REPO = pathlib.Path(__file__).resolve().parent.parent
NASX = REPO / "bin" / "nasx"
METHODS = ("snas", "darts")
SEEDS = (1, 2, 3)
SOURCES = ("nasx/darts", "nasx/snas")  # and what of ours they need
ALSO = ("datasets", "go.sum", "nasx/backend/cache.go", "nasx/cmd/nasx/methods.go", "nasx/cmd/nasx/plan.go")


def source_files() -> list[pathlib.Path]:
    """The files that decide how a run goes, tests left out."""
    template = "{{$d := .Dir}}{{if .Module}}{{if .Module.Main}}{{range .GoFiles}}{{$d}}/{{.}}\n{{end}}{{end}}{{end}}"
    out = subprocess.run(
        ["go", "list", "-deps", "-f", template, *(f"./{s}" for s in SOURCES), "./datasets"],
        cwd=REPO, check=True, capture_output=True, text=True,
    ).stdout
    files = {pathlib.Path(line) for line in out.splitlines() if line.strip()}
    for name in ALSO:
        path = REPO / name
        files.update(p for p in ([path] if path.is_file() else path.glob("digits/*")) if p.is_file())
    return sorted(files)


def digest() -> str:
    total = hashlib.sha256()
    for path in source_files():
        total.update(str(path.relative_to(REPO)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    backend = json.loads(subprocess.run([NASX, "setup", "xla", "--json"], check=True, capture_output=True).stdout)
    total.update(backend["sha256"].encode())
    return total.hexdigest()


def cache() -> pathlib.Path:
    if os.environ.get("NASX_CACHE"):
        return pathlib.Path(os.environ["NASX_CACHE"])
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "naslab"


def result(folder: pathlib.Path, method: str, seed: int) -> dict:
    """The summary of one run, which is made, or gone on with, where needed."""
    out = folder / f"{method}-digits-{seed}"
    if out.exists():
        shown = json.loads(subprocess.run([NASX, "show", out, "--json"], check=True, capture_output=True).stdout)
        if shown.get("summary") and shown["steps"] >= shown["description"]["steps"]:
            return shown["summary"]
        command = [NASX, "resume", out, "--json"]
    else:
        command = [NASX, "search", "--method", method, "--data", "digits", "--seed", str(seed), "--out", out, "--json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def mean_entropy(summary: dict) -> float:
    values = summary["entropy"].values()
    return sum(values) / len(values)


def judge(results: dict[tuple[str, int], dict]) -> list[str]:
    """What does not hold, in sentences."""
    wrong = []
    for seed in SEEDS:
        snas, darts = results["snas", seed], results["darts", seed]
        gap = snas["search_accuracy"] - snas["child_accuracy"]["argmax_rule"]
        if not gap <= 0.03:
            wrong.append(f"seed {seed}: SNAS's child is {100 * gap:.1f} points below its search network, want at most 3")
        for rule in ("darts_rule", "argmax_rule"):
            gap = darts["search_accuracy"] - darts["child_accuracy"][rule]
            if not gap >= 0.30:
                wrong.append(f"seed {seed}: DARTS's child ({rule}) is {100 * gap:.1f} points below, want at least 30")
        if not mean_entropy(snas) < mean_entropy(darts):
            wrong.append(
                f"seed {seed}: entropy is {mean_entropy(snas):.2f} nats in SNAS and "
                f"{mean_entropy(darts):.2f} in DARTS, want less in SNAS"
            )
    return wrong


def link(folder: pathlib.Path) -> None:
    """Make runs/gates lead to the folder."""
    place = REPO / "runs" / "gates"
    place.parent.mkdir(exist_ok=True)
    fresh = place.with_name(".gates")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder, target_is_directory=True)
    fresh.replace(place)


def main() -> int:
    folder = cache() / "gates" / digest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    link(folder)
    results = {}
    print("method seed  search  child: DARTS rule  argmax  entropy  seconds")
    for seed in SEEDS:
        for method in METHODS:
            s = results[method, seed] = result(folder, method, seed)
            child = s["child_accuracy"]
            print(
                f"{method:6} {seed:4} {100 * s['search_accuracy']:6.1f}% {100 * child['darts_rule']:16.1f}% "
                f"{100 * child['argmax_rule']:6.1f}% {mean_entropy(s):8.2f} {s['wall_seconds']:8.0f}",
                flush=True,
            )
    wrong = judge(results)
    for sentence in wrong:
        print(sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
