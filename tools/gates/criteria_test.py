"""The verdicts on made-up results, each number chosen by hand."""

import copy
import pathlib
import tempfile
import time
import unittest

import criteria
import run


def result(method, seed, **changes):
    """A result that meets every criterion."""
    good = {
        "darts": {
            "search": 0.98,
            "darts_rule": 0.25,
            "argmax_rule": 0.20,
            "normal": 1.97,
            "reduce": 1.99,
            "early": 0.93,
        },
        "snas": {
            "search": 0.97,
            "darts_rule": 0.90,
            "argmax_rule": 0.98,
            "normal": 1.80,
            "reduce": 1.86,
            "early": 0.80,
        },
        "enas": {
            "search": 0.95,
            "darts_rule": 0.50,
            "argmax_rule": 0.95,
            "normal": 1.50,
            "reduce": 1.60,
            "early": 0.45,
        },
    }[method] | changes
    return {
        "method": method,
        "seed": seed,
        "search_accuracy": good["search"],
        "child_accuracy": {"darts_rule": good["darts_rule"], "argmax_rule": good["argmax_rule"]},
        "entropy": {"normal": good["normal"], "reduce": good["reduce"]},
        "early": good["early"],
        "wall_seconds": good.get("wall", 100.0),
        "compile_seconds": 7.0,
        "timing": good.get("timing", {"cpus": 2, "others": 0.0, "resumed": False}),
    }


def results(**changes):
    """Nine results; changes by "method" or "method_seed"."""
    out = {}
    for seed in criteria.SEEDS:
        for method in criteria.METHODS:
            out[method, seed] = result(method, seed, **changes.get(method, {}), **changes.get(f"{method}_{seed}", {}))
    return out


def failures(**changes):
    return [sentence for passed, sentence in criteria.judge(results(**changes)) if passed is False]


class Judged(unittest.TestCase):
    def test_good_results_pass(self):
        self.assertEqual(failures(), [])

    def test_number_of_criteria(self):
        # 3 SNAS children, 3 × 2 DARTS children, 3 entropies and their mean, epoch 3, 2 of ENAS, 9 times
        self.assertEqual(len(criteria.judge(results())), 3 + 6 + 3 + 1 + 1 + 2 + 9)

    def test_enas_starts_below_snas(self):
        self.assertEqual(failures(enas_1={"early": 0.9}), [])
        (one,) = failures(enas={"early": 0.80})
        self.assertIn("SNAS is +0.0 points from ENAS", one)

    def test_enas_ends_below_snas(self):
        self.assertEqual(failures(enas={"search": 0.98}), [])
        (one,) = failures(enas={"search": 0.981})
        self.assertIn("ENAS is +1.1 points from SNAS", one)

    def test_snas_child_at_its_bound(self):
        self.assertEqual(failures(snas_2={"search": 0.97, "argmax_rule": 0.94}), [])
        (one,) = failures(snas_2={"search": 0.97, "argmax_rule": 0.939})
        self.assertIn("SNAS, seed 2: the child (argmax) is −3.1 points", one)

    def test_snas_is_not_judged_by_the_darts_rule(self):
        self.assertEqual(failures(snas={"darts_rule": 0.1}), [])

    def test_darts_child_by_both_rules(self):
        self.assertEqual(failures(darts_3={"search": 0.98, "darts_rule": 0.68}), [])
        (one,) = failures(darts_3={"search": 0.98, "darts_rule": 0.69})
        self.assertIn("DARTS, seed 3: the child (DARTS rule) is −29.0 points", one)
        (one,) = failures(darts_1={"argmax_rule": 0.97})
        self.assertIn("DARTS, seed 1: the child (argmax)", one)

    def test_entropy_is_judged_on_the_mean(self):
        self.assertEqual(failures(snas_1={"normal": 1.9, "reduce": 2.1}), [])  # 2.000 against 1.980: one seed
        (one,) = failures(snas={"normal": 1.9, "reduce": 2.1})  # both cells count
        self.assertIn("SNAS is -0.020 nats lower", one)
        self.assertEqual(failures(snas={"normal": 1.94, "reduce": 1.94}), [])  # 0.04 is less than hoped for
        verdicts = criteria.judge(results(snas={"normal": 1.94, "reduce": 1.94}))
        self.assertTrue(any(v[0] is None and "hoped for" in v[1] for v in verdicts))

    def test_early_lead_is_a_mean(self):
        self.assertEqual(failures(snas_1={"early": 0.99}), [])
        (one,) = failures(snas={"early": 0.951})
        self.assertIn("SNAS is +2.1 points from DARTS", one)
        self.assertEqual(failures(snas={"early": 0.95}), [])

    def test_time_is_judged_on_a_free_machine_only(self):
        def verdict(timing, wall=181.0):
            found = [
                v for v in criteria.judge(results(snas_3={"wall": wall, "timing": timing})) if "snas, seed 3" in v[1]
            ]
            self.assertEqual(len(found), 1)
            return found[0][0]

        free = {"cpus": 2, "others": 0.1, "resumed": False}
        self.assertIsNone(verdict(free))  # a goal, not a gate
        self.assertIs(verdict(free, 180.0), True)
        self.assertIsNone(verdict(free | {"others": 0.5}))
        self.assertIsNone(verdict(free | {"others": None}))
        self.assertIsNone(verdict(free | {"cpus": 1}))
        self.assertIsNone(verdict(free | {"resumed": True}, 20.0))

    def test_what_is_missing_is_named(self):
        for path in (
            ("search_accuracy",),
            ("child_accuracy", "argmax_rule"),
            ("entropy", "reduce"),
            ("early",),
            ("wall_seconds",),
        ):
            for value in (None, float("nan"), "0.9", True):
                broken = results()
                broken["snas", 2] = copy.deepcopy(broken["snas", 2])
                place = broken["snas", 2]
                for key in path[:-1]:
                    place = place[key]
                place[path[-1]] = value
                with self.assertRaises(criteria.Incomplete) as caught:
                    criteria.judge(broken)
                self.assertIn(f"snas, seed 2: {'.'.join(path)} is", str(caught.exception))

    def test_table(self):
        lines = criteria.table(results()).splitlines()
        self.assertEqual(len(lines), 10)
        self.assertEqual(len({len(line) for line in lines}), 1)
        self.assertIn("snas-1", lines[7])


class Kept(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.repo = pathlib.Path(scratch.name)
        rooms = ("supernet", "supernet/internal/flat", "kernels", "relax", "search", "key", "space", "cost")
        self.files = [f"nasx/{room}/a.go" for room in rooms]
        self.files += ["nasx/kernels/b.c", "nasx/kernels/b.h"]
        self.files += ["nasx/cmd/nasx/images.go", "datasets/c.go", "datasets/digits/digits.csv.gz", "go.mod"]
        self.own = {"darts": "nasx/darts/a.go", "snas": "nasx/snas/a.go", "enas": "nasx/policy/a.go"}
        owned = [f"nasx/{room}/a.go" for room in ("oneshot", "darts", "snas", "enas", "enas/vector", "policy")]
        self.neither = ["nasx/relax/a_test.go", "nasx/search/tabular/b.go", "nasx/lab/d.go", "README.md"]
        for name in (*self.files, *owned, *self.neither, "nasx/cmd/nasx/enas.go"):
            path = self.repo / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")

    def test_sources_are_those_that_decide(self):
        self.assertEqual(run.sources(self.repo, run.SOURCES), sorted(self.files))

    def test_fingerprint_moves_with_what_decides(self):
        first = run.fingerprint(self.repo, ["p"])
        for name in (*self.neither, *self.own.values()):
            (self.repo / name).write_text("changed")
            self.assertEqual(run.fingerprint(self.repo, ["p"]), first, name)
        seen = {first, run.fingerprint(self.repo, ["q"]), run.fingerprint(self.repo, [])}
        for name in self.files:
            (self.repo / name).write_text("changed")
            seen.add(run.fingerprint(self.repo, ["p"]))
        self.assertEqual(len(seen), 3 + len(self.files))

    def test_a_method_has_sources_of_its_own(self):
        before = run.own(self.repo)
        for method, name in self.own.items():
            (self.repo / name).write_text("changed")
            after = run.own(self.repo)
            self.assertEqual({m for m in after if after[m] != before[m]}, {method})
            before = after

    def test_only_runs_of_other_sources_are_discarded(self):
        folder = self.repo / "runs"
        for name in ("enas-1", "snas-1"):
            (folder / name).mkdir(parents=True)
            (folder / f"{name}.json").write_text("{}")
        run.discard(folder, "enas", "new")
        self.assertEqual(sorted(p.name for p in folder.iterdir()), ["enas.sources", "snas-1", "snas-1.json"])
        (folder / "enas-1").mkdir()
        run.discard(folder, "enas", "new")
        self.assertTrue((folder / "enas-1").exists())

    def test_missing_source_is_named(self):
        (self.repo / "go.mod").unlink()
        with self.assertRaises(SystemExit) as caught:
            run.sources(self.repo, run.SOURCES)
        self.assertIn("go.mod", str(caught.exception))

    def test_the_newest_two_stay(self):
        gates = self.repo / "gates"
        for age, name in enumerate(("a", "b", "c", "d")):
            (gates / name).mkdir(parents=True)
            run.os.utime(gates / name, (time.time() - 100 * age,) * 2)
        run.point(gates, gates / "a")
        run.point(gates, gates / "d")
        run.tidy(gates, gates / "d")
        self.assertEqual(sorted(p.name for p in gates.iterdir()), ["a", "d", "latest"])
        self.assertEqual((gates / "latest").resolve(), (gates / "d").resolve())


if __name__ == "__main__":
    unittest.main()
