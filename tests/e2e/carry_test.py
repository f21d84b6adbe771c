#!/usr/bin/python3
"""An embedded installation moves to a server: with its keys, receipts and hash chain, or not at all.

Usage: carry_test.py ERARIO [-v]    (the path of the built program)
"""
import json
import sqlite3
import unittest

import support

BIN = support.binaries()


class Carry(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.erario = support.Installation(BIN, stand_ins=False)
        try:
            portal = cls.erario.client("portal")
            portal.send("POST", "/v1/webhook-endpoints", {"url": "https://portal.invalid/"})
            cls.paid = [support.paid_by_spei(cls.erario, portal)["id"] for _ in range(5)]
            portal.close()
            cls.erario.terminate()
        except BaseException:
            cls.erario.stop()
            raise
        cls.old = f"sqlite:{cls.erario.database}"

    @classmethod
    def tearDownClass(cls):
        cls.erario.stop()

    def setUp(self):
        self.server = support.Database()
        self.addCleanup(self.server.drop)

    def carry(self, *more, code=0):
        done = self.erario.command("--json", "migrate", "--from", self.old, "--to",
                                   self.server.url, "--to-owner", self.server.owner_url, *more,
                                   check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout or done.stderr)

    def rows(self, connection, table):
        found = connection.execute(f"SELECT * FROM {table}").fetchall()
        plain = [tuple(bytes(one) if isinstance(one, memoryview) else one for one in row)
                 for row in found]
        return sorted(plain, key=repr)

    def test_every_row_arrives_and_the_new_server_serves_on(self):
        told = self.carry()
        self.assertEqual(told["tables"]["payments"], 5)
        self.assertEqual(told["tables"]["webhook_deliveries"], 15)  # nobody was there to be told
        old = sqlite3.connect(self.erario.database)
        new = self.server.connect()
        self.addCleanup(old.close)
        self.addCleanup(new.close)
        for table, count in told["tables"].items():
            with self.subTest(table):
                rows = self.rows(old, table)
                self.assertEqual(len(rows), count)
                self.assertEqual(self.rows(new, table), rows)
        self.serve_on(told["heads"])

    def serve_on(self, heads):
        """The same keys open it, the same receipts verify, the chain goes on."""
        config = self.erario.config
        before = config.read_text()
        config.write_text(before.replace(f'url = "{self.old}"', f'url = "{self.server.url}"'))
        try:
            self.assertNotEqual(config.read_text(), before)
            self.erario.start()
            portal = self.erario.client("portal")
            for payment in self.paid:
                self.assertEqual(portal.get("/v1/payments/" + payment).json()["state"], "paid")
            support.paid_by_spei(self.erario, portal)
            portal.close()
            self.erario.terminate()
            report = json.loads(self.erario.command("--json", "ledger", "verify", "--config",
                                                    config).stdout)
            self.assertTrue(report["clean"], report)
            self.assertEqual(report["payments"], 6)
            self.assertEqual(len(heads), 1)
            self.assertGreater(report["heads"][0]["ordinal"], heads[0]["ordinal"])
        finally:
            config.write_text(before)

    def test_what_is_not_empty_is_refused(self):
        self.carry()
        told = self.carry(code=1)
        self.assertIn("not empty", told["detail"])

    def test_a_writer_on_the_old_store_is_noticed_and_nothing_arrives(self):
        writer = sqlite3.connect(self.erario.database, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        try:
            told = self.carry(code=1)
        finally:
            writer.close()
        self.assertIn("stop it first", told["detail"])
        new = self.server.connect()
        self.assertEqual(self.rows(new, "payments"), [])
        new.close()

    def test_a_ledger_that_is_not_sound_is_not_carried(self):
        db = sqlite3.connect(self.erario.database, isolation_level=None)
        db.execute("UPDATE balances SET debits = debits + 1")
        try:
            told = self.carry(code=1)
        finally:
            db.execute("UPDATE balances SET debits = debits - 1")
            db.close()
        self.assertIn("breaks its rules", told["detail"])

    def test_other_urls_are_refused(self):
        for words in (("--from", self.server.url, "--to", self.server.url),
                      ("--from", self.old, "--to", "sqlite:/x"),
                      ("--from", self.old, "--to", self.server.url + "&password=secreto"),
                      ("--from", "sqlite:/nowhere.db", "--to", self.server.url)):
            done = self.erario.command("migrate", *words, "--to-owner", self.server.owner_url,
                                       check=False)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertNotIn("secreto", done.stderr)


if __name__ == "__main__":
    unittest.main()
