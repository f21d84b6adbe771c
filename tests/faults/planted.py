"""A check that cannot fail is a defect: each kind of damage, planted in a store, must be named.

Every plant is one statement in a transaction that is rolled back; the checks run inside it. So the
same table serves both stores, and the store stays as it was.
"""
import store_checks


def plants(truth):
    """(number of the invariant that must be named, what is planted, how)."""
    payment = min(truth.payments)
    key = min(truth.answers)
    bank, tracking, date = min(truth.deposits)
    first_posting = "(SELECT min(ordinal) FROM postings)"
    return [
        (1, "an answered payment is gone", f"DELETE FROM payments WHERE id = '{payment}'"),
        (1, "an amount changed", f"UPDATE payments SET amount = amount + 1 WHERE id = '{payment}'"),
        (1, "a reference changed", f"UPDATE payments SET reference = 'x' WHERE id = '{payment}'"),
        (1, "a confirmed deposit is gone", "DELETE FROM deposits WHERE"
         f" sending_bank = '{bank}' AND tracking_key = '{tracking}' AND operating_date = '{date}'"),
        (1, "a deposit has another amount", "UPDATE deposits SET amount = amount - 1 WHERE"
         f" tracking_key = '{tracking}'"),
        (2, "a stored answer changed", f"UPDATE answers SET body = {BYTES} WHERE"
         f" idempotency_key = '{key}'"),
        (2, "a stored answer is gone", f"DELETE FROM answers WHERE idempotency_key = '{key}'"),
        (2, "a key made two payments", "UPDATE payments SET reference ="
         " (SELECT min(reference) FROM payments) WHERE id IN (SELECT id FROM payments LIMIT 3)"),
        (6, "an entry does not balance", "UPDATE postings SET amount = amount + 1 WHERE"
         f" ordinal = {first_posting} AND posting = (SELECT min(posting) FROM postings WHERE"
         f" ordinal = {first_posting})"),
        (6, "an entry lost its postings", f"DELETE FROM postings WHERE ordinal = {first_posting}"),
        (7, "a balance is off by a centavo", "UPDATE balances SET debits = debits + 1 WHERE"
         " account = (SELECT min(account) FROM balances)"),
        (8, "the last event is gone", "DELETE FROM events WHERE position ="
         " (SELECT max(position) FROM events)"),
        (8, "an event was rewritten", "UPDATE events SET body = '{}' WHERE position = 3"),
        (8, "an entry in the middle is gone", "DELETE FROM entries WHERE ordinal = 2"),
        (18, "a folio is missing", "DELETE FROM receipts WHERE series = 'SRE' AND folio = 2"),
        (18, "a receipt says another amount", "UPDATE receipts SET amount = amount + 1"
         " WHERE series = 'SRE' AND folio = 1"),
    ]


BYTES = "{BYTES}"  # a store writes bytes in its own way


def unseen(store, truth):
    """(how many were planted, what was not named or could not be planted)."""
    missed = []
    table = [(0, "nothing", "SELECT 1"), *plants(truth)]
    for number, name, statement in table:
        db = store.connect_to_plant()
        try:
            changed = db.execute(statement.replace(BYTES, store.bytes_literal)).rowcount
            found = {one for check in store_checks.CHECKS for one, _ in check(db, truth)}
        finally:
            db.execute("ROLLBACK")
            db.close()
        if number == 0 and found:
            missed.append(f"an undamaged store: invariants {sorted(found)} are named")
        elif number and changed == 0:
            missed.append(f"{name}: nothing was planted")
        elif number and number not in found:
            missed.append(f"{name}: invariant {number} was not named, but {sorted(found)}")
    return len(table) - 1, missed
