#!/usr/bin/python3
"""Deposits that do not simply pay, under the policies of an installation and of one agency.

Usage: deposit_policies_test.py ERARIO [-v]    (the path of the built program; erario-sim beside it)
"""
import time
import unittest
import uuid

import support

BIN = support.binaries()
POLICIES = """
[deposits]
over = "return"
third_party = "hold"
[deposits.agency.sre]
short = "combine"
duplicate = "return"
"""


class Policies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.erario = support.Installation(BIN, serve=False)
        with open(cls.erario.config, "a", encoding="utf-8") as config:
            config.write(POLICIES)
        cls.erario.start()
        cls.portal, cls.finance = cls.erario.client("portal"), cls.erario.client("finance")
        cls.stp = cls.erario.stp_client()

    @classmethod
    def tearDownClass(cls):
        for client in (cls.portal, cls.finance, cls.stp):
            client.close()
        cls.erario.stop()

    def payment(self, expires_in_seconds=600, **payer):
        told = self.portal.post("/v1/payments", {
            "quote": support.quote(self.portal), "method": "spei",
            "payer": {**support.PAYER, **payer}, "expires_in_seconds": expires_in_seconds})
        self.assertEqual(told.status, 201, told.body)
        return told.json()

    def send(self, payment, centavos, **fields):
        told = self.stp.send("POST", "/v1/gateways/stp/abono", support.abono(
            payment["clabe"], centavos, "E2E" + uuid.uuid4().hex[:20].upper(), **fields))
        self.assertEqual(told.status, 200, told.body)

    def state(self, payment):
        return self.portal.get("/v1/payments/" + payment["id"]).json()["state"]

    def deposits(self, payment):
        rows = self.finance.get("/v1/deposits?payment=" + payment["id"]).json()["data"]
        return sorted((row["amount"]["centavos"], row["state"]) for row in rows)

    def wait_for(self, payment, expected):
        deadline = time.monotonic() + 20
        while self.deposits(payment) != expected:
            self.assertLess(time.monotonic(), deadline, self.deposits(payment))
            time.sleep(0.1)

    def tearDown(self):
        self.erario.command("ledger", "verify", "--config", self.erario.config)

    def test_parts_pay_together_and_make_one_receipt(self):
        payment = self.payment()
        due = payment["amount"]["centavos"]
        self.send(payment, 40_000)
        self.assertEqual(self.state(payment), "awaiting")
        self.send(payment, 1_000)
        self.assertEqual(self.state(payment), "awaiting")
        self.send(payment, due - 41_000)
        self.assertEqual(self.state(payment), "paid")
        self.wait_for(payment, sorted([(40_000, "applied"), (1_000, "applied"),
                                       (due - 41_000, "applied")]))
        receipt, = self.portal.get(f"/v1/payments/{payment['id']}/receipts").json()["data"]
        self.assertEqual(receipt["receipt"]["total"], due)
        names = [row["name"] for row in
                 self.portal.get(f"/v1/payments/{payment['id']}/events").json()["data"]]
        self.assertEqual(names, ["payment.created", "deposit.combined", "receipt.issued"])
        held = [row for row in self.finance.get("/v1/ledger/accounts").json()["data"]
                if row["account"] == "liabilities:suspense:short"][0]
        self.assertEqual(held["debits"], held["credits"])

    def test_parts_of_a_payment_that_expires_wait_for_a_person_who_finds_them(self):
        payment = self.payment(expires_in_seconds=5)
        due = payment["amount"]["centavos"]
        self.send(payment, 40_000)
        deadline = time.monotonic() + 20
        while self.state(payment) != "expired":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.send(payment, due - 40_000)  # the last part is late, and combines with nothing
        self.assertEqual(self.state(payment), "expired")
        self.wait_for(payment, sorted([(40_000, "held"), (due - 40_000, "held")]))
        part, = self.finance.get("/v1/deposits?state=held&suspense=short&payment=" +
                                 payment["id"]).json()["data"]
        told = self.finance.post(f"/v1/deposits/{part['id']}/return",
                                 {"reason": "el pago venció"})
        self.assertEqual(told.status, 201, told.body)
        self.wait_for(payment, sorted([(40_000, "returned"), (due - 40_000, "held")]))

    def test_too_much_and_a_second_time_go_back_by_themselves(self):
        payment = self.payment()
        due = payment["amount"]["centavos"]
        self.send(payment, due + 1)
        self.wait_for(payment, [(due + 1, "returned")])
        self.send(payment, due)
        self.assertEqual(self.state(payment), "paid")
        self.send(payment, due)
        self.wait_for(payment, sorted([(due + 1, "returned"), (due, "applied"), (due, "returned")]))
        applied, = [row["body"]["deposit"] for row in
                    self.finance.get(f"/v1/payments/{payment['id']}/events").json()["data"]
                    if row["name"] == "deposit.applied"]
        self.assertEqual((applied["state"], applied["suspense"]), ("applied", None))

    def test_another_persons_transfer_waits_for_a_person(self):
        payment = self.payment(rfc="LOFA900101X11")
        due = payment["amount"]["centavos"]
        self.send(payment, due, rfcCurpOrdenante="GATO8505055X7")
        self.assertEqual(self.state(payment), "awaiting")
        row, = self.finance.get("/v1/deposits?suspense=third_party&payment=" +
                                payment["id"]).json()["data"]
        self.assertEqual(row["state"], "held")
        self.send(payment, due, rfcCurpOrdenante="LOFA900101X11")
        self.assertEqual(self.state(payment), "paid")
        events = lambda client: str(client.get(f"/v1/payments/{payment['id']}/events").json()["data"])
        self.assertIn("LOFA900101X11", events(self.finance))
        for whose in ("LOFA900101X11", "012180000000000015", "ANA LORO FICTICIA"):
            self.assertNotIn(whose, events(self.portal))

    def test_a_policy_that_cannot_be_is_refused_by_its_name(self):
        good = self.erario.config.read_text(encoding="utf-8")
        for words, key in (("[deposits]\nshort = \"accept\"", "deposits.short"),
                           ("[deposits]\nlate = \"combine\"", "deposits.late"),
                           ("[deposits]\nlate = \"\"", "deposits.late"),
                           ("[[route]]\nname = \"x\"\nagencies = []\ngateways = {openpay = 1}",
                            "route.x.agencies"),
                           ("[deposits]\ncrypto = \"hold\"", "deposits.crypto"),
                           ("[deposits.agency.sra]\nover = \"hold\"",
                            "deposits.agency.sra: names sra, which is no agency of the catalogue"),
                           ("[[route]]\nname = \"x\"\nagencies = [\"sre\", \"sra\"]\n"
                            "gateways = {openpay = 1}", "route.x.agencies: names sra"),
                           ("[[clabe_range]]\nprefix = \"6461801105\"\nagencies = [\"sra\"]",
                            "clabe_range[0].agencies: names sra"),
                           ("[deposits.agency.sre]\nover = \"keep\"", "deposits.agency.sre.over")):
            bad = self.erario.run / "bad.toml"
            bad.write_text(good[:good.index("\n[deposits]")] + "\n" + words + "\n",
                           encoding="utf-8")
            told = self.erario.command("config", "check", bad, check=False)
            self.assertEqual(told.returncode, 2)
            self.assertIn(key, told.stderr)
            if "names sra" in key:
                told = self.erario.command("serve", "--config", bad, check=False)
                self.assertEqual(told.returncode, 2)
                self.assertIn(key, told.stderr)


if __name__ == "__main__":
    unittest.main()
