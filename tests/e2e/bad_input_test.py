#!/usr/bin/python3
"""What bad input gets over HTTP: the field and the rule named, nothing stored, the process alive.

Usage: bad_input_test.py ERARIO [-v]    (the path of the built program; erario-sim lies beside it)
The command line's half is in cli_test.py.
"""
import concurrent.futures
import copy
import json
import os
import pathlib
import re
import socket
import ssl
import time
import unittest
import uuid

import support
from bad_input_case import Case

BIN = support.binaries()
BODY_BYTES_MAX = 256 * 1024
ABONO = "/v1/gateways/stp/abono"
# Test numbers of the card brands, and how people write them.
CARDS = ("4111111111111111", "5555555555554444", "345678000000007", "4242424242424242")
SPELLINGS = {
    "plain": lambda number: number,
    "blanks": lambda number: " ".join(re.findall(".{1,4}", number)),
    "dashes": lambda number: "-".join(re.findall(".{1,4}", number)),
    "no-break blanks": lambda number: "\u00a0".join(re.findall(".{1,4}", number)),
    "zero-width": lambda number: "\u200b".join(number),
    "full-width digits": lambda number: "".join(chr(0xFF10 + int(digit)) for digit in number),
    "arabic digits": lambda number: "".join(chr(0x0660 + int(digit)) for digit in number),
    "in a sentence": lambda number: f"cobrar a la tarjeta {number}, por favor",
}


def with_change(document, path, value):
    """A copy of `document` with one member set, or taken away with `...`."""
    changed = copy.deepcopy(document)
    place = changed
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


class Json(Case):
    def test_a_body_that_is_not_json_is_refused(self):
        cases = {
            "nothing": b"",
            "broken off": b'{"quote": {',
            "a comma too many": b'{"method": "spei",}',
            "something follows": b'{} {}',
            "single quotes": b"{'method': 'spei'}",
            "not a number": b'{"method": NaN}',
            "a comment": b'{"method": /* spei */ "spei"}',
            "not UTF-8": b'{"method": "\xff\xfe"}',
            "an overlong sequence": b'{"method": "\xc0\xaf"}',
            "half a surrogate pair": b'{"method": "\\ud800"}',
            "a NUL in it": b'{"method": "sp\x00ei"}',
            "too deep": b"[" * 5000 + b"]" * 5000,
            "too deep in a field": b'{"a":' * 200 + b"1" + b"}" * 200,
            "UTF-16": '{"method": "spei"}'.encode("utf-16"),
            "a leading zero": b'{"expires_in_seconds": 007}',
        }
        with self.stores_nothing():
            for name, body in cases.items():
                with self.subTest(name):
                    told = self.portal.post("/v1/payments", body)
                    self.assertTrue(self.refused(told, 400, "json.malformed")["detail"])

    def test_a_body_that_is_json_but_no_object_is_refused(self):
        with self.stores_nothing():
            for body in (b"[]", b"null", b'"text"', b"17", b"true"):
                with self.subTest(body):
                    told = self.portal.post("/v1/payments", body)
                    self.assertIn(told.status, (400, 422))
                    self.assertIsNotNone(told.problem())

    def test_a_repeated_key_is_refused_by_its_name(self):
        with self.stores_nothing():
            told = self.portal.post("/v1/payments", b'{"method": "card", "method": "spei"}')
            document = self.refused(told, 400, "json.malformed", "/method", "repeat")
            self.assertIn("method", document["detail"])
            told = self.portal.post("/v1/payments",
                                    b'{"payer": {"name": "A", "name": "B"}, "method": "spei"}')
            self.refused(told, 400, "json.malformed", "/payer/name", "repeat")

    def test_a_body_over_the_limit_is_refused_and_one_under_it_is_read(self):
        with self.stores_nothing():
            large = json.dumps({"method": "x" * BODY_BYTES_MAX}).encode()
            told = self.portal.post("/v1/payments", large)
            self.refused(told, 413, "body.too_large")
            fits = json.dumps({"method": "x" * (BODY_BYTES_MAX - 100)}).encode()
            self.refused(self.portal.post("/v1/payments", fits), 422, "field.missing", "/quote")
            self.refused(self.finance.post("/v1/reconciliation/runs", large), 413,
                         "body.too_large")


class Fields(Case):
    def test_every_bad_field_of_a_payment_is_named(self):
        order = self.order()
        rows = [
            (("method",), "cash", "field.invalid", "/method"),
            (("method",), ..., "field.missing", "/method"),
            (("method",), 1, "field.invalid", "/method"),
            (("payer",), ..., "field.missing", "/payer"),
            (("payer",), "Ana", "field.invalid", "/payer"),
            (("payer", "name"), ..., "field.missing", "/payer/name"),
            (("payer", "name"), "   ", "field.invalid", "/payer/name"),
            (("payer", "name"), "A" * 121, "field.invalid", "/payer/name"),
            (("payer", "name"), "Ana\nLoro", "field.invalid", "/payer/name"),
            (("payer", "name"), "Ana\u0000Loro", "field.invalid", "/payer/name"),
            (("payer", "email"), "ana", "field.invalid", "/payer/email"),
            (("payer", "email"), "ana@b@example.invalid", "field.invalid", "/payer/email"),
            (("payer", "rfc"), "LOFA900101X12", "field.invalid", "/payer/rfc"),  # check digit
            (("payer", "rfc"), "LOFA901301X11", "field.invalid", "/payer/rfc"),  # month 13
            (("payer", "rfc"), "LOFA9001", "field.invalid", "/payer/rfc"),
            (("payer", "rfc"), "lofa900101x11", "field.invalid", "/payer/rfc"),
            (("payer", "curp"), "LOFA900101MDFRCN08", "field.invalid", "/payer/curp"),
            (("payer", "curp"), "LOFA900230MDFRCN07", "field.invalid", "/payer/curp"),
            (("payer", "curp"), "LOFA900101", "field.invalid", "/payer/curp"),
            (("payer", "phone"), "5555", "field.unknown", "/payer/phone"),
            (("surprise",), 1, "field.unknown", "/surprise"),
            (("Method",), "spei", "field.unknown", "/Method"),
            (("card",), {"token": "kqmlv4tk9a0ficticio1"}, "field.invalid", "/card"),
            (("reference",), "r" * 256, "field.invalid", "/reference"),
            (("return_url",), "javascript:alert(1)", "field.invalid", "/return_url"),
            (("return_url",), "http://example.invalid/", "field.invalid", "/return_url"),
            (("expires_in_seconds",), 4, "field.invalid", "/expires_in_seconds"),
            (("expires_in_seconds",), -1, "field.invalid", "/expires_in_seconds"),
            (("expires_in_seconds",), 2592001, "field.invalid", "/expires_in_seconds"),
            (("expires_in_seconds",), "60", "field.invalid", "/expires_in_seconds"),
            (("quote",), ..., "field.missing", "/quote"),
        ]
        with self.stores_nothing():
            for path, value, code, pointer in rows:
                with self.subTest(pointer, value=value):
                    told = self.portal.post("/v1/payments", with_change(order, path, value))
                    self.refused(told, 422, code, pointer)

    def test_all_bad_fields_are_named_at_once(self):
        with self.stores_nothing():
            told = self.portal.post("/v1/payments", self.order(
                payer={"name": "", "rfc": "X", "curp": "Y"}, method="cash"))
            document = self.refused(told, 422, "field.invalid")
            self.assertLessEqual({"/payer/name", "/payer/rfc", "/payer/curp", "/method"},
                                 {one["pointer"] for one in document["errors"]})

    def test_a_bad_amount_is_refused(self):
        path = f"/v1/payments/{self.paid['id']}/refunds"
        amount = "/amount/centavos"
        rows = [
            ("100.5", 400, "json.malformed", amount),
            ("1e2", 400, "json.malformed", amount),
            ("100.00", 400, "json.malformed", amount),
            ("-1", 422, "field.invalid", amount),
            ("0", 422, "field.invalid", amount),
            ("-9223372036854775808", 422, "field.invalid", amount),
            ("9223372036854775807", 422, "field.invalid", amount),
            ("9223372036854775808", 400, "json.malformed", amount),
            ("1" + "0" * 40, 400, "json.malformed", amount),
            ('"100"', 422, "field.invalid", amount),
            ("null", 422, "field.missing", amount),
            ("[100]", 422, "field.invalid", amount),
        ]
        with self.stores_nothing():
            for text, status, code, pointer in rows:
                with self.subTest(text):
                    body = ('{"amount": {"centavos": %s, "currency": "MXN"}, "reason": "de mas"}'
                            % text).encode()
                    self.refused(self.finance.post(path, body), status, code, pointer)
            for currency in ("USD", "mxn", "", 484):
                told = self.finance.post(path, {"amount": {"centavos": 1, "currency": currency},
                                                "reason": "de mas"})
                self.refused(told, 422, "field.invalid", "/amount/currency")
            more = self.paid["amount"]["centavos"] + 1
            told = self.finance.post(path, {"amount": {"centavos": more, "currency": "MXN"},
                                            "reason": "de mas"})
            self.refused(told, 422, "refund.exceeds_paid")

    def test_a_bad_refund_is_refused(self):
        path = f"/v1/payments/{self.paid['id']}/refunds"
        good = {"amount": {"centavos": 100, "currency": "MXN"}, "reason": "de mas",
                "destination": {"clabe": "012180000000000015", "holder": "ANA LORO FICTICIA"}}
        rows = [
            (("reason",), ..., "field.missing", "/reason"),
            (("reason",), "", "field.invalid", "/reason"),
            (("reason",), "r" * 256, "field.invalid", "/reason"),
            (("destination", "clabe"), "012180000000000016", "field.invalid", "/destination/clabe"),
            (("destination", "clabe"), "01218000000000001", "field.invalid", "/destination/clabe"),
            (("destination", "clabe"), "999180000000000015", "field.invalid", "/destination/clabe"),
            (("destination", "clabe"), "0121800000000000A5", "field.invalid", "/destination/clabe"),
            (("destination", "clabe"), "646180110400000010", "field.invalid", "/destination/clabe"),
            (("destination", "clabe"), "646180123400000010", "field.invalid", "/destination/clabe"),
            (("destination", "holder"), ..., "field.missing", "/destination/holder"),
            (("allocations",), [{"fee": "no.such", "amount": {"centavos": 1, "currency": "MXN"}}],
             "field.invalid", "/allocations/0/fee"),
            (("amount", "pesos"), 1, "field.unknown", "/amount/pesos"),
        ]
        with self.stores_nothing():
            for change, value, code, pointer in rows:
                with self.subTest(pointer, value=value):
                    told = self.finance.post(path, with_change(good, change, value))
                    self.refused(told, 422, code, pointer)

    def test_a_bad_quote_request_is_refused(self):
        item = {"service": "sre.passport.3y"}
        permit = {"service": "sedena.firearm.permit"}
        rows = [
            ({}, "field.missing", "/items"),
            ({"items": []}, "field.invalid", "/items"),
            ({"items": [item] * 21}, "field.invalid", "/items"),
            ({"items": [{"service": "no.such"}]}, "field.invalid", "/items/0/service"),
            ({"items": [permit]}, "field.missing", "/items/0/inputs/guns"),
            ({"items": [{**permit, "inputs": {"guns": 0}}]}, "field.invalid",
             "/items/0/inputs/guns"),
            ({"items": [{**permit, "inputs": {"guns": "many"}}]}, "field.invalid",
             "/items/0/inputs/guns"),
            ({"items": [{**permit, "inputs": {"guns": 1, "tanks": 1}}]}, "field.unknown",
             "/items/0/inputs/tanks"),
            ({"items": [{**item, "relief": "none_such", "evidence": "INE"}]}, "field.invalid",
             "/items/0/relief"),
            ({"items": [{**item, "relief": "over_60"}]}, "field.missing", "/items/0/evidence"),
            ({"items": [item, {"service": "sre.passport.6y", "extra": 1}]}, "field.unknown",
             "/items/1/extra"),
        ]
        dates = ("2026-02-30", "2026-13-01", "2026-00-10", "26-03-02", "2026-3-2", "02/03/2026",
                 "2026-03-02T10:00:00Z", "", "mañana", 20260302, "2026-03-01", "2027-03-04",
                 "+2026-03-02", "9999-99-99")
        rows += [({"items": [item], "on": text}, "field.invalid", "/on") for text in dates]
        with self.stores_nothing():
            for body, code, pointer in rows:
                with self.subTest(pointer, body=body):
                    self.refused(self.portal.send("POST", "/v1/quotes", body), 422, code, pointer)
            told = self.portal.send("POST", "/v1/quotes", {"items": [item], "on": "2027-01-05"})
            self.refused(told, 422, "rate.missing")

    def test_a_bad_date_of_a_reconciliation_is_refused(self):
        with self.stores_nothing():
            for text in ("2026-02-29", "", "yesterday", None, 1):
                told = self.finance.post("/v1/reconciliation/runs", {"date": text})
                code = "field.missing" if text is None else "field.invalid"
                self.refused(told, 422, code, "/date")

    def test_a_bad_parameter_is_refused(self):
        rows = [
            ("/v1/payments?limit=0", "?limit"), ("/v1/payments?limit=201", "?limit"),
            ("/v1/payments?limit=ten", "?limit"), ("/v1/payments?limit=1&limit=2", "?limit"),
            ("/v1/payments?limit=1.5", "?limit"), ("/v1/payments?state=lost", "?state"),
            ("/v1/payments?cursor=%21", "?cursor"), ("/v1/payments?color=red", "?color"),
            ("/v1/services/sre.passport.3y?on=2026-02-30", "?on"),
            ("/v1/payments?reference=", "?reference"), ("/v1/payments?state=", "?state"),
            ("/v1/payments?owner", "?owner"), ("/v1/services/sre.passport.3y?on=", "?on"),
        ]
        for target, pointer in rows:
            with self.subTest(target):
                told = self.portal.get(target)
                code = "field.unknown" if pointer == "?color" else "field.invalid"
                self.refused(told, 422, code, pointer)

    def test_an_unknown_id_or_route_is_not_found(self):
        for target in ("/v1/payments/pay_x", "/v1/payments/pay_" + "0" * 32, "/v1/nothing",
                       "/v1/payments/", "/v1/receipts/rec_" + "f" * 32, "/v1/receipts/x.pdf",
                       "/v1/services/no.such", f"/v1/payments/{self.paid['id']}/refunds/ref_x"):
            with self.subTest(target):
                self.refused(self.portal.get(target), 404, "not_found")
        told = self.portal.send("DELETE", "/v1/payments/" + self.paid["id"])
        self.refused(told, 405, "method.not_allowed")
        self.assertIn("GET", told.headers["allow"])


class Quotes(Case):
    def test_a_tampered_quote_is_refused(self):
        quote = self.quote()
        last = quote["digest"][-1]
        changes = [
            (("total",), quote["total"] - 1), (("total",), -5), (("items", 0, "total"), 1),
            (("items", 0, "lines", 0, "amount"), 1),
            (("items", 0, "allocations", 0, "amount"), 1),
            (("items", 0, "service"), "sre.passport.10y"), (("expires_at",),
                                                            "2026-03-02T23:00:00.000-06:00"),
            (("on",), "2026-03-03"), (("id",), "quo_019caf47246f74b68b2676212a9637cb"),
            (("digest",), quote["digest"][:-1] + ("0" if last != "0" else "1")),
            (("digest",), ""), (("digest",), "sha256:" + "0" * 64),
            (("catalogue_version",), "cat_0000000000000000"), (("items",), []),
            (("currency",), "USD"), (("surprise",), 1), (("digest",), ...),
            (("items", 0, "lines", 0, "citation"), "ninguna"),
        ]
        with self.stores_nothing():
            for path, value in changes:
                with self.subTest(path=path, value=value):
                    told = self.portal.post("/v1/payments", self.order(
                        quote=with_change(quote, path, value)))
                    self.assertEqual(told.status, 422, told.body[:300])
                    code, errors = told.problem()
                    self.assertTrue(any(pointer.startswith("/quote") for pointer, _ in errors),
                                    told.body[:500])
                    self.assertIn(code, ("quote.tampered", "field.invalid", "field.missing",
                                         "field.unknown"))
        self.assertEqual(self.portal.post("/v1/payments", self.order(quote=quote)).status, 201)

    def test_a_quote_is_paid_once(self):
        quote = self.quote()
        self.assertEqual(self.portal.post("/v1/payments", self.order(quote=quote)).status, 201)
        with self.stores_nothing():
            self.refused(self.portal.post("/v1/payments", self.order(quote=quote)), 409,
                         "quote.used")

    def test_an_expired_quote_is_refused(self):
        other = support.Installation(BIN, stand_ins=False, serve=False)
        try:
            text = other.config.read_text()
            other.config.write_text(text.replace("[quotes]", "[quotes]\nvalidity_minutes = 1"))
            other.start()
            client = other.client("portal")
            quote = support.quote(client)
            client.close()
            other.terminate()
            # The same installation an hour later.
            text = other.config.read_text()
            other.config.write_text(text.replace(support.START, "2026-03-02T11:00:00-06:00"))
            other.start()
            client = other.client("portal")
            before = other.row_counts()
            told = client.post("/v1/payments",
                               {"quote": quote, "method": "spei", "payer": support.PAYER})
            self.refused(told, 409, "quote.expired")
            self.assertEqual(other.row_counts(), before)
            client.close()
        finally:
            other.stop()


class IdempotencyKeys(Case):
    def test_a_key_is_asked_for_and_has_a_form(self):
        order = self.order()
        with self.stores_nothing():
            told = self.portal.send("POST", "/v1/payments", order)
            self.refused(told, 400, "idempotency_key.missing", "Idempotency-Key")
            for key in ("k" * 256, "with blank", "tab\there", "ñandú".encode()):
                with self.subTest(key):
                    told = self.portal.send("POST", "/v1/payments", order,
                                            {"Idempotency-Key": key})
                    self.refused(told, 422, "field.invalid", "Idempotency-Key")
            told = self.portal.send("POST", "/v1/payments", order, {"Idempotency-Key": ""})
            self.refused(told, 400, "idempotency_key.missing")

    def test_a_reused_key_is_refused_and_the_same_request_is_answered_again(self):
        order = self.order()
        key = str(uuid.uuid4())
        first = self.portal.post("/v1/payments", order, key)
        self.assertEqual(first.status, 201)
        with self.stores_nothing():
            again = self.portal.post("/v1/payments", order, key)
            self.assertEqual((again.status, again.body), (first.status, first.body))
            self.assertEqual(again.headers["idempotency-replayed"], "true")
            told = self.portal.post("/v1/payments", {**order, "reference": "otra"}, key)
            self.refused(told, 422, "idempotency_key.reused")
            told = self.portal.post(f"/v1/payments/{first.json()['id']}/cancel",
                                    {"reason": "no"}, key)
            self.refused(told, 422, "idempotency_key.reused")

    def test_a_refused_request_does_not_burn_its_key(self):
        order = self.order()
        key = str(uuid.uuid4())
        told = self.portal.post("/v1/payments", {**order, "method": "cash"}, key)
        self.assertEqual(told.status, 422)
        self.assertEqual(self.portal.post("/v1/payments", order, key).status, 201)

    def test_duplicates_at_the_same_time_get_the_same_bytes(self):
        for _ in range(3):
            body = json.dumps(self.order()).encode()
            key = str(uuid.uuid4())
            before = self.erario.row_counts()["payments"]
            answers = self.at_once(16, lambda client, _: client.post("/v1/payments", body, key))
            self.assertEqual({(one.status, one.body) for one in answers},
                             {(201, answers[0].body)})
            self.assertEqual(sum("idempotency-replayed" not in one.headers for one in answers), 1)
            self.assertEqual(self.erario.row_counts()["payments"], before + 1)

    def test_one_key_with_two_bodies_at_the_same_time_makes_one_payment(self):
        orders = [self.order(reference=f"orden {number}") for number in range(8)]
        key = str(uuid.uuid4())
        before = self.erario.row_counts()["payments"]
        answers = self.at_once(
            8, lambda client, number: client.post("/v1/payments", orders[number], key))
        self.assertEqual(sorted(one.status for one in answers), [201] + [422] * 7)
        self.assertEqual(self.erario.row_counts()["payments"], before + 1)

    def at_once(self, count, call):
        clients = [self.erario.client("portal") for _ in range(count)]
        for client in clients:
            client.get("/healthz")  # connected before the race
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            answers = list(pool.map(call, clients, range(count)))
        for client in clients:
            client.close()
        return answers


class Refunds(Case):
    def test_sixty_four_refunds_at_once_never_give_back_more_than_was_paid(self):
        payment = support.paid_by_spei(self.erario, self.portal)
        paid = payment["amount"]["centavos"]
        part = paid * 2 // 5  # two fit, three do not
        path = f"/v1/payments/{payment['id']}/refunds"
        body = {"amount": {"centavos": part, "currency": "MXN"}, "reason": "carrera"}
        clients = [self.erario.client("finance", timeout=60) for _ in range(64)]
        outcomes = []

        def ask(client):
            outcomes.append(client.post(path, body))

        rounds = 0
        deadline = time.monotonic() + 40
        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            while time.monotonic() < deadline:
                rounds += 1
                list(pool.map(ask, clients))
                state = self.portal.get("/v1/payments/" + payment["id"]).json()
                if state["refundable"]["centavos"] < part:
                    break
                time.sleep(0.3)
            list(pool.map(ask, clients))
        for client in clients:
            client.close()
        said = {(one.status, (one.problem() or [None])[0]) for one in outcomes}
        self.assertLessEqual(said, {(201, None), (409, "refund.in_progress"),
                                    (409, "state.conflict"), (422, "refund.exceeds_paid"),
                                    (503, "queue.full")})
        given = [one for one in outcomes if one.status == 201]
        self.assertEqual(len(given), 2, said)
        refunds = self.finance.get(path).json()["data"]
        self.assertEqual(len(refunds), 2)
        self.assertLessEqual(sum(one["amount"]["centavos"] for one in refunds), paid)
        db = self.erario.sql()
        moved, = db.execute(
            "SELECT coalesce(sum(p.amount), 0) FROM postings p JOIN entries e ON (e.lane, e.ordinal) = (p.lane, p.ordinal)"
            " WHERE e.subject = ? AND p.account LIKE 'liabilities:collected:%' AND p.amount > 0",
            (payment["id"],)).fetchone()
        db.close()
        self.assertEqual(moved, 2 * part)


class Access(Case):
    def test_a_missing_or_wrong_key_is_refused(self):
        target = "/v1/payments/" + self.paid["id"]
        good = self.portal.authorization
        flipped = good[:-1] + ("A" if good[-1] != "A" else "B")
        for text in (None, "", "Bearer", "Bearer ", flipped, good.replace("Bearer", "Basic"),
                     good + "x", "Bearer " + "x" * 60, "Bearer era_portal_", good * 2):
            with self.subTest(text):
                client = support.Client(self.erario.port, self.erario.run / "keys/ca.pem")
                told = client.get(target, **({"Authorization": text} if text is not None else {}))
                client.close()
                self.refused(told, 401, "key.unauthorized")

    def test_a_missing_scope_is_refused(self):
        refunds = f"/v1/payments/{self.paid['id']}/refunds"
        with self.stores_nothing():
            for client, method, target, body in (
                    (self.portal, "GET", "/v1/ledger/accounts", None),
                    (self.portal, "GET", "/v1/deposits", None),
                    (self.portal, "GET", "/v1/reconciliation/runs", None),
                    (self.portal, "POST", "/v1/reconciliation/runs", {"date": support.DAY}),
                    (self.auditor, "POST", refunds, {"reason": "no"}),
                    (self.auditor, "POST", "/v1/payments", {}),
                    (self.finance, "POST", "/v1/payments", {}),
                    (self.auditor, "POST", "/v1/reconciliation/runs", {"date": support.DAY})):
                with self.subTest(target=target, method=method):
                    self.refused(client.send(method, target, body,
                                             {"Idempotency-Key": str(uuid.uuid4())}),
                                 403, "key.forbidden")

    def test_a_revoked_key_is_refused_within_a_second(self):
        made = json.loads(self.erario.command(
            "--json", "keys", "create", "--config", self.erario.config, "--owner", "pasajero",
            "--scope", "portal").stdout)
        client = support.Client(self.erario.port, self.erario.run / "keys/ca.pem",
                                "Bearer " + made["key"])
        self.assertEqual(client.get("/v1/payments").status, 200)
        self.erario.command("keys", "revoke", made["id"], "--config", self.erario.config)
        time.sleep(1.1)
        self.refused(client.get("/v1/payments"), 401, "key.unauthorized")
        client.close()

    def test_a_foreign_owners_payment_does_not_exist(self):
        key = self.erario.new_key("otro-portal", "portal")
        other = support.Client(self.erario.port, self.erario.run / "keys/ca.pem", "Bearer " + key)
        path = "/v1/payments/" + self.paid["id"]
        receipt = self.portal.get(path + "/receipts").json()["data"][0]["receipt"]["id"]
        with self.stores_nothing():
            for target in (path, path + "/quote", path + "/events", path + "/receipts",
                           path + "/refunds", "/v1/receipts/" + receipt,
                           f"/v1/receipts/{receipt}.pdf"):
                with self.subTest(target):
                    self.assertEqual(self.portal.get(target).status, 200)
                    self.refused(other.get(target), 404, "not_found")
            for target, body in ((path + "/refunds", {"reason": "mío"}),
                                 (path + "/cancel", {"reason": "mío"}),
                                 (path + "/capture", {}),
                                 (path + "/release", {"reason": "mío"}),
                                 (path + "/attempts", {"card": {"token": "tok1"}})):
                with self.subTest(target):
                    self.refused(other.post(target, body), 404, "not_found")
            self.assertEqual(other.get("/v1/payments").json()["data"], [])
            mine = other.get("/v1/payments?owner=demo-portal").json()["data"]
            self.assertEqual(mine, [], "a portal cannot ask for another's payments")
        other.close()


class Inbound(Case):
    def call(self, body, authorization=..., target=ABONO):
        client = support.Client(self.erario.port, self.erario.run / "keys/ca.pem",
                                self.stp.authorization if authorization is ... else authorization)
        told = client.send("POST", target, body)
        client.close()
        return told

    def test_wrong_credentials_change_nothing(self):
        body = support.abono(self.paid["clabe"], 100, "MALA1")
        psp = support.basic("openpay", self.erario.secret("openpay-webhook.password"))
        good = self.erario.secret("stp-callback.password")
        with self.stores_nothing():
            for authorization in (None, "", "Basic", "Basic !!!", support.basic("stp", ""),
                                  support.basic("stp", good + "0"), support.basic("STP", good),
                                  support.basic("stp", good[:-1]), psp,
                                  "Bearer " + self.erario.secret("api-finance.key")):
                with self.subTest(authorization):
                    self.assertEqual(self.call(body, authorization).status, 401)
            event = b'{"type": "charge.succeeded", "transaction": {"id": "tr1"}}'
            told = self.call(event, support.basic("openpay", "x"), "/v1/gateways/openpay/webhook")
            self.assertEqual(told.status, 401)

    def test_a_bad_call_of_a_gateway_is_refused_for_good_and_kept_and_changes_nothing(self):
        good = json.loads(support.abono(self.paid["clabe"], 100, "MALA2"))
        changes = [
            ("monto", -1), ("monto", 0), ("monto", "1.001"), ("monto", "x"), ("monto", ...),
            ("monto", "99999999999999999999"), ("claveRastreo", ...), ("claveRastreo", ""),
            ("claveRastreo", "C" * 31), ("cuentaBeneficiario", "646180123400000024"),
            ("cuentaBeneficiario", "12"), ("cuentaBeneficiario", ...), ("fechaOperacion", 20260230),
            ("fechaOperacion", "2026-03-02"), ("fechaOperacion", ...),
            ("institucionOrdenante", "x"), ("institucionOrdenante", ...), ("empresa", "OTRA"),
        ]
        whole = support.abono(self.paid["clabe"], 100, "MALA3")
        bodies = [b"", b"{", whole[:-1], whole[:len(whole) // 2], b"[]", b"3", b'"x"', b"null",
                  b"\xff", whole * 2, whole[:-1] + b', "monto": 1.00}',
                  whole.replace(b"1.00", b"1.005")]
        psp = support.basic("openpay", self.erario.secret("openpay-webhook.password"))
        events = [b"", b"{", b"[]", b"3", b'"x"', b"{}", b'{"type": "charge.succeeded"}']
        with self.keeps_calls(len(changes) + len(bodies) + len(events)):
            for name, value in changes:
                with self.subTest(name, value=value):
                    told = self.call(with_change(good, (name,), value))
                    self.assertEqual(told.status, 400, told.body)
                    self.assertIn("mensaje", told.json())
            for body in bodies:
                with self.subTest(body=body[:40]):
                    self.assertEqual(self.call(body).status, 400)
            for body in events:
                with self.subTest(event=body):
                    told = self.call(body, psp, "/v1/gateways/openpay/webhook")
                    self.assertEqual(told.status, 400)
            self.assertEqual(self.call(b"{" + b" " * BODY_BYTES_MAX + b"}").status, 413)
            self.assertEqual(self.call(whole, target="/v1/gateways/stp/nada").status, 404)
            self.refused(self.call(whole, target="/v1/gateways/nadie/abono"), 404, "not_found")

    def test_a_deposit_of_a_wrong_amount_never_pays(self):
        payment = self.portal.post("/v1/payments", self.order()).json()
        centavos = payment["amount"]["centavos"]
        for wrong in (centavos - 1, centavos + 1):
            told = self.call(support.abono(payment["clabe"], wrong, f"CASI{wrong}"))
            self.assertEqual((told.status, told.json()), (200, {"mensaje": "confirmar"}))
            now = self.portal.get("/v1/payments/" + payment["id"]).json()
            self.assertEqual(now["state"], "awaiting")


class CardNumbers(Case):
    def test_a_card_number_is_refused_in_every_place_a_request_has(self):
        card = CARDS[0]
        order = self.order()
        refund = f"/v1/payments/{self.paid['id']}/refunds"
        bodies = {
            "a field": ("/v1/payments", {**order, "reference": card}),
            "a nested field": ("/v1/payments", with_change(order, ("payer", "name"), card)),
            "a number": ("/v1/payments", {**order, "expires_in_seconds": int(card)}),
            "an unknown field": ("/v1/payments", {**order, "numero": card}),
            "a key": ("/v1/payments", {**order, card: 1}),
            "deep inside": ("/v1/payments", {**order, "x": [{"y": [[{"z": card}]]}]}),
            "the token": ("/v1/payments", {**order, "method": "card", "card": {"token": card}}),
            "a token with dashes": ("/v1/payments", {**order, "method": "card", "card": {
                "token": SPELLINGS["dashes"](card)}}),
            "the device session": ("/v1/payments", {**order, "method": "card", "card": {
                "token": "tok1", "device_session": card}}),
            "the quote": ("/v1/payments", {**order, "quote": with_change(
                order["quote"], ("items", 0, "evidence"), card)}),
            "a reason": (refund, {"reason": "tarjeta " + card}),
            "a holder": (refund, {"reason": "no", "destination": {
                "clabe": "012180000000000015", "holder": card}}),
            "an input": ("/v1/quotes", {"items": [{"service": "sedena.firearm.permit",
                                                   "inputs": {"guns": card}}]}),
            "evidence": ("/v1/quotes", {"items": [{"service": "sre.passport.3y",
                                                   "relief": "over_60", "evidence": card}]}),
        }
        with self.stores_nothing():
            for name, (target, body) in bodies.items():
                with self.subTest(name):
                    document = self.refused(self.portal.post(target, body), 422,
                                            "card_number.refused")
                    self.assertTrue(document["errors"][0]["pointer"])
                    self.assertNotIn(card, json.dumps(document))
            for name, headers in (("Idempotency-Key", {"Idempotency-Key": card}),
                                  ("any header", {"X-Card": SPELLINGS["blanks"](card)})):
                with self.subTest(name):
                    told = self.portal.send("POST", "/v1/payments", order,
                                            {"Idempotency-Key": "k1", **headers})
                    self.refused(told, 422, "card_number.refused", "headers")
            for target, pointer in ((f"/v1/payments?reference={card}", "query"),
                                    (f"/v1/payments?{card}=1", "query"),
                                    (f"/v1/payments?reference={card[:8]}%20{card[8:]}", "query"),
                                    (f"/v1/payments/{card}", "path")):
                with self.subTest(target):
                    self.refused(self.portal.get(target), 422, "card_number.refused", pointer)
            self.assertEqual(self.portal.get(f"/v2/{card}?{card}={card}").status, 404)
            client = support.Client(self.erario.port, self.erario.run / "keys/ca.pem",
                                    "Bearer " + card)
            self.assertEqual(client.get("/v1/payments").status, 401)
            client.close()
        self.is_nowhere()

    def test_a_card_number_is_refused_however_it_is_written(self):
        order = self.order()
        with self.stores_nothing():
            for card in CARDS:
                for name, spell in SPELLINGS.items():
                    with self.subTest(name, card=card):
                        told = self.portal.post("/v1/payments", {**order, "reference": spell(card)})
                        self.refused(told, 422, "card_number.refused", "/reference")
            escaped = json.dumps({**order, "reference": "@"}).replace(
                "@", "".join(f"\\u00{ord(digit):x}" for digit in CARDS[0]))
            told = self.portal.post("/v1/payments", escaped.encode())
            self.refused(told, 422, "card_number.refused")
        self.is_nowhere()

    def test_what_only_looks_like_one_is_taken(self):
        fits = ("4111111111111112", "646180123400000023", "012180000000000015", "1234567890123456",
                "LOFA900101MDFRCN07", "20260302100000000001", "A" + CARDS[0][:12])
        for text in fits:
            with self.subTest(text):
                told = self.portal.post("/v1/payments", self.order(reference=text))
                self.assertEqual(told.status, 201, told.body)

    def test_a_transfer_from_a_debit_card_is_kept_masked(self):
        payment = self.portal.post("/v1/payments", self.order()).json()
        body = support.abono(payment["clabe"], payment["amount"]["centavos"], "DEBITO1",
                             tipoCuentaOrdenante=3, cuentaOrdenante=CARDS[0],
                             nombreOrdenante=f"ANA {CARDS[1]}", conceptoPago=CARDS[3])
        told = self.stp.send("POST", ABONO, body)
        self.assertEqual(told.json(), {"mensaje": "confirmar"})
        self.assertEqual(self.portal.get("/v1/payments/" + payment["id"]).json()["state"], "paid")
        deposits = self.finance.get("/v1/deposits?payment=" + payment["id"]).json()["data"]
        self.assertEqual(deposits[0]["sender"]["clabe"], "*" * 12 + "1111")
        self.is_nowhere()

    def test_a_card_payment_leaves_no_number_behind(self):
        order = self.order(method="card", card={"token": self.erario.psp_token(CARDS[0])})
        payment = self.portal.post("/v1/payments", order).json()
        self.erario.wait_for(self.portal, "/v1/payments/" + payment["id"], ("paid",))
        self.is_nowhere()

    def is_nowhere(self):
        """In no file the installation wrote, in no spelling; nor in what it serves."""
        needles = {spell(card).encode(encoding) for card in CARDS for name, spell in
                   SPELLINGS.items() if name != "in a sentence" for encoding in
                   ("utf-8", "utf-16-le")}
        needles |= {int(card).to_bytes(8, "big") for card in CARDS}
        search = re.compile(b"|".join(map(re.escape, needles)))
        seen = set()
        for path in self.files():
            content = self.content(path)
            if content is not None:
                seen.add(path.name)
                self.assertIsNone(search.search(content), path)
        self.assertLessEqual({"erario.log.err"} | (
            {"PG_VERSION", "pg_control"} if self.erario.server else
            {"erario.db", "erario.db-wal"}), seen)
        self.assertNotIn(CARDS[0].encode(), self.portal.get("/metrics").body)

    def files(self):
        folders = [self.erario.run]
        if self.erario.server:
            folders.append(pathlib.Path(os.environ["ERARIO_POSTGRES"]).parent)
        for folder in folders:
            # Another test may drop a database of this server meanwhile: os.walk passes over it.
            for place, _, names in os.walk(folder):
                yield from (pathlib.Path(place, name) for name in names)

    @staticmethod
    def content(path):
        """None where it is no file, or the server has removed it meanwhile."""
        try:
            return path.read_bytes() if path.is_file() else None
        except FileNotFoundError:
            return None

    def test_the_search_finds_a_planted_number(self):
        plant = self.erario.run / "planted"
        plant.write_bytes(b"x" + SPELLINGS["blanks"](CARDS[1]).encode() + b"y")
        try:
            with self.assertRaises(AssertionError):
                self.is_nowhere()
        finally:
            plant.unlink()


class Framing(Case):
    def exchange(self, raw):
        """Bytes as they are; the status and whether the connection ended."""
        context = ssl.create_default_context(cafile=str(self.erario.run / "keys/ca.pem"))
        with socket.create_connection(("127.0.0.1", self.erario.port), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as stream:
                stream.sendall(raw)
                told = b""
                try:
                    while piece := stream.recv(65536):
                        told += piece
                except (OSError, ssl.SSLError):
                    pass
        return told

    def test_a_request_whose_framing_is_in_doubt_is_refused_and_the_connection_closed(self):
        host = b"Host: localhost\r\n"
        rows = {
            "length and chunked": (b"POST /v1/quotes HTTP/1.1\r\n" + host + b"Content-Length: 2\r\n"
                                   b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            "two lengths": (b"POST /v1/quotes HTTP/1.1\r\n" + host + b"Content-Length: 2\r\n"
                            b"Content-Length: 3\r\n\r\n{}", 400),
            "a negative length": (b"POST /v1/quotes HTTP/1.1\r\n" + host +
                                  b"Content-Length: -2\r\n\r\n{}", 400),
            "no host": (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
            "a bare LF": (b"GET /healthz HTTP/1.1\nHost: localhost\n\n", 400),
            "a folded header": (b"GET /healthz HTTP/1.1\r\n" + host + b"X: a\r\n b\r\n\r\n", 400),
            "a blank before the colon": (b"GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n", 400),
            "another version": (b"GET /healthz HTTP/2.0\r\n" + host + b"\r\n", 505),
            "a long target": (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n" + host + b"\r\n", 414),
            "a large head": (b"GET /healthz HTTP/1.1\r\n" + host + b"X: " + b"a" * 20000 +
                             b"\r\n\r\n", 431),
            "no HTTP": (b"\x16\x03\x01 hello\r\n\r\n", 400),
            "dot segments": (b"GET /v1/../metrics HTTP/1.1\r\n" + host + b"\r\n", 400),
        }
        with self.stores_nothing():
            for name, (raw, status) in rows.items():
                with self.subTest(name):
                    smuggled = raw + b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    told = self.exchange(smuggled)
                    self.assertTrue(told.startswith(b"HTTP/1.1 %d " % status), told[:200])
                    self.assertEqual(len(re.findall(rb"HTTP/1\.1 \d{3} ", told)), 1,
                                     "the rest was answered too")
                    self.assertIn(b"application/problem+json", told)


def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite()
    for case in (Json, Fields, Quotes, IdempotencyKeys, Refunds, Access, Inbound, CardNumbers,
                 Framing, Ending):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


class Ending(Case):
    """Last: after all of this the books are sound and the program ends well."""

    def test_the_books_are_sound_and_the_program_ends_well(self):
        report = json.loads(self.erario.command("--json", "ledger", "verify", "--config",
                                                self.erario.config).stdout)
        self.assertTrue(report["clean"], report)
        self.assertNotIn('"level":"error"', self.erario.errors())
        self.assertNotIn('"level":"critical"', self.erario.errors())
        for client in (self.portal, self.finance, self.auditor, self.stp):
            client.close()
        self.assertEqual(self.erario.terminate(), 0)

    def tearDown(self):
        pass


def tearDownModule():
    if Case.erario:
        Case.erario.stop()


if __name__ == "__main__":
    unittest.main()
