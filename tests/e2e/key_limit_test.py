#!/usr/bin/python3
"""A key that asks more than it may is told so and when to come back; nobody else notices.

Usage: key_limit_test.py ERARIO [-v]    (the path of the built program)
"""
import time
import unittest
import uuid

import support

BIN = support.binaries()
PER_SECOND = 2
BURST = 10


class KeyLimit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.erario = support.Installation(BIN, stand_ins=False, serve=False)
        cls.addClassCleanup(cls.erario.stop)
        text = cls.erario.config.read_text()
        cls.erario.config.write_text(text.replace(
            "[server]\n",
            f"[server]\nkey_requests_per_second = {PER_SECOND}\nkey_burst = {BURST}\n", 1))
        cls.erario.start()

    def client(self, scope=None):
        made = self.erario.client(scope)
        self.addCleanup(made.close)
        return made

    def test_more_than_a_burst_is_refused_and_comes_back_by_the_second(self):
        portal, finance, nobody = self.client("portal"), self.client("finance"), self.client()
        quote = support.quote(portal)
        started = time.monotonic()
        answers = [portal.get("/v1/payments") for _ in range(3 * BURST)]
        refused = [one for one in answers if one.status == 429]
        self.assertEqual({one.status for one in answers}, {200, 429})
        self.assertLessEqual(len(answers) - len(refused),
                             BURST + PER_SECOND * (time.monotonic() - started) + 1)
        for one in refused:
            self.assertEqual(one.problem(), ("key.too_many_requests", []))
            self.assertEqual(one.headers["retry-after"], "1")
        # A refused change has not used up its key, and is done when it comes back in time.
        key = str(uuid.uuid4())
        order = {"quote": quote, "method": "spei", "payer": support.PAYER}
        told = portal.post("/v1/payments", order, key)
        self.assertEqual(told.status, 429)
        self.assertEqual(finance.get("/v1/payments").status, 200)
        self.assertEqual(nobody.get("/healthz").status, 200)
        time.sleep(int(told.headers["retry-after"]))
        self.assertEqual(portal.post("/v1/payments", order, key).status, 201)
        lines = nobody.get("/metrics").body.decode().splitlines()
        self.assertIn(f"erario_http_rate_limited_total {len(refused) + 1}", lines)
        self.assertEqual(self.erario.errors().count("makes more than server.key_requests"), 1)


if __name__ == "__main__":
    unittest.main()
