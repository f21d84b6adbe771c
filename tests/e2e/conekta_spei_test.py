#!/usr/bin/python3
"""SPEI through Conekta, end to end: a charge that is answered with an account to transfer to.

Usage: conekta_spei_test.py ERARIO [-v]    (the path of the built program; erario-sim lies beside it)
"""
import unittest

import conekta_case
import support


class Transfers(conekta_case.ConektaCase):
    # STP has CLABEs of its own here, and stays the default where no rule decides.
    more_configuration = """
[[route]]
name = "dear-transfers"
method = "spei"
amount_min_pesos = 1000
gateways = { conekta = 1 }
"""

    def pay(self, service="sre.passport.10y", **more):
        told = self.portal.post("/v1/payments", {
            "quote": support.quote(self.portal, {"service": service}), "method": "spei",
            "payer": support.PAYER, **more})
        self.assertEqual(told.status, 201, told.body)
        return told.json()

    def waiting(self, **more):
        """A payment whose payer is told where to transfer to."""
        return self.until(self.pay(**more), lambda it: it["clabe"])

    def order(self, payment):
        order, = self.orders_of(payment)
        return order

    def transfer(self, payment, **more):
        told = self.sim.send("POST", f"/sim/orders/{self.order(payment)['id']}/transfer", more)
        self.assertEqual(told.status, 200, told.body)

    def test_the_payer_is_told_an_account_transfers_to_it_and_has_a_receipt(self):
        payment = self.waiting()
        attempt, = payment["attempts"]
        self.assertEqual((payment["state"], attempt["state"], attempt["gateway"]),
                         ("processing", "needs_action", "conekta"))
        method = self.order(payment)["charges"]["data"][0]["payment_method"]
        self.assertEqual(payment["clabe"], method["clabe"])
        self.assertEqual(attempt["pay_to"]["clabe"], method["clabe"])
        self.assertEqual(attempt["pay_to"]["bank"], "STP")
        self.assertEqual(attempt["pay_to"]["expires_at"][:19], payment["expires_at"][:19])
        page = self.portal.get("/checkout/" + payment["checkout_url"].rsplit("/", 1)[1])
        self.assertIn(f'data-copy="{payment["clabe"]}"', page.body.decode())
        self.transfer(payment, tracking_key="RASTREO1")
        paid = self.wait(payment, "paid")
        self.assertEqual(paid["attempts"][0]["authorization"], "RASTREO1")
        self.assertEqual(paid["attempts"][0]["paid_from"]["clabe"], "012180000000000015")
        receipt, = self.portal.get(f"/v1/payments/{paid['id']}/receipts").json()["data"]
        self.assertEqual((receipt["receipt"]["method"], receipt["receipt"]["authorization"],
                          receipt["receipt"]["gateway"]), ("spei", "RASTREO1", "conekta"))
        self.erario.command("ledger", "verify", "--config", self.erario.config)
        self.reconciled(1)


if __name__ == "__main__":
    unittest.main()
