#!/usr/bin/env python3
"""Plays a short real day against a running demonstration (see ops/run).

It is everybody but Erario: the portal that asks for quotes and payments, the payers' browsers and
banks, the finance staff that refunds and reconciles. It speaks HTTPS and runs the command line, and
stops with a message at the first step whose outcome is not the expected one.
"""
import argparse
import base64
import json
import pathlib
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

DAY = "2026-03-02"
PAYER = {"name": "Ana Loro Ficticia", "email": "ana@example.invalid", "rfc": "LOFA900101X11",
         "curp": "LOFA900101MDFRCN07"}
SENDER = {"sender_name": "ANA LORO FICTICIA", "sender_account": "012180000000000015",
          "sender_rfc_curp": "LOFA900101MDFRCN07", "concept": "PAGO DE DERECHOS"}


class StepFailed(Exception):
    pass


def expect(condition, message):
    if not condition:
        raise StepFailed(message)


def pesos(centavos):
    return f"${centavos // 100:,}.{centavos % 100:02d}"


class Client:
    """JSON over HTTPS to one of the programs."""

    def __init__(self, base, ca, key=None):
        self.base = base
        self.key = key
        self.context = ssl.create_default_context(cafile=str(ca))

    def call(self, method, path, body=None, headers=None, raw=False):
        request = urllib.request.Request(self.base + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if self.key:
            request.add_header("Authorization", self.key)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=20) as response:
                data = response.read()
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise StepFailed(f"{method} {path} answered {error.code}: {text[:400]}") from None
        return data if raw else json.loads(data or b"{}")

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def post(self, path, body, key=True):
        headers = {"Idempotency-Key": str(uuid.uuid4())} if key else {}
        return self.call("POST", path, body, headers)


class Day:
    def __init__(self, run, port, erario):
        self.run = pathlib.Path(run)
        self.port = port
        self.erario = erario
        ca = self.run / "keys" / "ca.pem"
        host = "https://localhost:"
        bearer = lambda scope: "Bearer " + (self.run / "keys" / f"api-{scope}.key").read_text()
        self.portal = Client(f"{host}{port}", ca, bearer("portal"))
        self.finance = Client(f"{host}{port}", ca, bearer("finance"))
        self.public = Client(f"{host}{port}", ca)
        secret = (self.run / "keys" / "openpay.secret").read_text()
        basic = "Basic " + base64.b64encode((secret + ":").encode()).decode()
        self.psp = Client(f"{host}{port + 1}", ca, basic)
        self.stp = Client(f"{host}{port + 2}", ca)
        self.bank = Client(f"{host}{port + 3}", ca)
        self.started = time.monotonic()
        self.references = {}  # what the bank's statement will name, by role

    def say(self, text):
        print(f"  {time.monotonic() - self.started:5.1f}s  {text}", flush=True)

    # ---- what a portal does ----

    def quote(self, *items):
        return self.portal.post("/v1/quotes", {"items": list(items), "on": DAY}, key=False)

    def pay(self, quote, method, **more):
        body = {"quote": quote, "method": method, "payer": PAYER, **more}
        return self.portal.post("/v1/payments", body)

    def wait_for(self, payment, *states, what="state"):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            now = self.portal.get(f"/v1/payments/{payment['id']}")
            if now["state"] in states:
                return now
            time.sleep(0.1)
        raise StepFailed(f"payment {payment['id']} is still {now['state']}, expected {states}")

    # ---- what payers do ----

    def token(self, number):
        card = {"card_number": number, "holder_name": PAYER["name"], "expiration_month": "12",
                "expiration_year": "30", "cvv2": "123"}
        return self.psp.call("POST", "/v1/mficticio/tokens", card)["id"]

    def transfer(self, payment, centavos, twice=False, **more):
        body = {"clabe": payment["clabe"], "amount_centavos": centavos, **SENDER, **more}
        deposit = self.stp.call("POST", "/sim/deposits" + ("?twice=1" if twice else ""), body)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            seen = self.stp.get(f"/sim/deposits/{deposit['id']}")
            if seen["state"] in ("CCO", "TLQ"):
                return seen
            expect(seen["state"] != "D", f"STP's deposit was sent back: {seen}")
            time.sleep(0.1)
        raise StepFailed(f"STP's deposit was never confirmed: {seen}")

    def deposits_held(self, kind):
        return self.finance.get(f"/v1/deposits?state=held&suspense={kind}")["data"]

    # ---- the steps ----

    def card_passport(self):
        quote = self.quote({"service": "sre.passport.10y"})
        expect(quote["total"] == 428000, f"a 10-year passport costs 4,280 in 2026, not {quote['total']}")
        payment = self.pay(quote, "card", card={"token": self.token("4111111111111111")})
        self.card = self.wait_for(payment, "paid")
        self.references["card"] = self.card["attempts"][0]["reference"]
        receipts = self.portal.get(f"/v1/payments/{payment['id']}/receipts")["data"]
        expect(len(receipts) == 1, "one agency, one receipt")
        self.receipt = receipts[0]
        self.say(f"10-year passport, card: {pesos(428000)} paid, receipt {self.folio(self.receipt)}")

    def folio(self, sealed):
        receipt = sealed["receipt"]
        return f"{receipt['series']}-{receipt['folio']}"

    def spei_discount(self):
        quote = self.quote({"service": "sre.passport.3y", "relief": "over_60",
                            "evidence": "INE credential, born 1960"})
        expect(quote["total"] == 90000, f"3 years over 60 costs 900 in 2026, not {quote['total']}")
        payment = self.pay(quote, "spei")
        deposit = self.transfer(payment, 90000, twice=True)
        self.spei = self.wait_for(payment, "paid")
        self.references["spei"] = deposit["tracking_key"]
        self.say(f"3-year passport over 60, SPEI to {payment['clabe']}: {pesos(90000)} paid; "
                 "STP told it twice, it counts once")

    def basket(self):
        quote = self.quote({"service": "sre.passport.6y"},
                           {"service": "sedena.firearm.permit", "inputs": {"guns": 4}})
        expect(quote["total"] == 244000 + 242300, f"2,440 + 2,423, not {quote['total']}")
        payment = self.pay(quote, "spei")
        deposit = self.transfer(payment, quote["total"])
        self.wait_for(payment, "paid")
        self.references["basket"] = deposit["tracking_key"]
        receipts = self.portal.get(f"/v1/payments/{payment['id']}/receipts")["data"]
        expect(len(receipts) == 2, f"two agencies, two receipts, not {len(receipts)}")
        self.say(f"basket of two agencies, SPEI: {pesos(quote['total'])} paid, receipts "
                 + " and ".join(self.folio(receipt) for receipt in receipts))

    def short_deposit(self):
        payment = self.pay(self.quote({"service": "sre.passport.3y"}), "spei")
        self.transfer(payment, 170000)
        held = self.deposits_held("short")
        expect(len(held) == 1, "the short deposit is held in suspense")
        expect(self.portal.get(f"/v1/payments/{payment['id']}")["state"] == "awaiting",
               "a short deposit pays nothing")
        self.transfer(payment, 179500)
        self.wait_for(payment, "paid")
        self.say(f"short deposit of {pesos(170000)} for {pesos(179500)}: in suspense; "
                 "then the exact amount: paid")

    def open_late(self):
        self.late = self.pay(self.quote({"service": "sre.passport.3y"}), "spei", expires_in_seconds=5)

    def late_deposit(self):
        self.wait_for(self.late, "expired")
        self.transfer(self.late, 179500)
        held = self.deposits_held("late")
        expect(len(held) == 1, "the late deposit is held in suspense")
        back = self.finance.post(f"/v1/deposits/{held[0]['id']}/return", {"reason": "Llegó después del vencimiento"})
        self.wait_deposit(back["id"], "returned")
        self.say("late deposit: in suspense, and sent back to its sender by a SPEI order")

    def wait_deposit(self, deposit, state):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            now = self.finance.get(f"/v1/deposits/{deposit}")
            if now["state"] == state:
                return now
            time.sleep(0.1)
        raise StepFailed(f"deposit {deposit} is still {now['state']}, expected {state}")

    def sent_twice(self):
        payment = self.pay(self.quote({"service": "sre.passport.6y"}), "spei")
        self.transfer(payment, 244000)
        self.wait_for(payment, "paid")
        self.transfer(payment, 244000)
        expect(len(self.deposits_held("duplicate")) == 1, "the second transfer is held in suspense")
        self.say(f"payer transferred {pesos(244000)} twice: paid once, the second is in suspense")

    def decline_then_success(self):
        payment = self.pay(self.quote({"service": "inm.resident.permanent"}), "card",
                           card={"token": self.token("4444444444444448")})
        declined = self.wait_for(payment, "awaiting")
        reason = declined["attempts"][0]["decline_reason"]
        self.portal.post(f"/v1/payments/{payment['id']}/attempts",
                         {"card": {"token": self.token("5555555555554444")}})
        paid = self.wait_for(payment, "paid")
        self.references["second card"] = paid["attempts"][1]["reference"]
        self.say(f"card declined ({reason}), another card: {pesos(paid['amount']['centavos'])} paid")

    def refunds(self):
        full = self.finance.post(f"/v1/payments/{self.card['id']}/refunds",
                                 {"reason": "Trámite cancelado por la persona"})
        self.wait_for(self.card, "refunded")
        money = {"centavos": 40000, "currency": "MXN"}
        part = self.finance.post(f"/v1/payments/{self.spei['id']}/refunds",
                                 {"amount": money, "reason": "Pago en exceso reconocido"})
        self.wait_for(self.spei, "partially_refunded")
        self.say(f"refunds: {pesos(full['amount']['centavos'])} to the card, "
                 f"{pesos(part['amount']['centavos'])} by SPEI order")

    def reconcile(self):
        # The bank loses one line and misstates another; the balances tie with what it shows.
        self.settle()
        self.bank.call("POST", "/sim/faults", {"omit_reference": self.references["basket"]})
        self.bank.call("POST", "/sim/faults",
                       {"alter_reference": self.references["second card"], "by_centavos": 100})
        run = self.finance.post("/v1/reconciliation/runs", {"date": DAY})
        breaks = self.finance.get(f"/v1/reconciliation/runs/{run['id']}/breaks")["data"]
        found = sorted((one["kind"], one["reference"]) for one in breaks)
        planted = sorted([("missing_at_bank", self.references["basket"]),
                          ("amount", self.references["second card"])])
        expect(found == planted, f"the report names {found}, planted were {planted}")
        again = self.finance.post("/v1/reconciliation/runs", {"date": DAY})
        expect(again["inputs_digest"] == run["inputs_digest"] and again["matched"] == run["matched"],
               "running the day again changes nothing")
        self.reconciliation = run
        self.breaks = breaks
        report = self.finance.get(f"/v1/reconciliation/runs/{run['id']}/report.html", raw=True)
        (self.run / "reconciliation.html").write_bytes(report)
        self.say(f"reconciliation: {run['matched']} matched, {len(breaks)} breaks, exactly the planted ones")
        for one in breaks:
            print(f"          {one['kind']}: {one['reference']} ({one['side']}): {one['detail']}")

    def settle(self):
        """Waits until the stand-ins have told the bank of every movement."""
        before = None
        for _ in range(50):
            now = self.bank.get("/sim/state")
            if now == before:
                return
            before = now
            before.pop("now", None)
            time.sleep(0.4)
            now = self.bank.get("/sim/state")
            now.pop("now", None)
            if now == before:
                return
        raise StepFailed("the bank's movements do not come to rest")

    def command(self, *arguments):
        done = subprocess.run([self.erario, *arguments], capture_output=True, text=True, timeout=60)
        expect(done.returncode == 0,
               f"erario {' '.join(arguments)} exited {done.returncode}: {done.stderr}{done.stdout}")
        return done.stdout

    def verify(self):
        config = str(self.run / "erario.toml")
        report = json.loads(self.command("--json", "ledger", "verify", "--config", config))
        expect(report["clean"], f"the ledger breaks its rules: {report}")
        self.say(f"ledger verify: {report['entries']} entries, chain head {report['heads'][0]['hash'][:16]}…")

        receipt_id = self.receipt["receipt"]["id"]
        (self.run / "receipt.json").write_text(json.dumps(self.receipt))
        pdf = self.portal.get(f"/v1/receipts/{receipt_id}.pdf", raw=True)
        (self.run / "receipt.pdf").write_bytes(pdf)
        key = str(self.run / "keys" / "receipts.pub.pem")
        for name in ("receipt.json", "receipt.pdf"):
            self.command("receipt", "verify", str(self.run / name), "--key", key)
        page = self.public.get(f"/verify/{receipt_id}", raw=True).decode()
        expect("válido" in page.lower() or "auténtico" in page.lower(), "the public page says valid")
        self.say(f"receipt {self.folio(self.receipt)}: JSON, PDF and public page verify")

    def metrics(self):
        text = self.public.get("/metrics", raw=True).decode()
        expect("erario_lane_batches_total" in text, "metrics are served")
        ready = self.public.get("/readyz")
        expect(ready["status"] == "ready", f"not ready: {ready}")

    def summary(self):
        base = f"https://localhost:{self.port}"
        accounts = self.finance.get("/v1/ledger/accounts")["data"]
        print("\n  Balances")
        for account in accounts:
            balance = account["debits"]["centavos"] - account["credits"]["centavos"]
            sign = "-" if balance < 0 else ""
            print(f"    {sign + pesos(abs(balance)):>16}  {account['account']}")
        print(f"""
  Receipt         {self.run / 'receipt.pdf'}
  Verification    {base}/verify/{self.receipt['receipt']['id']}
  API docs        {base}/
  Metrics         {base}/metrics
  Reconciliation  {self.run / 'reconciliation.html'}
                  {base}/v1/reconciliation/runs/{self.reconciliation['id']}/report.html (finance key)
  API keys        {self.run / 'keys'}/api-*.key
  Authority       {self.run / 'keys' / 'ca.pem'} (curl --cacert)
""", flush=True)

    def play(self):
        self.open_late()
        self.card_passport()
        self.spei_discount()
        self.basket()
        self.short_deposit()
        self.late_deposit()
        self.sent_twice()
        self.decline_then_success()
        self.refunds()
        self.reconcile()
        self.verify()
        self.metrics()
        self.summary()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", required=True, help="folder of the demonstration")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--erario", required=True, help="the binary")
    arguments = parser.parse_args()
    try:
        Day(arguments.run, arguments.port, arguments.erario).play()
    except StepFailed as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
