"""Invariants of a store, by SQL alone, against what clients were told.

Each check is one sentence and yields findings: (number of the invariant, what is wrong). The
numbers are those of the list of invariants every fault campaign checks. Nothing here shares code
with the program. The SQL is what SQLite and PostgreSQL share; `db` is a connection with execute().
"""
import collections
import hashlib
import json

PAID = ("paid", "partially_refunded", "refunded")


class Truth:
    """What was answered to clients: it must be there after any fault."""

    def __init__(self):
        self.answers = {}  # Idempotency-Key -> (status, bytes)
        self.payments = {}  # id -> (amount, currency, reference, clabe)
        self.refunds = {}  # id -> (payment, amount, currency)
        self.cancelled = set()
        self.deposits = {}  # (bank, tracking key, date) -> (amount, clabe)
        self.paid = set()  # payments whose exact deposit was confirmed
        self.marks = {}  # table -> [(rows, digest)]: the log as it was seen

    def acknowledged(self):
        return len(self.answers) + len(self.deposits)


def acknowledged_exists(db, truth):
    """1: every success answered exists with the same amount, currency, reference."""
    rows = {row[0]: row[1:] for row in db.execute(
        "SELECT p.id, p.amount, p.currency, p.reference, p.clabe, s.state FROM payments p"
        " JOIN payment_states s ON s.payment = p.id")}
    for payment, told in truth.payments.items():
        if payment not in rows:
            yield 1, f"payment {payment} was answered and is gone"
        elif rows[payment][:4] != told:
            yield 1, f"payment {payment} is {rows[payment][:4]}, answered was {told}"
    for payment in truth.cancelled:
        if rows.get(payment, (None,))[-1] != "cancelled":
            yield 1, f"payment {payment} was cancelled and is not"
    for payment in truth.paid:
        if rows.get(payment, (None,))[-1] not in PAID:
            yield 1, f"payment {payment} was paid and is not"
    deposits = {tuple(row[:3]): tuple(row[3:]) for row in db.execute(
        "SELECT sending_bank, tracking_key, operating_date, amount, clabe FROM deposits")}
    for key, told in truth.deposits.items():
        if deposits.get(key) != told:
            yield 1, f"deposit {key} is {deposits.get(key)}, confirmed was {told}"
    refunds = {row[0]: tuple(row[1:]) for row in db.execute(
        "SELECT id, payment, amount FROM refunds")}
    for refund, (payment, amount) in truth.refunds.items():
        if refunds.get(refund) != (payment, amount):
            yield 1, f"refund {refund} is {refunds.get(refund)}, answered was {amount}"


def one_payment_a_key(db, truth):
    """2: a key made at most one payment, and its stored answer is the bytes that were sent."""
    for reference, count in db.execute("SELECT reference, count(*) FROM payments"
                                       " GROUP BY owner, reference HAVING count(*) > 1"):
        yield 2, f"key {reference} made {count} payments"
    stored = {row[0]: (row[1], bytes(row[2])) for row in db.execute(
        "SELECT idempotency_key, status, body FROM answers")}
    for key, told in truth.answers.items():
        if stored.get(key) != told:
            yield 2, f"the stored answer to key {key} is not the one that was sent"


def entries_balance(db, _truth):
    """6: every entry balances, has two postings or more, and the sum of all is zero."""
    for entry, total, count in db.execute(
            "SELECT e.id, coalesce(sum(p.amount), 0), count(p.posting) FROM entries e"
            " LEFT JOIN postings p ON p.lane = e.lane AND p.ordinal = e.ordinal"
            " AND p.currency = e.currency GROUP BY e.id"
            " HAVING coalesce(sum(p.amount), 0) <> 0 OR count(p.posting) < 2"):
        yield 6, f"entry {entry} has {count} postings that sum to {total}"
    for lane, ordinal in db.execute("SELECT lane, ordinal FROM postings"
                                    " EXCEPT SELECT lane, ordinal FROM entries"):
        yield 6, f"postings of the entry {ordinal} of lane {lane} stand without it"
    for currency, total in db.execute("SELECT currency, sum(amount) FROM postings"
                                      " GROUP BY currency HAVING sum(amount) <> 0"):
        yield 6, f"all postings in {currency} sum to {total}"


def balances_are_sums(db, _truth):
    """7: stored balances equal the replay of the postings."""
    replay = {tuple(row[:2]): tuple(row[2:]) for row in db.execute(
        "SELECT account, currency, sum(CASE WHEN amount > 0 THEN amount ELSE 0 END),"
        " sum(CASE WHEN amount < 0 THEN -amount ELSE 0 END) FROM postings"
        " GROUP BY account, currency")}
    stored = {tuple(row[:2]): tuple(row[2:]) for row in db.execute(
        "SELECT account, currency, sum(debits), sum(credits) FROM balances"
        " GROUP BY account, currency")}
    for account in replay.keys() | stored.keys():
        if replay.get(account) != stored.get(account):
            yield 7, f"{account[0]} is {stored.get(account)}, its postings say {replay.get(account)}"


LOGS = {
    "events": "SELECT lane, position, id, entry, subject, ordinal, command, at, name, body FROM events"
              " ORDER BY lane, position",
    "entries": "SELECT lane, ordinal, id, event, position, at, operating_date, currency, description,"
               " subject, previous, hash FROM entries ORDER BY lane, ordinal",
    "postings": "SELECT lane, ordinal, posting, account, currency, amount, reference"
                " FROM postings ORDER BY lane, ordinal, posting",
}


def digests(db, table, at_rows):
    """{rows: digest of that many first rows} for the numbers asked for, and for all of them."""
    running = hashlib.sha256()
    found = {0: running.hexdigest()} if 0 in at_rows else {}
    rows = 0
    for row in db.execute(LOGS[table]):
        running.update(repr(row).encode())
        rows += 1
        if rows in at_rows:
            found[rows] = running.hexdigest()
    return rows, running.hexdigest(), found


def mark_log(db, truth):
    """Remembers the log as it is now."""
    for table in LOGS:
        rows, digest, _ = digests(db, table, set())
        truth.marks.setdefault(table, []).append((rows, digest))


def log_only_grows(db, truth):
    """8: the log at an earlier time is a prefix of the log now; no gap, and the chain holds."""
    for table in LOGS:
        marks = truth.marks.get(table, [])
        rows, _, found = digests(db, table, {mark[0] for mark in marks})
        for was, digest in marks:
            if found.get(was) != digest:
                yield 8, f"the first {was} rows of {table} are not what they were ({rows} now)"
                break
    expected = collections.Counter()
    for lane, position in db.execute("SELECT lane, position FROM events ORDER BY lane, position"):
        expected[lane] += 1
        if position != expected[lane]:
            yield 8, f"event {expected[lane]} of lane {lane} is missing"
            break
    previous = {}
    for lane, ordinal, before, own in db.execute(
            "SELECT lane, ordinal, previous, hash FROM entries ORDER BY lane, ordinal"):
        number, head = previous.get(lane, (0, bytes(32)))
        if ordinal != number + 1 or bytes(before) != head:
            yield 8, f"entry {ordinal} of lane {lane} does not follow entry {number}"
            break
        previous[lane] = (ordinal, bytes(own))


def receipts_are_the_ledger(db, _truth):
    """18: folios have no gap, and a receipt is what the ledger holds for its agency."""
    for series, count, first, last in db.execute(
            "SELECT series, count(DISTINCT folio), min(folio), max(folio) FROM receipts"
            " GROUP BY series"):
        if (first, last) != (1, count):
            yield 18, f"series {series} has {count} folios from {first} to {last}"
    booked = {}
    for payment, account, amount in db.execute(
            "SELECT e.subject, p.account, sum(-p.amount) FROM entries e"
            " JOIN events v ON v.id = e.event"
            " JOIN postings p ON p.lane = e.lane AND p.ordinal = e.ordinal"
            " WHERE v.name IN ('payment.captured', 'deposit.applied')"
            " AND p.account LIKE 'liabilities:collected:%' GROUP BY e.subject, p.account"):
        agency = account.split(":")[2]
        booked[payment, agency] = booked.get((payment, agency), 0) + amount
    seen = set()
    for identity, payment, amount, document in db.execute(
            "SELECT id, payment, amount, document FROM receipts"):
        receipt = json.loads(document)["receipt"]
        key = (payment, receipt["agency"])
        if key in seen:
            yield 18, f"payment {payment} has two receipts of {key[1]}"
        seen.add(key)
        if not amount == receipt["total"] == booked.get(key):
            yield 18, (f"receipt {identity} says {receipt['total']}, its row {amount},"
                       f" the ledger {booked.get(key)}")
    for key in booked.keys() - seen:
        yield 18, f"payment {key[0]} is booked for {key[1]} without a receipt"


QUICK_CHECKS = (acknowledged_exists, one_payment_a_key)
CHECKS = QUICK_CHECKS + (entries_balance, balances_are_sums, log_only_grows,
                         receipts_are_the_ledger)
