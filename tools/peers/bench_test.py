"""Tests of what the benchmark makes of measurements; they need neither PyTorch nor JAX."""

import unittest

import bench
import case


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
        self.assertIn("did not run: exit code 1", text)
        self.assertEqual({line.count("|") for line in text.splitlines() if line.startswith("|")}, {8})


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
