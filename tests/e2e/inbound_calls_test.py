#!/usr/bin/python3
"""Calls from a gateway count only from its addresses, with its client certificate and its
password: over real TLS, every one of them missing or wrong is refused, and nothing changes.

Usage: inbound_calls_test.py ERARIO [-v]    (the path of the built program; erario-sim beside it)
"""
import http.client
import ssl
import subprocess
import unittest

import support

BIN = support.binaries()
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"


class Authority:
    """Signs client certificates."""

    def __init__(self, folder, name):
        self.folder, self.pem, self.key = folder, folder / f"{name}.pem", folder / f"{name}.key"
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-days", "2", "-keyout", self.key, "-out", self.pem,
                     "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE",
                     "-addext", "keyUsage=critical,keyCertSign")

    def openssl(self, *words):
        return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True,
                              text=True).stdout

    def sign(self, name, usage="clientAuth"):
        """(certificate, key, SHA-256 fingerprint as openssl prints it)"""
        made = {part: self.folder / f"{name}.{part}" for part in ("crt", "key", "csr", "ext")}
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", made["key"], "-out", made["csr"], "-subj", f"/CN={name}")
        made["ext"].write_text(f"extendedKeyUsage={usage}\n")
        self.openssl("x509", "-req", "-in", made["csr"], "-CA", self.pem, "-CAkey", self.key,
                     "-CAcreateserial", "-days", "2", "-extfile", made["ext"], "-out", made["crt"])
        told = self.openssl("x509", "-in", made["crt"], "-noout", "-fingerprint", "-sha256")
        return made["crt"], made["key"], told.strip().split("=", 1)[1]


class InboundCalls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.erario = support.Installation(BIN, stand_ins=False, serve=False)
        cls.addClassCleanup(cls.erario.stop)
        folder = cls.erario.run / "keys"
        ours, foreign = Authority(folder, "gateways"), Authority(folder, "foreign")
        cls.stp = ours.sign("stp-client")
        cls.other_client = ours.sign("other-client")
        cls.server_kind = ours.sign("a-server", usage="serverAuth")
        cls.foreign = foreign.sign("stp-of-another")
        text = cls.erario.config.read_text()
        cls.demonstration = text
        text = text.replace('tls_key = "keys/server.key"\n',
                            'tls_key = "keys/server.key"\nclient_ca_file = "keys/gateways.pem"\n')
        text = text.replace('kind = "stp"\n', f'''kind = "stp"
inbound_addresses = ["2001:db8::/32", "{HERE}"]
inbound_certificates = ["{cls.stp[2]}"]
''')
        cls.erario.config.write_text(text)
        cls.erario.start()
        cls.portal, cls.finance = cls.erario.client("portal"), cls.erario.client("finance")
        cls.addClassCleanup(cls.portal.close)
        cls.addClassCleanup(cls.finance.close)

    def pay(self, certificate=None, address=HERE, user="stp", password=None):
        """An abono that would pay a fresh payment: (status or None, the payment's state, the body).
        """
        told = self.portal.post("/v1/payments", {"quote": support.quote(self.portal),
                                                 "method": "spei", "payer": support.PAYER})
        payment = told.json()
        context = ssl.create_default_context(cafile=str(self.erario.run / "keys/ca.pem"))
        if certificate:
            context.load_cert_chain(certificate[0], certificate[1])
        password = password or self.erario.secret("stp-callback.password").strip()
        connection = http.client.HTTPSConnection("localhost", self.erario.port, context=context,
                                                 timeout=10, source_address=(address, 0))
        body = support.abono(payment["clabe"], payment["amount"]["centavos"],
                             "MTLS" + payment["clabe"][-12:])
        status, answer = None, b""
        try:
            connection.request("POST", "/v1/gateways/stp/abono", body, {
                "Content-Type": "application/json", "Authorization": support.basic(user, password)})
            response = connection.getresponse()
            status, answer = response.status, response.read()
        except (ssl.SSLError, ConnectionError):
            pass  # the handshake is refused
        finally:
            connection.close()
        state = self.portal.get("/v1/payments/" + payment["id"]).json()["state"]
        return status, state, answer

    def refused(self):
        wanted = 'erario_inbound_calls_total{gateway="stp",result="signature.invalid"} '
        lines = [line for line in self.finance.get("/metrics").body.decode().splitlines()
                 if line.startswith(wanted)]
        return int(float(lines[0].split()[-1])) if lines else 0

    def test_the_right_certificate_address_and_password_pay(self):
        self.assertEqual(self.pay(self.stp), (200, "paid", b'{"mensaje":"confirmar"}'))

    def test_what_is_missing_or_wrong_is_refused_counted_and_told_and_changes_nothing(self):
        before = self.refused()
        cases = [
            ("no certificate", {}, "shows no client certificate"),
            ("another certificate of the same authority", {"certificate": self.other_client},
             "shows no client certificate"),
            ("another address", {"certificate": self.stp, "address": ELSEWHERE},
             "comes from an address"),
            ("another password", {"certificate": self.stp, "password": "ficticia"},
             "agreed credentials"),
            ("another user", {"certificate": self.stp, "user": "nadie"}, "agreed credentials"),
        ]
        for what, call, _ in cases:
            with self.subTest(what):
                self.assertEqual(self.pay(**call),
                                 (401, "awaiting", b'{"mensaje":"no autorizado"}'))
        self.assertEqual(self.refused(), before + len(cases))
        self.assertEqual(self.finance.get("/v1/deposits?state=held").json()["data"], [])
        log = self.erario.errors()
        # One line in ten seconds, whatever comes: the first of them.
        self.assertEqual(log.count("a call is refused"), 1, log)
        self.assertIn(cases[0][2], log)
        for secret in (HERE, ELSEWHERE, "LORO", "012180000000000015", "ficticia"):
            lines = [line for line in log.splitlines() if "a call is refused" in line]
            self.assertNotIn(secret, lines[0])

    def test_certificates_of_another_authority_or_kind_do_not_get_through_the_handshake(self):
        before = self.refused()
        for certificate in (self.foreign, self.server_kind):
            self.assertEqual(self.pay(certificate), (None, "awaiting", b""))
        self.assertEqual(self.refused(), before)

    def test_certificates_without_an_authority_to_check_them_are_no_configuration(self):
        broken = self.erario.run / "broken.toml"
        broken.write_text(self.demonstration.replace(
            'kind = "stp"\n', f'kind = "stp"\ninbound_certificates = ["{self.stp[2]}"]\n'))
        done = self.erario.command("config", "check", broken, check=False)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn("gateway.stp.inbound_certificates: needs server.client_ca_file",
                      done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
