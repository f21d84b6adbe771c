#!/usr/bin/python3
"""A day that is whole, open, broken or not to be read: what erario reconcile says and exits with,
and what the gauges keep.

Usage: reconcile_test.py ERARIO [-v]    (the path of the built program; erario-sim lies beside it)
"""
import json
import re
import time
import unittest

import support

BIN = support.binaries()
MATCHED, OPEN, BROKEN, UNREAD = 0, 3, 4, 5


class Case(unittest.TestCase):
    def install(self, change=("", ""), **more):
        erario = support.Installation(BIN, serve=False, **more)
        self.addCleanup(erario.stop)
        erario.config.write_text(erario.config.read_text().replace(*change))
        erario.start()
        self.erario = erario
        self.portal, self.finance = erario.client("portal"), erario.client("finance")
        self.bank, self.stp = erario.client(port_offset=3), erario.client(port_offset=2)
        for client in (self.portal, self.finance, self.bank, self.stp):
            self.addCleanup(client.close)

    def transfer(self):
        """A payment by a transfer of which STP and the bank know; the reference they use."""
        told = self.portal.post("/v1/payments", {"quote": support.quote(self.portal),
                                                 "method": "spei", "payer": support.PAYER})
        payment = told.json()
        sent = self.stp.send("POST", "/sim/deposits", {
            "clabe": payment["clabe"], "amount_centavos": payment["amount"]["centavos"],
            "sender_name": "ANA LORO FICTICIA", "sender_account": "012180000000000015",
            "sender_rfc_curp": "LOFA900101MDFRCN07", "concept": "PAGO DE DERECHOS"})
        self.assertLess(sent.status, 300, sent.body)
        self.erario.wait_for(self.portal, "/v1/payments/" + payment["id"], ("paid",))
        reference = sent.json()["tracking_key"]
        self.wait_at_bank(reference)
        return reference

    def wait_at_bank(self, reference):
        deadline = time.monotonic() + 20
        while reference.encode() not in self.bank.get("/sim/state").body:
            self.assertLess(time.monotonic(), deadline, "the bank never hears of it")
            time.sleep(0.1)

    def fault(self, **fault):
        told = self.bank.send("POST", "/sim/faults", fault)
        self.assertLess(told.status, 300, told.body)

    def reconcile(self, code):
        """What it prints, and the run as JSON."""
        words = ("reconcile", "--config", self.erario.config, "--date", support.DAY)
        text = self.erario.command(*words, check=False)
        self.assertEqual(text.returncode, code, text.stdout + text.stderr)
        told = self.erario.command("--json", *words, check=False)
        self.assertEqual(told.returncode, code, told.stdout + told.stderr)
        return text.stdout, json.loads(told.stdout)["summary"]

    def run_by_http(self):
        told = self.finance.post("/v1/reconciliation/runs", {"date": support.DAY})
        self.assertEqual(told.status, 201, told.body)
        return told.json()["summary"]["breaks_by_kind"]

    def gauges(self):
        """The breaks of the last run by kind, without those there are none of."""
        text = self.finance.get("/metrics").body.decode()
        found = re.findall(r'^erario_reconciliation_breaks\{kind="(\w+)"\} (\d+)', text, re.MULTILINE)
        return {kind: int(count) for kind, count in found if count != "0"}

    def end_stand_ins(self):
        self.erario.helpers.stdin.close()
        self.erario.helpers.wait(timeout=30)
        self.erario.helpers.stdout.close()
        self.erario.helpers = None


class Command(Case):
    def test_the_help_tells_the_exit_codes(self):
        self.install(stand_ins=False)
        told = self.erario.command("reconcile", "--help").stdout
        for code in (MATCHED, OPEN, BROKEN, UNREAD):
            self.assertRegex(told, rf"\b{code} \w+")

    def test_a_whole_day_exits_0_and_5_once_its_sources_are_away(self):
        self.install()
        self.transfer()
        text, summary = self.reconcile(MATCHED)
        self.assertIn("0 breaks, 0 open", text)
        self.assertIn("everything is matched", text)
        self.assertEqual((summary["broken"], summary["open"]), (0, 0))
        self.end_stand_ins()
        support.paid_by_spei(self.erario, self.portal)
        text, summary = self.reconcile(UNREAD)
        self.assertIn("a source could not be read", text)
        # What was matched before is not open again.
        self.assertEqual((summary["matched"], summary["open"]), (0, 2))
        for side in ("gateway:stp", "bank:treasury"):
            self.assertIn(f"control_failure  {side}", text)
            self.assertIn(f"open  {side}  1 posting of $1,795.00", text)

    def test_what_is_not_due_yet_is_open_and_exits_3(self):
        self.install(change=("grace_days = 0", "grace_days = 1"))
        self.transfer()
        self.fault(omit_reference=self.transfer())
        text, summary = self.reconcile(OPEN)
        self.assertIn("0 breaks, 1 open", text)
        self.assertIn("open  bank:treasury  1 posting of", text)
        self.assertEqual((summary["broken"], summary["open"]), (0, 1))

    def test_a_break_exits_4_and_is_named(self):
        self.install()
        self.transfer()
        hidden = self.transfer()
        self.fault(omit_reference=hidden)
        text, summary = self.reconcile(BROKEN)
        self.assertIn("1 break, 0 open", text)
        self.assertIn(f"missing_at_bank  bank:treasury  {hidden}", text)
        self.assertEqual(summary["breaks_by_kind"], {"missing_at_bank": 1})


class Missing(Case):
    def test_what_is_missing_stays_so_while_its_statement_is_refused_or_away(self):
        self.install()
        other = self.transfer()
        self.fault(omit_reference=self.transfer())
        self.assertEqual(self.run_by_http(), {"missing_at_bank": 1})
        self.assertEqual(self.gauges(), {"missing_at_bank": 1})
        # The same statement with other content is refused: it says nothing.
        self.fault(alter_reference=other, by_centavos=100)
        expected = {"missing_at_bank": 1, "control_failure": 1}
        for _ in range(2):
            self.assertEqual(self.run_by_http(), expected)
            self.assertEqual(self.gauges(), expected)
        self.end_stand_ins()
        expected["control_failure"] = 3  # the statement, both gateways' reports
        self.assertEqual(self.run_by_http(), expected)
        self.assertEqual(self.gauges(), expected)


if __name__ == "__main__":
    unittest.main()
