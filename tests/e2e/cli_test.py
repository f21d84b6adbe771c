#!/usr/bin/python3
"""The command line: what it prints, its exit codes, and one line for every error.

Usage: cli_test.py ERARIO [-v]    (the path of the built program)
Exit codes: 0 done, 1 the thing asked about is wrong, 2 the question or the surroundings are.
"""
import json
import re
import shutil
import subprocess
import time
import unittest
import unittest.mock

import support

BIN = support.binaries()
ERARIO = str(BIN / "erario")
CATALOGUE = str(support.ROOT / "ops/catalogue")
CORPUS = support.ROOT / "tests/unit/reconciliation/corpus"
ON = ["--on", support.DAY, "--catalogue", CATALOGUE]


class Case(unittest.TestCase):
    """One store without a server: the command line needs none."""

    erario = None

    @classmethod
    def setUpClass(cls):
        if Case.erario is None:
            Case.erario = support.Installation(BIN, stand_ins=False, serve=False)
            Case.scratch = Case.erario.scratch
            Case.config = str(Case.erario.config)

    def run_it(self, *words, code=0):
        done = subprocess.run([ERARIO, *map(str, words)], capture_output=True, text=True,
                              timeout=60, cwd=support.ROOT, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return done

    def said(self, *words):
        """What it prints, and the same as JSON."""
        text = self.run_it(*words)
        self.assertEqual(text.stderr, "")
        told = self.run_it("--json", *words)
        self.assertEqual(told.stderr, "")
        self.assertEqual(told.stdout.count("\n"), 1, "JSON is one line")
        return text.stdout, json.loads(told.stdout)

    def refused(self, *words, code=1, names=""):
        """One line that names what is wrong; the same as JSON."""
        done = self.run_it(*words, code=code)
        self.assertEqual(done.stdout, "")
        self.assertTrue(done.stderr.startswith("error: "), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertLess(len(done.stderr), 400)
        self.assertIn(names, done.stderr)
        self.assertFalse(re.search(r"terminate called|what\(\)|\.cpp:|std::|0x[0-9a-f]{6}",
                                   done.stderr), done.stderr)
        told = json.loads(self.run_it("--json", *words, code=code).stderr)
        self.assertEqual(set(told), {"code", "detail", "errors"})
        return told

    def file(self, name, content):
        path = self.scratch / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


class Itself(Case):
    def test_help_names_every_command(self):
        text = self.run_it("--help").stdout
        for command in ("serve", "reconcile", "config", "migrate", "keys", "catalogue", "ledger",
                        "check", "quote", "statement", "receipt", "routes", "machine",
                        "posting-rules"):
            self.assertIn(f"\n  {command}", text)
            self.assertIn("Usage: erario " + command, self.run_it(command, "--help").stdout)

    def test_the_version_is_told(self):
        self.assertRegex(self.run_it("--version").stdout, r"^erario \d+\.\d+\.\d+\n$")

    def test_a_wrong_command_line_is_one_line(self):
        for words in ([], ["nothing"], ["quote"], ["check", "clabe"], ["check", "isbn", "1"],
                      ["quote", "a", "b"], ["quote", "sre.passport.10y", "--surprise"],
                      ["ledger", "export", "--format", "beancount"], ["keys", "create"],
                      ["reconcile"]):
            with self.subTest(words):
                self.refused(*words, code=2, names="--help")

    def test_what_it_does_not_expect_is_told_in_the_order_it_was_written(self):
        for words, names in ((["foo", "bar"], "not expected: foo bar;"),
                             (["check", "clabe", "012180000000000015", "2", "3"],
                              "not expected: 2 3;"),
                             (["serve", "--config", "/x", "--x", "--y", "z"],
                              "not expected: --x --y z;"),
                             (["keys", "create", "--onwer", "x"], "not expected: --onwer x;"),
                             (["keys", "create", "--owner", "x"], "--scope is required;"),
                             (["keys"], "subcommand is required;")):
            with self.subTest(words):
                self.refused(*words, code=2, names=names)

    def test_it_prints_its_routes_machines_and_posting_rules(self):
        text, told = self.said("routes")
        self.assertEqual(len(text.splitlines()), len(told))
        self.assertIn("POST /v1/payments\n", text)
        text, told = self.said("machine")
        self.assertEqual(text, told["markdown"])
        self.assertGreaterEqual(text.count("stateDiagram-v2"), 3)
        text, told = self.said("posting-rules")
        self.assertEqual(text, told["markdown"])
        self.assertIn("`payment.captured`", text)


class Tools(Case):
    def test_a_quote_explains_every_line(self):
        text, told = self.said("quote", "sre.passport.10y", *ON)
        self.assertIn("4,280", text)
        self.assertIn("Ley Federal de Derechos", text)
        self.assertEqual(told["total"], 428000)
        self.assertNotIn("digest", told)
        _, told = self.said("quote", "sre.passport.3y", "--relief", "over_60", "--evidence", "INE",
                            *ON)
        self.assertEqual(told["total"], 90000)
        _, told = self.said("quote", "sedena.firearm.permit", "--input", "guns=4", *ON)
        self.assertEqual(told["total"], 242300)

    def test_a_quote_that_cannot_be_is_refused(self):
        permit = ["quote", "sedena.firearm.permit"]
        rows = [
            (["quote", "no.such", *ON], "service"),
            (["quote", "sre.passport.10y", "--on", "2026-02-30", "--catalogue", CATALOGUE], "--on"),
            (["quote", "sre.passport.10y", "--on", "mañana", "--catalogue", CATALOGUE], "--on"),
            (["quote", "sre.passport.10y", "--on", "2027-03-02", "--catalogue", CATALOGUE],
             "2027-03-02"),
            ([*permit, *ON], "guns"),
            ([*permit, "--input", "guns", *ON], "--input"),
            ([*permit, "--input", "guns=-1", *ON], "guns"),
            ([*permit, "--input", "guns=1.5", *ON], "guns"),
            ([*permit, "--input", "guns=99999999999999999999", *ON], "guns"),
            ([*permit, "--input", "guns=1", "--input", "tanks=1", *ON], "tanks"),
            ([*permit, "--input", "guns=4", "--input", "guns=5", *ON],
             "--input: names guns twice"),
            (["quote", "sre.passport.3y", "--relief", "none", "--evidence", "x", *ON], "relief"),
            (["quote", "sre.passport.3y", "--relief", "over_60", *ON], "evidence"),
        ]
        for words, names in rows:
            with self.subTest(words):
                self.refused(*words, names=names)
        self.refused("quote", "sre.passport.10y", "--catalogue", "/nowhere", code=2,
                     names="/nowhere")

    def test_identifiers_are_checked(self):
        text, told = self.said("check", "clabe", "012180000000000015")
        self.assertIn("valid", text)
        self.assertEqual((told["valid"], told["spei_code"]), (True, "40012"))
        self.assertTrue(self.said("check", "curp", "LOFA900101MDFRCN07")[1]["valid"])
        self.assertTrue(self.said("check", "rfc", "LOFA900101X11")[1]["valid"])
        for kind, value in (("clabe", "012180000000000016"), ("clabe", "01218000000000001"),
                            ("clabe", "999180000000000015"), ("clabe", "01218000000000001X"),
                            ("clabe", ""), ("curp", "LOFA900101MDFRCN08"), ("curp", "LOFA"),
                            ("curp", "LOFA900230MDFRCN07"), ("rfc", "LOFA900101X12"),
                            ("rfc", "LOFA901301X11"), ("rfc", "X"), ("rfc", "ñ" * 12)):
            with self.subTest(kind, value=value):
                told = self.refused("check", kind, value)
                self.assertEqual(told["errors"][0]["pointer"], "/" + kind)
                self.assertTrue(told["errors"][0]["rule"])

    def test_statement_files_are_read(self):
        for name in ("mt940/plain.sta", "bai2/whole.bai", "camt/version_02.xml"):
            with self.subTest(name):
                text, told = self.said("statement", "read", CORPUS / name)
                self.assertEqual(json.loads(text), told)
                self.assertTrue(told[0]["account"])

    def test_a_cut_statement_file_is_refused_wherever_it_is_cut(self):
        for name in ("bai2/whole.bai", "camt/version_02.xml"):
            whole = (CORPUS / name).read_bytes().rstrip()
            for part in (1, 3, 6, 9):
                with self.subTest(name, tenths=part):
                    cut = self.file("cut" + name[-4:], whole[:len(whole) * part // 10])
                    self.refused("statement", "read", cut, names="cut")

    def test_a_cut_mt940_file_is_refused_or_says_that_nothing_proves_it(self):
        # Its format has no mark of the end but the closing balance.
        path = CORPUS / "mt940/plain.sta"
        whole, = json.loads(self.run_it("statement", "read", path).stdout)
        content = path.read_bytes()
        for length in range(0, len(content), 40):
            with self.subTest(length):
                cut = self.file("cut.sta", content[:length])
                done = subprocess.run([ERARIO, "statement", "read", str(cut)],
                                      capture_output=True, text=True, timeout=60)
                self.assertIn(done.returncode, (0, 1), done.stderr)
                if done.returncode == 1:
                    self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                    continue
                read, = json.loads(done.stdout)
                if read["proven"]:
                    self.assertEqual(read["lines"], whole["lines"])

    def test_a_broken_statement_file_is_refused(self):
        for name in ("camt/truncated.xml", "mt940/cut_off.sta", "bai2/cut_off.bai",
                     "camt/totals_do_not_tie.xml", "mt940/totals_do_not_tie.sta",
                     "bai2/wrong_control_total.bai", "camt/entity_bomb.xml"):
            with self.subTest(name):
                self.refused("statement", "read", CORPUS / name)
        for content in (b"", b"\0" * 100, b"hello", b"{}", b"%PDF-1.7"):
            with self.subTest(content[:8]):
                self.refused("statement", "read", self.file("odd", content))
        self.refused("statement", "read", "/nowhere", code=2, names="/nowhere")
        self.refused("statement", "read", self.scratch, code=2)

    def test_a_catalogue_is_checked_with_file_and_line(self):
        text, told = self.said("catalogue", "check", CATALOGUE)
        self.assertIn(told["version"], text)
        folder = self.scratch / "catalogue"
        shutil.copytree(CATALOGUE, folder, dirs_exist_ok=True)
        sre = (folder / "sre.yaml").read_text()
        (folder / "sre.yaml").write_text(sre.replace("kind: derecho", "kind: regalo", 1))
        line = sre[:sre.index("kind: derecho")].count("\n") + 1
        done = self.run_it("catalogue", "check", folder, code=1)
        self.assertRegex(done.stderr, rf"sre\.yaml:{line}\b")
        (folder / "sre.yaml").write_text("agencies: [")
        self.assertIn("sre.yaml:", self.run_it("catalogue", "check", folder, code=1).stderr)


class Store(Case):
    def test_a_configuration_is_checked(self):
        _, told = self.said("config", "check", self.config)
        self.assertTrue(told["valid"])
        good = self.erario.config.read_text()
        rows = [
            ("an unknown key", good.replace("[quotes]", "[quotes]\nsecrets = 1"), "secrets"),
            ("an unknown section", good + "\n[surprise]\nx = 1\n", "surprise"),
            ("a wrong port", good.replace(f"port = {self.erario.port}", "port = 70000"), "port"),
            ("a wrong type", good.replace(f"port = {self.erario.port}", 'port = "x"'), "port"),
            ("no TOML", good + "\n[[[", ""),
            ("a number out of range", good.replace("grace_days = 0", "grace_days = 99"),
             "grace_days"),
            ("a default that takes no cards",
             good.replace('default_gateway = "openpay"', 'default_gateway = "stp"'),
             "cards.default_gateway"),
            ("a missing file", good.replace("keys/quotes.secret", "keys/nothing"), "nothing"),
        ]
        for name, text, names in rows:
            with self.subTest(name):
                self.assertNotEqual(text, good)
                path = self.erario.run / "changed.toml"
                path.write_text(text)
                self.refused("config", "check", path, code=2, names=names)
        self.refused("config", "check", "/nowhere.toml", code=2, names="/nowhere.toml")

    def test_what_a_start_would_refuse_of_files_is_told_beforehand(self):
        keys = self.erario.run / "keys"
        good = self.erario.config.read_text()

        def openssl(*words):
            subprocess.run(["openssl", *map(str, words)], cwd=keys, check=True,
                           capture_output=True)

        def own(name, content, mode=0o600):
            (keys / name).write_bytes(content)
            (keys / name).chmod(mode)

        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "-1", "-out", "ended.pem")
        openssl("pkey", "-in", "server.key", "-aes256", "-passout", "pass:ficticia", "-out",
                "locked.key")
        openssl("pkey", "-in", "receipts.pem", "-aes256", "-passout", "pass:ficticia", "-out",
                "locked.pem")
        own("bom.secret", b"\xef\xbb\xbfsk_ficticia")
        own("blank.password", b" ficticia")
        own("nul.secret", b"x" * 40 + b"\0")
        own("shown.key", (keys / "server.key").read_bytes(), 0o644)
        own("large.pem", b"\n" * (2 << 20))
        rows = [
            ("server.pem", "ended.pem", "server.tls_cert: is out of date since 20"),
            ("server.key", "ca.key", "server.tls_key: is not the key of the certificate"),
            ("server.key", "locked.key", "server.tls_key: is encrypted; "),
            ("server.key", "shown.key", "server.tls_key: may be read by others; chmod 600 it"),
            ("receipts.pem", "locked.pem", "is encrypted; "),
            ("openpay.secret", "bom.secret", "gateway.openpay.private_key_file: must be one line"),
            ("stp-callback.password", "blank.password",
             "gateway.stp.inbound_password_file: must be one line"),
            ("quotes.secret", "nul.secret", "quotes.secret_file: must be one line"),
            ("ca.pem", "large.pem", "ca_file: is larger than 1 MiB"),
        ]
        path = self.erario.run / "changed.toml"
        for name, other, rule in rows:
            with self.subTest(rule):
                # Of the certificates of others, one section's at a time.
                changed = good.replace(f'"keys/{name}"', f'"keys/{other}"', 1)
                self.assertNotEqual(changed, good)
                path.write_text(changed)
                self.refused("config", "check", path, code=2, names=rule)
                self.assertIn(rule, self.run_it("serve", "--config", path, code=2).stderr)
        path.write_text(good.replace("keys/server.key", "keys/ca.key").replace(
            "keys/quotes.secret", "keys/nul.secret"))
        done = self.run_it("config", "check", path, code=2)
        self.assertEqual(sorted(line.split(":")[1] for line in done.stderr.splitlines()),
                         [" quotes.secret_file", " server.tls_key"])

    def test_keys_are_made_listed_and_revoked(self):
        _, made = self.said("keys", "create", "--config", self.config, "--owner", "prueba",
                            "--scope", "portal", "--scope", "finance")
        self.assertRegex(made["key"], r"^era_portal_[A-Za-z0-9_-]{43}$")
        listed = self.run_it("--json", "keys", "list", "--config", self.config).stdout
        self.assertNotIn(made["key"], listed)
        mine, = [one for one in json.loads(listed) if one["id"] == made["id"]]
        self.assertEqual((mine["owner"], mine["scopes"]), ("prueba", ["portal", "finance"]))
        self.assertNotIn(made["key"].encode(), self.erario.database.read_bytes())
        self.said("keys", "revoke", made["id"], "--config", self.config)
        listed = json.loads(self.run_it("--json", "keys", "list", "--config", self.config).stdout)
        self.assertIn("revoked_at", [one for one in listed if one["id"] == made["id"]][0])
        self.refused("keys", "create", "--config", self.config, "--owner", "x", "--scope", "king",
                     names="error: --scope: must be portal")
        self.refused("keys", "create", "--config", self.config, "--owner", "x", "--scope",
                     "payout", names="error: --scope: payout goes beside portal")
        _, twice = self.said("keys", "create", "--config", self.config, "--owner", "doble",
                             "--scope", "portal", "--scope", "portal", "--scope", "payout")
        self.assertEqual(twice["scopes"], ["portal", "payout"])
        self.assertIn("  doble  portal,payout\n",
                      self.run_it("keys", "list", "--config", self.config).stdout)
        self.refused("keys", "revoke", "key_x", "--config", self.config, names="id")
        self.refused("keys", "revoke", "key_" + "0" * 32, "--config", self.config)

    def test_an_empty_ledger_verifies_and_exports(self):
        text, told = self.said("ledger", "verify", "--config", self.config)
        self.assertIn("the ledger is sound", text)
        self.assertTrue(told["clean"])
        self.assertIn("commodity", self.run_it("ledger", "export", "--config",
                                               self.config).stdout)
        for words in (["ledger", "verify"], ["ledger", "export"], ["migrate"], ["keys", "list"],
                      ["serve"], ["catalogue", "import"], ["reconcile", "--date", support.DAY]):
            with self.subTest(words):
                self.refused(*words, "--config", "/nowhere.toml", code=2, names="/nowhere.toml")

    def test_migrating_and_importing_again_change_nothing(self):
        before = self.erario.row_counts()
        self.assertEqual(self.said("migrate", "--config", self.config)[1], {"applied": []})
        _, told = self.said("catalogue", "import", "--config", self.config)
        self.assertEqual(told["changes"], 0)
        self.assertEqual(self.erario.row_counts(), before)

    def test_a_wrong_date_of_a_reconciliation_is_refused(self):
        for text in ("2026-02-30", "hoy", ""):
            with self.subTest(text):
                self.refused("reconcile", "--config", self.config, "--date", text, names="--date")


class Receipts(Case):
    def test_a_receipt_is_verified_and_a_changed_one_is_not(self):
        self.erario.start()
        portal = self.erario.client("portal")
        payment = support.paid_by_spei(self.erario, portal)
        document = portal.get(f"/v1/payments/{payment['id']}/receipts").json()["data"][0]
        pdf = portal.get(f"/v1/receipts/{document['receipt']['id']}.pdf").body
        time.sleep(1.1)  # it holds no time of its download
        self.assertEqual(portal.get(f"/v1/receipts/{document['receipt']['id']}.pdf").body, pdf)
        self.draws_any_name(portal)
        portal.close()
        self.assertEqual(self.erario.terminate(), 0)
        key = ["--key", self.erario.run / "keys/receipts.pub.pem"]
        for name, content in (("receipt.json", json.dumps(document)), ("receipt.pdf", pdf)):
            text, told = self.said("receipt", "verify", self.file(name, content), *key)
            self.assertIn("valid: receipt SRE-1", text)
            self.assertEqual((told["valid"], told["folio"]), (True, 1))
        document["receipt"]["total"] += 1
        changed = self.file("changed.json", json.dumps(document))
        self.refused("receipt", "verify", changed, *key, names="changed.json")
        document["receipt"]["total"] -= 1
        document["receipt"]["folio"] += 1
        changed = self.file("changed.json", json.dumps(document))
        told = self.refused("receipt", "verify", changed, *key, names="changed.json: not genuine")
        self.assertEqual(told["code"], "signature.invalid")
        document["receipt"]["folio"] -= 1
        whole = json.dumps(document)
        for name, content in (("empty", b""), ("cut", whole[:len(whole) // 2]), ("list", "[]"),
                              ("plain.pdf", b"%PDF-1.7\nhello"), ("cut.pdf", pdf[:len(pdf) // 2])):
            with self.subTest(name):
                self.refused("receipt", "verify", self.file(name, content), *key)
        other = self.file("other.pem", subprocess.run(
            ["openssl", "genpkey", "-algorithm", "ed25519"], capture_output=True,
            check=True).stdout)
        public = subprocess.run(["openssl", "pkey", "-in", other, "-pubout"], capture_output=True,
                                check=True).stdout
        # The receipt is not to blame for a key that is not its own.
        other_key = self.file("other.pub.pem", public)
        for name in ("receipt.json", "changed.json"):
            told = self.refused("receipt", "verify", self.scratch / name, "--key", other_key,
                                code=2, names="the key given is")
            self.assertEqual(told["errors"][0]["pointer"], "--key")
            self.assertNotIn("changed", told["detail"].replace(name, ""))
            self.assertIn(document["seal"]["key_id"], told["detail"])
        self.refused("receipt", "verify", "/nowhere", *key, code=2, names="/nowhere")


    def draws_any_name(self, portal):
        """No boxes: every character of the name has a font in the PDF."""
        with unittest.mock.patch.dict(support.PAYER, name="山田花子 王小明 김철수 Ñandú"):
            payment = support.paid_by_spei(self.erario, portal)
        document = portal.get(f"/v1/payments/{payment['id']}/receipts").json()["data"][0]
        pdf = self.file("names.pdf", portal.get(
            f"/v1/receipts/{document['receipt']['id']}.pdf").body)
        fonts = subprocess.run(["pdffonts", pdf], capture_output=True, text=True, check=True).stdout
        self.assertIn("+WenQuanYiMicroHei", fonts)
        text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True,
                              check=True).stdout
        for part in ("山田花子", "王小明", "김철수", "Ñandú"):
            self.assertIn(part, text)


def tearDownModule():
    if Case.erario:
        Case.erario.stop()


if __name__ == "__main__":
    unittest.main()
