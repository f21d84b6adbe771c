#!/usr/bin/env python3
"""The benchmark still works: every workload for a moment on a private installation, its own checks,
and its report. The figures mean nothing here. Usage: bench_test.py FOLDER_OF_BINARIES"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import bench  # noqa: E402
import plots  # noqa: E402
import targets  # noqa: E402

PORT = 18943


class TheWholeBenchmark(unittest.TestCase):
    """One smoke run, looked at from several sides."""

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.out = pathlib.Path(cls.scratch.name)
        cls.done = subprocess.run(
            [sys.executable, "-B", HERE / "bench.py", "--bin", BINARIES, "--out", cls.out, "--smoke",
             "--store", "sqlite", "--services", "40", "--agencies", "8", "--port", str(PORT)],
            capture_output=True, text=True, timeout=120)
        if cls.done.returncode == 0:
            cls.results = json.loads((cls.out / "results.json").read_text())

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def setUp(self):
        self.assertEqual(self.done.returncode, 0, self.done.stdout + self.done.stderr)

    def test_every_workload_has_its_figures(self):
        self.assertEqual(set(self.results["sections"]), set(bench.SECTIONS))

    def test_something_succeeded_and_nothing_failed(self):
        for run in self.results["runs"]:
            with self.subTest(workload=run["workload"], rate=run["rate"]):
                self.assertGreater(run["succeeded_all"], 0)
                self.assertEqual(run["failed_all"], 0)

    def test_syncs_and_log_bytes_were_counted(self):
        payments = [run for run in self.results["runs"] if run["workload"] == "spei"]
        for run in payments:
            self.assertGreater(run["per_unit"]["syncs"], 0)
            self.assertGreater(run["per_unit"]["log_bytes"], 0)

    def test_the_reconciliation_found_what_was_planted(self):
        self.assertEqual(self.results["sections"]["W5"]["sqlite"]["wrong"], [])

    def test_the_report_is_one_page_that_loads_nothing(self):
        page = (self.out / "report.html").read_text()
        self.assertIn("<svg", page)
        self.assertIsNone(re.search(r"(src|href)\s*=|@import|url\(", page))


class ItsChecks(unittest.TestCase):
    """A check that cannot fail is a defect."""

    class Installation:
        class store:
            name = "sqlite"

        def __init__(self, **held):
            self._held = {"payments": 10, "paid": 8, "receipts": 8, "refunds": 0, "imbalance": 0} | held

        def held(self):
            return self._held

    RUN = {"store": "sqlite", "counts": {"created": 10, "paid": 8}, "unfinished": 0,
           "connections_lost": 0}

    def test_agreement_is_no_fault(self):
        self.assertEqual(bench.check(self.Installation(), [self.RUN]), [])

    def test_every_disagreement_is_a_fault(self):
        for held in ({"payments": 9}, {"paid": 7}, {"receipts": 7}, {"paid": 9}, {"imbalance": 1},
                     {"refunds": 1}):
            with self.subTest(held=held):
                self.assertEqual(len(bench.check(self.Installation(**held), [self.RUN])), 1)

    def test_what_was_not_answered_may_or_may_not_be_held(self):
        run = self.RUN | {"unfinished": 1}
        self.assertEqual(bench.check(self.Installation(payments=11), [run]), [])
        self.assertNotEqual(bench.check(self.Installation(payments=12), [run]), [])


class ItsTargets(unittest.TestCase):
    def test_a_figure_at_its_target_meets_it_and_one_short_of_it_does_not(self):
        judge = targets.Judge({"sections": {}, "stores": []})
        judge.add("throughput", "sqlite", 30_000, 30_000, "")
        judge.add("throughput", "sqlite", 29_999, 30_000, "")
        judge.add("latency", "sqlite", 10, 10, "", at_least=False)
        judge.add("latency", "sqlite", 10.01, 10, "", at_least=False)
        self.assertEqual([row["met"] for row in judge.rows], [True, False, True, False])


class ItsPlots(unittest.TestCase):
    def test_a_chart_has_a_point_for_each_value_within_its_frame(self):
        one = {"name": "SQLite", "colour": "sqlite", "points": [(1, 5, 4, 6), (1000, 900, 800, 950)]}
        chart = plots.line_chart([one], "connections", "a second", x_log=True)
        circles = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', chart)]
        self.assertEqual(len(circles), 2)
        for x, y in circles:
            self.assertTrue(0 <= x <= plots.WIDTH and 0 <= y <= plots.HEIGHT)

    def test_nothing_to_draw_is_no_chart(self):
        self.assertEqual(plots.line_chart([], "x", "y"), "")


if __name__ == "__main__":
    BINARIES = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
