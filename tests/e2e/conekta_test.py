#!/usr/bin/python3
"""Cards through Conekta, end to end: the built program, its stand-in, and webhooks between them.

Usage: conekta_test.py ERARIO [-v]    (the path of the built program; erario-sim lies beside it)
"""
import time
import unittest

import conekta_case
import support

BROWSER = {"Authorization": "Bearer key_publica_ficticia"}


class Conekta(conekta_case.ConektaCase):
    def card(self, number="4242424242424242"):
        told = self.sim.send("POST", "/tokens", {"card": {
            "number": number, "name": "Ana Loro Ficticia", "exp_month": "12", "exp_year": "30",
            "cvc": "123"}}, BROWSER)
        self.assertEqual(told.status, 200, told.body)
        return {"token": told.json()["id"], "gateway": "conekta"}

    def pay(self, number="4242424242424242", card=None, **more):
        told = self.portal.post("/v1/payments", {
            "quote": support.quote(self.portal), "method": "card", "payer": support.PAYER,
            "card": {**self.card(number), **(card or {})}, **more})
        self.assertEqual(told.status, 201, told.body)
        return told.json()

    def inbound(self, result):
        name = f'erario_inbound_calls_total{{gateway="conekta",result="{result}"}} '
        for line in self.finance.get("/metrics").body.decode().splitlines():
            if line.startswith(name):
                return int(line[len(name):])
        return 0

    def test_a_card_is_charged_once_whatever_happens_to_the_answer(self):
        for mode in (None, "timeout_after", "error_after", "malformed"):
            with self.subTest(mode):
                if mode:
                    self.plan(route="orders", mode=mode)
                payment = self.wait(self.pay(), "paid")
                self.assertEqual(payment["attempts"][0]["gateway"], "conekta")
                self.assertEqual([order["payment_status"] for order in self.orders_of(payment)],
                                 ["paid"])

    def test_a_payer_proves_to_be_the_owner_and_only_a_signed_webhook_is_believed(self):
        payment = self.pay(card={"three_d_secure": True},
                           return_url="https://portal.example.invalid/regreso")
        deadline = time.monotonic() + 20
        while not (url := payment["attempts"][0]["redirect_url"]):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
            payment = self.portal.get("/v1/payments/" + payment["id"]).json()
        self.plan(fault="bad_signature", count=2)
        told = self.sim.send("POST", url[url.index("/pay/"):], b"decision=approve")
        self.assertEqual(told.status, 303, told.body)
        self.wait(payment, "paid")
        deadline = time.monotonic() + 20
        while self.inbound("accepted") < 4:  # told twice while it waited, twice when it was paid
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.assertGreater(self.inbound("signature.invalid"), 0)

    def test_months_without_interest_are_agreed_with_the_gateway(self):
        payment = self.wait(self.pay(card={"instalments": 9}), "paid")
        self.assertEqual(payment["attempts"][0]["instalments"], 9)
        self.assertEqual(self.orders_of(payment)[0]["charges"]["data"][0]["monthly_installments"],
                         9)

    def held(self):
        payment = self.pay(capture="manual")
        deadline = time.monotonic() + 20
        while payment["attempts"][0]["state"] != "authorized":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
            payment = self.portal.get("/v1/payments/" + payment["id"]).json()
        return payment

    def order(self, payment, step, body):
        told = self.portal.post(f"/v1/payments/{payment['id']}/{step}", body)
        self.assertEqual(told.status, 200, told.body)

    def test_what_a_card_holds_is_captured_or_released_once_whatever_the_answer(self):
        for mode in (None, "timeout_before", "timeout_after", "error_after"):
            with self.subTest(mode):
                kept, given_up = self.held(), self.held()
                self.assertEqual(kept["state"], "processing")
                if mode:
                    self.plan(route="capture", mode=mode)
                    self.plan(route="cancel", mode=mode)
                self.order(kept, "capture", {})
                self.order(given_up, "release", {"reason": "ya no"})
                self.wait(kept, "paid")
                after = self.wait(given_up, "awaiting")
                self.assertEqual(after["attempts"][0]["decline_reason"], "released")
                self.assertEqual([one["payment_status"] for one in self.orders_of(kept)], ["paid"])
                self.assertEqual([one["payment_status"] for one in self.orders_of(given_up)],
                                 ["canceled"])

    def test_a_declined_card_says_why_and_another_one_pays(self):
        for as_success in (False, True):
            self.plan(fault="decline_as_success", on=as_success)
            payment = self.pay("4444444444444448")
            deadline = time.monotonic() + 20
            while payment["attempts"][0]["state"] != "declined":
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
                payment = self.portal.get("/v1/payments/" + payment["id"]).json()
            self.assertEqual(payment["attempts"][0]["decline_reason"], "insufficient_funds")
            told = self.portal.post(f"/v1/payments/{payment['id']}/attempts", {"card": self.card()})
            self.assertEqual(told.status, 201, told.body)
            self.wait(payment, "paid")

    def test_a_chargeback_is_in_the_books_as_in_the_report_of_the_day(self):
        won, lost = self.wait(self.pay(), "paid"), self.wait(self.pay(), "paid")
        for payment, stage, after in ((won, "won", "paid"), (lost, "lost", "charged_back")):
            order = self.orders_of(payment)[0]["id"]
            for now, state in (("created", "disputed"), (stage, after)):
                told = self.sim.send("POST", f"/sim/orders/{order}/chargeback", {"stage": now})
                self.assertEqual(told.status, 200, told.body)
                self.wait(payment, state)
        self.erario.command("ledger", "verify", "--config", self.erario.config)
        self.reconciled(5)

    def test_refunds_leave_and_the_report_of_the_day_agrees_with_the_books(self):
        first, second = self.wait(self.pay(), "paid"), self.wait(self.pay(), "paid")
        self.refund(first, 40000)
        self.wait(first, "partially_refunded")
        self.plan(route="refunds", mode="timeout_after")
        self.refund(second, second["amount"]["centavos"])
        self.wait(second, "refunded")
        self.assertEqual(self.orders_of(second)[0]["refunded_centavos"],
                         second["amount"]["centavos"])
        self.erario.command("ledger", "verify", "--config", self.erario.config)
        self.reconciled(4)


if __name__ == "__main__":
    unittest.main()
