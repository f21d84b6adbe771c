#!/usr/bin/python3
"""The contract and the binary say the same.

Usage: openapi_test.py ERARIO [-v]    (the path of the built program)
The routes of the program equal the paths of api/openapi.yaml both ways, and what a running server
answers is what the schemas promise.
"""
import base64
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
ERARIO = os.environ.get("ERARIO", str(ROOT / "build/dev/bin/erario"))
START = "2026-03-02T09:00:00-06:00"
VERBS = ("get", "post", "put", "patch", "delete")

CONFIG = """
environment = "demonstration"
[server]
plain = true
port = 0
public_url = "http://127.0.0.1:8080"
[store]
url = "sqlite:erario.db"
[catalogue]
path = "{catalogue}"
[quotes]
secret_file = "quotes.key"
[receipts]
signing_key_file = "receipts.pem"
[spei]
clabe_prefix = "6461801104"
[cards]
default_gateway = "openpay"
[clock]
start = "{start}"
[log]
level = "warn"
[[gateway]]
kind = "openpay"
name = "openpay"
base_url = "http://127.0.0.1:9"
merchant = "mficticio"
private_key_file = "openpay.key"
[[gateway]]
kind = "stp"
name = "stp"
base_url = "http://127.0.0.1:9"
empresa = "PRUEBAFICTICIA"
private_key_file = "stp.pem"
inbound_user = "stp"
inbound_password_file = "stp.password"
ordering_account = "646180157000000004"
ordering_name = "TESORERIA FICTICIA"
ordering_rfc = "XAXX010101000"
"""


def write_secret(path, text):
    path.write_text(text)
    path.chmod(0o600)


class Installation:
    """One Erario in a scratch folder, served on a free port of loopback."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="erario-openapi-")
        here = pathlib.Path(self.folder.name)
        self.config = here / "erario.toml"
        self.config.write_text(CONFIG.format(catalogue=ROOT / "ops/catalogue", start=START))
        write_secret(here / "quotes.key", os.urandom(32).hex())
        write_secret(here / "openpay.key", "sk_ficticia")
        write_secret(here / "stp.password", "clave-ficticia")
        for algorithm, name in (("ed25519", "receipts.pem"), ("RSA", "stp.pem")):
            subprocess.run(["openssl", "genpkey", "-algorithm", algorithm, "-out", here / name],
                           check=True, capture_output=True)
            (here / name).chmod(0o600)
        self.run("migrate")
        self.run("catalogue", "import")
        self.keys = {scope: self.run("keys", "create", "--owner", scope, "--scope", scope)["key"]
                     for scope in ("portal", "finance", "auditor")}
        self.server = subprocess.Popen([ERARIO, "serve", "--config", self.config],
                                       stdout=subprocess.PIPE, text=True)
        line = self.server.stdout.readline()
        self.port = int(re.search(r":(\d+)\s*$", line).group(1))

    def run(self, *words):
        done = subprocess.run([ERARIO, "--json", *words, "--config", self.config],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{words}: {done.stderr}{done.stdout}")
        return json.loads(done.stdout)

    def stop(self):
        self.server.terminate()
        code = self.server.wait(timeout=30)
        self.server.stdout.close()
        self.folder.cleanup()
        return code


class Contract:
    def __init__(self):
        self.document = yaml.safe_load((ROOT / "api/openapi.yaml").read_text(encoding="utf-8"))
        self.resolver = jsonschema.RefResolver.from_schema(self.document)

    def resolve(self, node):
        while "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def operations(self):
        for path, item in self.document["paths"].items():
            for verb in VERBS:
                if verb in item:
                    yield verb.upper(), path, item, item[verb]

    def find(self, verb, path):
        """The operation whose template fits; the most literal one wins."""
        fitting = []
        for known, template, item, operation in self.operations():
            pattern = re.sub(r"\\\{[a-z]+\\\}", "[^/]+", re.escape(template))
            if known == verb and re.fullmatch(pattern, path):
                fitting.append((template.count("{"), -len(template), template, operation))
        return min(fitting)[3]

    def check(self, schema, value):
        jsonschema.Draft202012Validator(
            schema, resolver=self.resolver,
            format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER).validate(value)


class RoutesAndContract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.contract = Contract()
        done = subprocess.run([ERARIO, "--json", "routes"], capture_output=True, text=True,
                              check=True)
        shown = json.loads(done.stdout)
        cls.routes = shown["routes"] if isinstance(shown, dict) else shown

    def test_every_route_is_in_the_contract_and_every_path_is_served(self):
        served = {(route["method"], route["path"]) for route in self.routes}
        written = {(verb, path) for verb, path, _, _ in self.contract.operations()}
        self.assertEqual(served - written, set(), "served, not in openapi.yaml")
        self.assertEqual(written - served, set(), "in openapi.yaml, not served")

    def test_keys_and_idempotency_keys_are_asked_for_where_the_contract_says(self):
        by_name = {(verb, path): (item, operation)
                   for verb, path, item, operation in self.contract.operations()}
        for route in self.routes:
            item, operation = by_name[(route["method"], route["path"])]
            public = operation.get("security") == []
            self.assertEqual(public, not route["scopes"], route["path"])
            parameters = [self.contract.resolve(one) for one in
                          operation.get("parameters", []) + item.get("parameters", [])]
            names = {one["name"] for one in parameters}
            self.assertEqual("Idempotency-Key" in names, route["idempotency_key"], route["path"])
            in_path = {one["name"] for one in parameters if one["in"] == "path"}
            self.assertEqual(in_path, set(re.findall(r"\{([a-z]+)\}", route["path"])))

    def test_the_contract_is_well_formed(self):
        operations = [operation["operationId"] for _, _, _, operation in
                      self.contract.operations()]
        self.assertEqual(len(operations), len(set(operations)))
        tags = {tag["name"] for tag in self.contract.document["tags"]}
        for _, path, _, operation in self.contract.operations():
            self.assertTrue(set(operation["tags"]) <= tags, path)
            self.assertTrue(operation["summary"], path)
        for name, schema in self.contract.document["components"]["schemas"].items():
            jsonschema.Draft202012Validator.check_schema(schema)
            if schema.get("type") == "object" and "properties" in schema:
                self.assertIs(schema.get("additionalProperties"), False, name)


class AnswersAndContract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.contract = Contract()
        cls.erario = Installation()
        cls.number = 0
        cls.seen = set()

    @classmethod
    def tearDownClass(cls):
        if cls.erario.stop() != 0:
            raise AssertionError("the server did not end well")

    def call(self, verb, target, key="portal", body=None, headers=None):
        """One request; its answer is checked against the contract."""
        sent = dict(headers or {})
        if key:
            sent["Authorization"] = "Bearer " + self.erario.keys[key]
        if body is not None:
            AnswersAndContract.number += 1
            sent.setdefault("Idempotency-Key", f"orden-{self.number}")
            sent["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.erario.port, timeout=30)
        connection.request(verb, target, None if body is None else json.dumps(body), sent)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        operation = self.contract.find(verb, target.split("?")[0])
        AnswersAndContract.seen.add(operation["operationId"])
        promised = operation["responses"].get(str(answer.status),
                                              operation["responses"].get("default"))
        self.assertIsNotNone(promised, f"{verb} {target} answers {answer.status}")
        promised = self.contract.resolve(promised)
        media = (answer.headers.get("Content-Type") or "").split(";")[0]
        if answer.status in (303, 304):
            return answer, None
        self.assertIn(media, promised["content"], f"{verb} {target}: {text[:300]}")
        value = json.loads(text) if "json" in media else text
        schema = promised["content"][media].get("schema")
        if schema is not None:
            self.contract.check(schema, value)
        return answer, value

    def quote(self, service="sre.passport.10y"):
        answer, quote = self.call("POST", "/v1/quotes", body={"items": [{"service": service}]})
        self.assertEqual(answer.status, 201)
        return quote

    def pay_by_spei(self, short=0):
        answer, payment = self.call("POST", "/v1/payments", body={
            "quote": self.quote(), "method": "spei", "payer": {"name": "ANA LORO FICTICIO"}})
        self.assertEqual(answer.status, 201)
        AnswersAndContract.number += 1
        centavos = payment["amount"]["centavos"] - short
        abono = {"id": self.number, "fechaOperacion": 20260302, "institucionOrdenante": 40012,
                 "institucionBeneficiaria": 90646, "claveRastreo": f"FICTICIA{self.number}",
                 "monto": centavos / 100, "nombreOrdenante": "ANA LORO FICTICIO",
                 "tipoCuentaOrdenante": 40, "cuentaOrdenante": "012180000000000015",
                 "rfcCurpOrdenante": "ND", "nombreBeneficiario": "TESORERIA FICTICIA",
                 "tipoCuentaBeneficiario": 40, "cuentaBeneficiario": payment["clabe"],
                 "conceptoPago": "DERECHOS", "referenciaNumerica": 1,
                 "empresa": "PRUEBAFICTICIA", "tipoPago": 1, "tsLiquidacion": "1772463600000"}
        credentials = base64.b64encode(b"stp:clave-ficticia").decode()
        answer, said = self.call("POST", "/v1/gateways/stp/abono", key=None, body=abono,
                                 headers={"Authorization": "Basic " + credentials})
        self.assertEqual((answer.status, said), (200, {"mensaje": "confirmar"}))
        return "/v1/payments/" + payment["id"]

    def test_services_and_quotes(self):
        _, page = self.call("GET", "/v1/services?limit=3")
        self.assertEqual(len(page["data"]), 3)
        self.call("GET", "/v1/services?cursor=" + page["next"])
        for service in page["data"]:
            self.call("GET", "/v1/services/" + service["id"])
        self.call("GET", "/v1/services/no.such")
        self.quote()
        answer, _ = self.call("POST", "/v1/quotes", body={"items": [], "extra": 1})
        self.assertEqual(answer.status, 422)

    def test_a_transfer_from_quote_to_receipt_and_refund(self):
        path = self.pay_by_spei()
        answer, payment = self.call("GET", path)
        self.assertEqual(payment["state"], "paid")
        answer, _ = self.call("GET", path, headers={"If-None-Match": answer.headers["ETag"]})
        self.assertEqual(answer.status, 304)
        self.call("GET", path + "/quote")
        self.call("GET", path + "/events")
        _, receipts = self.call("GET", path + "/receipts")
        receipt = receipts["data"][0]["receipt"]["id"]
        _, document = self.call("GET", "/v1/receipts/" + receipt)
        _, verdict = self.call("POST", "/v1/receipts/verify", key=None, body=document)
        self.assertTrue(verdict["valid"], verdict)
        _, pdf = self.call("GET", f"/v1/receipts/{receipt}.pdf")
        self.assertTrue(pdf.startswith(b"%PDF-"))
        _, page = self.call("GET", "/verify/" + receipt, key=None)
        self.assertIn("Recibo auténtico", page.decode())
        self.call("GET", f"/verify/{receipt}.json", key=None)
        self.call("GET", "/verify/rec_" + "0" * 32, key=None)
        answer, refund = self.call("POST", path + "/refunds", body={
            "amount": {"centavos": 100, "currency": "MXN"}, "reason": "cobro de más"})
        self.assertEqual(answer.status, 201, refund)
        self.call("GET", path + "/refunds")
        self.call("GET", path + "/refunds/" + refund["id"])
        self.call("GET", "/v1/payments?state=paid", key="auditor")

    def test_a_card_payment_and_what_is_refused_on_it(self):
        body = {"quote": self.quote(), "method": "card", "payer": {"name": "ANA LORO FICTICIO"},
                "card": {"token": "kqmlv4tk9a0ficticio1"}}
        answer, route = self.call("POST", "/v1/routes", body={"quote": body["quote"],
                                                              "card": {"brand": "visa"}})
        self.assertEqual((answer.status, route["gateway"]), (200, "openpay"))
        answer, _ = self.call("POST", "/v1/routes", body={})
        self.assertEqual(answer.status, 422)
        answer, payment = self.call("POST", "/v1/payments", body=body)
        self.assertEqual(answer.status, 201)
        path = "/v1/payments/" + payment["id"]
        self.call("POST", path + "/attempts", body={"card": {"token": "kqmlv4tk9a0ficticio2"}})
        self.call("POST", path + "/capture", body={})
        self.call("POST", path + "/release", body={"reason": "ya no"})
        self.call("POST", path + "/cancel", body={"reason": "ya no"})
        answer, _ = self.call("POST", "/v1/payments", body={"method": "cash"})
        self.assertEqual(answer.status, 422)
        answer, _ = self.call("GET", path, key=None)
        self.assertEqual(answer.status, 401)
        answer, _ = self.call("GET", "/v1/ledger/accounts", key="portal")
        self.assertEqual(answer.status, 403)

    def test_a_checkout_from_link_to_receipt(self):
        answer, checkout = self.call("POST", "/v1/checkouts", body={
            "quote": self.quote(), "payer": {"name": "ANA LORO FICTICIO"}, "reference": "orden 1",
            "return_url": "https://portal.example/orden/1", "methods": ["spei", "card"],
            "language": "en"})
        self.assertEqual((answer.status, checkout["payment"]), (201, None))
        path = checkout["url"].removeprefix("http://127.0.0.1:8080")
        self.call("GET", path, key=None)
        for step in ("card", "spei", "change"):  # without a stamp they do nothing
            answer, _ = self.call("POST", f"{path}/{step}", key=None)
            self.assertEqual(answer.status, 303)
        _, status = self.call("GET", path + "/status", key=None)
        answer, _ = self.call("POST", f"{path}/spei?stamp={status['stamp']}", key=None)
        self.assertEqual(answer.status, 303)
        _, checkout = self.call("GET", "/v1/checkouts/" + checkout["id"])
        self.assertEqual(checkout["payment"]["method"], "spei")
        self.call("GET", "/checkout/x/receipts/rec_" + "0" * 32 + ".pdf", key=None)
        for asset in ("checkout.css", "checkout.js", "other.js"):
            self.call("GET", "/checkout/assets/" + asset, key=None)

    def test_a_short_transfer_is_held_and_goes_back(self):
        self.pay_by_spei(short=1)
        _, held = self.call("GET", "/v1/deposits?suspense=short", key="finance")
        path = "/v1/deposits/" + held["data"][0]["id"]
        self.call("GET", path, key="auditor")
        answer, _ = self.call("GET", path + "/cep", key="finance")
        self.assertEqual(answer.status, 404, "proofs are not asked for here")
        answer, _ = self.call("POST", path + "/return", key="finance",
                              body={"reason": "importe distinto"})
        self.assertEqual(answer.status, 201)

    def test_disputes_that_are_not_there(self):
        _, disputes = self.call("GET", "/v1/disputes?state=open", key="finance")
        self.assertEqual(disputes["data"], [])
        path = "/v1/disputes/dsp_" + "0" * 32
        answer, _ = self.call("GET", path, key="auditor")
        self.assertEqual(answer.status, 404)
        answer, _ = self.call("POST", path + "/evidence", key="finance", body={"evidence": "x"})
        self.assertEqual(answer.status, 404)

    def test_the_books(self):
        self.pay_by_spei()
        _, accounts = self.call("GET", "/v1/ledger/accounts", key="auditor")
        self.assertEqual(sum(one["balance"]["centavos"] for one in accounts["data"]), 0)
        name = accounts["data"][0]["account"]
        self.call("GET", f"/v1/ledger/accounts/{name}/entries", key="finance")
        _, entries = self.call("GET", "/v1/ledger/entries?limit=1", key="finance")
        self.call("GET", "/v1/ledger/entries/" + entries["data"][0]["id"], key="finance")

    def test_webhooks_and_their_log(self):
        answer, made = self.call("POST", "/v1/webhook-endpoints", body={
            "url": "https://portal.invalid/hooks", "events": ["payment.created"]})
        self.assertEqual(answer.status, 201, made)
        path = "/v1/webhook-endpoints/" + made["id"]
        self.assertTrue(made["secret"].startswith("whsec_"))
        self.call("GET", "/v1/webhook-endpoints")
        _, shown = self.call("GET", path)
        self.assertNotIn("secret", shown)
        _, turned = self.call("POST", path + "/rotate", body={"overlap_hours": 1})
        self.assertEqual([one["expires_at"] is None for one in turned["secrets"]], [True, False])
        self.call("POST", path + "/enable")
        payment = self.pay_by_spei().removeprefix("/v1/payments/")
        _, log = self.call("GET", "/v1/webhook-deliveries?payment=" + payment)
        self.assertEqual([one["type"] for one in log["data"]], ["payment.created"])
        delivery = "/v1/webhook-deliveries/" + log["data"][0]["id"]
        self.call("GET", delivery)
        answer, _ = self.call("POST", delivery + "/resend")
        self.assertEqual(answer.status, 202)
        answer, gone = self.call("DELETE", path)
        self.assertEqual((answer.status, gone["state"]), (200, "deleted"))
        for url in ("http://portal.invalid/", "https://10.1.2.3/", "https://u@portal.invalid/"):
            answer, _ = self.call("POST", "/v1/webhook-endpoints", body={"url": url})
            self.assertEqual(answer.status, 422, url)

    def test_reconciliation(self):
        answer, run = self.call("POST", "/v1/reconciliation/runs", key="finance",
                                body={"date": "2026-03-02"})
        self.assertEqual(answer.status, 201, run)
        path = "/v1/reconciliation/runs/" + run["id"]
        self.call("GET", "/v1/reconciliation/runs", key="auditor")
        for accept in ("application/json", "text/html", "text/csv"):
            answer, _ = self.call("GET", path, key="finance", headers={"Accept": accept})
            self.assertTrue(answer.headers["Content-Type"].startswith(accept))
        self.call("GET", path + "/report.html", key="finance")
        self.call("GET", path + "/report.csv", key="finance")
        self.call("GET", path + "/breaks", key="finance")

    def test_operations(self):
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/",
                     "/keys/receipts.pem"):
            answer, value = self.call("GET", path, key=None)
            self.assertEqual(answer.status, 200, path)
        _, document = self.call("GET", "/openapi.json", key=None)
        self.assertEqual(document, json.loads(json.dumps(self.contract.document)))
        _, page = self.call("GET", "/", key=None)
        for word in (b"<script", b"http://", b"https://", b"src="):
            self.assertNotIn(word, page)

    def test_z_every_operation_was_called(self):
        missing = {operation["operationId"] for _, _, _, operation in
                   self.contract.operations()} - self.seen
        self.assertEqual(missing, set())


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        ERARIO = sys.argv.pop(1)
    unittest.main()
