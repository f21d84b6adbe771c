#!/usr/bin/python3
"""A renewed certificate is taken over on SIGHUP while customers come and go, and nobody notices.

Usage: tls_reload_test.py ERARIO [-v]    (the path of the built program)
"""
import signal
import ssl
import subprocess
import threading
import time
import unittest

import support

BIN = support.binaries()
CUSTOMERS = 6


class Customer(threading.Thread):
    """Asks one request after the other, `kept` on one connection or each on one of its own."""

    def __init__(self, erario, kept):
        super().__init__(daemon=True)
        self.erario, self.kept = erario, kept
        self.served, self.failed, self.over = 0, [], False

    def run(self):
        client = self.erario.client("portal")
        while not self.over:
            try:
                status = client.get("/v1/payments?limit=1").status
                if status != 200:
                    self.failed.append(status)
                self.served += 1
            except Exception as failure:  # whatever it was, a customer was not served
                self.failed.append(repr(failure))
            if not self.kept:
                client.close()
        client.close()


class TlsReload(unittest.TestCase):
    def setUp(self):
        self.erario = support.Installation(BIN, stand_ins=False)
        self.addCleanup(self.erario.stop)
        self.keys = self.erario.run / "keys"

    def renew(self, days):
        """A certificate by the same authority, with a key of its own; its serial number. With
        days below 0 it ended that long ago."""
        for words in (["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                       "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost"],
                      ["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                       "-CAcreateserial", "-days", str(days), "-extfile", "server.ext",
                       "-out", "server.pem"]):
            subprocess.run(["openssl", *words], cwd=self.keys, check=True, capture_output=True)
        return ssl._ssl._test_decode_cert(str(self.keys / "server.pem"))["serialNumber"]

    def shown(self):
        """The serial number of the certificate that a new connection sees, checked as ever."""
        client = self.erario.client()
        try:
            client.get("/healthz")
            return client.connection.sock.getpeercert()["serialNumber"]
        finally:
            client.close()

    def metric(self, series):
        client = self.erario.client()
        text = client.get("/metrics").body.decode()
        client.close()
        return [float(line.split()[-1]) for line in text.splitlines()
                if line.startswith(series + " ")]

    def reload(self, result):
        series = f'erario_tls_reloads_total{{result="{result}"}}'
        before = self.metric(series)
        self.erario.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 20
        while self.metric(series) == before:
            self.assertLess(time.monotonic(), deadline, self.erario.errors()[-2000:])
            time.sleep(0.01)

    def test_a_renewed_certificate_costs_nobody_a_request(self):
        first = self.shown()
        customers = [Customer(self.erario, kept=number % 2 == 0) for number in range(CUSTOMERS)]
        for one in customers:
            one.start()
        for days in (10, 20, 30):
            serial = self.renew(days)
            self.assertNotEqual(self.shown(), serial, "not before it is told to")
            self.reload("taken")
            self.assertEqual(self.shown(), serial)
            end, = self.metric("erario_tls_certificate_end_timestamp_seconds")
            self.assertAlmostEqual(end, time.time() + days * 86_400, delta=600)
        self.assertNotEqual(self.shown(), first)
        time.sleep(0.5)
        for one in customers:
            one.over = True
        for one in customers:
            one.join(timeout=30)
            self.assertEqual(one.failed, [])
            self.assertGreater(one.served, 3)

    def test_files_that_do_not_fit_leave_the_certificate_that_is_there(self):
        first = self.shown()
        good = {name: (self.keys / name).read_bytes() for name in ("server.pem", "server.key")}
        for name, content, field in (("server.pem", b"nonsense", "server.tls_cert"),
                                     ("server.key", b"", "server.tls_key"),
                                     ("server.key", (self.keys / "ca.key").read_bytes(),
                                      "server.tls_key"),
                                     ("server.key", self.encrypted(), "server.tls_key")):
            with self.subTest(name, content=content[:8]):
                (self.keys / name).write_bytes(content)
                told = self.erario.errors().count(field)
                self.reload("refused")
                self.assertEqual(self.shown(), first)
                self.assertEqual(self.erario.errors().count(
                    "the certificate in force stays: " + field), self.erario.errors().count(field))
                self.assertEqual(self.erario.errors().count(field), told + 1)
                (self.keys / name).write_bytes(good[name])
        self.renew(-1)  # the demonstration's clock stands at a day before its end
        self.reload("refused")
        self.assertEqual(self.shown(), first)
        self.assertIn("server.tls_cert: is out of date since 20", self.erario.errors())
        serial = self.renew(10)
        self.reload("taken")
        self.assertEqual(self.shown(), serial)
        self.assertTrue(self.erario.alive())

    def encrypted(self):
        return subprocess.run(["openssl", "pkey", "-in", "server.key", "-aes256", "-passout",
                               "pass:ficticia"], cwd=self.keys, check=True,
                              capture_output=True).stdout


if __name__ == "__main__":
    unittest.main()
