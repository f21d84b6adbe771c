#!/usr/bin/python3
"""Several card gateways at once: what goes where, and what happens when one falls silent.

Usage: routing_test.py ERARIO [-v]    (the path of the built program; erario-sim lies beside it)
Two PSPs with a page of their own ("openpay" and "openpay-b") and one that takes tokens alone
("conekta"), each with its own truth: every test ends by asking all three what they charged.
"""
import signal
import subprocess
import time
import unittest

import support

BIN = support.binaries()
BACK = "https://portal.example.invalid/regreso"
CARD = (b"decision=approve&card_number=4111111111111111&holder_name=Ana+Loro+Ficticia"
        b"&expiration_month=12&expiration_year=30&cvv2=123")
GATEWAYS = """
[[gateway]]
kind = "openpay"
name = "openpay-b"
base_url = "https://localhost:{b}"
ca_file = "keys/ca.pem"
merchant = "mficticio"
private_key_file = "keys/openpay.secret"
calls_at_once = 4

[[gateway]]
kind = "conekta"
name = "conekta"
base_url = "https://localhost:{conekta}"
ca_file = "keys/ca.pem"
private_key_file = "keys/conekta.secret"
webhook_keys_file = "keys/conekta-webhook.pem"
contact_email = "pagos@agencia.example.invalid"
contact_phone = "+525500000000"
"""
ROUTE = """
[[route]]
name = "{name}"
gateways = {{ {weights} }}
"""


class StandIn:
    """One gateway of the test's own, which may fall silent and come back with what it knew."""

    def __init__(self, erario, name, words, offset):
        self.erario, self.name, self.words, self.port = erario, name, words, erario.port + offset
        self.offset = offset
        self.process = None

    def start(self):
        keys, log = self.erario.run / "keys", self.erario.run / f"logs/{self.name}.log"
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                [self.erario.sim, *self.words, "--listen", f"127.0.0.1:{self.port}",
                 "--tls-cert", keys / "server.pem", "--tls-key", keys / "server.key",
                 "--ca", keys / "ca.pem", "--now", support.START,
                 "--public-url", f"https://localhost:{self.port}"], stdout=out, stderr=out)
        deadline = time.monotonic() + 20
        while b"listening " not in log.read_bytes():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not start: {log.read_bytes()[-500:]}")
            time.sleep(0.02)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def send(self, *words, **more):
        client = self.erario.client(port_offset=self.offset)
        try:
            return client.send(*words, **more)
        finally:
            client.close()

    def charged(self):
        """The references of what it holds money for."""
        state = self.send("GET", "/sim/state").json()
        if "orders" in state:
            return [one["reference"] for one in state["orders"] if one["payment_status"] == "paid"]
        return [one["order_id"] for one in state["charges"] if one["status"] == "completed"]


class Routing(unittest.TestCase):
    def setUp(self):
        self.erario = support.Installation(BIN, stand_ins=False, serve=False)
        self.addCleanup(self.erario.stop)
        keys = self.erario.run / "keys"
        (keys / "conekta.secret").write_text("key_ficticia")
        (keys / "conekta.secret").chmod(0o600)
        psp = ["psp", "--private-key-file", keys / "openpay.secret", "--hold-ms", "4000"]
        hook = f"https://localhost:{self.erario.port}/v1/gateways/"
        psp += ["--webhook-user", "openpay",
                "--webhook-password-file", keys / "openpay-webhook.password"]
        self.a = StandIn(self.erario, "a", [*psp, "--state", self.erario.run / "sim/a",
                                            "--webhook-url", hook + "openpay/webhook"], 1)
        self.b = StandIn(self.erario, "b", [*psp, "--state", self.erario.run / "sim/b",
                                            "--webhook-url", hook + "openpay-b/webhook"], 2)
        self.conekta = StandIn(self.erario, "conekta", [
            "conekta", "--private-key-file", keys / "conekta.secret"], 3)
        for one in (self.a, self.b, self.conekta):
            self.addCleanup(one.stop)
            one.start()
        public = self.conekta.send("GET", "/sim/webhook_keys").json()["data"][0]["public_key"]
        (keys / "conekta-webhook.pem").write_text(public)
        text = self.erario.config.read_text().replace(
            'name = "openpay"\n', 'name = "openpay"\ntimeout_ms = 1500\nconnect_timeout_ms = 1500\n', 1)
        self.without_routes = text + GATEWAYS.format(b=self.b.port, conekta=self.conekta.port)
        self.route("openpay = 1000, openpay-b = 1, conekta = 1")
        self.erario.start()
        self.portal, self.finance = self.erario.client("portal"), self.erario.client("finance")
        for client in (self.portal, self.finance):
            self.addCleanup(client.close)

    def route(self, weights, name="all"):
        self.erario.config.write_text(
            self.without_routes + ROUTE.format(name=name, weights=weights))

    def pay(self, **card):
        told = self.portal.post("/v1/payments", {
            "quote": support.quote(self.portal), "method": "card", "payer": support.PAYER,
            "return_url": BACK, "card": card})
        self.assertEqual(told.status, 201, told.body)
        return told.json()

    def until(self, payment, true, timeout=30):
        deadline = time.monotonic() + timeout
        while True:
            now = self.portal.get("/v1/payments/" + payment["id"]).json()
            if true(now):
                return now
            self.assertLess(time.monotonic(), deadline, now)
            time.sleep(0.05)

    def metric(self, series):
        for line in self.finance.get("/metrics").body.decode().splitlines():
            if line.startswith(series + " "):
                return float(line.split()[-1])
        return 0

    def pay_on_page(self, payment, gateway):
        waiting = self.until(payment, lambda now: now["attempts"][-1]["redirect_url"])
        url = waiting["attempts"][-1]["redirect_url"]
        self.assertTrue(url.startswith(f"https://localhost:{gateway.port}/"), url)
        told = gateway.send("POST", url[url.index("/pay/"):], CARD)
        self.assertEqual(told.status, 303, told.body)
        return self.until(payment, lambda now: now["state"] == "paid")

    def assert_charged_once(self, payments):
        """Every payment is held by one gateway alone, under the reference of its last attempt."""
        held = [reference for one in (self.a, self.b, self.conekta) for reference in one.charged()]
        self.assertCountEqual(held, [one["attempts"][-1]["reference"] for one in payments])
        references = [attempt["reference"] for one in payments for attempt in one["attempts"]]
        self.assertEqual(len(references), len(set(references)))

    def test_a_page_that_cannot_be_reached_gives_way_to_another_and_nobody_pays_twice(self):
        self.a.stop()
        started = [self.pay(gateway="openpay") for _ in range(6)]
        paid = [self.pay_on_page(one, self.b) for one in started]
        for one in paid:
            self.assertEqual([(attempt["gateway"], attempt["decline_reason"])
                              for attempt in one["attempts"]],
                             [("openpay", "not_sent"), ("openpay-b", None)])
        self.assertEqual(
            self.metric('erario_failovers_total{from="openpay",to="openpay-b"}'), 6)
        self.assertEqual(self.metric('erario_gateway_healthy{gateway="openpay"}'), 0)
        # Nothing new is sent to a gateway that is known to be silent.
        paid.append(self.pay_on_page(self.pay(), self.b))
        self.assertEqual(len(paid[-1]["attempts"]), 1)
        self.assertGreater(self.metric('erario_routes_total{gateway="openpay-b",rule="all"}'), 0)
        self.a.start()
        time.sleep(1)
        self.assert_charged_once(paid)
        self.assertEqual(self.a.charged(), [])

    def test_what_may_have_been_charged_stays_with_its_gateway(self):
        told = self.a.send("POST", "/sim/faults", {"route": "charges", "mode": "timeout_after"})
        self.assertEqual(told.status, 201, told.body)
        payment = self.pay_on_page(self.pay(gateway="openpay"), self.a)
        self.assertEqual(len(payment["attempts"]), 1)
        self.assert_charged_once([payment])
        self.assertEqual(self.metric('erario_failovers_total{from="openpay",to="openpay-b"}'), 0)

    def test_a_portal_is_told_where_a_card_goes_that_its_gateway_cannot_take(self):
        self.assertEqual(self.portal.send("POST", "/v1/routes", {
            "quote": support.quote(self.portal)}).json()["healthy"], True)
        token = self.erario.psp_token()
        self.a.stop()
        payment = self.pay(token=token, gateway="openpay")
        payment = self.until(payment, lambda now: now["state"] == "awaiting")
        self.assertEqual(payment["attempts"][0]["decline_reason"], "not_sent")
        self.assertIn("not charged", payment["attempts"][0]["decline_message"]["en"])
        self.route("openpay = 1000, conekta = 1", "tokens")
        self.reload("taken")
        told = self.portal.send("POST", "/v1/routes", {"payment": payment["id"]})
        self.assertEqual((told.status, told.json()["gateway"]), (200, "conekta"), told.body)
        told = self.conekta.send("POST", "/tokens", {"card": {
            "number": "4242424242424242", "name": "Ana Loro Ficticia", "exp_month": "12",
            "exp_year": "30", "cvc": "123"}}, {"Authorization": "Bearer key_publica_ficticia"})
        told = self.portal.post(f"/v1/payments/{payment['id']}/attempts", {
            "card": {"token": told.json()["id"], "gateway": "conekta"}})
        self.assertEqual(told.status, 201, told.body)
        payment = self.until(payment, lambda now: now["state"] == "paid")
        self.a.start()
        self.assert_charged_once([payment])

    def reload(self, result):
        series = f'erario_routing_reloads_total{{result="{result}"}}'
        before = self.metric(series)
        self.erario.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 20
        while self.metric(series) == before:
            self.assertLess(time.monotonic(), deadline, self.erario.errors()[-2000:])
            # Payments flow while the rules are read.
            self.assertEqual(self.pay()["state"], "processing")

    def test_weights_change_while_payments_flow_and_a_broken_file_changes_nothing(self):
        self.route("openpay = 1")
        self.reload("taken")
        gateway_of = lambda: self.pay()["attempts"][0]["gateway"]
        self.assertEqual({gateway_of() for _ in range(10)}, {"openpay"})
        self.route("openpay = 0, openpay-b = 5")
        self.reload("taken")
        self.assertEqual({gateway_of() for _ in range(10)}, {"openpay-b"})
        for weights, field in (("openpay-b = -1", "route.all.gateways.openpay-b"),
                               ("nobody = 1", "route.all.gateways.nobody"),
                               ("stp = 1", "route.all.gateways.stp")):
            self.route(weights)
            self.reload("refused")
            self.assertEqual(self.erario.errors().count(field), 1)
            self.assertEqual({gateway_of() for _ in range(5)}, {"openpay-b"})
        self.assertNotEqual(
            self.erario.command("config", "check", self.erario.config, check=False).returncode, 0)
        self.route("nobody =")
        self.reload("refused")
        self.assertEqual(self.erario.errors().count("routing rules in force stay: line"), 1)
        # What the catalogue does not have is refused wherever it stands, as at a start.
        for more, field in (('agencies = ["sra"]\n', "route.all.agencies: names sra"),
                            ('[deposits.agency.sra]\nover = "hold"\n',
                             "deposits.agency.sra: names sra")):
            self.erario.config.write_text(self.without_routes + ROUTE.format(
                name="all", weights="openpay = 1").rstrip() + "\n" + more)
            self.reload("refused")
            self.assertEqual(self.erario.errors().count(field), 1)
            self.assertEqual({gateway_of() for _ in range(5)}, {"openpay-b"})
        self.route("openpay = 50, openpay-b = 50")
        self.reload("taken")
        self.assertEqual({gateway_of() for _ in range(40)}, {"openpay", "openpay-b"})
        self.assertTrue(self.erario.alive())


if __name__ == "__main__":
    unittest.main()
