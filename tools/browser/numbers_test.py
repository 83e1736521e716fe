"""A made-up panel that agrees with a made-up trace, and every way to be wrong."""

import copy
import unittest

import numbers_check
from jupyter import Trouble

DECISIONS = [
    {"name": "0→2", "cell": "normal", "choices": ["skip", "conv"]},
    {"name": "0→2", "cell": "reduce", "choices": ["skip", "conv"]},
]
# Entropies by hand: −.75 ln .75 − .25 ln .25 = 0.5623, ln 2 = 0.6931.
# The gradient by hand: Z·(g − R)/λ = 0.6·(−0.02 − 0.0005)/0.8 = −0.015375.
TRACE = {
    "step": 7,
    "probs": [[0.75, 0.25], [0.5, 0.5]],
    "z": [[0.6, 0.4], [0.5, 0.5]],
    "op_grad": [[-0.02, 0.03], [0, 0]],
    "credit": [-0.0005, 0.0123],
    "grad": [[-0.015375, 0.01475], [0, 0]],
    "formula": "∂L/∂a = Z*(g - R)/λ",
    "terms": [
        {"symbol": "Z", "row": "z"},
        {"symbol": "g", "row": "op_grad"},
        {"symbol": "R", "row": "-credit"},
        {"symbol": "λ", "value": 0.8},
    ],
    "scalars": {"search_accuracy": 0.9533, "child_argmax": 0.22},
}
COLUMN = {
    "method": "snas",
    "numbers": "search 0.953 child 0.220 gap −0.733",
    "entropy": [0.56, 0.69],
    "cell": "Normal cell",
    "rows": {"0": [75, 25]},
    "credit": {"unit": "credit, 10⁻³", "values": [-0.5]},
    "selected": "0→2 · skip",
    "terms": [["Z", "0.600"], ["g", "−20.0·10⁻³"], ["R", "0.500·10⁻³"], ["λ", "0.800"], ["optimizer’s step", "+0.01"]],
    "lines": ["∂L/∂a=Z(g-R)/λ", "=", "=-15.4*(10)^(-3)"],
    "notes": [],
}
STATUS = {"methods": [{"id": "snas", "description": {"decisions": DECISIONS}}]}


class Recorded:
    """A session with one step."""

    def __init__(self, trace):
        self.only = trace

    def trace(self, _method, _step):
        return self.only

    def scalar(self, _method, name, _step):
        return self.only["scalars"].get(name)


def compare(change_screen=None, change_trace=None):
    column, trace = copy.deepcopy(COLUMN), copy.deepcopy(TRACE)
    for change, target in ((change_screen, column), (change_trace, trace)):
        if change:
            change(target)
    return numbers_check.compare({"step": 7, "columns": [column]}, Recorded(trace), STATUS)


class Compared(unittest.TestCase):
    def test_agreement(self):
        # 2 probabilities, 2 entropies, 1 credit, 2 accuracies, 4 terms and the value
        self.assertEqual(compare(), 2 + 2 + 1 + 2 + 5)

    def test_every_wrong_number_is_found(self):
        def put(*path, value):
            def change(target):
                for key in path[:-1]:
                    target = target[key]
                target[path[-1]] = value

            return change

        for change in (
            put("rows", "0", 0, value=76),
            put("entropy", 1, value=0.68),
            put("credit", "values", 0, value=-0.6),
            put("credit", "unit", value="credit"),
            put("credit", value=None),
            put("credit", "values", value=[]),
            put("numbers", value="search 0.954 child 0.220"),
            put("numbers", value="search 0.953 child 0.222"),
            put("numbers", value="child 0.220"),
            put("numbers", value="search 0.953 child 0.220 gap −0.735"),
            put("terms", 0, 1, value="0.604"),
            put("terms", 1, 1, value="+20.0·10⁻³"),
            put("terms", 3, 1, value="0.805"),
            put("lines", 2, value="=-15.5*(10)^(-3)"),
            put("lines", 2, value="=15.4*(10)^(-3)"),
            put("notes", value=["The stored gradient is 1: it differs from this equation."]),
            put("rows", value={}),
        ):
            with self.assertRaises(Trouble):
                compare(change)
        for change in (
            put("grad", 0, 0, value=-0.0154),
            put("step", value=8),
            put("formula", value="∂L/∂a = Z*(g + R)/λ"),
            put("scalars", value={}),
        ):
            with self.assertRaises(Trouble):
                compare(None, change)

    def test_arithmetic(self):
        self.assertAlmostEqual(numbers_check.arithmetic("=-(1 + 2)*3/(4)^(2)".lstrip("=")), -9 / 16)
        for bad in ("__import__('os')", "f(1)", "1 if 2 else 3", "a"):
            with self.assertRaises(Trouble):
                numbers_check.arithmetic(bad)

    def test_reals(self):
        self.assertAlmostEqual(numbers_check.real("−1.23·10⁻⁴"), -1.23e-4)
        self.assertEqual(numbers_check.real("+0.5"), 0.5)


if __name__ == "__main__":
    unittest.main()
