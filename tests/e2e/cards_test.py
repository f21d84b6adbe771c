#!/usr/bin/python3
"""Cards through Openpay, end to end: what was asked for, what the PSP holds, what a payer is told.

Usage: cards_test.py ERARIO [-v]    (the path of the built program; erario-sim lies beside it)
"""
import time
import unittest

import support

BIN = support.binaries()
BACK = "https://portal.example.invalid/regreso"
FRAUD, NO_PLAN, GOOD = "4000000000000044", "345678000000007", "4111111111111111"


class Cards(unittest.TestCase):
    def setUp(self):
        self.erario = support.Installation(BIN, serve=False)
        self.addCleanup(self.erario.stop)
        text = self.erario.config.read_text()
        self.erario.config.write_text(text.replace(
            'name = "openpay"\n', 'name = "openpay"\ntimeout_ms = 1500\nconnect_timeout_ms = 1500\n',
            1))
        self.erario.start()
        self.portal = self.erario.client("portal")
        self.psp = self.erario.client(port_offset=1)
        for client in (self.portal, self.psp):
            self.addCleanup(client.close)

    def pay(self, number=GOOD, card=None, **more):
        token = self.psp.send("POST", "/v1/mficticio/tokens", {
            "card_number": number, "holder_name": "Ana Loro Ficticia", "expiration_month": "12",
            "expiration_year": "30", "cvv2": "1234" if number == NO_PLAN else "123"}).json()["id"]
        told = self.portal.post("/v1/payments", {
            "quote": support.quote(self.portal), "method": "card", "payer": support.PAYER,
            "card": {"token": token, **(card or {})}, **more})
        self.assertEqual(told.status, 201, told.body)
        return told.json()

    def until(self, payment, true):
        deadline = time.monotonic() + 20
        while True:
            now = self.portal.get("/v1/payments/" + payment["id"]).json()
            if true(now):
                return now
            self.assertLess(time.monotonic(), deadline, now)
            time.sleep(0.05)

    def charges_of(self, payment):
        """As the PSP holds them, in the order of the attempts."""
        held = {one["order_id"]: one for one in self.psp.get("/sim/state").json()["charges"]}
        return [held[attempt["reference"]] for attempt in payment["attempts"]]

    def test_a_card_taken_for_fraud_is_tried_again_with_three_d_secure_and_pays_once(self):
        payment = self.pay(FRAUD, return_url=BACK)
        payment = self.until(payment, lambda now: now["attempts"][-1]["redirect_url"])
        first, second = payment["attempts"]
        self.assertEqual((first["decline_reason"], first["three_d_secure"]),
                         ("risk_rejected", False))
        self.assertNotIn("fraud", str(first["decline_message"]).lower())
        self.assertTrue(second["three_d_secure"])
        url = second["redirect_url"]
        told = self.psp.send("POST", url[url.index("/pay/"):], b"decision=approve")
        self.assertEqual(told.status, 303, told.body)
        payment = self.until(payment, lambda now: now["state"] == "paid")
        self.assertEqual([one["status"] for one in self.charges_of(payment)],
                         ["failed", "completed"])

    def test_the_second_no_is_final_and_without_a_way_back_so_is_the_first(self):
        payment = self.pay(FRAUD, return_url=BACK)
        payment = self.until(payment, lambda now: now["attempts"][-1]["redirect_url"])
        url = payment["attempts"][-1]["redirect_url"]
        self.psp.send("POST", url[url.index("/pay/"):], b"decision=reject")
        payment = self.until(payment, lambda now: now["state"] == "awaiting")
        self.assertEqual([one["decline_reason"] for one in payment["attempts"]],
                         ["risk_rejected", "authentication_failed"])
        lonely = self.until(self.pay(FRAUD), lambda now: now["state"] == "awaiting")
        self.assertEqual(len(lonely["attempts"]), 1)

    def test_months_without_interest_are_agreed_with_the_gateway_or_refused(self):
        payment = self.until(self.pay(card={"instalments": 12}),
                             lambda now: now["state"] == "paid")
        self.assertEqual(payment["attempts"][0]["instalments"], 12)
        self.assertEqual(self.charges_of(payment)[0]["payment_plan"], {"payments": 12})
        payment = self.until(self.pay(NO_PLAN, card={"instalments": 6}),
                             lambda now: now["state"] == "awaiting")
        self.assertEqual(payment["attempts"][0]["decline_reason"], "plan_not_allowed")
        self.assertIn("instalments", payment["attempts"][0]["decline_message"]["en"])
        told = self.portal.post("/v1/payments", {
            "quote": support.quote(self.portal), "method": "card", "payer": support.PAYER,
            "card": {"token": "tok_ficticio", "instalments": 5}})
        self.assertEqual(told.problem(),
                         ("field.invalid",
                          [("/card/instalments", "must be 3, 6, 9, 12 or 18 months")]))
        payment = self.until(self.pay(), lambda now: now["state"] == "paid")
        self.assertIsNone(payment["attempts"][0]["instalments"])

    def held(self, **more):
        payment = self.until(self.pay(capture="manual", **more),
                             lambda now: now["attempts"][0]["state"] == "authorized")
        self.assertEqual(payment["state"], "processing")
        self.assertIsNotNone(payment["attempts"][0]["capture_by"])
        self.assertEqual(self.charges_of(payment)[0]["status"], "in_progress")
        return payment

    def order(self, payment, step, body, status=200):
        told = self.portal.post(f"/v1/payments/{payment['id']}/{step}", body)
        self.assertEqual(told.status, status, told.body)
        return told

    def test_what_a_card_holds_is_captured_once_whatever_happens_to_the_answer(self):
        for mode in (None, "timeout_before", "timeout_after", "error_after", "malformed"):
            with self.subTest(mode):
                payment = self.held()
                if mode:
                    told = self.psp.send("POST", "/sim/faults", {"route": "capture", "mode": mode})
                    self.assertEqual(told.status, 201, told.body)
                amount = payment["amount"]
                refused = self.order(payment, "capture", {
                    "amount": {**amount, "centavos": amount["centavos"] - 1}}, 422)
                self.assertEqual(refused.problem()[1][0][0], "/amount")
                self.assertEqual(self.order(payment, "capture", {"amount": amount}).json()
                                 ["attempts"][0]["state"], "capturing")
                if mode == "timeout_before":  # asked again while nobody has answered
                    self.order(payment, "capture", {})
                payment = self.until(payment, lambda now: now["state"] == "paid")
                charge = self.charges_of(payment)[0]
                self.assertEqual((charge["status"], charge["amount_centavos"]),
                                 ("completed", amount["centavos"]))
                self.order(payment, "release", {"reason": "tarde"}, 409)

    def test_what_is_released_charges_nothing_and_another_card_may_pay(self):
        payment = self.held()
        self.order(payment, "cancel", {"reason": "no"}, 409)
        self.order(payment, "release", {"reason": "el trámite no se hizo"})
        payment = self.until(payment, lambda now: now["state"] == "awaiting")
        attempt = payment["attempts"][0]
        self.assertEqual((attempt["state"], attempt["decline_reason"]), ("declined", "released"))
        self.order(payment, "capture", {}, 409)
        self.assertEqual(self.charges_of(payment)[0]["status"], "in_progress",
                         "Openpay has no call for it")
        self.order(payment, "cancel", {"reason": "ya no"})
        self.erario.command("ledger", "verify", "--config", self.erario.config)


if __name__ == "__main__":
    unittest.main()
