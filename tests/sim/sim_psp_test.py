"""The card PSP, as a merchant, a payer's browser and a test see it."""

import os
import ssl
import tempfile
import unittest

import sim_support
from sim_support import Receiver, StandIn, wait_until

KEY = "sk_ficticia"
BASE = "/v1/mficticio"
NOW = "2026-03-02T10:00:00-06:00"


class PspCase(unittest.TestCase):
    binary = ""

    def start(self, *arguments):
        sim = StandIn(self.binary, "psp", "--now", NOW, "--retry-ms", "10", *arguments)
        self.addCleanup(sim.stop)
        return sim

    def receiver(self, **keywords):
        receiver = Receiver(**keywords)
        self.addCleanup(receiver.__exit__)
        return receiver

    def token(self, sim, number="4111111111111111", **changes):
        card = {"card_number": number, "holder_name": "Ana Loro Ficticio",
                "expiration_month": "12", "expiration_year": "27", "cvv2": "123"}
        card.update(changes)
        return sim.call("POST", BASE + "/tokens", card)

    def charge(self, sim, amount="2440.00", timeout=10, **changes):
        body = {"method": "card", "currency": "MXN", "description": "Pasaporte"}
        body.update(changes)
        if "source_id" not in body and not body.pop("hosted", False):
            body["source_id"] = self.token(sim).json["id"]
        text = sim_support.json.dumps(body)
        text = text[:-1] + f', "amount": {amount}}}'
        return sim.call("POST", BASE + "/charges", text, user=KEY, timeout=timeout)

    def get(self, sim, path):
        return sim.call("GET", BASE + path, user=KEY)


class Tokens(PspCase):
    def test_a_token_answers_with_the_masked_card_and_any_origin_may_ask(self):
        sim = self.start()
        answer = self.token(sim)
        self.assertEqual(answer.status, 201)
        self.assertTrue(answer.json["id"].startswith("tok_"))
        self.assertEqual(answer.json["card"]["card_number"], "411111XXXXXX1111")
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")
        self.assertEqual(sim.call("OPTIONS", BASE + "/tokens").status, 204)

    def test_a_bad_card_is_refused_with_its_code(self):
        sim = self.start()
        for changes, status, code in (
                ({"number": "4111111111111112"}, 422, 2004),
                ({"number": "not a card"}, 422, 2004),
                ({"expiration_year": "25"}, 400, 2005),
                ({"expiration_month": "02", "expiration_year": "26"}, 400, 2005),
                ({"expiration_month": "13"}, 400, 1001),
                ({"cvv2": ""}, 400, 2006),
                ({"cvv2": "12"}, 400, 2009),
                ({"number": "345678000000007", "cvv2": "123"}, 400, 2009),
                ({"holder_name": ""}, 400, 1001)):
            with self.subTest(changes):
                answer = self.token(sim, **changes)
                self.assertEqual((answer.status, answer.json["error_code"]), (status, code))
        self.assertEqual(self.token(sim, expiration_month="03", expiration_year="26").status, 201)
        self.assertEqual(self.token(sim, "345678000000007", cvv2="1234").status, 201)

    def test_the_card_number_is_nowhere_in_answers_or_files(self):
        with tempfile.TemporaryDirectory() as folder:
            sim = self.start("--state", folder)
            self.charge(sim, order_id="A1")
            seen = sim.call("GET", "/sim/state").text
            with open(os.path.join(folder, "psp.jsonl"), encoding="utf-8") as journal:
                seen += journal.read()
            self.assertIn("411111XXXXXX1111", seen)
            self.assertNotIn("4111111111111111", seen)


class Charges(PspCase):
    def test_a_charge_completes_with_its_fee_and_two_decimals(self):
        answer = self.charge(self.start(), order_id="A1")
        self.assertEqual(answer.status, 200)
        self.assertIn('"amount":2440.00', answer.text)
        charge = answer.json
        self.assertEqual(charge["status"], "completed")
        self.assertEqual((charge["fee"]["amount"], charge["fee"]["tax"]), ("73.26", "11.72"))
        self.assertTrue(charge["creation_date"].startswith("2026-03-02T10:00:"))
        self.assertTrue(charge["creation_date"].endswith("-06:00"))

    def test_the_fee_and_its_tax_are_rounded_half_up_in_centavos(self):
        sim = self.start()
        for amount, fee, tax in (("100.20", "5.41", "0.87"), ("0.01", "2.50", "0.40"),
                                 ("17.24", "3.00", "0.48"), ("17.25", "3.00", "0.48"),
                                 ("1.72", "2.55", "0.41"), ("999999.99", "29002.50", "4640.40")):
            with self.subTest(amount):
                got = self.charge(sim, amount=amount).json["fee"]
                self.assertEqual((got["amount"], got["tax"]), (fee, tax))

    def test_sandbox_cards_are_declined_with_their_code_and_stay_in_the_list(self):
        sim = self.start()
        for number, code in (("4222222222222220", 3001), ("4000000000000069", 3002),
                             ("4444444444444448", 3003), ("4000000000000119", 3004),
                             ("4000000000000044", 3005)):
            with self.subTest(number):
                token = self.token(sim, number).json["id"]
                answer = self.charge(sim, source_id=token, order_id=f"D{code}")
                self.assertEqual((answer.status, answer.json["error_code"]), (402, code))
                self.assertEqual(answer.json["category"], "gateway")
                found = self.get(sim, f"/charges?order_id=D{code}").json
                self.assertEqual([row["status"] for row in found], ["failed"])

    def test_bad_requests_are_refused_with_their_code(self):
        sim = self.start()
        for keywords, status, code in (
                ({"amount": "10.001"}, 400, 1020),
                ({"amount": "0"}, 422, 1003),
                ({"amount": "-5.00"}, 422, 1003),
                ({"amount": '"10.00"'}, 400, 1001),
                ({"amount": "1e15"}, 422, 1003),
                ({"description": ""}, 400, 1001),
                ({"method": "cash"}, 400, 1001),
                ({"currency": "USD"}, 422, 1003),
                ({"source_id": "tok_nobody"}, 404, 1005),
                ({"hosted": True}, 400, 1001),
                ({"use_3d_secure": True}, 400, 1001)):
            with self.subTest(keywords):
                answer = self.charge(sim, **keywords)
                self.assertEqual((answer.status, answer.json["error_code"]), (status, code))
        broken = sim.call("POST", BASE + "/charges", "{", user=KEY)
        self.assertEqual(broken.json["error_code"], 1001)
        self.assertEqual(sim.call("GET", "/sim/state").json["charges"], [])

    def test_an_exponent_is_still_an_exact_amount(self):
        self.assertEqual(self.charge(self.start(), amount="2.44E3").json["amount"], "2440.00")

    def test_an_order_id_is_used_once_even_after_a_decline(self):
        sim = self.start()
        token = self.token(sim, "4444444444444448").json["id"]
        self.charge(sim, source_id=token, order_id="A1")
        answer = self.charge(sim, order_id="A1")
        self.assertEqual((answer.status, answer.json["error_code"]), (409, 1006))

    def test_a_wrong_key_or_merchant_is_refused(self):
        sim = self.start()
        for user, base in (("sk_other", BASE), (None, BASE), (KEY, "/v1/other")):
            answer = sim.call("GET", base + "/charges", user=user)
            self.assertEqual((answer.status, answer.json["error_code"]), (401, 1002))

    def test_an_authorized_charge_is_captured_once_and_not_beyond(self):
        sim = self.start()
        charge = self.charge(sim, capture=False).json
        self.assertEqual(charge["status"], "in_progress")
        path = f"{BASE}/charges/{charge['id']}/capture"
        self.assertEqual(sim.call("POST", path, '{"amount":2440.01}', user=KEY).status, 422)
        captured = sim.call("POST", path, '{"amount":2000.00}', user=KEY).json
        self.assertEqual((captured["status"], captured["amount"]), ("completed", "2000.00"))
        self.assertEqual(sim.call("POST", path, "{}", user=KEY).status, 422)

    def test_the_list_pages_newest_first_and_filters_by_day(self):
        sim = self.start()
        for number in range(3):
            self.charge(sim, order_id=f"A{number}")
        sim.call("POST", "/sim/clock", {"now": "2026-03-03T00:00:00-06:00"})
        self.charge(sim, order_id="B")

        def listed(query):
            return [row["order_id"] for row in self.get(sim, "/charges?" + query).json]

        self.assertEqual(listed("limit=2&offset=1"), ["A2", "A1"])
        day = "creation[gte]=2026-03-02&creation%5Blte%5D=2026-03-02"
        self.assertEqual(listed(day), ["A2", "A1", "A0"])
        self.assertEqual(listed("creation=2026-03-03"), ["B"])
        self.assertEqual(self.get(sim, "/charges?limit=x").json["error_code"], 1001)

    def test_a_charge_is_found_by_its_id(self):
        sim = self.start()
        charge = self.charge(sim).json
        self.assertEqual(self.get(sim, "/charges/" + charge["id"]).json["id"], charge["id"])
        self.assertEqual(self.get(sim, "/charges/nothing").json["error_code"], 1005)


class Refunds(PspCase):
    def refund(self, sim, charge, body):
        return sim.call("POST", f"{BASE}/charges/{charge['id']}/refund", body, user=KEY)

    def test_partial_refunds_add_up_to_the_charge_and_no_further(self):
        sim = self.start()
        charge = self.charge(sim).json
        first = self.refund(sim, charge, '{"description":"ref_1","amount":440.00}').json
        self.assertEqual((first["status"], first["refund"]["amount"]), ("completed", "440.00"))
        self.assertEqual(self.refund(sim, charge, '{"amount":2000.01}').status, 422)
        rest = self.refund(sim, charge, "{}").json
        self.assertEqual((rest["status"], rest["refund"]["amount"]), ("refunded", "2000.00"))
        self.assertEqual([row["description"] for row in rest["refunds"]], ["ref_1", ""])
        self.assertEqual(self.refund(sim, charge, "{}").status, 422)

    def test_a_charge_that_is_not_completed_cannot_be_refunded(self):
        sim = self.start()
        charge = self.charge(sim, capture=False).json
        self.assertEqual(self.refund(sim, charge, "{}").status, 422)

    def test_a_chargeback_goes_through_its_stages(self):
        sim = self.start()
        charge = self.charge(sim).json
        path = f"/sim/charges/{charge['id']}/chargeback"
        self.assertEqual(sim.call("POST", path, {"stage": "accepted"}).status, 409)
        for stage, status in (("created", "chargeback_pending"), ("rejected", "completed"),
                              ("created", "chargeback_pending"),
                              ("accepted", "chargeback_accepted")):
            self.assertEqual(sim.call("POST", path, {"stage": stage}).json["status"], status)


class Pages(PspCase):
    def test_three_d_secure_asks_the_payer_and_the_query_tells_the_result(self):
        sim = self.start()
        for decision, status in (("approve", "completed"), ("reject", "failed")):
            charge = self.charge(sim, use_3d_secure=True,
                                 redirect_url="https://portal.invalid/back?a=1").json
            self.assertEqual(charge["status"], "charge_pending")
            url = charge["payment_method"]["url"]
            self.assertTrue(url.startswith(sim.url + "/pay/"))
            page = url[len(sim.url):]
            self.assertIn("<form", sim.call("GET", page).text)
            answer = sim.call("POST", page, form={"decision": decision})
            self.assertEqual(answer.status, 303)
            self.assertEqual(answer.headers["Location"],
                             "https://portal.invalid/back?a=1&id=" + charge["id"])
            after = self.get(sim, "/charges/" + charge["id"]).json
            self.assertEqual(after["status"], status)
            again = sim.call("POST", page, form={"decision": "approve"})
            self.assertEqual(again.status, 303)
            after = self.get(sim, "/charges/" + charge["id"]).json
            self.assertEqual(after["status"], status)
        self.assertEqual(after["error_code"], 2010)

    def test_three_d_secure_forgives_the_fraud_risk(self):
        sim = self.start()
        token = self.token(sim, "4000000000000044").json["id"]
        charge = self.charge(sim, source_id=token, use_3d_secure=True,
                             redirect_url="http://portal.invalid/").json
        sim.call("POST", "/pay/" + charge["id"], form={"decision": "approve"})
        self.assertEqual(self.get(sim, "/charges/" + charge["id"]).json["status"], "completed")

    def test_a_payment_plan_is_kept_and_some_cards_take_none(self):
        sim = self.start()
        made = self.charge(sim, payment_plan={"payments": 6}).json
        self.assertEqual((made["status"], made["payment_plan"]), ("completed", {"payments": 6}))
        self.assertEqual(self.charge(sim, payment_plan={"payments": 5}).json["error_code"], 1003)
        token = self.token(sim, "345678000000007", cvv2="1234").json["id"]
        refused = self.charge(sim, source_id=token, payment_plan={"payments": 6})
        self.assertEqual((refused.status, refused.json["error_code"]), (402, 3201))

    def test_the_hosted_page_takes_a_card(self):
        sim = self.start()
        charge = self.charge(sim, hosted=True, redirect_url="http://portal.invalid/").json
        page = "/pay/" + charge["id"]
        self.assertIn("card_number", sim.call("GET", page).text)
        card = {"decision": "approve", "card_number": "5555555555554444", "holder_name": "Ana",
                "expiration_month": "12", "expiration_year": "27", "cvv2": "12"}
        self.assertEqual(sim.call("POST", page, form=card).status, 422)
        card["cvv2"] = "123"
        self.assertEqual(sim.call("POST", page, form=card).status, 303)
        after = self.get(sim, "/charges/" + charge["id"]).json
        self.assertEqual((after["status"], after["card"]["brand"]), ("completed", "mastercard"))

    def test_leaving_the_hosted_page_cancels_the_charge(self):
        sim = self.start()
        charge = self.charge(sim, hosted=True, redirect_url="http://portal.invalid/").json
        sim.call("POST", "/pay/" + charge["id"], form={"decision": "reject"})
        self.assertEqual(self.get(sim, "/charges/" + charge["id"]).json["status"], "cancelled")
        self.assertEqual(sim.call("GET", "/pay/nothing").status, 404)


class Webhooks(PspCase):
    def test_news_are_posted_with_credentials_until_they_are_taken(self):
        receiver = self.receiver()
        receiver.script = [(500, {}), (503, {})]
        with tempfile.TemporaryDirectory() as folder:
            password = os.path.join(folder, "password")
            with open(password, "w", encoding="utf-8") as file:
                file.write("secreto\n")
            sim = self.start("--webhook-url", receiver.url + "/in", "--webhook-user", "psp",
                             "--webhook-password-file", password)
        charge = self.charge(sim).json
        wait_until(lambda: len(receiver.got) == 3)
        path, headers, _ = receiver.got[0]
        self.assertEqual((path, headers["Authorization"]), ("/in", "Basic cHNwOnNlY3JldG8="))
        news = receiver.bodies()
        self.assertEqual({body["type"] for body in news}, {"charge.succeeded"})
        self.assertEqual(news[2]["transaction"]["id"], charge["id"])

    def test_each_change_has_its_type(self):
        receiver = self.receiver()
        sim = self.start()
        sim.call("POST", "/sim/webhooks", {"url": receiver.url})
        charge = self.charge(sim).json
        sim.call("POST", f"{BASE}/charges/{charge['id']}/refund", "{}", user=KEY)
        token = self.token(sim, "4222222222222220").json["id"]
        self.charge(sim, source_id=token)
        wait_until(lambda: {body["type"] for body in receiver.bodies()} == {
            "verification", "charge.succeeded", "charge.refunded", "charge.failed"})

    def test_a_duplicate_is_posted_twice(self):
        receiver = self.receiver()
        sim = self.start("--webhook-url", receiver.url)
        sim.call("POST", "/sim/faults", {"route": "webhook", "mode": "duplicate"})
        self.charge(sim)
        wait_until(lambda: len(receiver.got) == 2)
        self.assertEqual(receiver.got[0][2], receiver.got[1][2])

    def test_an_https_receiver_is_trusted_only_through_the_authority_given(self):
        with tempfile.TemporaryDirectory() as folder:
            pair = sim_support.make_certificate(folder)
            receiver = self.receiver(tls=pair)
            trusting = self.start("--webhook-url", receiver.url, "--ca", pair[0])
            doubting = self.start("--webhook-url", receiver.url)
            self.charge(doubting, order_id="doubted")
            self.charge(trusting, order_id="trusted")
            wait_until(lambda: receiver.got)
            seen = {body["transaction"]["order_id"] for body in receiver.bodies()}
            self.assertEqual(seen, {"trusted"})


class Faults(PspCase):
    def test_each_fault_does_what_its_name_says(self):
        sim = self.start("--hold-ms", "150", "--drip-ms", "1")
        for mode, done in (("timeout_before", False), ("timeout_after", True),
                           ("error_after", True), ("http_503", False), ("malformed", True),
                           ("slow_drip", True), ("duplicate", True)):
            with self.subTest(mode):
                planned = sim.call("POST", "/sim/faults", {"route": "charges", "mode": mode})
                self.assertEqual(planned.status, 201)
                try:
                    answer = self.charge(sim, order_id=mode)
                    outcome = answer.status
                except OSError:
                    outcome = "cut"
                except sim_support.http.client.HTTPException:
                    outcome = "cut"
                expected = {"timeout_before": "cut", "timeout_after": "cut", "error_after": 500,
                            "http_503": 503, "slow_drip": "cut"}.get(mode, 200)
                self.assertEqual(outcome, expected)
                if mode == "malformed":
                    with self.assertRaises(ValueError):
                        answer.json
                self.assertEqual(len(self.get(sim, "/charges?order_id=" + mode).json), int(done))
        self.assertEqual(sim.call("GET", "/sim/faults").json, [])

    def test_a_drip_that_is_waited_for_arrives_whole(self):
        sim = self.start("--drip-ms", "1")
        sim.call("POST", "/sim/faults", {"route": "charges", "mode": "slow_drip"})
        self.assertEqual(self.charge(sim).json["status"], "completed")

    def test_faults_can_wait_repeat_and_be_cleared(self):
        sim = self.start()
        sim.call("POST", "/sim/faults",
                 {"route": "query", "mode": "http_503", "skip": 1, "count": 2})
        statuses = [self.get(sim, "/charges/x").status for _ in range(4)]
        self.assertEqual(statuses, [404, 503, 503, 404])
        sim.call("POST", "/sim/faults", {"route": "query", "mode": "http_503"})
        sim.call("DELETE", "/sim/faults")
        self.assertEqual(self.get(sim, "/charges/x").status, 404)

    def test_a_senseless_fault_is_refused(self):
        sim = self.start()
        for body in ({"route": "charges", "mode": "sulk"}, {"mode": "http_503"},
                     {"route": "charges", "mode": "http_503", "count": 0}):
            self.assertEqual(sim.call("POST", "/sim/faults", body).status, 400)


class Process(PspCase):
    def test_a_restart_keeps_the_truth(self):
        with tempfile.TemporaryDirectory() as folder:
            sim = self.start("--state", folder)
            charge = self.charge(sim, order_id="A1").json
            token = self.token(sim).json["id"]
            sim.call("POST", f"{BASE}/charges/{charge['id']}/refund", '{"amount":40.00}', user=KEY)
            before = self.get(sim, "/charges/" + charge["id"]).json
            sim.stop()
            sim = self.start("--state", folder)
            self.assertEqual(self.get(sim, "/charges/" + charge["id"]).json, before)
            self.assertEqual(self.charge(sim, order_id="A1").status, 409)
            self.assertEqual(self.charge(sim, source_id=token).status, 200)

    def test_it_serves_https(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = sim_support.make_certificate(folder)
            sim = self.start("--tls-cert", certificate, "--tls-key", key)
            context = ssl.create_default_context(cafile=certificate)
            answer = sim.call("GET", "/sim/health", context=context)
            self.assertEqual(answer.json, {"status": "ok"})

    def test_it_listens_on_loopback_only_and_says_so_in_one_line(self):
        for arguments in (("--listen", "0.0.0.0:0"), ("--listen", "nonsense"),
                          ("--now", "yesterday"), ("--tls-cert", "/nowhere")):
            with self.subTest(arguments):
                ended = sim_support.subprocess.run(
                    [self.binary, "psp", *arguments], capture_output=True, text=True, timeout=10)
                self.assertEqual(ended.returncode, 1)
                self.assertEqual(len(ended.stderr.splitlines()), 1)

    def test_an_oversized_body_and_an_unknown_path_are_refused(self):
        sim = self.start()
        answer = sim.call("POST", BASE + "/charges", "x" * (1 << 20) + "x", user=KEY)
        self.assertEqual(answer.status, 413)
        self.assertEqual(sim.call("GET", "/nothing").status, 404)
        self.assertEqual(sim.call("PUT", "/sim/health").status, 405)
