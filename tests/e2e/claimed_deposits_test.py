#!/usr/bin/python3
"""Deposits above an amount count once STP's own books show them: a call with the right credentials
and a false story pays nothing.

Usage: claimed_deposits_test.py ERARIO [-v]    (the path of the built program; erario-sim beside it)
"""
import base64
import time
import unittest

import support

BIN = support.binaries()
BELIEVED_PESOS = 500
SENDER = {"sender_name": "ANA LORO FICTICIA", "sender_account": "012180000000000015",
          "sender_rfc_curp": "LOFA900101MDFRCN07", "concept": "PAGO DE DERECHOS"}


class ClaimedDeposits(unittest.TestCase):
    def setUp(self):
        self.erario = support.Installation(BIN, serve=False)
        self.addCleanup(self.erario.stop)
        text = self.erario.config.read_text()
        own = 'kind = "stp"\n'
        self.assertIn(own, text)
        self.erario.config.write_text(text.replace(
            own, f"{own}confirm_above_pesos = {BELIEVED_PESOS}\n"))
        self.erario.start()
        self.portal, self.finance = self.erario.client("portal"), self.erario.client("finance")
        self.stp, self.outside = self.erario.client(port_offset=2), self.erario.client()
        for client in (self.portal, self.finance, self.stp, self.outside):
            self.addCleanup(client.close)

    def payment(self):
        told = self.portal.post("/v1/payments", {"quote": support.quote(self.portal),
                                                 "method": "spei", "payer": support.PAYER})
        self.assertEqual(told.status, 201, told.body)
        payment = told.json()
        self.assertGreater(payment["amount"]["centavos"], BELIEVED_PESOS * 100)
        return payment

    def forge(self, payment, tracking_key):
        """An abono that STP never made, from somebody who has its password."""
        password = self.erario.secret("stp-callback.password").strip()
        credentials = base64.b64encode(f"stp:{password}".encode()).decode()
        pesos, centavos = divmod(payment["amount"]["centavos"], 100)
        body = (f'{{"id":990001,"fechaOperacion":{support.DAY.replace("-", "")},'
                f'"institucionOrdenante":40012,"institucionBeneficiaria":90646,'
                f'"claveRastreo":"{tracking_key}","monto":{pesos}.{centavos:02},'
                f'"nombreOrdenante":"ANA LORO FICTICIA","cuentaOrdenante":"012180000000000015",'
                f'"tipoCuentaOrdenante":40,"cuentaBeneficiario":"{payment["clabe"]}",'
                f'"empresa":"PRUEBAFICTICIA","tipoPago":1}}').encode()
        told = self.outside.send("POST", "/v1/gateways/stp/abono", body,
                                 {"Authorization": "Basic " + credentials})
        self.assertEqual(told.json(), {"mensaje": "confirmar"}, told.body)

    def state(self, payment):
        return self.portal.get("/v1/payments/" + payment["id"]).json()["state"]

    def asked(self, outcome):
        """How often STP was asked about a deposit and it came to this."""
        wanted = (f'erario_gateway_calls_total{{gateway="stp",operation="confirm_deposit",'
                  f'outcome="{outcome}"}} ')
        lines = [line for line in self.finance.get("/metrics").body.decode().splitlines()
                 if line.startswith(wanted)]
        return int(float(lines[0].split()[-1])) if lines else 0

    def test_a_real_one_is_asked_about_and_pays(self):
        payment = self.payment()
        sent = self.stp.send("POST", "/sim/deposits", {
            "clabe": payment["clabe"], "amount_centavos": payment["amount"]["centavos"], **SENDER})
        self.assertLess(sent.status, 300, sent.body)
        self.erario.wait_for(self.portal, "/v1/payments/" + payment["id"], ("paid",))
        self.assertEqual(self.asked("approved"), 1)

    def test_a_forged_one_pays_nothing_and_the_real_one_after_it_does(self):
        payment = self.payment()
        self.forge(payment, "FALSO0001")
        deadline = time.monotonic() + 20
        while self.asked("unknown") < 2:
            self.assertLess(time.monotonic(), deadline, "STP is not asked")
            time.sleep(0.2)
        self.assertEqual(self.state(payment), "awaiting")
        self.assertEqual(self.finance.get("/v1/deposits").json()["data"], [])
        # The same story with another amount, about a deposit that is there.
        sent = self.stp.send("POST", "/sim/deposits", {
            "clabe": payment["clabe"], "amount_centavos": 100, **SENDER}).json()
        self.forge(payment, sent["tracking_key"])
        while self.asked("declined") < 1:
            self.assertLess(time.monotonic(), deadline, "STP is not asked about the second")
            time.sleep(0.2)
        self.assertEqual(self.state(payment), "awaiting")
        self.stp.send("POST", "/sim/deposits", {
            "clabe": payment["clabe"], "amount_centavos": payment["amount"]["centavos"], **SENDER})
        self.erario.wait_for(self.portal, "/v1/payments/" + payment["id"], ("paid",))


if __name__ == "__main__":
    unittest.main()
