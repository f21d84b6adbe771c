"""Every route of the stand-ins, over the wire. Usage: sim_test.py BINARY [unittest options]"""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import sim_psp_test  # noqa: E402
import sim_stp_test  # noqa: E402

PARTS = (sim_psp_test, sim_stp_test)


def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite()
    for part in PARTS:
        suite.addTests(loader.loadTestsFromModule(part))
    return suite


if __name__ == "__main__":
    binary = sys.argv.pop(1)
    sim_psp_test.PspCase.binary = binary
    sim_stp_test.StpCase.binary = binary
    unittest.main()
