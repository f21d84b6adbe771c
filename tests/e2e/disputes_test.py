#!/usr/bin/python3
"""Disputes, end to end: a payer's bank contests a charge, the gateway takes the money back, and the
books, the payment and its receipt say so.

Usage: disputes_test.py ERARIO [-v]    (the path of the built program; erario-sim lies beside it)
"""
import time
import unittest

import support

BIN = support.binaries()


class Disputes(unittest.TestCase):
    def setUp(self):
        self.erario = support.Installation(BIN)
        self.addCleanup(self.erario.stop)
        self.portal, self.finance = self.erario.client("portal"), self.erario.client("finance")
        self.psp = self.erario.client(port_offset=1)
        self.public = self.erario.client()
        for client in (self.portal, self.finance, self.psp, self.public):
            self.addCleanup(client.close)

    def paid(self):
        told = self.portal.post("/v1/payments", {
            "quote": support.quote(self.portal), "method": "card", "payer": support.PAYER,
            "card": {"token": self.erario.psp_token()}})
        self.assertEqual(told.status, 201, told.body)
        return self.wait(told.json(), "paid")

    def wait(self, payment, *states):
        return self.erario.wait_for(self.portal, "/v1/payments/" + payment["id"], states)

    def chargeback(self, payment, stage):
        charge = payment["attempts"][0]["gateway_id"]
        told = self.psp.send("POST", f"/sim/charges/{charge}/chargeback", {"stage": stage})
        self.assertEqual(told.status, 200, told.body)

    def dispute_of(self, payment, state):
        deadline = time.monotonic() + 20
        while True:
            rows = self.finance.get("/v1/disputes?payment=" + payment["id"]).json()["data"]
            if rows and rows[0]["state"] == state:
                self.assertEqual(len(rows), 1)
                return rows[0]
            self.assertLess(time.monotonic(), deadline, rows)
            time.sleep(0.05)

    def balance(self, account):
        for row in self.finance.get("/v1/ledger/accounts").json()["data"]:
            if row["account"] == account:
                return row["debits"]["centavos"] - row["credits"]["centavos"]
        return 0

    def receipts(self, payment):
        return [row["receipt"] for row in
                self.portal.get(f"/v1/payments/{payment['id']}/receipts").json()["data"]]

    def events(self, payment):
        return [row["name"] for row in
                self.portal.get(f"/v1/payments/{payment['id']}/events").json()["data"]]

    def ledger_is_sound(self):
        told = self.erario.command("ledger", "verify", "--config", self.erario.config, check=False)
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)

    def test_a_lost_dispute_takes_the_money_from_its_fees_and_supersedes_the_receipt(self):
        payment = self.paid()
        total = payment["amount"]["centavos"]
        before = self.balance("assets:clearing:openpay")
        self.chargeback(payment, "created")
        dispute = self.dispute_of(payment, "open")
        self.assertEqual(dispute["amount"]["centavos"], total)
        schema = self.public.get("/openapi.json").json()["components"]["schemas"]["Dispute"]
        self.assertEqual(sorted(dispute), sorted(schema["required"]))
        self.wait(payment, "disputed")
        self.assertEqual(self.balance("assets:disputes:openpay"), total)
        self.assertEqual(self.balance("assets:clearing:openpay"), before - total)
        told = self.finance.post(f"/v1/payments/{payment['id']}/refunds", {"reason": "x"})
        self.assertEqual(told.status, 409, told.body)
        told = self.finance.post(f"/v1/disputes/{dispute['id']}/evidence",
                                 {"evidence": "Acuse del trámite ficticio"})
        self.assertEqual(told.status, 201, told.body)
        self.assertEqual(told.json()["state"], "evidence")
        self.chargeback(payment, "accepted")
        lost = self.dispute_of(payment, "lost")
        self.assertEqual(sum(row["amount"] for row in lost["allocations"]), total)
        gone = self.wait(payment, "charged_back")
        self.assertEqual(gone["refundable"]["centavos"], 0)
        self.assertEqual(self.balance("assets:disputes:openpay"), 0)
        for row in lost["allocations"]:
            self.assertEqual(self.balance(f"liabilities:collected:{row['agency']}:{row['fee']}"), 0)
        first, second = self.receipts(payment)
        self.assertEqual(second["supersedes"],
                         {"folio": first["folio"], "id": first["id"], "reason": "dispute_lost"})
        self.assertEqual((first["total"], second["total"]), (total, 0))
        self.assertEqual(second["folio"], first["folio"] + 1)
        verdict = self.public.get(f"/verify/{first['id']}.json").json()
        self.assertEqual((verdict["valid"], verdict["authentic"]), (False, True))
        self.assertEqual(verdict["superseded_by"], f"{second['series']} {second['folio']}")
        self.assertIn(verdict["superseded_by"], verdict["wrong"])
        verdict = self.public.get(f"/verify/{second['id']}.json").json()
        self.assertEqual((verdict["valid"], verdict["wrong"]), (True, None))
        page = self.public.get(f"/verify/{first['id']}").body.decode()
        self.assertIn("Recibo sustituido", page)
        self.assertNotIn("Recibo auténtico", page)
        self.assertEqual(self.events(payment)[-5:],
                         ["dispute.opened", "dispute.evidence_sent", "dispute.lost",
                          "receipt.issued", "receipt.superseded"])
        pdf = self.portal.get(f"/v1/receipts/{second['id']}.pdf")
        self.assertEqual(pdf.status, 200)
        self.ledger_is_sound()

    def test_what_was_refunded_before_is_in_no_receipt_and_a_loss_of_the_treasurys(self):
        payment = self.paid()
        total = payment["amount"]["centavos"]
        told = self.finance.post(f"/v1/payments/{payment['id']}/refunds", {
            "amount": {"centavos": 50_000, "currency": "MXN"}, "reason": "cobro doble"})
        self.assertEqual(told.status, 201, told.body)
        self.wait(payment, "partially_refunded")
        before = self.balance("expenses:losses:openpay")
        self.chargeback(payment, "created")
        self.wait(payment, "disputed")
        self.chargeback(payment, "accepted")
        self.wait(payment, "charged_back")
        lost = self.dispute_of(payment, "lost")
        self.assertEqual(sum(row["amount"] for row in lost["allocations"]), total - 50_000)
        self.assertEqual(self.balance("expenses:losses:openpay") - before,
                         lost["amount"]["centavos"] - (total - 50_000))
        self.assertEqual([row["total"] for row in self.receipts(payment)], [total, 0])
        self.ledger_is_sound()

    def test_a_won_dispute_leaves_everything_as_it_was(self):
        payment = self.paid()
        self.chargeback(payment, "created")
        self.wait(payment, "disputed")
        self.chargeback(payment, "rejected")
        self.wait(payment, "paid")
        self.dispute_of(payment, "won")
        self.assertEqual(self.balance("assets:disputes:openpay"), 0)
        self.assertEqual(len(self.receipts(payment)), 1)
        self.ledger_is_sound()

    def test_what_cannot_be_is_refused_by_name(self):
        payment = self.paid()
        self.chargeback(payment, "created")
        dispute = self.dispute_of(payment, "open")
        path = f"/v1/disputes/{dispute['id']}/evidence"
        for body, pointer in (({}, "/evidence"), ({"evidence": ""}, "/evidence"),
                              ({"evidence": "x" * 2001}, "/evidence"),
                              ({"evidence": "x", "more": 1}, "/more")):
            told = self.finance.post(path, body)
            self.assertEqual(told.status, 422, told.body)
            self.assertEqual(told.json()["errors"][0]["pointer"], pointer)
        self.assertEqual(self.portal.get("/v1/disputes").status, 403)
        self.assertEqual(self.finance.get("/v1/disputes/" + payment["id"]).status, 404)
        self.assertEqual(self.finance.get("/v1/disputes?state=later").status, 422)


if __name__ == "__main__":
    unittest.main()
