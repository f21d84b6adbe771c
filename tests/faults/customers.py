"""What the load does, and what is remembered of its answers.

Customers pay by SPEI: a payment, then its deposit as STP reports it, now and then short, twice,
cancelled or refunded. Quotes are fetched beforehand: they are not stored, so one serves every store.
"""
import json
import uuid

import support
from load import Call

BASKETS = (
    [{"service": "sre.passport.3y"}],
    [{"service": "sre.passport.10y"}],
    [{"service": "sre.passport.6y"}, {"service": "sedena.firearm.permit", "inputs": {"guns": 4}}],
)
PAYER = json.dumps(support.PAYER)
STP_TELLS_MAX = 5  # what was not confirmed is told again
REFUND = b'{"amount": {"centavos": 100, "currency": "MXN"}, "reason": "de mas"}'


def fetch_quotes(load, count):
    """The texts of so many quotes."""
    calls = [Call("quote", "portal", "/v1/quotes",
                  json.dumps({"items": BASKETS[number % len(BASKETS)]}).encode())
             for number in range(count)]
    load.ask(calls)
    load.calls.clear()
    for call in calls:
        if call.answer.status != 201:
            raise RuntimeError(f"no quote: {call.answer.status} {call.answer.body[:300]}")
    return [call.answer.body.decode() for call in calls]


class Customers:
    """Makes scripts for one round of load. Names are unique by `round_name`. Where a 503 certainly
    means that nothing was stored, as a full queue does, `reuse_quotes` gives its quote to the next;
    of a store that failed nobody knows."""

    def __init__(self, draw, quotes, round_name, reuse_quotes=False):
        self.draw = draw
        self.quotes = quotes  # taken from its end
        self.name = round_name
        self.reuse_quotes = reuse_quotes
        self.serial = 0
        self.surprises = []

    def script(self):
        if not self.quotes:
            return
        self.serial += 1
        # Letters between the digits: digits and dashes alone may look like a card number.
        name = f"{self.name}n{self.serial}"
        quote = self.quotes.pop()
        answer = yield Call("payment", "portal", "/v1/payments",
                            (f'{{"quote": {quote}, "method": "spei", "payer": {PAYER},'
                             f' "reference": "{name}"}}').encode(), "pay-" + name)
        if not self.expected(answer, 201):
            if self.reuse_quotes:
                self.quotes.append(quote)
            return
        payment = answer.json()
        path = f"/v1/payments/{payment['id']}"
        chance = self.draw.random()
        if chance < 0.08:
            answer = yield Call("cancel", "portal", path + "/cancel", b'{"reason": "ya no"}',
                                "can-" + name, payment)
            self.expected(answer, 200)
            return
        centavos = payment["amount"]["centavos"] - (1 if chance < 0.16 else 0)
        deposit = Call("deposit", "stp", "/v1/gateways/stp/abono",
                       support.abono(payment["clabe"], centavos, name.upper()),
                       about=(payment, centavos, name.upper()))
        for _ in range(STP_TELLS_MAX):
            answer = yield deposit.again()
            if self.expected(answer, 200):
                break
        else:
            return
        if chance > 0.9:  # told twice
            answer = yield deposit.again()
            self.expected(answer, 200)
        elif chance > 0.86:
            answer = yield Call("refund", "finance", path + "/refunds", REFUND, "ref-" + name,
                                payment)
            self.expected(answer, 201)

    def expected(self, answer, status):
        """503 is what a store in trouble answers, also to STP, which repeats; the rest surprises."""
        if answer.status == status:
            return True
        if answer.status != 503:
            self.surprises.append(f"answered {answer.status}: {answer.body[:300]}")
        return False


def note(truth, call):
    """An answered success becomes part of the truth; True if it was one."""
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


def new_name():
    return "f" + uuid.uuid4().hex[:6]
