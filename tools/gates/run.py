"""Search with DARTS, SNAS and ENAS on digits, three seeds each, and hold the
results against what they must show (criteria.py).

The runs are kept in the cache under a hash of the sources that decide their
numbers: CACHE/gates/HASH/METHOD-SEED is the run directory, METHOD-SEED.json its
result, and CACHE/gates/latest points to HASH. Finished runs are used again,
interrupted ones go on where they stopped, and of other hashes the newest one is
kept. What only one method depends on has a hash of its own in METHOD.sources, so
that a change to it repeats this method alone. The searches run one after the
other, because each uses all processors. They are made by a program of their own,
built here from just these sources.
"""

import argparse
import fcntl
import glob
import hashlib
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import criteria

REPO = pathlib.Path(__file__).resolve().parent.parent.parent
LIMIT = 3600  # seconds; a search that takes longer hangs
KEPT = 2  # hashes, the present one included

# The sources that decide the numbers of all methods; tests are left out.
SOURCES = [
    *(f"nasx/{room}/*.go" for room in ("supernet", "kernels", "relax", "search", "key", "space", "cost")),
    "nasx/kernels/*.[ch]",
    "nasx/supernet/internal/*/*.go",
    "nasx/cmd/nasx/images.go",
    "datasets/*.go",
    "datasets/**/digits*",
    "go.mod",
]

# What the numbers of one method depend on besides.
OWN = {
    "darts": ["nasx/oneshot/*.go", "nasx/darts/*.go"],
    "snas": ["nasx/oneshot/*.go", "nasx/snas/*.go"],
    "enas": ["nasx/enas/*.go", "nasx/enas/vector/*", "nasx/policy/*.go", "nasx/cmd/nasx/enas.go"],
}


def cache() -> pathlib.Path:
    """The folder for what is kept, as package backend finds it."""
    if given := os.environ.get("NASX_CACHE"):
        return pathlib.Path(given).absolute()
    if given := os.environ.get("XDG_CACHE_HOME"):
        return pathlib.Path(given) / "naslab"
    home = pathlib.Path.home()
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "naslab"


def sources(repo: pathlib.Path, patterns: list[str]) -> list[str]:
    """The files of the patterns, sorted, each once."""
    found = set()
    for pattern in patterns:
        here = [p for p in glob.glob(pattern, root_dir=repo, recursive=True) if (repo / p).is_file()]
        if not here:
            raise SystemExit(f"gates: no file matches {pattern} in {repo}")
        found.update(p for p in here if not p.endswith("_test.go"))
    return sorted(found)


def digest(repo: pathlib.Path, patterns: list[str]) -> "hashlib._Hash":
    """The hash of the files of the patterns, with their names."""
    h = hashlib.sha256()
    for path in sources(repo, patterns):
        data = (repo / path).read_bytes()
        h.update(f"{path}\0{len(data)}\0".encode() + data)
    return h


def fingerprint(repo: pathlib.Path, plugins: list[str]) -> str:
    """The name of the folder of runs that the common sources make."""
    h = digest(repo, SOURCES)
    h.update(json.dumps(plugins).encode())
    return h.hexdigest()[:16]


def own(repo: pathlib.Path) -> dict[str, str]:
    """The hash of what each method has for itself."""
    return {method: digest(repo, patterns).hexdigest()[:16] for method, patterns in OWN.items()}


def discard(folder: pathlib.Path, method: str, present: str) -> None:
    """Remove a method's runs that other sources of its own have made."""
    note = folder / f"{method}.sources"
    if note.exists() and note.read_text().strip() == present:
        return
    for old in folder.glob(f"{method}-*"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    note.write_text(present + "\n")


def plugins(folder: pathlib.Path) -> list[str]:
    """The digests by which the installed XLA plugins are kept."""
    return sorted(p.parent.name for p in folder.glob("xla/*/pjrt_c_api_cpu_plugin.so"))


def busy_seconds() -> float | None:
    """Processor seconds spent by everyone since the machine started."""
    try:
        with open("/proc/stat", encoding="ascii") as f:
            user, nice, system, _, _, irq, softirq, *_ = map(int, f.readline().split()[1:])
    except (OSError, ValueError):
        return None
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def processors() -> int | None:
    """The processors that this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def own_seconds() -> float:
    """Processor seconds spent by the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Failed(Exception):
    """A search did not come to its end."""


def build(scratch: pathlib.Path) -> tuple[pathlib.Path, str, dict[str, str]]:
    """Build nasx and return it with the hashes of what it was built from."""
    for _ in range(5):
        before = fingerprint(REPO, plugins(cache())), own(REPO)
        subprocess.run(["go", "build", "-o", scratch / "nasx", "./nasx/cmd/nasx"], cwd=REPO, check=True, timeout=LIMIT)
        if before == (fingerprint(REPO, plugins(cache())), own(REPO)):
            return scratch / "nasx", *before
    raise Failed("the sources change again and again while they are built")


def command(nasx: pathlib.Path, *args: str) -> bytes:
    """Run nasx and return what it prints; what it says meanwhile passes through."""
    process = subprocess.Popen([nasx, *args], stdout=subprocess.PIPE, cwd=REPO)
    try:
        out, _ = process.communicate(timeout=LIMIT)
    except BaseException:  # an interrupt, or the limit: the search saves its state
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
    if process.returncode != 0:
        raise Failed(f"nasx {' '.join(args)} ended with exit code {process.returncode}")
    return out


def search(nasx: pathlib.Path, folder: pathlib.Path, method: str, seed: int, steps: int) -> dict:
    """The result of one search: read, resumed or made."""
    kept = folder / f"{method}-{seed}.json"
    if kept.exists():
        return json.loads(kept.read_text())
    run = folder / f"{method}-{seed}"
    began, busy, own = time.monotonic(), busy_seconds(), own_seconds()
    out, resumed = b"", False
    if run.exists():
        try:
            out, resumed = command(nasx, "resume", str(run), "--json"), True
        except Failed as err:
            print(f"gates: {err}; it is made anew", flush=True)
            shutil.rmtree(run)
    if not resumed:
        flags = ["--steps", str(steps)] if steps else []
        what = ["--method", method, "--data", "digits", "--seed", str(seed), "--out", str(run)]
        out = command(nasx, "search", *what, "--json", *flags)
    result = json.loads(out)
    others = None
    if busy is not None and (after := busy_seconds()) is not None:
        others = max(0.0, (after - busy - (own_seconds() - own)) / (time.monotonic() - began))
    result["timing"] = {"cpus": processors(), "others": others, "resumed": resumed}
    result["early"] = early(nasx, run)
    new = kept.with_suffix(".new")
    new.write_text(json.dumps(result, indent=1) + "\n")
    new.rename(kept)
    return result


def early(nasx: pathlib.Path, run: pathlib.Path) -> float | None:
    """The search network's accuracy after the early epoch; null if it was not reached."""
    seen = []
    for line in command(nasx, "export", str(run), "--format", "jsonl").splitlines():
        accuracy = (json.loads(line).get("scalars") or {}).get("search_accuracy")
        if accuracy is not None:
            seen.append(accuracy)
    return seen[criteria.EARLY_EPOCH - 1] if len(seen) >= criteria.EARLY_EPOCH else None


def point(gates: pathlib.Path, folder: pathlib.Path) -> None:
    """Make CACHE/gates/latest a link to the folder."""
    new = gates / "latest.new"
    new.unlink(missing_ok=True)
    new.symlink_to(folder.name)
    new.rename(gates / "latest")


def tidy(gates: pathlib.Path, present: pathlib.Path) -> None:
    """Remove the runs of all sources but the present and the newest other."""
    os.utime(present)
    folders = [p for p in gates.iterdir() if p.is_dir() and not p.is_symlink() and p != present]
    folders.sort(key=lambda p: p.stat().st_mtime, reverse=True)
    for old in folders[KEPT - 1 :]:
        shutil.rmtree(old)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--steps", type=int, default=0, help="stop each search early, to try this program; nothing is judged"
    )
    args = parser.parse_args()
    gates = cache() / ("gates-trial" if args.steps else "gates")
    gates.mkdir(parents=True, exist_ok=True)
    results = {}
    with (
        open(gates / ".lock", "w", encoding="ascii") as lock,
        tempfile.TemporaryDirectory(prefix="nasx-gates-") as scratch,
    ):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("gates: another run of the gates is at work; waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        nasx, name, owned = build(pathlib.Path(scratch))
        folder = gates / name
        folder.mkdir(exist_ok=True)
        for method in criteria.METHODS:
            discard(folder, method, owned[method])
        for seed in criteria.SEEDS:
            for method in criteria.METHODS:
                print(f"gates: {method}, seed {seed}", flush=True)
                results[method, seed] = search(nasx, folder, method, seed, args.steps)
        point(gates, folder)
        tidy(gates, folder)
    return report(results, folder, bool(args.steps))


def report(results: dict, folder: pathlib.Path, trial: bool) -> int:
    """Print the figures and the verdicts; 1 if a criterion fails."""
    if trial:
        print(f"gates: a trial, nothing is judged: {folder}")
        return 0
    print(criteria.table(results))
    failed = 0
    for passed, sentence in criteria.judge(results):
        print({True: "ok  ", False: "FAIL", None: "    "}[passed], sentence)
        failed += passed is False
    print(f"gates: {f'{failed} criteria failed' if failed else 'all criteria hold'}; runs in {folder}")
    return 1 if failed else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and the search saves its state
    try:
        sys.exit(main())
    except (Failed, criteria.Incomplete, OSError) as problem:
        sys.exit(f"gates: {problem}")
    except subprocess.CalledProcessError:
        sys.exit("gates: nasx cannot be built")
    except subprocess.TimeoutExpired:
        sys.exit(f"gates: a search took more than {LIMIT} s and was ended; its steps are kept")
    except KeyboardInterrupt:
        sys.exit(130)
