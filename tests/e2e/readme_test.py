#!/usr/bin/python3
"""What README has a newcomer type, typed: from a quote to a receipt against a demonstration.

Usage: readme_test.py ERARIO [-v]    (the path of the built program; erario-sim beside it)
"""
import json
import re
import subprocess
import unittest

import support

BIN = support.binaries()
README = (support.ROOT / "README.md").read_text(encoding="utf-8")


def shown(mark):
    """The block of commands with this text in it."""
    block, = [one for one in re.findall(r"```sh\n(.*?)```", README, re.S) if mark in one]
    return block


class Readme(unittest.TestCase):
    def setUp(self):
        self.erario = support.Installation(BIN)
        self.addCleanup(self.erario.stop)
        var = self.erario.scratch / "var"
        var.mkdir()
        (var / "run").symlink_to(self.erario.run)

    def typed(self, commands):
        """Its output, with the ports and the folder of this installation."""
        for offset in range(4):
            commands = commands.replace(f"localhost:{8443 + offset}",
                                        f"localhost:{self.erario.port + offset}")
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], timeout=120,
                              capture_output=True, text=True, cwd=self.erario.scratch)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout

    def test_a_portal_goes_from_a_quote_to_a_receipt(self):
        told = self.typed(shown("finished() {"))
        self.assertEqual(told.count('"state":"paid"'), 2, told)
        self.assertEqual(json.loads(told.splitlines()[-1]),
                         {"series": "SRE", "folio": 2, "total": 179_500}, told)
        self.assertIn('"state": "awaiting"', told)

    def test_a_checkout_link_is_made(self):
        url = self.typed(shown("/v1/checkouts")).strip()
        self.assertTrue(url.startswith(f"https://localhost:{self.erario.port}/checkout/"), url)
        page = self.erario.client()
        self.addCleanup(page.close)
        self.assertEqual(page.get(url[url.index("/checkout/"):]).status, 200)


if __name__ == "__main__":
    unittest.main()
