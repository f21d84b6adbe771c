"""Conekta, as a merchant, a payer's browser and a test see it."""

import base64
import os
import tempfile
import time
import unittest

from sim_support import Receiver, StandIn, openssl, wait_until

KEY = {"Authorization": "Bearer key_ficticia",
       "Accept": "application/vnd.conekta-v2.3.0+json"}
BROWSER = {"Authorization": "Bearer key_publica_ficticia"}
NOW = "2026-03-02T10:00:00-06:00"


class ConektaCase(unittest.TestCase):
    binary = ""

    def start(self, *arguments):
        sim = StandIn(self.binary, "conekta", "--now", NOW, "--retry-ms", "10", *arguments)
        self.addCleanup(sim.stop)
        return sim

    def receiver(self, **keywords):
        receiver = Receiver(**keywords)
        self.addCleanup(receiver.__exit__)
        return receiver

    def token(self, sim, number="4242424242424242", **changes):
        card = {"number": number, "name": "Ana Loro Ficticio", "exp_month": "12",
                "exp_year": "27", "cvc": "123"}
        card.update(changes)
        return sim.call("POST", "/tokens", {"card": card}, headers=BROWSER)

    def order(self, sim, reference="A1", amount=244000, number="4242424242424242", token=None,
              timeout=10, **changes):
        token = token or self.token(sim, number).json["id"]
        body = {"currency": "MXN",
                "customer_info": {"name": "Ana Loro Ficticio", "email": "ana@example.invalid",
                                  "phone": "+525500000000"},
                "line_items": [{"name": "Pasaporte", "unit_price": amount, "quantity": 1}],
                "charges": [{"amount": amount, "reference_id": reference,
                             "payment_method": {"type": "card", "token_id": token}}],
                "metadata": {"reference": reference}}
        body.update(changes)
        return self.post(sim, "/orders", body, timeout)

    def post(self, sim, path, body=None, timeout=10):
        return sim.call("POST", path, body or {}, headers=KEY, timeout=timeout)

    def get(self, sim, path):
        return sim.call("GET", path, headers=KEY)

    def plan(self, sim, **fault):
        self.assertEqual(sim.call("POST", "/sim/faults", fault).status, 201)

    def assert_error(self, answer, status, code):
        self.assertEqual(answer.status, status, answer.text)
        self.assertEqual(answer.json["object"], "error")
        self.assertEqual(answer.json["details"][0]["code"], "conekta.errors." + code)


class Orders(ConektaCase):
    def test_an_order_is_paid_in_centavos_and_found_by_id_and_by_reference(self):
        sim = self.start()
        made = self.order(sim, "REFERENCE1").json
        self.assertEqual((made["payment_status"], made["amount"]), ("paid", 244000))
        charge = made["charges"]["data"][0]
        self.assertEqual(charge["reference_id"], "REFERENCE1")
        self.assertEqual(charge["fee"], 7326 + 1172)
        self.assertEqual(charge["payment_method"]["last4"], "4242")
        self.assertEqual(self.get(sim, "/orders/" + made["id"]).json["id"], made["id"])
        found = self.get(sim, "/orders?search=REFERENCE1").json
        self.assertEqual([row["id"] for row in found["data"]], [made["id"]])
        self.assertEqual(self.get(sim, "/orders?search=REFERENCE2").json["data"], [])
        self.assert_error(self.get(sim, "/orders/ord_none"), 404, "resource_not_found.entity")

    def test_calls_without_the_key_or_the_version_are_refused(self):
        sim = self.start()
        self.assert_error(sim.call("GET", "/orders"), 401, "authentication.missing_key")
        wrong = dict(KEY, Accept="application/json")
        self.assert_error(sim.call("GET", "/orders", headers=wrong), 406,
                          "parameter_validation.accept")
        self.assert_error(sim.call("POST", "/tokens", {"card": {}}), 401,
                          "authentication.missing_key")

    def test_bad_orders_are_refused_and_name_their_parameter(self):
        sim = self.start()
        for changes, code, parameter in (
                ({"currency": "USD"}, "parameter_validation.range", "currency"),
                ({"customer_info": {"name": "Ana"}}, "parameter_validation.required",
                 "customer_info.email"),
                ({"line_items": []}, "parameter_validation.required", "line_items"),
                ({"line_items": [{"name": "P", "unit_price": 244000, "quantity": 1}]},
                 "parameter_validation.range", "line_items.name"),
                ({"line_items": [{"name": "Pasaporte", "unit_price": 1, "quantity": 1}]},
                 "parameter_validation.range", "charges.amount"),
                ({"metadata": {"a": "x" * 250}}, "parameter_validation.range", "metadata.a"),
                ({"metadata": {"a": {}}}, "parameter_validation.range", "metadata.a"),
                ({"three_ds_mode": "strict"}, "parameter_validation.required", "return_url"),
                ({"unheard_of": 1}, "parameter_validation.whitelist", "unheard_of")):
            with self.subTest(changes):
                answer = self.order(sim, **changes)
                self.assert_error(answer, 422, code)
                self.assertEqual(answer.json["details"][0]["param"], parameter)
        self.assert_error(self.order(sim, token="tok_none"), 422,
                          "parameter_validation.payment_method.token_id.nonexistent_token")
        self.assertEqual(sim.call("GET", "/sim/state").json["orders"], [])

    def test_a_token_is_good_for_one_order_and_a_reference_for_many(self):
        sim = self.start()
        token = self.token(sim).json["id"]
        self.assertEqual(self.order(sim, token=token).status, 200)
        self.assert_error(self.order(sim, token=token), 402, "processing.tokenization.used")
        self.assertEqual(self.order(sim).status, 200)
        self.assertEqual(len(self.get(sim, "/orders?search=A1").json["data"]), 2)

    def test_declines_come_as_errors_or_inside_a_success_and_the_order_stays(self):
        codes = {"4222222222222220": "processing.bank.declined",
                 "4000000000000069": "processing.bank.expired_card",
                 "4444444444444448": "processing.bank.insufficient_funds",
                 "4000000000000119": "processing.bank.stolen_card",
                 "4000000000000044": "processing.charge.card_payment.suspicious_behaviour"}
        for as_success in (False, True):
            sim = self.start()
            self.plan(sim, fault="decline_as_success", on=as_success)
            for number, code in codes.items():
                with self.subTest((number, as_success)):
                    answer = self.order(sim, "D" + number[-4:], number=number)
                    if as_success:
                        self.assertEqual(answer.status, 200)
                        charge = answer.json["charges"]["data"][0]
                        self.assertEqual(charge["status"], "declined")
                        self.assertEqual(charge["failure_code"], "conekta.errors." + code)
                    else:
                        self.assert_error(answer, 402, code)
                    found = self.get(sim, "/orders?search=D" + number[-4:]).json["data"]
                    self.assertEqual([row["payment_status"] for row in found], ["declined"])

    def test_an_authorization_is_captured_in_part_or_released(self):
        sim = self.start()
        first = self.order(sim, pre_authorize=True).json
        self.assertEqual(first["payment_status"], "pre_authorized")
        self.assert_error(self.post(sim, f"/orders/{first['id']}/capture", {"amount": 244001}), 422,
                          "parameter_validation.range")
        captured = self.post(sim, f"/orders/{first['id']}/capture", {"amount": 200000}).json
        self.assertEqual((captured["payment_status"], captured["amount"]), ("paid", 200000))
        self.assert_error(self.post(sim, f"/orders/{first['id']}/capture"), 428,
                          "precondition_required.order.state")
        second = self.order(sim, pre_authorize=True).json
        released = self.post(sim, f"/orders/{second['id']}/cancel").json
        self.assertEqual(released["payment_status"], "canceled")
        self.assert_error(self.post(sim, f"/orders/{second['id']}/capture"), 428,
                          "precondition_required.order.state")

    def test_three_d_secure_sends_the_payer_to_a_page_and_back(self):
        for decision, status in (("approve", "paid"), ("reject", "declined")):
            sim = self.start()
            made = self.order(sim, three_ds_mode="strict",
                              return_url="https://portal.example.invalid/back").json
            self.assertEqual(made["payment_status"], "pending_payment")
            url = made["next_action"]["redirect_to_url"]["url"]
            self.assertTrue(url.startswith(sim.url + "/pay/"))
            path = url[len(sim.url):]
            self.assertIn("2440.00", sim.call("GET", path).text)
            back = sim.call("POST", path, form={"decision": decision})
            self.assertEqual(back.status, 303)
            self.assertEqual(back.headers["Location"],
                             "https://portal.example.invalid/back?order_id=" + made["id"])
            self.assertEqual(self.get(sim, "/orders/" + made["id"]).json["payment_status"], status)


class Refunds(ConektaCase):
    def transfer(self, sim, reference="A1", timeout=10, **method):
        return self.order(sim, reference, token="none", timeout=timeout, charges=[{
            "amount": 244000, "reference_id": reference,
            "payment_method": {"type": "spei", **method}}])

    def test_an_order_by_transfer_has_a_clabe_of_its_own_and_waits_for_it(self):
        sim = self.start()
        first, second = (self.transfer(sim, name, expires_at=1772553600) for name in ("A1", "A2"))
        clabes = set()
        for made in (first.json, second.json):
            self.assertEqual(made["payment_status"], "pending_payment")
            self.assertNotIn("next_action", made)
            method = made["charges"]["data"][0]["payment_method"]
            self.assertEqual((method["type"], method["expires_at"]), ("spei", 1772553600))
            self.assertIsNone(method["tracking_code"])
            digits = [int(digit) for digit in method["clabe"]]
            weighed = sum(digit * weight for digit, weight in zip(digits, [3, 7, 1] * 6))
            self.assertEqual((len(digits), weighed % 10), (18, 0), "the check digit")
            clabes.add(method["clabe"])
        self.assertEqual(len(clabes), 2)
        self.assert_error(self.transfer(sim, token_id="tok_1"), 422,
                          "parameter_validation.required")
        self.assertEqual(sim.call("GET", "/sim/state").json["transactions"], 0)

    def test_a_transfer_pays_its_order_once_with_what_was_transferred(self):
        sim = self.start()
        made = self.transfer(sim).json
        paid = sim.call("POST", f"/sim/orders/{made['id']}/transfer",
                        {"amount_centavos": 100, "tracking_key": "RASTREO1"}).json
        method = paid["charges"]["data"][0]["payment_method"]
        self.assertEqual((paid["payment_status"], paid["amount"], method["tracking_code"],
                          method["issuing_account_number"]),
                         ("paid", 100, "RASTREO1", "012180000000000015"))
        self.assertEqual(sim.call("POST", f"/sim/orders/{made['id']}/transfer", {}).status, 409)
        row, = self.get(sim, "/transactions").json["data"]
        self.assertEqual((row["type"], row["amount"]), ("capture", 100))

    def test_an_order_by_transfer_ends_with_its_time_or_when_it_is_cancelled(self):
        sim = self.start()
        late, ended, given_up = (self.transfer(sim, name, expires_at=1772553600).json["id"]
                                 for name in ("A1", "A2", "A3"))
        self.assertEqual(sim.call("POST", f"/sim/orders/{ended}/expire", {}).status, 200)
        self.assertEqual(self.post(sim, f"/orders/{given_up}/cancel").json["payment_status"],
                         "canceled")
        sim.call("POST", "/sim/clock", {"now": "2026-03-03T10:00:01-06:00"})
        for order, status in ((late, "expired"), (ended, "expired"), (given_up, "canceled")):
            self.assertEqual(self.get(sim, "/orders/" + order).json["payment_status"], status)
        told = sim.call("POST", f"/sim/orders/{late}/transfer", {})
        self.assertEqual(told.json["payment_status"], "paid", "a bank sends what it was told to")

    def test_refunds_add_up_to_the_order_and_no_further(self):
        sim = self.start()
        made = self.order(sim).json
        path = f"/orders/{made['id']}/refunds"
        part = self.post(sim, path, {"amount": 44000, "reason": "other"}).json
        self.assertEqual((part["payment_status"], part["amount_refunded"]),
                         ("partially_refunded", 44000))
        self.assertEqual(part["charges"]["data"][0]["refunds"]["data"][0]["amount"], -44000)
        self.assert_error(self.post(sim, path, {"amount": 200001, "reason": "other"}), 422,
                          "parameter_validation.range")
        self.assert_error(self.post(sim, path, {"amount": 1, "reason": "because"}), 422,
                          "parameter_validation.range")
        rest = self.post(sim, path, {"amount": 200000, "reason": "other"}).json
        self.assertEqual(rest["payment_status"], "refunded")
        self.assert_error(self.post(sim, path, {"amount": 1, "reason": "other"}), 428,
                          "precondition_required.order.state")


class Lists(ConektaCase):
    def test_pages_are_followed_by_their_address_and_hold_every_row_once(self):
        sim = self.start("--page-size", "2")
        made = [self.order(sim, f"B{i}").json["id"] for i in range(5)]
        path, seen = "/orders?limit=100&search=B", []
        while path:
            page = self.get(sim, path).json
            self.assertLessEqual(len(page["data"]), 2)
            seen += [row["id"] for row in page["data"]]
            self.assertEqual(page["has_more"], page["next_page_url"] is not None)
            path = page["next_page_url"] and page["next_page_url"][len(sim.url):]
        self.assertEqual(seen, made[::-1])

    def test_transactions_tell_amount_fee_and_net_of_each_movement(self):
        sim = self.start()
        made = self.order(sim).json
        self.post(sim, f"/orders/{made['id']}/refunds", {"amount": 44000, "reason": "other"})
        refund, capture = self.get(sim, "/transactions").json["data"]
        self.assertEqual((capture["type"], capture["amount"], capture["fee"], capture["net"]),
                         ("capture", 244000, 8498, 235502))
        self.assertEqual((refund["type"], refund["amount"], refund["net"]),
                         ("refund", -44000, -44000))
        self.assertEqual(capture["charge"], made["charges"]["data"][0]["id"])
        only = self.get(sim, "/transactions?type=refund").json["data"]
        self.assertEqual([row["id"] for row in only], [refund["id"]])

    def test_orders_are_filtered_by_when_they_changed(self):
        sim = self.start()
        made = self.order(sim).json
        at = made["updated_at"]
        self.assertEqual(len(self.get(sim, f"/orders?updated_at.gte={at}").json["data"]), 1)
        later = self.get(sim, f"/orders?updated_at.gte={at + 3600}").json["data"]
        self.assertEqual(later, [])


class Webhooks(ConektaCase):
    def verified(self, sim, head, raw, folder):
        """Checked by the openssl program with the newest key of the stand-in."""
        keys = sim.call("GET", "/sim/webhook_keys").json["data"]
        paths = {name: os.path.join(folder, name) for name in ("key", "digest", "body")}
        with open(paths["key"], "w", encoding="ascii") as out:
            out.write(keys[-1]["public_key"])
        with open(paths["digest"], "wb") as out:
            out.write(base64.b64decode(head["DIGEST"]))
        with open(paths["body"], "wb") as out:
            out.write(raw)
        try:
            openssl("dgst", "-sha256", "-verify", paths["key"], "-signature", paths["digest"],
                    paths["body"])
            return True
        except Exception:  # openssl ends with 1 when the signature is another's
            return False

    def test_each_event_is_signed_over_its_bytes_with_the_newest_key(self):
        receiver = self.receiver()
        sim = self.start("--webhook-url", receiver.url)
        with tempfile.TemporaryDirectory() as folder:
            self.order(sim)
            wait_until(lambda: len(receiver.got) == 2)
            for _, head, raw in receiver.got:
                self.assertTrue(self.verified(sim, head, raw, folder))
                self.assertFalse(self.verified(sim, head, raw + b" ", folder))
            sim.call("POST", "/sim/webhook_keys", {})
            self.order(sim)
            wait_until(lambda: len(receiver.got) == 4)
            self.assertTrue(self.verified(sim, receiver.got[3][1], receiver.got[3][2], folder))
            self.assertFalse(self.verified(sim, receiver.got[0][1], receiver.got[0][2], folder))
            self.plan(sim, fault="bad_signature", count=2)
            self.order(sim)
            wait_until(lambda: len(receiver.got) == 6)
            self.assertFalse(self.verified(sim, receiver.got[5][1], receiver.got[5][2], folder))

    def test_events_tell_the_order_and_its_charge(self):
        receiver = self.receiver()
        sim = self.start("--webhook-url", receiver.url)
        made = self.order(sim).json
        wait_until(lambda: len(receiver.got) == 2)
        events = {event["type"]: event for event in receiver.bodies()}
        self.assertEqual(set(events), {"order.paid", "charge.paid"})
        self.assertEqual(events["order.paid"]["data"]["object"]["id"], made["id"])
        self.assertEqual(events["charge.paid"]["data"]["object"]["order_id"], made["id"])

    def test_events_are_sent_twice_reversed_and_malformed_when_asked_to(self):
        receiver = self.receiver()
        sim = self.start("--webhook-url", receiver.url, "--webhook-delay-ms", "60")
        self.plan(sim, route="webhook", mode="duplicate")
        self.order(sim)
        wait_until(lambda: len(receiver.got) == 3)
        self.plan(sim, fault="reordered_webhooks", count=2)
        self.order(sim)
        wait_until(lambda: len(receiver.got) == 5)
        self.assertEqual([event["type"] for event in receiver.bodies()[3:]],
                         ["order.paid", "charge.paid"])
        self.plan(sim, fault="malformed_event", count=1)
        self.order(sim)
        wait_until(lambda: len(receiver.got) == 7)
        self.assertEqual(sum(raw.endswith(b"}") for _, _, raw in receiver.got[5:]), 1)

    def test_an_event_is_repeated_until_it_is_accepted(self):
        receiver = self.receiver()
        receiver.script = [(500, {}), (503, {})]
        sim = self.start("--webhook-url", receiver.url)
        self.order(sim)
        wait_until(lambda: len(receiver.got) == 4)


class FaultsAndTruth(ConektaCase):
    def test_a_time_out_after_the_commit_leaves_the_order_and_one_before_does_not(self):
        sim = self.start("--hold-ms", "400")
        for mode, count in (("timeout_before", 0), ("timeout_after", 1)):
            self.plan(sim, route="orders", mode=mode)
            with self.assertRaises(Exception):
                self.order(sim, mode, timeout=0.2)
            time.sleep(0.1)
            found = self.get(sim, "/orders?search=" + mode).json["data"]
            self.assertEqual(len(found), count, mode)

    def test_an_error_after_the_commit_leaves_the_order(self):
        sim = self.start()
        self.plan(sim, route="orders", mode="error_after")
        self.assert_error(self.order(sim), 500, "api.internal")
        self.assertEqual(len(sim.call("GET", "/sim/state").json["orders"]), 1)

    def test_amounts_and_pages_are_told_wrongly_when_asked_to(self):
        sim = self.start()
        self.plan(sim, fault="wrong_amount", by_centavos=-1)
        made = self.order(sim).json
        self.assertEqual(made["amount"], 243999)
        self.assertEqual(self.get(sim, "/orders/" + made["id"]).json["amount"], 244000)
        self.plan(sim, fault="foreign_page")
        self.assertIn("example.invalid", self.get(sim, "/transactions").json["next_page_url"])
        self.assertIsNone(self.get(sim, "/transactions").json["next_page_url"])
        self.assertEqual(sim.call("POST", "/sim/faults", {"fault": "unheard_of"}).status, 400)

    def test_a_restart_keeps_orders_refunds_tokens_and_keys(self):
        with tempfile.TemporaryDirectory() as folder:
            sim = self.start("--state", folder)
            made = self.order(sim).json
            self.post(sim, f"/orders/{made['id']}/refunds", {"amount": 1, "reason": "other"})
            keys = sim.call("GET", "/sim/webhook_keys").json
            sim.stop()
            again = self.start("--state", folder)
            order = self.get(again, "/orders/" + made["id"]).json
            self.assertEqual(order["amount_refunded"], 1)
            self.assertEqual(again.call("GET", "/sim/webhook_keys").json, keys)
            self.assertEqual(len(self.get(again, "/transactions").json["data"]), 2)

    def test_the_card_number_is_nowhere_in_answers_or_files(self):
        with tempfile.TemporaryDirectory() as folder:
            sim = self.start("--state", folder)
            seen = self.order(sim).text + sim.call("GET", "/sim/state").text
            with open(os.path.join(folder, "conekta.jsonl"), encoding="utf-8") as journal:
                seen += journal.read()
            self.assertNotIn("4242424242424242", seen)

    def test_a_chargeback_takes_the_money_back(self):
        sim = self.start()
        made = self.order(sim).json
        lost = sim.call("POST", f"/sim/orders/{made['id']}/chargeback", {}).json
        self.assertEqual(lost["payment_status"], "charged_back")
        self.assertEqual(self.get(sim, "/transactions").json["data"][0]["amount"], -244000)
        self.assertEqual(sim.call("POST", f"/sim/orders/{made['id']}/chargeback", {}).status, 409)
        won = sim.call("POST", f"/sim/orders/{made['id']}/chargeback", {"stage": "won"}).json
        self.assertEqual(won["payment_status"], "paid")
        self.assertEqual(won["charges"]["data"][0]["chargeback"]["status"], "won")
        self.assertEqual(self.get(sim, "/transactions").json["data"][0]["amount"], 244000)
