"""What every campaign of faults shares: load, a fault, recovery, and the question what is left.

A campaign counts one cycle a fault. Everything answered before it must be there afterwards, in the
store (by SQL) and in the answers (byte for byte); what was in flight happened wholly or not at all
and is settled by asking again; the invariants of store_checks.py hold. After STORE_CYCLES the store
is checked whole and replaced by an empty one, so that the last cycle is as quick as the first.
"""
import random
import time

import customers
import store_checks
from load import Call, Load, NotAnswered
from machine import DoesNotStart

CONNECTIONS = 32
QUOTES = 3000
QUOTES_A_CYCLE_MIN = 1500  # a cycle never runs out of them
STORE_CYCLES = 40
WHOLE_CHECK_CYCLES = 10
FINDINGS_MAX = 20
PROBE_SECONDS = 10
PROGRESS_CYCLES = 500
PAYMENTS_READ = 20


class Row:
    """One line of the table, and what was found."""

    def __init__(self, fault, store, must_lose=False):
        self.fault = fault
        self.store = store
        self.must_lose = must_lose
        self.cycles = self.acknowledged = self.in_flight = self.happened = self.lost = 0
        self.seconds = 0.0
        self.findings = []
        self.violations = 0

    def add(self, findings):
        """Findings are (number of the invariant, what is wrong); 0 is the behaviour itself."""
        for number, text in findings:
            self.violations += 1
            if len(self.findings) < FINDINGS_MAX:
                about = f"invariant {number}: " if number else ""
                self.findings.append(f"cycle {self.cycles}: {about}{text}")

    def sound(self):
        # A campaign that did nothing proves nothing, and a control that loses nothing is blind.
        if self.must_lose:
            return self.lost > 0
        return not self.lost and not self.violations and self.acknowledged > 0


class Campaign:
    """One fault on one machine. `inject(cycle)` is given load in flight and leaves the machine
    running again."""

    def __init__(self, machine, row, seed):
        self.machine = machine
        self.row = row
        self.seed = seed
        self.draw = random.Random(f"{seed}-{row.fault}-{row.store}")
        self.prefix = customers.new_name()
        self.quotes = []
        self.truth = store_checks.Truth()
        self.round = 0

    def new_load(self, connections=CONNECTIONS):
        return Load(self.machine.port, self.machine.credentials, connections)

    def run(self, cycles, fault):
        started = time.monotonic()
        try:
            while self.row.cycles < cycles and self.may_go_on():
                self.cycle(fault)
                if self.row.cycles % PROGRESS_CYCLES == 0:
                    print(f"    {self.row.cycles} of {cycles}: {self.row.acknowledged}"
                          f" acknowledged, {self.row.lost} lost", flush=True)
            if self.may_go_on():
                self.check_whole()
        except (DoesNotStart, self.machine.store.sql_error()) as failure:
            self.row.lost += max(1, self.truth.acknowledged())
            self.row.add([(1, f"the store does not come back: {failure}")])
        self.row.seconds = time.monotonic() - started

    def may_go_on(self):
        # Where losses are expected, one is proof enough.
        return not (self.row.lost if self.row.must_lose else self.row.findings)

    def renew(self):
        """An empty store, and quotes for it."""
        if self.row.cycles and not self.row.must_lose:
            self.check_whole()
        self.machine.fresh()
        self.truth = store_checks.Truth()
        known = self.machine.demonstration.quotes
        if not known:
            load = self.new_load()
            known += customers.fetch_quotes(load, QUOTES)
            load.close()
        self.quotes = list(known)

    def cycle(self, fault):
        damaged = self.row.must_lose  # a control may leave a store that nothing works on
        if damaged or self.row.cycles % STORE_CYCLES == 0 or len(self.quotes) < QUOTES_A_CYCLE_MIN:
            self.renew()
        self.round += 1
        work = customers.Customers(self.draw, self.quotes, f"{self.prefix}c{self.round}")
        load = self.new_load()
        self.extra = []
        try:
            fault(self, load, work)
        finally:
            load.close()
        self.row.cycles += 1
        self.row.add([(0, surprise) for surprise in work.surprises])
        self.settle(load.calls + self.extra)

    def more_calls(self, calls):
        """Calls of another Load that belong to this cycle."""
        self.extra += calls

    def status_of(self, target):
        """The status of a GET; 0 when there is no answer."""
        load = self.new_load(1)
        try:
            return load.ask([Call("probe", "", target, None)], PROBE_SECONDS)[0].answer.status
        except NotAnswered:
            return 0
        finally:
            load.close()

    def mark_log(self):
        """Remembers the log as it is seen now, in the middle of the load."""
        db = self.machine.connect()
        store_checks.mark_log(db, self.truth)
        db.close()

    # ---- after the fault ----

    def settle(self, calls):
        answered = [call for call in calls
                    if not call.late and customers.note(self.truth, call)]
        in_doubt = [call for call in calls
                    if call.late or call.answer is None or call.answer.status == 503]
        self.row.acknowledged += len(answered)
        self.row.in_flight += len(in_doubt)
        whole = self.row.cycles % WHOLE_CHECK_CYCLES == 0
        self.check_store(store_checks.CHECKS if whole else store_checks.QUICK_CHECKS)
        again = self.new_load()
        try:
            self.replay(again, answered)
            asked = again.ask(call.again() for call in in_doubt)
            for call in asked:
                self.row.happened += call.answer.replayed
                if call.answer.status >= 400 and call.answer.status != 409:
                    self.row.add([(2, f"{call.kind} in flight answers {call.answer.status}:"
                                      f" {call.answer.body[:300]}")])
            self.replay(again, [call for call in asked if customers.note(self.truth, call)])
        except NotAnswered as failure:
            self.row.add([(0, str(failure))])
        finally:
            again.close()

    def replay(self, load, answered):
        """The first answer again, byte for byte; another body under the same key is refused."""
        for first, again in zip(answered, load.ask(call.again() for call in answered)):
            was, now = first.answer, again.answer
            if (now.status, now.body) != (was.status, was.body):
                self.row.add([(2, f"the replay of {first.kind} {first.key} differs: {now.status}"
                                  f" {now.body[:300]} was {was.status} {was.body[:300]}")])
            elif first.key and not now.replayed:
                self.row.add([(2, f"the replay of {first.key} does not say so")])
        cancels = [call for call in answered if call.kind == "cancel"][:1]
        others = [Call(call.kind, call.who, call.target, b'{"reason": "otra"}', call.key)
                  for call in cancels]
        for other in load.ask(others):
            if other.answer.status != 422:
                self.row.add([(2, f"key {other.key} took another body: {other.answer.status}")])

    def check_answers(self):
        """Some of the payments, as the API shows them."""
        payments = sorted(self.truth.payments)
        chosen = self.draw.sample(payments, min(len(payments), PAYMENTS_READ))
        load = self.new_load()
        try:
            calls = load.ask([Call("read", "portal", "/v1/payments/" + one, None, about=one)
                              for one in chosen])
        except NotAnswered as failure:
            return self.row.add([(0, str(failure))])
        finally:
            load.close()
        for call in calls:
            amount, currency, reference, clabe = self.truth.payments[call.about]
            now = call.answer.json() if call.answer.status == 200 else {}
            if (now.get("amount"), now.get("reference"), now.get("clabe")) != (
                    {"centavos": amount, "currency": currency}, reference, clabe):
                self.row.add([(1, f"payment {call.about} answers {call.answer.status}"
                                  f" {call.answer.body[:300]}")])

    def check_store(self, checks):
        db = self.machine.connect()
        try:
            db.execute(self.machine.store.begin_snapshot)
            found = [one for check in checks for one in check(db, self.truth)]
            self.row.add(found)
            self.row.lost += count_lost(db, self.truth) if found else 0
            if checks is store_checks.CHECKS:
                store_checks.mark_log(db, self.truth)
        finally:
            db.close()

    def check_whole(self):
        self.check_store(store_checks.CHECKS)
        self.check_answers()
        wrong = self.machine.verify()
        if wrong:
            self.row.add([(7, f"erario ledger verify: {wrong}")])


def count_lost(db, truth):
    """Acknowledgements whose effect is gone or another: stored answers, and deposits."""
    stored = {row[0]: (row[1], bytes(row[2])) for row in db.execute(
        "SELECT idempotency_key, status, body FROM answers")}
    deposits = {tuple(row[:3]): tuple(row[3:]) for row in db.execute(
        "SELECT sending_bank, tracking_key, operating_date, amount, clabe FROM deposits")}
    return (sum(stored.get(key) != told for key, told in truth.answers.items())
            + sum(deposits.get(key) != told for key, told in truth.deposits.items()))
