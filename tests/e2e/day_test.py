#!/usr/bin/python3
"""The main job from one command, and its books read by an independent program.

Usage: day_test.py ERARIO [-v]    (the path of the built program; erario-sim lies beside it)
"""
import csv
import decimal
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import support

BIN = support.binaries()


class TheDay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = pathlib.Path(tempfile.mkdtemp(prefix="erario-day-"))
        cls.scratch.chmod(0o711)  # a server does not run as root and must reach its folder
        cls.folder = cls.scratch / "run"
        cls.ports = support.Ports()
        environment = dict(os.environ, ERARIO_BIN=str(BIN), ERARIO_SKIP_BUILD="1",
                           ERARIO_RUN_DIR=str(cls.folder), ERARIO_PORT=str(cls.ports.first))
        cls.done = subprocess.run([support.ROOT / "ops/run", "--once", "--store", support.STORE],
                                  env=environment, capture_output=True, text=True, timeout=240)
        cls.config = str(cls.folder / "erario.toml")
        cls.erario = None
        if cls.done.returncode == 0:
            cls.serve_again()

    @classmethod
    def serve_again(cls):
        """The stand-ins are gone: what the books say does not need them."""
        cls.server("start_postgres")
        cls.erario = subprocess.Popen([BIN / "erario", "serve", "--config", cls.config],
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = cls.erario.stdout.readline()
        if "listening" not in line:
            raise AssertionError("Erario does not start on the day's store")
        key = "Bearer " + (cls.folder / "keys/api-finance.key").read_text()
        cls.finance = support.Client(cls.ports.first, cls.folder / "keys/ca.pem", key)

    @classmethod
    def tearDownClass(cls):
        if cls.erario:
            cls.finance.close()
            cls.erario.terminate()
            cls.erario.wait(timeout=30)
            cls.erario.stdout.close()
        cls.server("stop_postgres")
        cls.ports.release()
        shutil.rmtree(cls.scratch, ignore_errors=True)

    @classmethod
    def server(cls, what):
        if support.STORE == "postgres":
            subprocess.run(["bash", "-c", f'{support.SETUP}{what} "{cls.folder}/postgres"'],
                           check=True, timeout=120)

    def setUp(self):
        self.assertEqual(self.done.returncode, 0, self.done.stdout + self.done.stderr)

    def command(self, *words):
        done = subprocess.run([BIN / "erario", *words, "--config", self.config],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def planted(self):
        """What the bank was told to hide and to misstate, from its own journal."""
        journal = (self.folder / "sim/bank").rglob("*")
        text = "".join(one.read_text() for one in journal if one.is_file())
        hidden = set(re.findall(r'"omit_reference":\s*"([^"]+)"', text))
        altered = set(re.findall(r'"alter_reference":\s*"([^"]+)"', text))
        return hidden, altered

    def last_run(self):
        runs = self.finance.get("/v1/reconciliation/runs").json()["data"]
        self.assertGreaterEqual(len(runs), 2, "the day reconciles twice")
        return runs[0]["id"]

    def test_the_summary_names_what_a_newcomer_looks_for(self):
        for word in ("Receipt", "Verification", "API docs", "Metrics", "Reconciliation",
                     "exactly the planted ones"):
            self.assertIn(word, self.done.stdout)
        self.assertEqual(self.done.stderr, "")
        self.assertTrue((self.folder / "receipt.pdf").read_bytes().startswith(b"%PDF-"))

    def test_the_reports_name_exactly_the_planted_breaks(self):
        run = self.last_run()
        breaks = self.finance.get(f"/v1/reconciliation/runs/{run}/breaks").json()["data"]
        self.assertEqual(sorted(one["kind"] for one in breaks), ["amount", "missing_at_bank"])
        by_kind = {one["kind"]: one["reference"] for one in breaks}
        self.assertEqual(self.planted(),
                         ({by_kind["missing_at_bank"]}, {by_kind["amount"]}))
        report = (self.folder / "reconciliation.html").read_text()
        for reference in by_kind.values():
            self.assertIn(reference, report)
        told = self.finance.get(f"/v1/reconciliation/runs/{run}/report.csv")
        self.assertTrue(told.headers["content-type"].startswith("text/csv"))
        rows = list(csv.reader(io.StringIO(told.body.decode("utf-8-sig"))))
        head = rows[0]
        broken = [row for row in rows[1:] if any(kind in row for kind in by_kind)]
        self.assertEqual(len(broken), 2, f"{head}: {broken}")
        for kind, reference in by_kind.items():
            row = next(row for row in broken if kind in row)
            self.assertIn(reference, row)

    def test_the_ledger_verifies(self):
        report = json.loads(self.command("--json", "ledger", "verify"))
        self.assertTrue(report["clean"], report)
        self.assertEqual(report["findings"], [])
        self.assertGreater(report["entries"], 20)
        self.assertGreaterEqual(report["receipts"], 6)

    def test_hledger_agrees_on_every_balance(self):
        journal = self.command("ledger", "export", "--format", "hledger")
        checked = subprocess.run(["hledger", "-f", "-", "check", "--strict"], input=journal,
                                 capture_output=True, text=True, timeout=60)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        shown = subprocess.run(
            ["hledger", "-f", "-", "balance", "--flat", "--empty", "--no-total", "-O", "csv"],
            input=journal, capture_output=True, text=True, timeout=60, check=True)
        theirs = {row["account"]: self.centavos(row["balance"])
                  for row in csv.DictReader(io.StringIO(shown.stdout))}
        accounts = self.finance.get("/v1/ledger/accounts").json()["data"]
        ours = {one["account"]: one["balance"]["centavos"] for one in accounts}
        self.assertEqual(theirs, ours)
        self.assertEqual(sum(ours.values()), 0)
        self.assertGreater(len(ours), 10)

    @staticmethod
    def centavos(text):
        if text == "0":
            return 0
        number, currency = text.replace(",", "").split(" ")
        assert currency == "MXN", text
        return int(decimal.Decimal(number) * 100)

    def test_a_changed_book_is_noticed_by_the_same_check(self):
        journal = self.command("ledger", "export", "--format", "hledger")
        forged = re.sub(r"(  )(\d+)(\.\d\d MXN)", lambda m: m[1] + str(int(m[2]) + 1) + m[3],
                        journal, count=1)
        self.assertNotEqual(forged, journal)
        checked = subprocess.run(["hledger", "-f", "-", "check"], input=forged,
                                 capture_output=True, text=True, timeout=60)
        self.assertNotEqual(checked.returncode, 0)


if __name__ == "__main__":
    unittest.main()
