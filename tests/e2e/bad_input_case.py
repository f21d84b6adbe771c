"""The installation that all cases of bad_input_test.py share, and what each of them asserts."""
import contextlib
import re
import time
import unittest

import support


class Case(unittest.TestCase):
    """One installation for all cases of the file."""

    erario = None

    @classmethod
    def setUpClass(cls):
        if Case.erario is None:
            Case.erario = support.Installation(support.binaries())
            Case.portal = Case.erario.client("portal")
            Case.finance = Case.erario.client("finance")
            Case.auditor = Case.erario.client("auditor")
            Case.stp = Case.erario.stp_client()
            Case.paid = support.paid_by_spei(Case.erario, Case.portal)

    def tearDown(self):
        self.assertTrue(self.erario.alive(), self.erario.errors()[-2000:])

    def refused(self, told, status, code, pointer=None, rule=""):
        """One problem that names the field and the rule."""
        self.assertEqual(told.status, status, told.body[:500])
        problem = told.problem()
        self.assertIsNotNone(problem, told.body[:500])
        self.assertEqual(problem[0], code, told.body[:500])
        document = told.json()
        self.assertEqual(document["status"], status)
        self.assertTrue(document["title"])
        self.assertFalse(re.search(r"sqlite|SELECT|INSERT|/tmp/|/root/|\.cpp|std::|boost",
                                   told.body.decode()), told.body)
        if pointer is not None:
            named = [its_rule for its_pointer, its_rule in problem[1] if its_pointer == pointer]
            self.assertTrue(named, f"{pointer} is not named: {told.body[:500]}")
            self.assertIn(rule, " ".join(named))
        return document

    def stores_nothing(self):
        return Unchanged(self)

    def keeps_calls(self, count):
        """Nothing but the raw bytes of that many calls."""
        return Unchanged(self, inbound=count)

    def quote(self, *items, **more):
        return support.quote(self.portal, *items, **more)

    def order(self, **changes):
        return {"quote": self.quote(), "method": "spei", "payer": dict(support.PAYER), **changes}


class Unchanged:
    """Within it no row may come or go. Batches aside: the outbox commits its own in the meantime."""

    def __init__(self, case, **more):
        self.case, self.more = case, more

    def __enter__(self):
        # Calls that earlier cases owe are made and answered first.
        deadline = time.monotonic() + 15
        while self.owed() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.before = self.counts()

    def owed(self):
        with contextlib.closing(self.case.erario.sql()) as database:
            return database.execute("SELECT count(*) FROM jobs WHERE state = 'due'").fetchone()[0]

    def __exit__(self, kind, _value, _trace):
        if kind is not None:
            return
        wanted = {name: count + self.more.get(name, 0) for name, count in self.before.items()}
        self.case.assertEqual(self.counts(), wanted, "something else is stored")

    def counts(self):
        counts = self.case.erario.row_counts()
        del counts["batches"]
        return counts
