#!/usr/bin/python3
"""Money that a gateway charged and that cannot pay: listed, given back, told, and gone from suspense.

Usage: held_charges_test.py ERARIO [-v]    (the path of the built program; erario-sim lies beside it)
One agency has what is too much returned by itself; of all others a person decides.
"""
import json
import sqlite3
import subprocess
import time
import unittest

import conekta_case
import support
from webhooks_test import Receiver

BROWSER = {"Authorization": "Bearer key_publica_ficticia"}
BY_ITSELF = "inm.card.replacement"
SENDER = "012180000000000015"
OTHER = {"clabe": "646180110400000007", "holder": "Ana Loro Ficticia"}
RETURN = {"reason": "no pagó el trámite"}


CONFIGURATION = """
[[route]]
name = "transfers"
method = "spei"
gateways = { conekta = 1 }
[deposits.agency.inm]
over = "return"
short = "combine"
"""


class Case(conekta_case.ConektaCase):
    def setUp(self):
        super().setUp()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        told = self.portal.post("/v1/webhook-endpoints", {"url": self.receiver.url})
        self.assertEqual(told.status, 201, told.body)

    def pay(self, method, service="sre.passport.3y"):
        body = {"quote": support.quote(self.portal, {"service": service}), "method": method,
                "payer": support.PAYER}
        if method == "card":
            told = self.sim.send("POST", "/tokens", {"card": {
                "number": "4242424242424242", "name": "Ana Loro Ficticia", "exp_month": "12",
                "exp_year": "30", "cvc": "123"}}, BROWSER)
            body["card"] = {"token": told.json()["id"], "gateway": "conekta"}
        told = self.portal.post("/v1/payments", body)
        self.assertEqual(told.status, 201, told.body)
        return told.json()

    def held(self, by=100, service="sre.passport.3y", **sender):
        """A payment whose transfer was of another amount, and the deposit that waits."""
        payment = self.until(self.pay("spei", service), lambda it: it["clabe"])
        order, = self.orders_of(payment)
        told = self.sim.send("POST", f"/sim/orders/{order['id']}/transfer", {
            "amount_centavos": payment["amount"]["centavos"] + by, **sender})
        self.assertEqual(told.status, 200, told.body)
        payment = self.until(payment, lambda it: it["attempts"][0]["deposit"])
        return payment, self.deposit(payment)

    def deposit(self, payment):
        path = "/v1/deposits/" + payment["attempts"][0]["deposit"]
        told = self.finance.get(path)
        self.assertEqual(told.status, 200, told.body)
        return told.json()

    def back(self, deposit, **more):
        return self.finance.post(f"/v1/deposits/{deposit['id']}/return", {**RETURN, **more})

    def returned(self, deposit):
        return self.erario.wait_for(self.finance, "/v1/deposits/" + deposit["id"], ["returned"], timeout=60)

    def refunded(self, payment):
        order, = self.orders_of(payment)
        return order["refunded_centavos"]

    def nothing_waits(self):
        for row in self.finance.get("/v1/ledger/accounts").json()["data"]:
            if row["account"].startswith(("liabilities:suspense", "liabilities:refunds_payable")):
                self.assertEqual(row["debits"], row["credits"], row)
        self.erario.command("ledger", "verify", "--config", self.erario.config)

    def told_of(self, deposit, *types):
        """The webhooks that are about the deposit, once the last of the types came."""
        def about(got):
            bodies = [json.loads(body) for _, _, body in got]
            return [body["type"] for body in bodies
                    if body["data"].get("deposit", {}).get("id") == deposit["id"]]
        calls = self.receiver.wait(lambda got: set(types) <= set(about(got)))
        self.assertEqual(sorted(about(calls)), sorted(types))


class Refunded(Case):
    """Conekta gives back what it charged, cards and transfers."""
    more_configuration = 'refund_methods = ["card", "spei"]' + CONFIGURATION

    def test_it_is_listed_and_refunded_when_finance_says_so(self):
        payment, deposit = self.held()
        attempt = payment["attempts"][0]
        self.assertEqual((payment["state"], attempt["decline_reason"]), ("awaiting", "held_over"))
        listed, = self.finance.get("/v1/deposits?state=held&suspense=over").json()["data"]
        self.assertEqual(listed, deposit)
        self.assertEqual(
            (deposit["gateway"], deposit["attempt"], deposit["reference"], deposit["payment"]),
            ("conekta", attempt["id"], attempt["reference"], payment["id"]))
        self.assertEqual(deposit["amount"]["centavos"], payment["amount"]["centavos"] + 100)
        self.assertEqual(deposit["clabe"], attempt["pay_to"]["clabe"])
        for name in ("sending_bank", "tracking_key", "operating_date", "return_order"):
            self.assertIsNone(deposit[name], name)
        self.assertEqual(self.portal.get("/v1/deposits").status, 403)
        told = self.back(deposit, destination=OTHER)
        self.assertEqual((told.status, told.problem()[1][0][0]), (422, "/destination"), told.body)
        told = self.back(deposit)
        self.assertEqual((told.status, told.json()["state"]), (201, "returning"), told.body)
        order = self.returned(deposit)["return_order"]
        self.assertEqual((order["gateway"], order["state"]), ("conekta", "settled"))
        self.assertEqual(self.refunded(payment), deposit["amount"]["centavos"])
        self.assertEqual(self.back(deposit).status, 409)
        self.told_of(deposit, "deposit.return_requested", "deposit.return_settled")
        self.nothing_waits()
        self.reconciled(2)

    def test_a_refund_whose_answer_got_lost_is_asked_about_and_made_once(self):
        # Of three amounts: Conekta's report names refunds by nothing else.
        for by, mode in enumerate(("timeout_after", "error_after", "timeout_before"), start=1):
            with self.subTest(mode):
                payment, deposit = self.held(by=-by)
                self.plan(route="refunds", mode=mode)
                self.assertEqual(self.back(deposit).status, 201)
                self.returned(deposit)
                self.assertEqual(self.refunded(payment), deposit["amount"]["centavos"])
        self.nothing_waits()
        self.reconciled(6)

    def test_a_policy_gives_it_back_by_itself_and_combines_no_charges(self):
        payment, deposit = self.held(service=BY_ITSELF)
        self.assertEqual(self.returned(deposit)["return_order"]["reason"], "policy: over")
        self.assertEqual(self.refunded(payment), deposit["amount"]["centavos"])
        self.told_of(deposit, "deposit.return_requested", "deposit.return_settled")
        self.nothing_waits()
        _, part = self.held(by=-100, service=BY_ITSELF)
        self.assertEqual((part["state"], part["suspense"]), ("held", "short"))

    def test_a_card_that_its_gateway_will_not_refund_waits_on_and_goes_back_later(self):
        # What Conekta tells is not what it charged: it gives back no more than it has.
        for by, state, news in ((100, "held", "return_failed"), (-100, "returned", "return_settled")):
            with self.subTest(state):
                self.plan(fault="wrong_amount", by_centavos=by)
                payment = self.until(self.pay("card"), lambda it: it["attempts"][0]["deposit"])
                deposit = self.deposit(payment)
                self.assertIsNone(deposit["clabe"])
                self.assertEqual(self.back(deposit).status, 201)
                self.told_of(deposit, "deposit.return_requested", "deposit." + news)
                self.assertEqual(self.deposit(payment)["state"], state)

    def test_the_page_says_where_the_money_is(self):
        payment, deposit = self.held()
        page = lambda: self.portal.get(
            "/checkout/" + payment["checkout_url"].rsplit("/", 1)[1]).body.decode()
        self.assertIn("está apartado", page())
        self.back(deposit)
        self.returned(deposit)
        self.assertIn("ya se le devolvió", page())

    def test_the_oldest_that_waits_is_a_metric(self):
        self.held()
        name = "erario_suspense_oldest_seconds "
        deadline = time.monotonic() + 30
        while True:
            rows = self.finance.get("/metrics").body.decode().splitlines()
            if any(row.startswith(name) and float(row[len(name):]) > 0 for row in rows):
                return
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.5)

    def before_0007(self):
        """The store as the migration before left it."""
        script = """DELETE FROM deposits; DROP INDEX deposits_held;
            ALTER TABLE deposits DROP COLUMN attempt; ALTER TABLE deposits DROP COLUMN contested;
            DELETE FROM migrations WHERE name = '0007_charge_deposits'"""
        if self.erario.server:
            subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1",
                            self.erario.server.owner_url, "-c", script], check=True, timeout=60)
            return
        store = sqlite3.connect(self.erario.database)
        store.executescript(script)
        store.close()

    def test_what_an_earlier_version_held_is_listed_after_migrating(self):
        payment, deposit = self.held()
        self.erario.terminate()
        self.before_0007()
        self.erario.command("migrate", "--config", self.erario.config)
        self.erario.start()
        self.finance.close()
        listed, = self.finance.get("/v1/deposits?state=held").json()["data"]
        self.assertEqual({**listed, "clabe": deposit["clabe"], "sender": deposit["sender"]},
                         deposit)
        self.assertEqual(self.back(deposit).status, 201)
        self.returned(deposit)
        self.assertEqual(self.refunded(payment), deposit["amount"]["centavos"])
        self.nothing_waits()


class SentBack(Case):
    """Conekta gives no transfers back: they go as orders through STP."""
    others = True
    more_configuration = CONFIGURATION

    def test_it_goes_to_the_account_it_came_from(self):
        payment, deposit = self.held()
        self.assertEqual((deposit["sender"]["clabe"], deposit["suspense"]), (SENDER, "over"))
        self.assertEqual(self.back(deposit).status, 201)
        self.assertEqual(self.returned(deposit)["return_order"]["gateway"], "stp")
        self.assertEqual(self.refunded(payment), 0)
        self.nothing_waits()

    def test_where_nobody_knows_whose_account_it_was_finance_names_one(self):
        _, deposit = self.held(service=BY_ITSELF, sender_account="5512345678")
        self.assertEqual((deposit["state"], deposit["sender"]["clabe"]), ("held", None))
        told = self.back(deposit)
        self.assertEqual((told.status, told.problem()[1][0][0]), (422, "/destination"), told.body)
        told = self.back(deposit, destination=OTHER)
        self.assertEqual(told.status, 201, told.body)
        self.returned(deposit)
        self.nothing_waits()


if __name__ == "__main__":
    unittest.main()
