#!/usr/bin/python3
"""kill -9 under load, again and again on one store: nothing that was answered may be lost.

Usage: kill_test.py ERARIO [-v]    (the path of the built program)
ERARIO_KILLS (50) is the number of kills, ERARIO_SEED repeats their moments. Clients create SPEI
payments, report their deposits as STP does, cancel and refund, and note what was answered. After
each restart, and at the end, HTTP and SQL must agree with these notes and with the invariants of
store_checks.py. A test that cannot fail is a defect: the last test plants one fault of each kind in
a copy of the store and wants it named.
"""
import http.client
import json
import os
import random
import shutil
import sqlite3
import tempfile
import threading
import time
import unittest

import store_checks
import support

BIN = support.binaries()
KILLS = int(os.environ.get("ERARIO_KILLS", "50"))
SEED = int(os.environ.get("ERARIO_SEED", random.SystemRandom().randrange(2**32)))
CLIENTS = 4
NO_ANSWER = (OSError, http.client.HTTPException)
BASKETS = (
    [{"service": "sre.passport.3y"}],
    [{"service": "sre.passport.10y"}],
    [{"service": "sre.passport.6y"}, {"service": "sedena.firearm.permit", "inputs": {"guns": 4}}],
)


class Call:
    """One request that changes something, kept so that it can be sent again."""

    def __init__(self, kind, who, target, body, key=None, about=None):
        self.kind = kind
        self.who = who  # portal, finance or stp
        self.target = target
        self.body = body
        self.key = key
        self.about = about
        self.answer = None

    def send(self, clients):
        headers = {"Idempotency-Key": self.key} if self.key else {}
        self.answer = clients[self.who].send("POST", self.target, self.body, headers)
        return self.answer


class Load:
    """Clients at work until told to stop. All notes are made before a call and after its answer."""

    def __init__(self, installation, seed):
        self.installation = installation
        self.seed = seed
        self.stopping = threading.Event()
        self.calls = [[] for _ in range(CLIENTS)]
        self.surprises = []
        self.threads = [threading.Thread(target=self.work, args=(number,))
                        for number in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def end(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        return [call for calls in self.calls for call in calls]

    def do(self, number, clients, call):
        self.calls[number].append(call)
        answer = call.send(clients)
        if answer.status >= 500 and answer.status != 503 or answer.status in (400, 401, 403, 422):
            self.surprises.append(f"{call.kind} answered {answer.status}: {answer.body[:300]}")
        return answer

    def work(self, number):
        draw = random.Random(f"{self.seed}-{number}")
        clients = clients_of(self.installation)
        serial = 0
        try:
            while not self.stopping.is_set():
                serial += 1
                # Letters between the digits: digits and dashes alone may look like a card number.
                self.one_payment(number, clients, draw, f"{self.seed}t{number}n{serial}")
        except NO_ANSWER:
            pass  # killed; what was in flight is known to self.calls
        finally:
            for client in clients.values():
                client.close()

    def one_payment(self, number, clients, draw, name):
        quote = support.quote(clients["portal"], *draw.choice(BASKETS))
        body = json.dumps({"quote": quote, "method": "spei", "payer": support.PAYER,
                           "reference": name}).encode()
        answer = self.do(number, clients,
                         Call("payment", "portal", "/v1/payments", body, f"pay-{name}"))
        if answer.status != 201:
            return
        payment = answer.json()
        path = f"/v1/payments/{payment['id']}"
        chance = draw.random()
        if chance < 0.08:
            self.do(number, clients, Call("cancel", "portal", path + "/cancel",
                                          b'{"reason": "ya no"}', f"can-{name}", payment))
            return
        centavos = payment["amount"]["centavos"] - (1 if chance < 0.16 else 0)
        tracking = name.upper()  # at most 30 characters
        deposit = Call("deposit", "stp", "/v1/gateways/stp/abono",
                       support.abono(payment["clabe"], centavos, tracking),
                       about=(payment, centavos, tracking))
        self.do(number, clients, deposit)
        if chance > 0.9:  # told twice
            self.do(number, clients, Call("deposit", "stp", deposit.target, deposit.body,
                                          about=deposit.about))
        if 0.75 < chance < 0.9:
            self.do(number, clients, Call(
                "refund", "finance", path + "/refunds",
                b'{"amount": {"centavos": 100, "currency": "MXN"}, "reason": "de mas"}',
                f"ref-{name}", payment))


def clients_of(installation):
    return {"portal": installation.client("portal"), "finance": installation.client("finance"),
            "stp": installation.stp_client()}


def note(truth, call):
    """An answered success becomes part of the truth."""
    answer = call.answer
    if answer is None or answer.status not in (200, 201):
        return False
    if call.kind == "deposit":
        payment, centavos, tracking = call.about
        if answer.json() != {"mensaje": "confirmar"}:
            return False
        truth.deposits["40012", tracking, support.DAY] = (centavos, payment["clabe"])
        if centavos == payment["amount"]["centavos"]:
            truth.paid.add(payment["id"])
        return True
    told = answer.json()
    truth.answers[call.key] = (answer.status, answer.body)
    if call.kind == "payment":
        truth.payments[told["id"]] = (told["amount"]["centavos"], told["amount"]["currency"],
                                      told["reference"], told["clabe"])
    elif call.kind == "cancel":
        truth.cancelled.add(told["id"])
    elif call.kind == "refund":
        truth.refunds[told["id"]] = (told["payment"], told["amount"]["centavos"])
    return True


class Campaign:
    def __init__(self):
        self.installation = support.Installation(BIN, stand_ins=False)
        self.truth = store_checks.Truth()
        self.draw = random.Random(SEED)
        self.findings = []
        self.kills = self.in_flight = self.survived = 0

    def fail(self, text):
        self.findings.append((0, f"after kill {self.kills}: {text}"))

    def run(self):
        for cycle in range(KILLS):
            load = Load(self.installation, f"s{SEED}c{cycle}")
            time.sleep(self.draw.uniform(0.05, 0.7))
            with_marks = self.installation.sql()
            store_checks.mark_log(with_marks, self.truth)
            with_marks.close()
            self.installation.kill()
            self.kills += 1
            calls = load.end()
            for surprise in load.surprises[:3]:
                self.fail(surprise)
            answered = [call for call in calls if note(self.truth, call)]
            self.installation.start()
            self.check(answered, [call for call in calls if call.answer is None])
            if self.findings:
                return

    def check(self, answered, unanswered):
        clients = clients_of(self.installation)
        self.check_store()
        for call in answered:
            self.check_replay(clients, call)
        # What was in flight happened wholly or not at all; asking again settles it.
        for call in unanswered:
            self.in_flight += 1
            self.survived += self.happened(call)
            call.send(clients)
            if call.answer.status >= 400 and call.answer.status != 409:
                self.fail(f"{call.kind} in flight answers {call.answer.status}:"
                          f" {call.answer.body[:300]}")
            if note(self.truth, call):
                self.check_replay(clients, call)
        for payment in self.draw.sample(sorted(self.truth.payments),
                                        min(5, len(self.truth.payments))):
            self.check_payment(clients["portal"], payment)
        self.check_store()
        for client in clients.values():
            client.close()

    def check_store(self):
        db = self.installation.sql()
        self.findings += store_checks.check_store(db, self.truth)
        db.close()

    def happened(self, call):
        db = self.installation.sql()
        try:
            if call.key:
                return db.execute("SELECT count(*) FROM answers WHERE idempotency_key = ?",
                                  (call.key,)).fetchone()[0]
            return db.execute("SELECT count(*) FROM deposits WHERE tracking_key = ?",
                              (call.about[2],)).fetchone()[0]
        finally:
            db.close()

    def check_replay(self, clients, call):
        first = call.answer
        again = Call(call.kind, call.who, call.target, call.body, call.key).send(clients)
        if (again.status, again.body) != (first.status, first.body):
            self.fail(f"the replay of {call.kind} {call.key} differs: {again.status}"
                      f" {again.body[:300]} was {first.status} {first.body[:300]}")
        if call.key and again.headers.get("idempotency-replayed") != "true":
            self.fail(f"the replay of {call.key} does not say so")
        if call.kind == "cancel":
            other = Call(call.kind, call.who, call.target, b'{"reason": "otra"}', call.key)
            if other.send(clients).status != 422:
                self.fail(f"key {call.key} took another body: {other.answer.status}")

    def check_payment(self, portal, payment):
        amount, currency, reference, clabe = self.truth.payments[payment]
        told = portal.get("/v1/payments/" + payment)
        now = told.json() if told.status == 200 else {}
        if (now.get("amount"), now.get("reference"), now.get("clabe")) != (
                {"centavos": amount, "currency": currency}, reference, clabe):
            self.fail(f"payment {payment} answers {told.status} {told.body[:300]}")

    def lost(self):
        return sum(number in (0, 1, 2) for number, _ in self.findings)


class KilledUnderLoad(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"seed {SEED}", flush=True)
        cls.started = time.monotonic()
        cls.campaign = Campaign()
        try:
            cls.campaign.run()
        except BaseException:
            cls.campaign.installation.stop()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.campaign.installation.stop()

    def test_1_nothing_answered_is_lost_and_the_books_hold(self):
        campaign = self.campaign
        truth = campaign.truth
        print(f"kills {campaign.kills}, acknowledged {truth.acknowledged()}"
              f" ({len(truth.payments)} payments, {len(truth.deposits)} deposits,"
              f" {len(truth.refunds)} refunds, {len(truth.cancelled)} cancelled),"
              f" in flight {campaign.in_flight} of which {campaign.survived} had happened,"
              f" lost {campaign.lost()}; {time.monotonic() - self.started:.0f} s", flush=True)
        self.assertEqual(campaign.findings, [], f"seed {SEED}")
        self.assertEqual(campaign.kills, KILLS)
        # A campaign that did nothing proves nothing.
        self.assertGreater(len(truth.payments), KILLS)
        self.assertGreater(len(truth.paid), KILLS // 2)
        self.assertGreater(campaign.in_flight, 0)

    def test_2_every_payment_answered_answers_still(self):
        portal = self.campaign.installation.client("portal")
        for payment in self.campaign.truth.payments:
            self.campaign.check_payment(portal, payment)
        portal.close()
        self.assertEqual(self.campaign.findings, [])

    def test_3_the_program_finds_its_own_books_sound(self):
        installation = self.campaign.installation
        told = installation.command("--json", "ledger", "verify", "--config", installation.config)
        report = json.loads(told.stdout)
        self.assertTrue(report["clean"], report)
        self.assertEqual(installation.terminate(), 0)

    def test_4_a_planted_fault_is_named(self):
        """The negative control: the same checks on a store that lost or changed something."""
        truth = self.campaign.truth
        answered = min(truth.payments)
        plants = [
            (1, "an answered payment is gone", f"DELETE FROM payments WHERE id = '{answered}'"),
            (1, "an amount changed", "UPDATE payments SET amount = amount + 1"
                                     f" WHERE id = '{answered}'"),
            (1, "a confirmed deposit is gone",
             "DELETE FROM deposits WHERE id = (SELECT min(id) FROM deposits)"),
            (2, "a stored answer changed", "UPDATE answers SET body = x'7b7d' WHERE"
                                           f" idempotency_key = '{min(truth.answers)}'"),
            (2, "a key made two payments",
             "UPDATE payments SET reference = (SELECT min(reference) FROM payments)"
             " WHERE id IN (SELECT id FROM payments LIMIT 3)"),
            (6, "an entry does not balance", "UPDATE postings SET amount = amount + 1 WHERE"
             " (lane, ordinal, posting) = (SELECT lane, ordinal, posting FROM postings LIMIT 1)"),
            (7, "a balance is off by a centavo", "UPDATE balances SET debits = debits + 1 WHERE"
             " account = (SELECT min(account) FROM balances)"),
            (8, "the last event is gone", "DELETE FROM events WHERE position ="
             f" {truth.marks['events'][-1][0]}"),
            (8, "an event was rewritten", "UPDATE events SET body = '{}' WHERE position = 3"),
            (18, "a folio is missing", "DELETE FROM receipts WHERE series = 'SRE' AND folio = 2"),
            (18, "a receipt says another amount", "UPDATE receipts SET amount = amount + 1"
             " WHERE series = 'SRE' AND folio = 1"),
        ]
        self.assertEqual(self.findings_with("SELECT 1"), set())
        for number, name, statement in plants:
            with self.subTest(name):
                self.assertIn(number, self.findings_with(statement))

    def findings_with(self, statement):
        installation = self.campaign.installation
        with tempfile.TemporaryDirectory(dir=installation.scratch) as folder:
            copy = os.path.join(folder, "planted.db")
            for end in ("", "-wal"):
                if os.path.exists(f"{installation.database}{end}"):
                    shutil.copy(f"{installation.database}{end}", copy + end)
            # Without transactions of the module's own: the checks begin theirs.
            db = sqlite3.connect(copy, isolation_level=None)
            try:
                triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                for name, in triggers.fetchall():
                    db.execute(f"DROP TRIGGER {name}")
                self.assertNotEqual(db.execute(statement).rowcount, 0, "nothing was planted")
                return {number for number, _ in store_checks.check_store(db, self.campaign.truth)}
            finally:
                db.close()


if __name__ == "__main__":
    unittest.main()
