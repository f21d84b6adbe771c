"""Every route of the stand-ins, over the wire. Usage: sim_test.py BINARY [unittest options]"""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import sim_bank_test  # noqa: E402
import sim_conekta_test  # noqa: E402
import sim_psp_test  # noqa: E402
import sim_stp_test  # noqa: E402

PARTS = (sim_psp_test, sim_conekta_test, sim_stp_test, sim_bank_test)


def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite()
    for part in PARTS:
        for case in vars(part).values():
            # Its own cases only: a part may borrow another's base class.
            if isinstance(case, type) and case.__module__ == part.__name__:
                if issubclass(case, unittest.TestCase):
                    suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    binary = sys.argv.pop(1)
    for case in (sim_psp_test.PspCase, sim_conekta_test.ConektaCase, sim_stp_test.StpCase, sim_bank_test.BankCase):
        case.binary = binary
    unittest.main()
