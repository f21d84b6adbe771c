#!/usr/bin/python3
"""What happened reaches the portals: signed, at least once, under one id, and never a stranger.

Usage: webhooks_test.py ERARIO [-v]    (the path of the built program)
The receivers are servers of our own on loopback; they verify with the very code that README shows.
"""
import base64
import http.server
import json
import re
import ssl
import threading
import time
import unittest

import support

BIN = support.binaries()
README = (support.ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = re.search(r"```python\n(.*?)```", README, re.S).group(1)
EXAMPLE = {}
exec(SHOWN, EXAMPLE)  # it must run as it stands
verify = EXAMPLE["verify"]


class Receiver:
    """A portal that answers what it is told to and keeps what it got."""

    def __init__(self, tls_from=None):
        self.got = []
        self.answers = []  # (status, headers, seconds it takes); the last one stays
        self.lock = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status, headers, seconds = receiver.keep(
                    self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                time.sleep(seconds)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", "2")
                    self.end_headers()
                    self.wfile.write(b"ok")
                except OSError:
                    pass  # who called is gone

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a caller that was killed is no news
        self.scheme = "http://127.0.0.1"
        if tls_from:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls_from / "keys/server.pem", tls_from / "keys/server.key")
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https://localhost"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"{self.scheme}:{self.server.server_port}/hooks?portal=norte"

    def keep(self, path, headers, body):
        with self.lock:
            self.got.append((path, headers, body))
            self.lock.notify_all()
            if len(self.answers) > 1:
                return self.answers.pop(0)
            return self.answers[0] if self.answers else (200, {}, 0)

    def wait(self, enough, timeout=20):
        """Until enough(calls) holds; the calls."""
        deadline = time.monotonic() + timeout
        with self.lock:
            while not enough(self.got):
                if not self.lock.wait(deadline - time.monotonic()):
                    raise AssertionError(f"after {timeout} s there came only {self.types()}")
            return list(self.got)

    def types(self):
        return [json.loads(body)["type"] for _, _, body in self.got]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def ids(calls):
    return [headers["webhook-id"] for _, headers, _ in calls]


class Case(unittest.TestCase):
    SETTINGS = 'allow_networks = ["127.0.0.0/8"]'

    def setUp(self):
        self.erario = support.Installation(BIN, stand_ins=False, serve=False)
        self.addCleanup(self.erario.stop)
        text = self.erario.config.read_text()
        self.assertIn('allow_networks = ["127.0.0.0/8"]', text)
        self.erario.config.write_text(text.replace('allow_networks = ["127.0.0.0/8"]',
                                                   self.SETTINGS))
        self.erario.start()
        self.connect()

    def connect(self):
        self.portal, self.finance = self.erario.client("portal"), self.erario.client("finance")
        self.addCleanup(self.portal.close)
        self.addCleanup(self.finance.close)

    def receiver(self, tls=False):
        made = Receiver(self.erario.run if tls else None)
        self.addCleanup(made.close)
        return made

    def endpoint(self, receiver, client=None, **more):
        told = (client or self.portal).send("POST", "/v1/webhook-endpoints",
                                            {"url": receiver.url, **more})
        self.assertEqual(told.status, 201, told.body)
        return told.json()

    def log(self, client=None, **filters):
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        told = (client or self.portal).get("/v1/webhook-deliveries?limit=200&" + query)
        self.assertEqual(told.status, 200, told.body)
        return told.json()["data"]

    def wait_for_log(self, wanted, timeout=20, **filters):
        """Until the states of the log are these; the log."""
        deadline = time.monotonic() + timeout
        while True:
            rows = self.log(**filters)
            if rows and {row["state"] for row in rows} == wanted:
                return rows
            self.assertLess(time.monotonic(), deadline, rows)
            time.sleep(0.1)

    def verified(self, call, *secrets):
        _, headers, body = call
        now = int(headers["webhook-timestamp"]) + 1  # the installation has a clock of its own
        for secret in secrets:
            self.assertTrue(verify(secret, headers, body, now=now))
        self.assertFalse(verify(secrets[0], headers, body + b" ", now=now))
        self.assertFalse(verify(secrets[0], headers, body, now=now + 600))
        self.assertFalse(verify(secrets[0], headers, body), "it is not the time here")
        self.assertTrue(verify(secrets[0], headers, body, tolerance=None))
        return json.loads(body)

    def database_bytes(self):
        for path in self.erario.run.glob("erario.db*"):
            yield path.read_bytes()
        if self.erario.server:
            rows = self.erario.sql()
            yield repr(rows.execute("SELECT * FROM webhook_endpoints").fetchall()).encode()
            rows.close()


class Webhooks(Case):
    def test_a_portal_is_told_once_of_everything_that_happens_to_its_payment(self):
        receiver, stranger, treasury = self.receiver(tls=True), self.receiver(), self.receiver()
        made = self.endpoint(receiver)
        other = support.Client(self.erario.port, self.erario.run / "keys/ca.pem",
                               "Bearer " + self.erario.new_key("portal-ajeno", "portal"))
        self.addCleanup(other.close)
        self.endpoint(stranger, other)
        self.endpoint(treasury, self.finance, everything=True, events=["deposit.applied"])
        payment = support.paid_by_spei(self.erario, self.portal)
        calls = receiver.wait(lambda got: len(got) == 3)
        told = [self.verified(call, made["secret"]) for call in calls]
        events = self.portal.get(f"/v1/payments/{payment['id']}/events").json()["data"]
        self.assertEqual({one["id"]: one["type"] for one in told},
                         {one["id"]: one["name"] for one in events})
        by_type = {one["type"]: one["data"] for one in told}
        self.assertEqual(set(by_type), {"payment.created", "deposit.applied", "receipt.issued"})
        self.assertEqual(by_type["deposit.applied"]["payment"], payment)
        self.assertEqual(by_type["deposit.applied"]["deposit"]["sender"]["holder"], None)
        self.assertEqual(by_type["receipt.issued"]["receipt"]["receipt"]["payment"], payment["id"])
        self.assertEqual({path for path, _, _ in calls}, {"/hooks?portal=norte"})
        rows = self.wait_for_log({"delivered"}, endpoint=made["id"], payment=payment["id"])
        self.assertEqual([(row["tries"], row["status"]) for row in rows], [(1, 200)] * 3)
        seen = treasury.wait(lambda got: len(got) == 1)
        deposit = json.loads(seen[0][2])["data"]["deposit"]
        self.assertEqual(deposit["sender"]["holder"], "ANA LORO FICTICIA")
        time.sleep(1)
        self.assertEqual((len(receiver.got), stranger.got, len(treasury.got)), (3, [], 1))
        self.assertEqual(self.log(other), [])
        self.assertEqual(other.get(f"/v1/webhook-endpoints/{made['id']}").status, 404)
        self.assertEqual(other.send("DELETE", f"/v1/webhook-endpoints/{made['id']}").status, 404)
        self.assertEqual(other.get(f"/v1/webhook-deliveries/{rows[0]['id']}").status, 404)

    def test_a_deposit_for_nobody_reaches_finance_alone(self):
        receiver, treasury = self.receiver(), self.receiver()
        self.endpoint(receiver)
        self.endpoint(treasury, self.finance, everything=True)
        stp = self.erario.stp_client()
        self.addCleanup(stp.close)
        told = stp.send("POST", "/v1/gateways/stp/abono",
                        support.abono("646180123499999996", 12_300, "SINDUENO1"))
        self.assertEqual(told.status, 200, told.body)
        calls = treasury.wait(lambda got: len(got) == 1)
        body = json.loads(calls[0][2])
        self.assertEqual((body["type"], body["data"]["deposit"]["suspense"]),
                         ("deposit.held", "unidentified"))
        held = body["data"]["deposit"]["id"]
        self.finance.post(f"/v1/deposits/{held}/return", {"reason": "sin pago"})
        treasury.wait(lambda got: len(got) >= 2)
        self.assertEqual(treasury.types()[1], "deposit.return_requested")
        self.assertEqual(receiver.got, [])

    def test_an_error_and_a_redirect_are_tried_again_under_the_same_id(self):
        receiver, elsewhere = self.receiver(), self.receiver()
        made = self.endpoint(receiver, events=["payment.created"])
        receiver.answers = [(500, {}, 0), (302, {"Location": elsewhere.url}, 0), (204, {}, 0)]
        support.paid_by_spei(self.erario, self.portal)
        receiver.wait(lambda got: len(got) == 2, timeout=20)
        rows = self.log(endpoint=made["id"])
        self.assertIn(rows[0]["failure"], ("http_500", "http_302"))
        self.assertEqual(rows[0]["state"], "due")
        # Nobody waits half a minute for the third: it is sent by hand.
        deadline = time.monotonic() + 10
        while self.log(endpoint=made["id"])[0]["failure"] != "http_302":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.assertEqual(self.portal.send(
            "POST", f"/v1/webhook-deliveries/{rows[0]['id']}/resend").status, 202)
        calls = receiver.wait(lambda got: len(got) == 3)
        self.assertEqual(len(set(ids(calls))), 1)
        for call in calls:
            self.verified(call, made["secret"])
        self.wait_for_log({"delivered"}, endpoint=made["id"])
        self.assertEqual(elsewhere.got, [])

    def test_a_slow_portal_keeps_nobody_waiting(self):
        slow, fast = self.receiver(), self.receiver()
        slow.answers = [(200, {}, 6)]
        self.endpoint(slow)
        self.endpoint(fast)
        for _ in range(4):
            support.paid_by_spei(self.erario, self.portal)
        fast.wait(lambda got: len(got) == 12, timeout=5)
        self.assertLessEqual(len(slow.got), 4)  # at once, to one endpoint

    def test_410_ends_it_until_the_portal_wants_more(self):
        receiver = self.receiver()
        receiver.answers = [(410, {}, 0)]
        made = self.endpoint(receiver)
        path = f"/v1/webhook-endpoints/{made['id']}"
        support.paid_by_spei(self.erario, self.portal)
        rows = self.wait_for_log({"dead"}, endpoint=made["id"])
        self.assertIn("gone", {row["failure"] for row in rows})
        self.assertEqual(self.portal.get(path).json()["state"], "disabled")
        support.paid_by_spei(self.erario, self.portal)
        self.assertEqual(len(self.log(endpoint=made["id"])), len(rows))
        resend = f"/v1/webhook-deliveries/{rows[0]['id']}/resend"
        self.assertEqual(self.portal.send("POST", resend).status, 409)
        receiver.answers = [(200, {}, 0)]
        self.assertEqual(self.portal.send("POST", path + "/enable").json()["state"], "enabled")
        self.assertEqual(self.portal.send("POST", resend).status, 202)
        deadline = time.monotonic() + 10
        while self.portal.get(f"/v1/webhook-deliveries/{rows[0]['id']}").json()["state"] != \
                "delivered":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def test_a_deleted_endpoint_is_told_no_more(self):
        receiver = self.receiver()
        receiver.answers = [(500, {}, 0)]
        made = self.endpoint(receiver)
        support.paid_by_spei(self.erario, self.portal)
        receiver.wait(lambda got: len(got) >= 3)
        path = f"/v1/webhook-endpoints/{made['id']}"
        self.assertEqual(self.portal.send("DELETE", path).json()["state"], "deleted")
        self.assertEqual(self.portal.get(path).status, 404)
        rows = self.wait_for_log({"dead"}, endpoint=made["id"])
        self.assertEqual(len(rows), 3)
        self.endpoint(receiver)  # the URL is free again

    def test_while_secrets_change_both_sign(self):
        receiver = self.receiver()
        made = self.endpoint(receiver, events=["payment.created"])
        path = f"/v1/webhook-endpoints/{made['id']}/rotate"
        second = self.portal.send("POST", path, {"overlap_hours": 1}).json()["secret"]
        support.paid_by_spei(self.erario, self.portal)
        calls = receiver.wait(lambda got: len(got) == 1)
        self.verified(calls[0], second, made["secret"])
        third = self.portal.send("POST", path, {"overlap_hours": 0}).json()["secret"]
        support.paid_by_spei(self.erario, self.portal)
        last = receiver.wait(lambda got: len(got) == 2)[1]
        self.verified(last, third)
        now = int(last[1]["webhook-timestamp"])
        self.assertFalse(verify(second, last[1], last[2], now=now))
        self.assertEqual(len(last[1]["webhook-signature"].split()), 1)
        stored = b"".join(self.database_bytes())
        for secret in (made["secret"], second, third):
            text = secret.removeprefix("whsec_")
            self.assertNotIn(text.encode(), stored)
            self.assertNotIn(base64.b64decode(text), stored)
            self.assertNotIn(text, self.erario.errors())

    def test_killed_between_commit_and_delivery_nothing_is_lost(self):
        receiver, away = self.receiver(), self.receiver()
        receiver.answers = [(200, {}, 30)]  # it has the call, and Erario never learns of it
        made = self.endpoint(receiver)
        self.endpoint(away)
        away.close()
        payments = [support.paid_by_spei(self.erario, self.portal) for _ in range(3)]
        receiver.wait(lambda got: len(got) >= 1)
        self.erario.kill()
        before = set(ids(receiver.got))
        receiver.answers = [(200, {}, 0)]
        self.erario.start()
        self.connect()
        wanted = set()
        for payment in payments:
            events = self.portal.get(f"/v1/payments/{payment['id']}/events").json()["data"]
            wanted |= {event["id"] for event in events}
        self.assertEqual(len(wanted), 9)
        calls = receiver.wait(lambda got: set(ids(got)) == wanted and
                              all(ids(got).count(one) >= 2 for one in before))
        for call in calls:
            self.verified(call, made["secret"])
        rows = self.wait_for_log({"delivered"}, endpoint=made["id"])
        self.assertEqual(len(rows), 9)  # one row an event, however often it was sent
        self.assertEqual(self.erario.command("ledger", "verify", "--config",
                                             self.erario.config).returncode, 0)


class WithoutLoopback(Case):
    """An installation that calls public addresses only."""
    SETTINGS = "allow_networks = []"

    def test_no_private_address_is_called_by_number_or_by_name(self):
        receiver = self.receiver(tls=True)
        port = receiver.server.server_port
        for host in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "[::1]",
                     "[::ffff:127.0.0.1]", "[fe80::1]", "0.0.0.0", "0", "0x7f.1", "2130706433",
                     "0177.0.0.1", "127.1"):
            told = self.portal.send("POST", "/v1/webhook-endpoints", {"url": f"https://{host}/"})
            self.assertEqual(told.problem()[0], "field.invalid", host)
        for url in (f"https://localhost:{port}/", f"HTTPS://LocalHost:{port}/hooks"):
            told = self.portal.send("POST", "/v1/webhook-endpoints", {"url": url})
            self.assertEqual(told.status, 201, told.body)
        support.paid_by_spei(self.erario, self.portal)
        deadline = time.monotonic() + 20
        while any(row["failure"] is None for row in self.log()):
            self.assertLess(time.monotonic(), deadline, self.log())
            time.sleep(0.1)
        self.assertEqual({row["failure"] for row in self.log()} - {"resolve"}, {"address_refused"})
        self.assertEqual(receiver.got, [])


if __name__ == "__main__":
    unittest.main()
