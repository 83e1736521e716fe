"""Tests of what the benchmark makes of measurements; they need neither PyTorch nor JAX."""

import argparse
import json
import os
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import bench
import case
import growth


def measured(*seconds, parameters=5):
    return [
        {"step_seconds": s, "backend": "b", "parameters": parameters, "compile_seconds": 3.0, "peak_memory_bytes": 2_000_000}
        for s in seconds
    ]


class Summary(unittest.TestCase):
    def test_ratios_are_taken_round_by_round(self):
        # A neighbour halves the machine in round 2: both take twice as long, the ratio stays.
        programs = bench.summary({bench.OURS: measured(1, 2, 1), "peer": measured(3, 6, 4)})
        self.assertEqual(programs["peer"]["times_ours"], {"median": 3, "min": 3, "max": 4})
        self.assertEqual(programs["peer"]["step_seconds"], {"median": 4, "min": 3, "max": 6})
        self.assertEqual(programs[bench.OURS]["times_ours"], {"median": 1, "min": 1, "max": 1})

    def test_another_network_is_refused(self):
        with self.assertRaises(SystemExit):
            bench.summary({bench.OURS: measured(1), "peer": measured(1, parameters=6)})

    def test_table_names_who_failed_and_holds_its_columns(self):
        text = bench.table({
            "processor": "P", "threads": 2, "rounds": 1, "load": [0.1, 0.2], "controller": None,
            "versions": {"torch": "1", "ours": {"nasx": "n", "go": "g", "gomlx": "x", "modified": True}},
            "supernet": [{
                "title": "T", "method": "weights", "failed": {"JAX jit": "exit code 1"},
                "programs": bench.summary({bench.OURS: measured(0.001), "peer": measured(0.005)}),
            }],
        })
        self.assertIn("| T | weights | peer | 5 (5–5) | 5 (5–5) | 3.0 | 2 |", text)
        self.assertIn("failed: exit code 1", text)
        self.assertEqual({line.count("|") for line in text.splitlines() if line.startswith("|")}, {8})


def program(text):
    """The command of a program that is given as Python."""
    return [sys.executable, "-c", text]


ANSWERS = "import sys\nfor line in sys.stdin: print('{\"step_seconds\": 1}', flush=True)"
ANSWERS_ONCE = "input(); print('{}', flush=True); sys.stderr.write('no memory left'); sys.exit(3)"


class Turns(unittest.TestCase):
    def turns(self, limit, **commands):
        given = argparse.Namespace(rounds=2, limit=limit)
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(bench, "say"):
            return bench.in_turns(given, commands, folder)

    def test_who_compiles_too_long_is_given_up_and_the_rest_goes_on(self):
        rounds, failed = self.turns(2, ours=program(ANSWERS), slow=program("import time; time.sleep(600)"))
        self.assertEqual(rounds, {"ours": 2 * [{"step_seconds": 1}]})
        self.assertEqual(failed, {"slow": "did not compile within 0.0333333 minutes"})

    def test_who_ends_between_rounds_is_left_out_with_its_last_words(self):
        rounds, failed = self.turns(60, ours=program(ANSWERS), weak=program("import sys; " + ANSWERS_ONCE))
        self.assertEqual(rounds, {"ours": 2 * [{"step_seconds": 1}]})
        self.assertEqual(failed, {"weak": "exit code 3: no memory left"})


class Interrupted(unittest.TestCase):
    def test_what_was_measured_is_written_beside_the_complete_table(self):
        entry = {
            "title": "T", "method": "weights", "failed": {},
            "programs": bench.summary({bench.OURS: measured(0.001)}),
        }
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder, "results", "cpu")
            arguments = ["bench.py", "--nasx", "nasx", "--cases", "cell", "--methods", "weights", "snas", "--out", str(out)]
            versions = {"ours": {"nasx": "n", "go": "g", "gomlx": "x"}}
            with mock.patch.object(sys, "argv", arguments), mock.patch.object(bench, "say"), \
                    mock.patch.object(bench, "versions", return_value=versions), mock.patch("builtins.print"), \
                    mock.patch.object(bench, "limit_threads"), \
                    mock.patch.object(bench, "compare", side_effect=[entry, KeyboardInterrupt]), \
                    self.assertRaises(SystemExit) as ended:
                bench.main()
            self.assertEqual(ended.exception.code, 130)
            self.assertEqual(sorted(os.listdir(out.parent)), ["cpu.partial.json", "cpu.partial.md"])
            written = json.loads(pathlib.Path(f"{out}.partial.json").read_text(encoding="utf-8"))
            self.assertEqual(written["supernet"], [entry])
            self.assertIn("Ended early", pathlib.Path(f"{out}.partial.md").read_text(encoding="utf-8"))
            bench.write(str(out), written | {"partial": False})
            self.assertEqual(sorted(os.listdir(out.parent)), ["cpu.json", "cpu.md"])


class Growth(unittest.TestCase):
    def result(self):
        """Steps that take the square of the channels and do not care about anything else; batch 128 took too long."""
        found = []
        for sizes in growth.points("digits", growth.VARIED):
            step = (sizes["channels"] / 8) ** 2
            one = {"parameters": 7, "step_seconds": step, "compile_seconds": 3.0, "peak_memory_bytes": 2_000_000}
            count = {"multiply_adds": 1e6 * sizes["batch"], "bytes": 5}
            found.append(growth.measured(sizes, count, [] if sizes["batch"] == 128 else 3 * [one]))
        return {
            "processor": "P", "threads": 2, "rounds": 3, "date": "d", "load": [0, 1],
            "version": {"nasx": "n", "go": "g", "gomlx": "x"},
            "growth": [{"base": "digits", "title": "T", "points": found}],
        }

    def test_networks_differ_from_the_base_in_one_size(self):
        found = growth.points("digits", growth.VARIED)
        self.assertEqual(len(found), 1 + 3 + 4 + 3 + 3)
        for sizes in found[1:]:
            changed = [name for name in sizes if sizes[name] != found[0][name]]
            self.assertIn(changed, [["channels", "stem"], ["cells"], ["nodes"], ["batch"]])
            self.assertEqual(sizes["stem"], 2 * sizes["channels"])

    def test_table_has_powers_and_holds_its_columns(self):
        text = growth.growth_table(self.result())
        self.assertIn("| channels | 16 | 4,000 (4,000–4,000) | 4.00 | 64 | 1.00 | 3 (3–3) | 2 | 7 |", text)
        self.assertIn("| channels | 2.00 | 0.00 | 0.00 |", text)
        self.assertIn("| batch | 0.00 | 1.00 | 0.00 |", text)
        self.assertIn("| batch | 128 | did not finish within 15 minutes |", text)
        self.assertEqual({line.count("|") for line in text.splitlines() if line.startswith("|")}, {10, 5})

    def test_dense_floor_is_bound_by_the_slower_of_both(self):
        rates = {"dense_conv_multiply_adds_per_second": 10, "product_multiply_adds_per_second": 20, "multiply_adds_dense": 60}
        self.assertEqual(growth.dense_floor(rates | {"copy_seconds": 1}), 3)
        self.assertEqual(growth.dense_floor(rates | {"copy_seconds": 5}), 5)


class Layout(unittest.TestCase):
    def test_channels_double_at_reductions(self):
        # As in the paper: eight cells of 16 have 16, 16, 32r, 32, 32, 64r, 64, 64 channels.
        cells = case.Net(16, 8, 4, 10, 3, 48).layout()
        self.assertEqual([c.channels for c in cells], [16, 16, 32, 32, 32, 64, 64, 64])
        self.assertEqual([c.reduction for c in cells], [False, False, True, False, False, True, False, False])
        self.assertEqual([c.in1 for c in cells], [48, 64, 64, 128, 128, 128, 256, 256])
        self.assertEqual([c.after_reduction for c in cells], [False] * 3 + [True, False, False, True, False])


if __name__ == "__main__":
    unittest.main()
