#!/usr/bin/python3
"""SPEI through Conekta, end to end: a charge that is answered with an account to transfer to.

Usage: conekta_spei_test.py ERARIO [-v]    (the path of the built program; erario-sim lies beside it)
Routing sends one agency's transfers there; all others keep to CLABEs of their own at STP.
"""
import time
import unittest

import conekta_case
import support

OF_STP = "inm.card.replacement"


class Transfers(conekta_case.ConektaCase):
    more_configuration = """
[[route]]
name = "foreign-affairs"
method = "spei"
agencies = ["sre"]
gateways = { conekta = 1 }
"""

    def pay(self, service="sre.passport.3y", **more):
        told = self.portal.post("/v1/payments", {
            "quote": support.quote(self.portal, {"service": service}), "method": "spei",
            "payer": support.PAYER, **more})
        self.assertEqual(told.status, 201, told.body)
        return told.json()

    def waiting(self, **more):
        """A payment whose payer is told where to transfer to."""
        return self.until(self.pay(**more), lambda it: it["clabe"])

    def order(self, payment, attempt=0):
        order, = self.orders_of(payment, attempt)
        return order

    def at_conekta(self, payment, step, attempt=0, **body):
        order = self.order(payment, attempt)["id"]
        told = self.sim.send("POST", f"/sim/orders/{order}/{step}", body)
        self.assertEqual(told.status, 200, told.body)

    def paid(self, **more):
        payment = self.waiting(**more)
        self.at_conekta(payment, "transfer")
        return self.wait(payment, "paid")

    def attempt_ends(self, payment, state, reason):
        payment = self.until(payment, lambda it: it["attempts"][-1]["state"] == state)
        self.assertEqual(payment["attempts"][-1]["decline_reason"], reason)
        return payment

    def verified(self):
        self.erario.command("ledger", "verify", "--config", self.erario.config)

    def test_the_payer_is_told_an_account_transfers_to_it_and_has_a_receipt(self):
        payment = self.waiting()
        attempt, = payment["attempts"]
        self.assertEqual((payment["state"], attempt["state"], attempt["gateway"]),
                         ("processing", "needs_action", "conekta"))
        method = self.order(payment)["charges"]["data"][0]["payment_method"]
        self.assertEqual(payment["clabe"], method["clabe"])
        self.assertEqual((attempt["pay_to"]["clabe"], attempt["pay_to"]["bank"]),
                         (method["clabe"], "STP"))
        self.assertEqual(attempt["pay_to"]["expires_at"][:19], payment["expires_at"][:19])
        page = self.portal.get("/checkout/" + payment["checkout_url"].rsplit("/", 1)[1])
        self.assertIn(f'data-copy="{payment["clabe"]}"', page.body.decode())
        self.at_conekta(payment, "transfer", tracking_key="RASTREO1")
        paid = self.wait(payment, "paid")
        self.assertEqual(paid["attempts"][0]["authorization"], "RASTREO1")
        self.assertIsNone(paid["clabe"], "nobody should pay to it again")
        self.assertEqual(paid["attempts"][0]["pay_to"]["clabe"], payment["clabe"])
        receipt, = self.portal.get(f"/v1/payments/{paid['id']}/receipts").json()["data"]
        self.assertEqual((receipt["receipt"]["method"], receipt["receipt"]["authorization"],
                          receipt["receipt"]["gateway"]), ("spei", "RASTREO1", "conekta"))
        self.verified()
        self.reconciled(1)

    def test_payments_of_no_rule_keep_to_a_clabe_of_their_own(self):
        payment = self.pay(OF_STP)
        self.assertEqual((payment["state"], payment["attempts"]), ("awaiting", []))
        self.assertTrue(payment["clabe"].startswith("6461801234"))
        told = self.portal.post(f"/v1/payments/{payment['id']}/attempts", {})
        self.assertEqual(told.status, 409, told.body)

    def test_one_order_is_made_whatever_happens_to_the_answer(self):
        for mode in ("timeout_after", "error_after", "malformed"):
            with self.subTest(mode):
                self.plan(route="orders", mode=mode)
                payment = self.waiting()
                self.assertEqual(payment["clabe"], self.order(payment)["charges"]["data"][0]
                                 ["payment_method"]["clabe"])
                self.at_conekta(payment, "transfer")
                self.wait(payment, "paid")
        self.verified()

    def test_an_order_that_never_arrived_is_found_out_and_asked_for_again(self):
        self.plan(route="orders", mode="timeout_before")
        payment = self.attempt_ends(self.pay(), "declined", "not_received")
        self.assertEqual(self.orders_of(payment), [])
        told = self.portal.post(f"/v1/payments/{payment['id']}/attempts", {})
        self.assertEqual(told.status, 201, told.body)
        again = self.until(told.json(), lambda it: it["clabe"])
        self.at_conekta(again, "transfer", attempt=1)
        self.wait(again, "paid")

    def test_news_that_is_lost_repeated_or_forged_pays_once(self):
        payment = self.waiting()
        self.plan(fault="bad_signature", count=2)
        self.plan(route="webhook", mode="duplicate", count=4)
        self.at_conekta(payment, "transfer")
        self.wait(payment, "paid")
        self.assertEqual(len(self.portal.get(
            f"/v1/payments/{payment['id']}/receipts").json()["data"]), 1)
        self.reconciled(1)

    def test_another_amount_waits_in_suspense_and_the_payer_may_try_again(self):
        for by, reason in ((-100, "held_short"), (100, "held_over")):
            with self.subTest(reason):
                payment = self.waiting()
                centavos = payment["amount"]["centavos"]
                self.at_conekta(payment, "transfer", amount_centavos=centavos + by)
                payment = self.attempt_ends(payment, "succeeded", reason)
                self.assertEqual((payment["state"], payment["clabe"]), ("awaiting", None))
                told = self.portal.post(f"/v1/payments/{payment['id']}/attempts", {})
                self.assertEqual(told.status, 201, told.body)
                again = self.until(told.json(), lambda it: it["attempts"][-1]["pay_to"])
                self.assertNotEqual(again["clabe"], payment["clabe"])
                self.at_conekta(again, "transfer", attempt=1)
                self.wait(again, "paid")
        self.verified()
        self.reconciled(4)

    def test_an_amount_that_can_be_none_is_kept_and_changes_nothing(self):
        payment = self.waiting()
        self.at_conekta(payment, "transfer", amount_centavos=10**12 + 1)
        deadline = time.monotonic() + 20
        rows = []
        while not rows:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
            database = self.erario.sql()
            rows = database.execute("SELECT gateway, body FROM inbound "
                                    "WHERE route = 'query_charge'").fetchall()
            database.close()
        self.assertEqual(rows[0][0], "conekta")
        self.assertIn(b"1000000000001", bytes(rows[0][1]))
        now = self.portal.get("/v1/payments/" + payment["id"]).json()
        self.assertEqual((now["state"], now["attempts"][0]["state"]),
                         ("processing", "needs_action"))
        metrics = self.portal.get("/metrics").body.decode()
        self.assertIn('erario_gateway_unreadable_answers_total{gateway="conekta"', metrics)
        log = self.erario.errors()
        self.assertIn("/amount: must be a whole number of centavos", log)
        self.assertNotIn("1000000000001", log)
        self.verified()

    def test_a_payment_expires_with_its_order_and_later_money_is_late(self):
        payment = self.waiting(expires_in_seconds=5)
        payment = self.wait(payment, "expired")
        self.assertEqual(payment["attempts"][0]["decline_reason"], "expired")
        self.assertIsNone(payment["clabe"])
        self.assertEqual(self.order(payment)["payment_status"], "expired")
        self.at_conekta(payment, "transfer")
        payment = self.attempt_ends(payment, "succeeded", "held_late")
        self.assertEqual(payment["state"], "expired")
        self.verified()
        self.reconciled(1)

    def test_an_account_is_given_up_and_the_payer_goes_another_way(self):
        payment = self.waiting()
        path = "/v1/payments/" + payment["id"]
        told = self.portal.post(path + "/cancel", {"reason": "otra forma"})
        self.assertEqual(told.status, 409, told.body)
        self.plan(route="cancel", mode="timeout_after")
        told = self.portal.post(path + "/release", {"reason": "otra forma"})
        self.assertEqual(told.status, 200, told.body)
        self.assertIsNone(told.json()["clabe"])
        self.attempt_ends(payment, "declined", "released")
        self.assertEqual(self.order(payment)["payment_status"], "canceled")
        told = self.portal.post(path + "/cancel", {"reason": "otra forma"})
        self.assertEqual((told.status, told.json()["state"]), (200, "cancelled"))

    def test_a_payment_that_is_paid_gives_its_other_account_up(self):
        """The payer leaves one account for another, and then transfers to the first."""
        first = self.waiting()
        path = "/v1/payments/" + first["id"]
        self.assertEqual(self.portal.post(path + "/release", {"reason": "otra cuenta"}).status, 200)
        self.attempt_ends(first, "declined", "released")
        told = self.portal.post(path + "/attempts", {})
        self.assertEqual(told.status, 201, told.body)
        second = self.until(told.json(), lambda it: it["clabe"])
        page = "/checkout/" + second["checkout_url"].rsplit("/", 1)[1]
        self.assertIn(second["clabe"], self.portal.get(page).body.decode())
        self.plan(route="cancel", mode="timeout_before")
        self.at_conekta(second, "transfer")
        paid = self.wait(second, "paid")
        self.assertIsNone(paid["clabe"])
        self.assertNotIn(second["clabe"], self.portal.get(page).body.decode())
        self.attempt_ends(paid, "declined", "released")
        self.assertEqual(self.order(second, attempt=1)["payment_status"], "canceled")
        self.at_conekta(second, "transfer", attempt=1)
        paid = self.attempt_ends(paid, "succeeded", "held_duplicate")
        self.assertEqual((paid["state"], paid["clabe"]), ("paid", None))
        self.verified()
        self.reconciled(2)

    def phase(self, link, wanted):
        deadline = time.monotonic() + 20
        while (told := self.portal.get(f"/checkout/{link}/status").json())["phase"] != wanted:
            self.assertLess(time.monotonic(), deadline, told)
            time.sleep(0.05)
        return told["stamp"]

    def click(self, link, step, stamp):
        told = self.portal.send("POST", f"/checkout/{link}/{step}?stamp={stamp}")
        self.assertEqual(told.status, 303, told.body)

    def test_the_checkout_page_shows_the_account_and_lets_the_payer_leave_it(self):
        told = self.portal.send("POST", "/v1/checkouts", {
            "quote": support.quote(self.portal), "payer": support.PAYER,
            "return_url": "https://portal.example.invalid/regreso"})
        self.assertEqual(told.status, 201, told.body)
        link = told.json()["id"]
        self.click(link, "spei", self.phase(link, "choose"))
        stamp = self.phase(link, "transfer")
        payment = self.portal.get("/v1/checkouts/" + link).json()["payment"]
        page = self.portal.get("/checkout/" + payment["checkout_url"].rsplit("/", 1)[1])
        self.assertIn(f'data-copy="{payment["clabe"]}"', page.body.decode())
        self.click(link, "change", stamp)
        self.click(link, "change", self.phase(link, "transfer_declined"))
        self.click(link, "spei", self.phase(link, "choose"))
        self.phase(link, "transfer")
        again = self.portal.get("/v1/checkouts/" + link).json()["payment"]
        self.assertNotEqual(again["clabe"], payment["clabe"])
        self.at_conekta(again, "transfer")
        self.phase(link, "paid")

    def test_a_refund_goes_to_the_payers_account_as_an_order_of_its_own(self):
        payment = self.paid()
        refund = self.refund(payment, 10000)
        self.assertEqual((refund["gateway"], refund["destination"]["clabe"]),
                         ("stp", "012180000000000015"))
        self.assertEqual(self.order(payment)["refunded_centavos"], 0)
        path = f"/v1/payments/{payment['id']}"
        told = b"".join(self.portal.get(path + what).body for what in ("", "/refunds", "/events"))
        self.assertIn(b'"**************0015"', told)
        for secret in (b"012180000000000015", b"ANA LORO FICTICIO"):
            self.assertNotIn(secret, told)
        told = self.portal.post(path + "/refunds", {"reason": "a otra cuenta", "destination": {
            "clabe": "072691004495711499", "holder": "LUIS GATO FICTICIO"}})
        self.assertEqual((told.status, told.json()["code"], told.json()["errors"][0]["pointer"]),
                         (403, "key.forbidden", "/destination"))


if __name__ == "__main__":
    unittest.main()
