"""The bank, its statements, and the truth that reaches it from the PSP and from STP."""

import tempfile
import unittest
import xml.etree.ElementTree as xml

from sim_psp_test import PspCase
from sim_stp_test import StpCase
from sim_support import Receiver, StandIn, wait_until

ACCOUNT = "012180000000000015"
NOW = "2026-03-02T10:00:00-06:00"
NAMES = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"}


def centavos(node):
    pesos, cents = node.findtext("c:Amt", namespaces=NAMES).split(".")
    sign = -1 if node.findtext("c:CdtDbtInd", namespaces=NAMES) == "DBIT" else 1
    return sign * int(pesos + cents)


class Statement:
    def __init__(self, text):
        root = xml.fromstring(text)
        self.root = root
        self.balances = {
            node.findtext("c:Tp/c:CdOrPrtry/c:Cd", namespaces=NAMES): centavos(node)
            for node in root.iterfind(".//c:Bal", NAMES)}
        self.lines = [(entry.findtext(".//c:EndToEndId", namespaces=NAMES), centavos(entry))
                      for entry in root.iterfind(".//c:Ntry", NAMES)]

    def text(self, path):
        return self.root.findtext(".//" + path, namespaces=NAMES)

    @property
    def ties(self):
        moved = sum(amount for _, amount in self.lines)
        return self.balances["OPBD"] + moved == self.balances["CLBD"]


class BankCase(unittest.TestCase):
    binary = ""

    def start(self, *arguments):
        sim = StandIn(self.binary, "bank", "--now", NOW, *arguments)
        self.addCleanup(sim.stop)
        return sim

    def move(self, sim, reference, amount, **changes):
        body = {"reference": reference, "amount_centavos": amount,
                "counterparty": "ANA LORO FICTICIO", "booking_date": "2026-03-02",
                "detail": "PAGO"}
        body.update(changes)
        return sim.call("POST", "/sim/movements", body)

    def statement(self, sim, date="2026-03-02"):
        answer = sim.call("GET", f"/statements/camt.053?account={ACCOUNT}&date={date}")
        self.assertEqual(answer.status, 200)
        return Statement(answer.text)


class Statements(BankCase):
    def test_a_statement_shows_the_day_and_its_balances_tie(self):
        sim = self.start("--opening-centavos", "1000")
        self.move(sim, "A1", 244000, counterparty="Zoé & <Ñandú> Ficticia")
        self.move(sim, "A2", -9999)
        self.move(sim, "B1", 5, booking_date="2026-03-03")
        day = self.statement(sim)
        self.assertEqual(day.lines, [("A1", 244000), ("A2", -9999)])
        self.assertEqual(day.balances, {"OPBD": 1000, "CLBD": 235001})
        self.assertEqual(day.text("c:Acct/c:Id/c:Othr/c:Id"), ACCOUNT)
        self.assertEqual(day.text("c:Dbtr/c:Pty/c:Nm"), "Zoé & <Ñandú> Ficticia")
        self.assertEqual(day.text("c:Cdtr/c:Pty/c:Nm"), "ANA LORO FICTICIO")
        self.assertEqual(day.text("c:Ntry/c:Sts/c:Cd"), "BOOK")
        self.assertEqual(day.text("c:RmtInf/c:Ustrd"), "A1 PAGO")
        self.assertEqual(day.text("c:TtlNetNtry/c:Amt"), "2340.01")
        following = self.statement(sim, "2026-03-03")
        self.assertEqual(following.balances, {"OPBD": 235001, "CLBD": 235006})

    def test_an_overdrawn_account_has_debit_balances(self):
        sim = self.start("--opening-centavos", "0")
        self.move(sim, "A1", -500)
        day = self.statement(sim)
        self.assertEqual(day.balances, {"OPBD": 0, "CLBD": -500})

    def test_a_day_without_movements_has_a_statement_too(self):
        day = self.statement(self.start(), "2026-03-09")
        self.assertEqual((day.lines, day.ties), ([], True))

    def test_the_same_statement_has_the_same_bytes(self):
        sim = self.start()
        self.move(sim, "A1", 100)
        path = f"/statements/camt.053?account={ACCOUNT}&date=2026-03-02"
        first = sim.call("GET", path).raw
        sim.call("POST", "/sim/clock", {"now": "2026-03-05T00:00:00-06:00"})
        self.assertEqual(sim.call("GET", path).raw, first)

    def test_a_reference_too_long_for_its_place_stands_in_the_free_text(self):
        sim = self.start()
        self.move(sim, "R" * 36, 100)
        day = self.statement(sim)
        self.assertEqual(day.lines[0][0], "NOTPROVIDED")
        self.assertTrue(day.text("c:RmtInf/c:Ustrd").startswith("R" * 36 + " "))

    def test_a_movement_told_twice_is_known_once(self):
        sim = self.start()
        self.assertEqual(self.move(sim, "A1", 100, id="x").status, 201)
        self.assertEqual(self.move(sim, "A1", 100, id="x").status, 200)
        self.assertEqual(len(self.statement(sim).lines), 1)

    def test_senseless_requests_are_refused(self):
        sim = self.start()
        for changes in ({"reference": ""}, {"amount_centavos": 0}, {"amount_centavos": "1"},
                        {"booking_date": "soon"}):
            body = {"reference": "A", "amount_centavos": 1}
            body.update(changes)
            self.assertEqual(sim.call("POST", "/sim/movements", body).status, 400, changes)
        path = "/statements/camt.053?account="
        self.assertEqual(sim.call("GET", path + ACCOUNT).status, 400)
        self.assertEqual(sim.call("GET", path + "1&date=2026-03-02").status, 404)
        for body in ({}, {"alter_reference": "A"}):
            self.assertEqual(sim.call("POST", "/sim/faults", body).status, 400)


class Plants(BankCase):
    def test_a_planted_line_is_missing_changed_or_repeated_and_the_balances_still_tie(self):
        sim = self.start()
        for reference, amount in (("A1", 100), ("A2", 200), ("A3", -300)):
            self.move(sim, reference, amount)
        truth = sim.call("GET", "/sim/state").json["balance_centavos"]
        for body, lines in (
                ({"omit_reference": "A1"}, [("A2", 200), ("A3", -300)]),
                ({"alter_reference": "A2", "by_centavos": 100}, [("A2", 300), ("A3", -300)]),
                ({"repeat_reference": "A3"}, [("A2", 300), ("A3", -300), ("A3", -300)])):
            self.assertEqual(sim.call("POST", "/sim/faults", body).status, 201)
            day = self.statement(sim)
            self.assertEqual(day.lines, lines)
            self.assertTrue(day.ties)
            following = self.statement(sim, "2026-03-03")
            self.assertEqual(following.balances["OPBD"], day.balances["CLBD"])
        state = sim.call("GET", "/sim/state").json
        self.assertEqual(state["balance_centavos"], truth)
        self.assertEqual((state["omitted"], state["repeated"], state["altered"]),
                         (["A1"], ["A3"], {"A2": 100}))
        for reference in ("A1", "A2", "A3"):
            sim.call("POST", "/sim/faults", {"heal_reference": reference})
        self.assertEqual(self.statement(sim).lines, [("A1", 100), ("A2", 200), ("A3", -300)])

    def test_the_statement_can_be_cut_or_refused(self):
        sim = self.start()
        path = f"/statements/camt.053?account={ACCOUNT}&date=2026-03-02"
        sim.call("POST", "/sim/faults", {"route": "statements", "mode": "malformed"})
        with self.assertRaises(xml.ParseError):
            xml.fromstring(sim.call("GET", path).text)
        sim.call("POST", "/sim/faults", {"route": "statements", "mode": "http_503"})
        self.assertEqual(sim.call("GET", path).status, 503)

    def test_a_restart_keeps_movements_and_plants(self):
        with tempfile.TemporaryDirectory() as folder:
            sim = self.start("--state", folder)
            self.move(sim, "A1", 100)
            self.move(sim, "A2", 200)
            sim.call("POST", "/sim/faults", {"omit_reference": "A1"})
            sim.stop()
            sim = self.start("--state", folder)
            self.assertEqual(self.statement(sim).lines, [("A2", 200)])


class CardNews(PspCase):
    def test_charges_come_in_whole_and_refunds_go_out(self):
        bank = StandIn(self.binary, "bank", "--now", NOW)
        self.addCleanup(bank.stop)
        sim = self.start("--bank-url", bank.url)
        sim.call("POST", "/sim/faults", {"route": "bank", "mode": "timeout_after"})
        charge = self.charge(sim, order_id="A1").json
        held = self.charge(sim, order_id="A2", capture=False).json
        self.charge(sim, order_id="A3", source_id=self.token(sim, "4222222222222220").json["id"])
        for body in ('{"description":"ref_1","amount":40.00}', '{"description":"no one knows"}'):
            sim.call("POST", f"/v1/mficticio/charges/{charge['id']}/refund", body,
                     user="sk_ficticia")
        sim.call("POST", f"/v1/mficticio/charges/{held['id']}/capture", "{}", user="sk_ficticia")
        movements = wait_until(lambda: (lambda rows: rows if len(rows) == 4 else None)(
            bank.call("GET", "/sim/state").json["movements"]))
        refund = sim.call("GET", "/sim/state").json["charges"][0]["refund"]["id"]
        self.assertEqual({row["reference"]: row["amount_centavos"] for row in movements},
                         {"A1": 244000, "A2": 244000, "ref_1": -4000, refund: -240000})
        self.assertEqual({row["booking_date"] for row in movements}, {"2026-03-02"})


class TransferNews(StpCase):
    def test_confirmed_deposits_come_in_and_settled_orders_go_out_and_may_come_back(self):
        bank = StandIn(self.binary, "bank", "--now", NOW)
        self.addCleanup(bank.stop)
        receiver = Receiver(usual=(200, {"mensaje": "confirmar"}))
        self.addCleanup(receiver.__exit__)
        receiver.script = [(400, {"mensaje": "devolver", "id": 1})]
        # After 18:00 on a Friday: the bank books on the operating day.
        sim = self.start("--bank-url", bank.url, "--abono-url", receiver.url, "--settle-ms", "10",
                         now="2026-03-06T18:30:00-06:00")
        self.deposit_in(sim, self.deposit(sim, tracking_key="D1").json["id"], "D")
        self.deposit_in(sim, self.deposit(sim, tracking_key="D2").json["id"], "CCO")
        self.register(sim, claveRastreo="K1")
        self.register(sim, claveRastreo="K2", monto="1.00")
        sim.call("POST", "/sim/orders", {"claveRastreo": "K3", "estado": "D"})
        self.register(sim, claveRastreo="K3")

        def movements():
            return [(row["reference"], row["amount_centavos"])
                    for row in bank.call("GET", "/sim/state").json["movements"]]

        wait_until(lambda: len(movements()) == 3)
        sim.call("POST", "/sim/orders", {"claveRastreo": "K2", "estado": "D"})
        wait_until(lambda: len(movements()) == 4)
        self.assertEqual(sorted(movements()),
                         [("D2", 244000), ("K1", -244000), ("K2", -100), ("K2", 100)])
        dates = {row["booking_date"] for row in bank.call("GET", "/sim/state").json["movements"]}
        self.assertEqual(dates, {"2026-03-09"})
