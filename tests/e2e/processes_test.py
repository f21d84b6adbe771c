"""Two processes over one database: customers come to either, or to both at once, and one of the
processes is killed while it owes calls. Every invariant holds, no card is charged twice and the
other process makes the calls that were left behind."""
import http.client
import pathlib
import subprocess
import sys
import threading
import time
import unittest
import uuid

import support

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "faults"))
import store_checks  # noqa: E402

BIN = support.binaries()
CUSTOMERS = 8
SECONDS = 8
NO_ANSWER = (OSError, http.client.HTTPException)


class Second:
    """Another process with the same configuration but for its port."""

    def __init__(self, first):
        self.ports = support.Ports()
        self.port = self.ports.first
        self.first = first
        self.config = first.run / "second.toml"
        self.config.write_text(first.config.read_text()
                               .replace(f"\nport = {first.port}\n", f"\nport = {self.port}\n"))
        self.log = first.run / "logs/second.log"
        with open(self.log, "wb") as out, open(str(self.log) + ".err", "wb") as errors:
            self.process = subprocess.Popen([first.erario, "serve", "--config", str(self.config)],
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        deadline = time.monotonic() + 30
        while b"listening " not in self.log.read_bytes():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the second process does not start")
            time.sleep(0.02)

    def client(self, scope, **more):
        key = "Bearer " + self.first.secret(f"api-{scope}.key")
        return support.Client(self.port, self.first.run / "keys/ca.pem", key, **more)

    def stp_client(self):
        return support.Client(self.port, self.first.run / "keys/ca.pem",
                              support.basic("stp", self.first.secret("stp-callback.password")))

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.kill()
        self.ports.release()


def at_once(*calls):
    """Makes the calls at the same moment; their answers, None where there was none."""
    answers = [None] * len(calls)
    ready = threading.Barrier(len(calls))

    def make(number, call):
        ready.wait(timeout=30)
        try:
            answers[number] = call()
        except NO_ANSWER:
            pass

    threads = [threading.Thread(target=make, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


class TwoProcesses(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.first = support.Installation(BIN)
        cls.addClassCleanup(cls.first.stop)
        cls.second = Second(cls.first)
        cls.addClassCleanup(cls.second.close)

    def setUp(self):
        self.truth = store_checks.Truth()
        self.lock = threading.Lock()
        self.wrong = []

    def told(self, key, payment, answer):
        with self.lock:
            self.truth.answers[key] = (answer.status, answer.body)
            self.truth.payments[payment["id"]] = (
                payment["amount"]["centavos"], payment["amount"]["currency"],
                payment["reference"], payment["clabe"])

    def customer(self, number, until):
        """Sends every request to both processes at the same moment."""
        clients = [self.first.client("portal"), self.second.client("portal")]
        banks = [self.first.stp_client(), self.second.stp_client()]
        serial = 0
        while time.monotonic() < until:
            serial += 1
            name = f"c{number}n{serial}"
            body = {"quote": support.quote(clients[serial % 2]), "method": "spei",
                    "payer": support.PAYER, "reference": name}
            answers = at_once(*(lambda c=c: c.post("/v1/payments", body, name) for c in clients))
            bodies = {(one.status, one.body) for one in answers if one and one.status != 503}
            if len(bodies) != 1 or next(iter(bodies))[0] != 201:
                self.wrong.append(f"{name}: one key was answered {bodies}")
                continue
            answer = next(one for one in answers if one and one.status == 201)
            payment = answer.json()
            self.told(name, payment, answer)
            centavos = payment["amount"]["centavos"]
            call = support.abono(payment["clabe"], centavos, "T" + name.upper())
            answers = at_once(*(lambda b=b: b.send("POST", "/v1/gateways/stp/abono", call)
                                for b in banks))
            if any(one and one.status not in (200, 503) for one in answers):
                self.wrong.append(f"{name}: the deposit is refused")
            if any(one and one.status == 200 for one in answers):
                with self.lock:
                    self.truth.deposits["40012", "T" + name.upper(), support.DAY] = (
                        centavos, payment["clabe"])
                    self.truth.paid.add(payment["id"])
        for client in clients + banks:
            client.close()

    def check_store(self):
        db = self.first.sql()
        try:
            findings = [one for check in store_checks.CHECKS for one in check(db, self.truth)]
            self.assertEqual(findings[:5], [])
            return {row[0] for row in db.execute("SELECT DISTINCT lane FROM entries")}
        finally:
            db.close()

    def test_one_key_and_one_deposit_at_both_at_once_are_one(self):
        until = time.monotonic() + SECONDS
        customers = [threading.Thread(target=self.customer, args=(number, until))
                     for number in range(CUSTOMERS)]
        for thread in customers:
            thread.start()
        for thread in customers:
            thread.join()
        self.assertEqual(self.wrong[:5], [])
        self.assertGreater(len(self.truth.paid), CUSTOMERS)
        lanes = self.check_store()
        self.assertGreaterEqual(len(lanes), 2, "both processes decided")
        db = self.first.sql()
        deposits = db.execute("SELECT count(*) FROM deposits").fetchone()[0]
        db.close()
        self.assertEqual(deposits, len(self.truth.deposits))
        self.first.command("ledger", "verify", "--config", self.first.config)
        print(f"{len(self.truth.payments)} payments, each asked for at both processes, "
              f"{len(lanes)} lanes")

    def test_what_a_killed_process_owed_is_done_by_the_other_and_no_card_is_charged_twice(self):
        mine, others = self.first.client("portal"), self.second.client("portal")
        payments = []
        for number in range(24):
            client = others if number % 2 else mine
            body = {"quote": support.quote(mine), "method": "card", "payer": support.PAYER,
                    "reference": f"k{number}", "card": {"token": self.first.psp_token()}}
            told = client.post("/v1/payments", body, "key-" + uuid.uuid4().hex)
            self.assertEqual(told.status, 201, told.body)
            payments.append(told.json())
            if number == 17:
                self.second.kill()  # with calls in flight, and some not begun
                others.close()
                others = mine
        for payment in payments:
            self.first.wait_for(mine, "/v1/payments/" + payment["id"], {"paid"}, timeout=60)
        mine.close()
        psp = support.Client(self.first.port + 1, self.first.run / "keys/ca.pem",
                             support.basic(self.first.secret("openpay.secret"), ""))
        charged = {}
        for offset in range(0, 200, 50):
            page = psp.get(f"/v1/mficticio/charges?limit=50&offset={offset}").json()
            for charge in page:
                if charge["status"] == "completed":
                    charged[charge["order_id"]] = charged.get(charge["order_id"], 0) + 1
        psp.close()
        for payment in payments:
            references = [one["reference"] for one in payment["attempts"]]
            self.assertEqual([charged.get(one) for one in references], [1], payment["id"])
        self.check_store()


if __name__ == "__main__":
    unittest.main(verbosity=2)
