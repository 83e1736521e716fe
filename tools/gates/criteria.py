"""What the searches on digits must show. Plain values in, a verdict out.

A result is the JSON that `nasx search --json` prints, with two more fields:
"early", the search network's accuracy on the validation images after epoch 3,
and "timing": {"cpus", "others", "resumed"}, where others is the mean number of
processors that other programs kept busy meanwhile, null if unknown.
"""

import math

METHODS = ("darts", "snas", "enas")
SEEDS = (1, 2, 3)

CHILD_LOSS = 0.03  # SNAS's child may lose so much against its search network
CHILD_GAP = 0.30  # DARTS's child must lose so much, by both rules
ENTROPY_GAP = 0.05  # nats by which SNAS was below DARTS in others' hands, mean over seeds and cells
EARLY_LEAD = 0.02  # SNAS may lead DARTS by so much after epoch 3, mean over seeds
EARLY_EPOCH = 3
ENAS_LEAD = 0.01  # ENAS may end above SNAS by so much, mean over seeds
WALL_SECONDS = 180  # one search with its compilation, on a free machine of two processors
FREE = 0.25  # a machine is free when others keep fewer processors busy
EXACT = 1e-9  # a difference of fractions that is meant to touch its bound does


class Incomplete(Exception):
    """A result lacks a number that a criterion needs."""


def number(result, *path):
    """The finite number at a path of keys."""
    value = result
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Incomplete(
            f"{result.get('method')}, seed {result.get('seed')}: {'.'.join(path)} is {value!r}, want a number"
        )
    return value


def search(result):
    return number(result, "search_accuracy")


def child(result, rule):
    return number(result, "child_accuracy", rule)


def entropy(result):
    """Mean entropy of both cell types, nats per decision."""
    return (number(result, "entropy", "normal") + number(result, "entropy", "reduce")) / 2


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def judge(results):
    """Hold results {(method, seed): result} against the criteria.

    Returns [(passed, sentence)]; passed is None where a figure is reported only.
    """
    by = {method: [results[method, seed] for seed in SEEDS] for method in METHODS}
    return [*children(by), *entropies(by), early(by), *slower(by), *(wall(results[key]) for key in sorted(results))]


def children(by):
    for snas in by["snas"]:
        lost = search(snas) - child(snas, "argmax_rule")
        yield (
            lost <= CHILD_LOSS + EXACT,
            (
                f"SNAS, seed {snas['seed']}: the child (argmax) is {points(-lost)} from its search network, "
                f"want at least {points(-CHILD_LOSS)}"
            ),
        )
    for darts in by["darts"]:
        for rule, name in (("darts_rule", "DARTS rule"), ("argmax_rule", "argmax")):
            lost = search(darts) - child(darts, rule)
            yield (
                lost >= CHILD_GAP - EXACT,
                (
                    f"DARTS, seed {darts['seed']}: the child ({name}) is {points(-lost)} from its search network, "
                    f"want at most {points(-CHILD_GAP)}"
                ),
            )


def entropies(by):
    """SNAS decides more than DARTS: judged on the mean of the seeds, single ones may differ."""
    gaps = []
    for darts, snas in zip(by["darts"], by["snas"]):
        gaps.append(entropy(darts) - entropy(snas))
        sentence = f"entropy, seed {snas['seed']}: SNAS {entropy(snas):.3f}, DARTS {entropy(darts):.3f} nats"
        if gaps[-1] > 0:
            yield True, sentence
        else:
            yield None, sentence + "; not lower in this seed, the mean is judged"
    sentence = f"entropy, mean of the seeds: SNAS is {mean(gaps):.3f} nats lower, want more than 0"
    if 0 < mean(gaps) < ENTROPY_GAP - EXACT:
        yield None, sentence + f"; less than the {ENTROPY_GAP} that were hoped for"
    else:
        yield mean(gaps) > 0, sentence


def early(by):
    lead = mean(number(r, "early") for r in by["snas"]) - mean(number(r, "early") for r in by["darts"])
    return lead <= EARLY_LEAD + EXACT, (
        f"after epoch {EARLY_EPOCH}, mean of the seeds: SNAS is {points(lead)} from DARTS, "
        f"want at most {points(EARLY_LEAD)}"
    )


def slower(by):
    """Credit by one reward for all decisions learns more slowly: judged on the mean of the seeds."""
    lead = mean(number(r, "early") for r in by["snas"]) - mean(number(r, "early") for r in by["enas"])
    yield lead > 0, (
        f"after epoch {EARLY_EPOCH}, mean of the seeds: SNAS is {points(lead)} from ENAS, want more than 0"
    )
    lead = mean(search(r) for r in by["enas"]) - mean(search(r) for r in by["snas"])
    yield lead <= ENAS_LEAD + EXACT, (
        f"at the end, mean of the seeds: ENAS is {points(lead)} from SNAS, want at most {points(ENAS_LEAD)}"
    )


def wall(result):
    seconds = number(result, "wall_seconds")
    sentence = (
        f"{result['method']}, seed {result['seed']}: {seconds:.0f} s with compilation, want at most {WALL_SECONDS}"
    )
    timing = result.get("timing") or {}
    if seconds <= WALL_SECONDS and not timing.get("resumed"):
        return True, sentence
    others, cpus = timing.get("others"), timing.get("cpus")
    if timing.get("resumed"):
        return None, sentence + "; not judged, the search was interrupted and resumed"
    if others is None or cpus is None:
        return None, sentence + "; not judged, the load of the machine is unknown"
    if cpus < 2:
        return None, sentence + "; not judged, there are fewer than two processors"
    if others >= FREE:
        return None, sentence + f"; not judged, others kept {others:.1f} of {cpus} processors busy"
    return None, sentence + "; missed, but a goal: how fast a processor is says nothing about the change"


def points(difference):
    """A difference of accuracies in percentage points."""
    return f"{100 * difference:+.1f} points".replace("-", "−")


HEAD = ("run", "search", "argmax", "DARTS rule", "epoch 3", "entropy n / r", "seconds", "compile", "others")


def table(results):
    """The figures of all results, aligned."""
    rows = [HEAD]
    for (method, seed), r in sorted(results.items()):
        others = (r.get("timing") or {}).get("others")
        rows.append(
            (
                f"{method}-{seed}",
                f"{search(r):.3f}",
                f"{child(r, 'argmax_rule'):.3f}",
                f"{child(r, 'darts_rule'):.3f}",
                f"{number(r, 'early'):.3f}",
                f"{number(r, 'entropy', 'normal'):.2f} / {number(r, 'entropy', 'reduce'):.2f}",
                f"{number(r, 'wall_seconds'):.0f}",
                f"{number(r, 'compile_seconds'):.1f}",
                "?" if others is None else f"{others:.1f}",
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.rjust(w) if i else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths))) for row in rows
    )
