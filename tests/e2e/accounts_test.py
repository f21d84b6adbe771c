#!/usr/bin/python3
"""An operator registers with STP whose the accounts are, removes some, and brings the dated list of
banks up to date; what STP holds afterwards is what the program said.

Usage: accounts_test.py ERARIO [-v]    (the path of the built program; erario-sim beside it)
"""
import json
import unittest

import support

BIN = support.binaries()
HEAD = "account,rfc_curp,name,first_surname,since,country\n"
CURP = "LOFA900101MDFRCN07"


def clabe(number):
    digits = f"6461801104{number:07}"
    total = sum(int(digit) * weight % 10 for digit, weight in zip(digits, (3, 7, 1) * 6))
    return digits + str(-total % 10)


def person(number, **changes):
    fields = {"account": clabe(number), "rfc_curp": CURP, "name": "Ana María",
              "first_surname": "Loro-Ñandú", "since": "1990-01-01", "country": "187", **changes}
    return ",".join(fields.values()) + "\n"


def firm(number):
    return f'{clabe(number)},DFI200229A1A,"Dirección Ficticia, A.C.",,2020-02-29,187\n'


class Accounts(unittest.TestCase):
    def setUp(self):
        self.erario = support.Installation(BIN, serve=False)
        self.addCleanup(self.erario.stop)
        self.stp = self.erario.client(port_offset=2)
        self.addCleanup(self.stp.close)

    def run_accounts(self, what, text):
        path = self.erario.scratch / "accounts.csv"
        path.write_text(text)
        return self.erario.command("--json", "accounts", what, "--config", self.erario.config,
                                   "--gateway", "stp", "--file", path, check=False)

    def results(self, done):
        self.assertTrue(done.stdout, done.stderr)
        return {row["account"]: row["result"] for row in json.loads(done.stdout)["accounts"]}

    def held(self):
        rows = self.stp.get("/sim/state").json()["accounts"]
        return {row["cuenta"]: row for row in rows if row["state"] != "removed"}

    def test_a_file_is_registered_once_and_what_is_there_already_is_fine(self):
        text = HEAD + "".join(person(number) for number in range(150)) + firm(150)
        done = self.run_accounts("register", text)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(set(self.results(done).values()), {"in_review"})
        held = self.held()
        self.assertEqual(set(held), {clabe(number) for number in range(151)})
        self.assertEqual(held[clabe(7)]["fields"]["apellidoPaterno"], "LORO NANDU")
        self.assertEqual(held[clabe(150)]["fields"]["nombre"], "DIRECCION FICTICIA  A C")
        self.assertEqual({row["kind"] for row in held.values()}, {"fisica", "moral"})
        again = self.run_accounts("register", text + person(151))
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(self.results(again)[clabe(7)], "already_registered")
        self.assertEqual(self.results(again)[clabe(151)], "in_review")
        self.assertNotIn(CURP, done.stderr + again.stderr)

    def test_a_file_with_a_broken_line_is_not_sent_at_all(self):
        done = self.run_accounts("register", HEAD + person(1) + person(2, country="MX")
                                 + person(3, since="01/01/1990") + person(4, rfc_curp="LOFA"))
        self.assertEqual(done.returncode, 1)
        told = json.loads(done.stderr)
        self.assertEqual([field["pointer"] for field in told["errors"]],
                         ["line 4: since", "line 5: rfc_curp"])
        done = self.run_accounts("register", HEAD + person(1) + person(2, country="MX")
                                 + person(3, name="A" * 51))
        self.assertEqual(done.returncode, 1)
        self.assertEqual([field["pointer"] for field in json.loads(done.stderr)["errors"]],
                         ["line 3: country", "line 4: name"])
        self.assertEqual(self.held(), {})

    def test_every_rule_of_a_file_is_told_by_line_and_column(self):
        tomorrow = "2026-03-03"
        for text, pointer, rule in (
                (HEAD + person(1, since=tomorrow), "line 2: since", "must not be in the future"),
                (HEAD + firm(1).replace("2020-02-29", tomorrow), "line 2: since",
                 "must not be in the future"),
                (HEAD + person(1, country="0"), "line 2: country", "must be 1 to 275"),
                (HEAD + person(1, name="Ana\0María"), "line 2", "must not have control characters"),
                (HEAD.replace("country", "pais") + person(1), "line 1", "not known: 6 (pais); ")):
            with self.subTest(rule, pointer=pointer):
                done = self.run_accounts("register", text)
                self.assertEqual(done.returncode, 1)
                told, = json.loads(done.stderr)["errors"]
                self.assertEqual(told["pointer"], pointer)
                self.assertIn(rule, told["rule"])
        self.assertEqual(self.held(), {})

    def test_an_unanswered_list_is_told_and_asking_again_is_harmless(self):
        for mode in ("error_after", "http_503"):
            self.stp.send("POST", "/sim/faults", {"route": "cuentas", "mode": mode})
            text = HEAD + person(1) + person(2) + firm(3)
            done = self.run_accounts("register", text)
            self.assertEqual(done.returncode, 2)
            self.assertEqual(set(self.results(done).values()), {"unknown"})
            self.assertEqual(json.loads(done.stdout)["accounts"][2]["reason"], "not_sent")
        again = self.run_accounts("register", text)
        self.assertEqual(again.returncode, 0)
        self.assertEqual(self.results(again), {clabe(1): "already_registered",
                                               clabe(2): "already_registered",
                                               clabe(3): "in_review"})

    def test_removed_accounts_are_gone_and_others_are_refused(self):
        self.run_accounts("register", HEAD + person(1) + person(2))
        done = self.run_accounts("remove", f"account,rfc_curp\n{clabe(1)},{CURP}\n"
                                           f"{clabe(9)},{CURP}\n")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.results(done), {clabe(1): "removed", clabe(9): "refused"})
        self.assertEqual(set(self.held()), {clabe(2)})

    def test_only_a_gateway_that_registers_accounts_is_told(self):
        path = self.erario.scratch / "accounts.csv"
        path.write_text(HEAD + person(1))
        for gateway, rule in (("openpay", "registers no accounts"), ("nobody", "is no gateway")):
            done = self.erario.command("accounts", "register", "--config", self.erario.config,
                                       "--gateway", gateway, "--file", path, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(rule, done.stderr)

    def refresh(self, *words):
        done = self.erario.command("--json", "banks", "refresh", "--config", self.erario.config,
                                   "--gateway", "stp", *words)
        return json.loads(done.stdout)

    def test_the_list_of_banks_is_compared_and_written_where_a_bank_joined(self):
        path = self.erario.scratch / "banks.csv"
        path.write_text((support.ROOT / "ops/banks.csv").read_text())
        self.assertEqual(self.refresh("--file", path), {
            "joined": [], "absent": [], "contradicted": [], "disconnected": [], "written": False})
        self.stp.send("POST", "/sim/institutions", {
            "clave": "90999", "participante": "BANCO NUEVO FICTICIO", "estado": "C"})
        self.stp.send("POST", "/sim/institutions", {"clave": "40002"})
        told = self.refresh("--file", path)
        joined = [{"spei_code": "90999", "name": "BANCO NUEVO FICTICIO"}]
        self.assertEqual((told["joined"], told["written"]), (joined, False))
        self.assertEqual([bank["spei_code"] for bank in told["absent"]], ["40002"])
        self.assertNotIn("90999", path.read_text())
        self.assertTrue(self.refresh("--file", path, "--write")["written"])
        self.assertTrue(path.read_text().endswith(
            f"999,90999,BANCO NUEVO FICTICIO,{support.DAY},\n"))
        self.assertEqual(self.refresh("--file", path)["joined"], [])

    def test_without_a_file_it_is_the_list_of_the_configuration(self):
        self.assertFalse(self.refresh()["written"])
        path = self.erario.scratch / "latin.csv"
        path.write_bytes("# 2026: México\n".encode("latin-1")
                         + (self.erario.run / "banks.csv").read_bytes())
        done = self.erario.command("banks", "refresh", "--config", self.erario.config,
                                   "--gateway", "stp", "--file", path, check=False)
        self.assertEqual((done.returncode, done.stderr),
                         (2, f"error: {path}: line 1: must be UTF-8\n"))
        text = self.erario.config.read_text().replace('banks_file = "banks.csv"\n', "")
        self.erario.config.write_text(text)
        done = self.erario.command("banks", "refresh", "--config", self.erario.config,
                                   "--gateway", "stp", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--file: is required where spei.banks_file is not set", done.stderr)


if __name__ == "__main__":
    unittest.main()
