"""What the peers share: the sizes of a network, this project's first step to compare with, and taking turns.

A peer is a program of its own that is called like `nasx time supernet --paced`: it repeats the
first step that `--dump` wrote, and then measures steps once for every line on standard input,
one line of JSON each. With `--check` it does nothing but repeat that step in double precision
and say by how much it differs. (In single precision one unit whose input rounds to the other
side of zero moves the gradient by some 1e-4.)
"""

import argparse
import dataclasses
import json
import os
import statistics
import sys
import time

OPS = [
    "none", "max_pool_3x3", "avg_pool_3x3", "skip_connect",
    "sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5",
]
METHODS = ["weights", "darts", "snas"]

# The settings of the searches (preset digits), which `nasx time supernet` uses.
RATE, MOMENTUM, DECAY, CLIP = 0.05, 0.9, 3e-4, 5.0
ARCH_RATE, ARCH_BETAS, ARCH_DECAY, ARCH_EPSILON = 1e-2, (0.5, 0.999), 1e-3, 1e-8
NORM_EPSILON = 1e-5


@dataclasses.dataclass(frozen=True)
class Cell:
    """The geometry of one cell."""

    in0: int  # channels of its inputs
    in1: int
    channels: int  # of its nodes
    reduction: bool  # edges from both inputs have stride 2
    after_reduction: bool  # input 0 has twice the side of input 1


@dataclasses.dataclass(frozen=True)
class Net:
    """The sizes of a search network, as `nasx time supernet` takes them."""

    channels: int
    cells: int
    nodes: int
    classes: int
    inputs: int
    stem: int

    def edges(self):
        """The number of edges of a cell."""
        return self.nodes * (self.nodes + 3) // 2

    def reductions(self):
        """The indices of reduction cells."""
        if self.cells >= 6:
            return {self.cells // 3, 2 * self.cells // 3}
        return {4: {1, 3}, 5: {1, 3}, 2: {1}, 3: {1}}.get(self.cells, set())

    def layout(self):
        """The cells from the stem to the last."""
        cells, in0, in1, channels, after = [], self.stem, self.stem, self.channels, False
        for index in range(self.cells):
            reduction = index in self.reductions()
            channels *= 2 if reduction else 1
            cells.append(Cell(in0, in1, channels, reduction, after))
            in0, in1, after = in1, self.nodes * channels, reduction
        return cells


def arguments(description, extra=()):
    """Reads the command line; returns the network and everything on it. Sets the number of threads."""
    parser = argparse.ArgumentParser(description=description)
    for name in ["channels", "cells", "nodes", "classes", "inputs", "stem", "steps"]:
        parser.add_argument("--" + name, type=int, required=True)
    parser.add_argument("--method", choices=METHODS, required=True)
    parser.add_argument("--dump", required=True, help="what `nasx time supernet --dump` wrote")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--check", action="store_true", help="compare the first step, measure nothing")
    for flag in extra:
        parser.add_argument(flag, action="store_true")
    given = parser.parse_args()
    limit_threads(given.threads)
    fields = [field.name for field in dataclasses.fields(Net)]
    return Net(**{name: getattr(given, name) for name in fields}), given


def limit_threads(threads):
    """Keeps this process and those it starts to so many processors. It comes before torch or jax is loaded."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    os.environ["OMP_NUM_THREADS"] = str(threads)


def noise(dump):
    """Noise that gives the dumped sample of SNAS: z and the logits fix λ·ln z − a."""
    import numpy

    return dump["temperature"].item() * numpy.log(dump["z"]) - dump["before/arch/logits"]


def relative(got, want, base=None):
    """The L2 distance of two lists of arrays over the size of what is wanted, or of its way from base."""
    import numpy

    def flat(arrays):
        return numpy.concatenate([numpy.asarray(x, float).ravel() for x in arrays])

    got, want = flat(got), flat(want)
    return float(numpy.linalg.norm(got - want) / numpy.linalg.norm(want if base is None else want - flat(base)))


def gradient_differences(dump, loss, op_gradient, gradients):
    """How far loss and gradients are from the dumped ones; gradients are in our names and shapes."""
    names = sorted(name.removeprefix("gradient/") for name in dump if name.startswith("gradient/"))
    if names != sorted(gradients):
        sys.exit(f"the parameters differ: {sorted(set(names) ^ set(gradients))[:4]}")
    return {
        "loss": relative([loss], [dump["loss"]]),
        "op_gradient": relative([op_gradient], [dump["op_grad"]]),
        "gradient": relative([gradients[n] for n in names], [dump["gradient/" + n] for n in names]),
    }


def update_differences(dump, weights, logits):
    """How far what one step changed is from the dumped change; logits are None without any."""
    names = sorted(weights)
    found = {"weight_update": relative(
        [weights[n] for n in names], [dump["after/weights/" + n] for n in names],
        [dump["before/weights/" + n] for n in names])}
    if logits is not None:
        found["logit_update"] = relative(
            [logits], [dump["after/arch/logits"]], [dump["before/arch/logits"]])
    return found


def report(value):
    """Prints one line of JSON."""
    print(json.dumps(value), flush=True)


def peak_memory():
    """The most resident memory that this process had, in bytes; 0 where the system does not say."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            return next(1024 * int(line.split()[1]) for line in file if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return 0


def take_turns(step, steps, first_seconds, facts):
    """Measures for every line on standard input; step makes one step and returns its loss as a float."""
    for _ in sys.stdin:
        seconds = []
        for _ in range(steps):
            begin = time.perf_counter()
            step()
            seconds.append(time.perf_counter() - begin)
        median = statistics.median(seconds)
        report({
            "compile_seconds": max(0.0, first_seconds - median), "step_seconds": median,
            "step_seconds_min": min(seconds), "step_seconds_max": max(seconds), "steps": steps,
            "peak_memory_bytes": peak_memory(), **facts,
        })
