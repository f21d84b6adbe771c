"""An installation with Conekta beside its other gateways, and Conekta's stand-in."""
import subprocess
import time
import unittest

import support

BIN = support.binaries()
GATEWAY = """
[[gateway]]
kind = "conekta"
name = "conekta"
base_url = "https://localhost:{port}"
ca_file = "keys/ca.pem"
private_key_file = "keys/conekta.secret"
webhook_keys_file = "keys/conekta-webhook.pem"
contact_email = "pagos@agencia.example.invalid"
contact_phone = "+525500000000"
timeout_ms = 1500
connect_timeout_ms = 1500
"""


class ConektaCase(unittest.TestCase):
    more_configuration = ""
    others = False  # with the other stand-ins beside Conekta's

    def setUp(self):
        self.erario = support.Installation(BIN, stand_ins=self.others, serve=False)
        self.addCleanup(self.erario.stop)
        ports = support.Ports()
        self.addCleanup(ports.release)
        self.port = ports.first
        keys = self.erario.run / "keys"
        (keys / "conekta.secret").write_text("key_ficticia")
        (keys / "conekta.secret").chmod(0o600)
        self.start_stand_in(keys)
        self.sim = support.Client(self.port, keys / "ca.pem")
        public = self.sim.get("/sim/webhook_keys").json()["data"][0]["public_key"]
        (keys / "conekta-webhook.pem").write_text(public)
        with open(self.erario.config, "a", encoding="utf-8") as config:
            config.write(GATEWAY.format(port=self.port) + self.more_configuration)
        self.erario.start()
        self.portal, self.finance = self.erario.client("portal"), self.erario.client("finance")
        for client in (self.sim, self.portal, self.finance):
            self.addCleanup(client.close)

    def start_stand_in(self, keys):
        log = self.erario.run / "logs/conekta.log"
        with open(log, "wb") as out:
            stand_in = subprocess.Popen(
                [self.erario.sim, "conekta", "--listen", f"127.0.0.1:{self.port}",
                 "--tls-cert", keys / "server.pem", "--tls-key", keys / "server.key",
                 "--now", support.START, "--ca", keys / "ca.pem", "--page-size", "2",
                 "--private-key-file", keys / "conekta.secret", "--hold-ms", "4000",
                 "--public-url", f"https://localhost:{self.port}", "--retry-ms", "50", "--webhook-url",
                 f"https://localhost:{self.erario.port}/v1/gateways/conekta/webhook"],
                stdout=out, stderr=out)
        self.addCleanup(stand_in.wait, timeout=30)
        self.addCleanup(stand_in.terminate)
        deadline = time.monotonic() + 20
        while b"listening " not in log.read_bytes():
            self.assertIsNone(stand_in.poll(), log.read_bytes())
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def until(self, payment, what, timeout=20):
        """The payment once what(payment) is true of it."""
        deadline = time.monotonic() + timeout
        while not what(payment):
            self.assertLess(time.monotonic(), deadline, payment)
            time.sleep(0.05)
            payment = self.portal.get("/v1/payments/" + payment["id"]).json()
        return payment

    def wait(self, payment, *states):
        return self.erario.wait_for(self.portal, "/v1/payments/" + payment["id"], states)

    def plan(self, **fault):
        self.assertEqual(self.sim.send("POST", "/sim/faults", fault).status, 201)

    def orders_of(self, payment, attempt=0):
        reference = payment["attempts"][attempt]["reference"]
        return [order for order in self.sim.get("/sim/state").json()["orders"]
                if order["reference"] == reference]

    def refund(self, payment, centavos, **more):
        told = self.finance.post(f"/v1/payments/{payment['id']}/refunds",
                                 {"amount": {"centavos": centavos, "currency": "MXN"},
                                  "reason": "El trámite no se hizo", **more})
        self.assertEqual(told.status, 201, told.body)
        return told.json()

    def reconciled(self, lines):
        told = self.finance.post("/v1/reconciliation/runs", {"date": support.DAY})
        self.assertEqual(told.status, 201, told.body)
        side, = [one for one in told.json()["summary"]["totals"]
                 if one["side"] == "gateway:conekta"]
        self.assertEqual((side["lines_matched"]["count"], side["lines_broken"]["count"],
                          side["postings_open"]["count"]), (lines, 0, 0), told.body)
