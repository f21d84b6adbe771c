#!/usr/bin/python3
"""A real Prometheus scrapes a running Erario, and promtool finds nothing to say about the names.

Usage: metrics_test.py ERARIO [-v]    (the path of the built program; erario-sim lies beside it)
"""
import json
import signal
import subprocess
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid

import support

BIN = support.binaries()
PROMETHEUS_CONFIG = """
global:
  scrape_interval: 1s
  scrape_timeout: 1s
scrape_configs:
  - job_name: erario
    scheme: https
    tls_config:
      ca_file: {ca}
    static_configs:
      - targets: ["localhost:{port}"]
"""


class Prometheus:
    """Debian's, with its own storage, on loopback."""

    def __init__(self, installation):
        folder = installation.scratch / "prometheus"
        folder.mkdir()
        config = folder / "prometheus.yml"
        config.write_text(PROMETHEUS_CONFIG.format(ca=installation.run / "keys/ca.pem",
                                                   port=installation.port))
        subprocess.run(["promtool", "check", "config", str(config)], check=True,
                       capture_output=True, timeout=60)
        # The mark of the installation's ports is ours: Prometheus takes its place.
        self.port = installation.ports.first + support.PORTS - 1
        installation.ports.release()
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn"],
                stdout=log, stderr=log)
        self.log = folder / "log"

    def api(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}",
                                    timeout=10) as answer:
            return json.load(answer)["data"]

    def wait_scraped(self):
        """Until a scrape that began after now has ended."""
        began = time.time()
        deadline = time.monotonic() + 60
        last = None
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError("Prometheus ended: " + self.log.read_text()[-2000:])
            try:
                target, = self.api("targets")["activeTargets"]
                last = target["health"], target["lastError"]
                found = self.query("up") and self.query("timestamp(up)")
                if target["health"] == "up" and found and float(found[0]["value"][1]) > began:
                    return
            except (urllib.error.URLError, ConnectionError, ValueError):
                pass
            time.sleep(0.2)
        raise AssertionError(f"no scrape: {last}")

    def query(self, expression):
        return self.api("query?query=" + urllib.parse.quote(expression))["result"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Scraped(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prometheus = None
        cls.erario = support.Installation(BIN)
        try:
            cls.prometheus = Prometheus(cls.erario)
            cls.play()
            cls.prometheus.wait_scraped()
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        if cls.prometheus:
            cls.prometheus.stop()
        cls.erario.stop()

    @classmethod
    def play(cls):
        """A card payment, a transfer, a short one, a refusal, a reconciliation with breaks."""
        portal = cls.erario.client("portal")
        finance = cls.erario.client("finance")
        order = {"quote": support.quote(portal), "method": "card", "payer": support.PAYER,
                 "card": {"token": cls.erario.psp_token()}}
        paid = portal.post("/v1/payments", order).json()
        cls.erario.wait_for(portal, "/v1/payments/" + paid["id"], ("paid",))
        support.paid_by_spei(cls.erario, portal)
        waiting = portal.post("/v1/payments", {"quote": support.quote(portal), "method": "spei",
                                               "payer": support.PAYER}).json()
        stp = cls.erario.stp_client()
        told = stp.send("POST", "/v1/gateways/stp/abono",
                        support.abono(waiting["clabe"], 123, "CORTO1"))
        assert told.status == 200, told.body
        assert portal.get("/v1/ledger/accounts").status == 403
        # STP told us of deposits its stand-in knows nothing about: the day has breaks.
        run = finance.post("/v1/reconciliation/runs", {"date": support.DAY}, str(uuid.uuid4()))
        assert run.status == 201, run.body
        cls.breaks = run.json()["breaks"]
        assert cls.breaks > 0, run.body
        for client in (portal, finance, stp):
            client.close()

    def value(self, expression):
        """The one value of an instant query."""
        found = self.prometheus.query(expression)
        self.assertEqual(len(found), 1, f"{expression}: {found}")
        return float(found[0]["value"][1])

    def test_the_target_is_up(self):
        self.assertEqual(self.value('up{job="erario"}'), 1)

    def test_every_subject_an_operator_asks_about_is_there(self):
        created = '{route="/v1/payments", method="POST", status="201"}'
        rows = [
            ("erario_http_requests_total" + created, lambda count: count == 3),
            ('sum(erario_http_requests_total{route="/v1/ledger/accounts", status="403"})',
             lambda count: count == 1),
            ('erario_http_request_seconds_count{route="/v1/payments", method="POST"}',
             lambda count: count == 3),
            ('sum(erario_gateway_calls_total{gateway="openpay"})', lambda count: count >= 1),
            ('sum(erario_gateway_call_seconds_count{gateway="openpay"})',
             lambda count: count >= 1),
            ('sum(erario_inbound_calls_total{gateway="stp", result="accepted"})',
             lambda count: count == 2),
            ("sum(erario_lane_batches_total)", lambda count: count >= 5),
            ("sum(erario_lane_commands_total)", lambda count: count >= 5),
            ("erario_lane_batch_size_count", lambda count: count >= 5),
            ("erario_lane_commit_seconds_count", lambda count: count >= 5),
            ("erario_lane_queue_depth", lambda depth: depth >= 0),
            ('erario_payments{state="paid"}', lambda count: count == 2),
            ('erario_payments{state="awaiting"}', lambda count: count == 1),
            ('erario_suspense_centavos{kind="short"}', lambda held: held == 123),
            ('erario_suspense_centavos{kind="late"}', lambda held: held == 0),
            ("erario_suspense_oldest_seconds", lambda age: 0 < age < 600),
            ('erario_outbox_jobs{state="dead"}', lambda count: count == 0),
            ('erario_outbox_jobs{state="due"}', lambda count: count >= 0),
            ("erario_outbox_oldest_seconds", lambda age: age >= 0),
            ("erario_ledger_entries", lambda count: count >= 3),
            ("erario_ledger_check_ok", lambda ok: ok == 1),
            ("sum(erario_reconciliation_breaks)", lambda count: count == self.breaks),
            ("erario_reconciliation_run_timestamp_seconds", lambda at: at > 1772000000),
            ("erario_store_reachable", lambda one: one == 1),
            ("erario_lane_healthy", lambda one: one == 1),
            ("erario_build_info", lambda one: one == 1),
            ("erario_http_connections", lambda count: count >= 1),
        ]
        for expression, holds in rows:
            with self.subTest(expression):
                self.assertTrue(holds(self.value(expression)), self.value(expression))

    def test_a_quantile_can_be_asked_for(self):
        p99 = self.value("histogram_quantile(0.99, sum by (le) (erario_lane_commit_seconds_bucket))")
        self.assertTrue(0 < p99 <= 10, p99)

    def test_every_series_is_described(self):
        described = self.prometheus.api("metadata")
        names = {name for name in self.prometheus.api("label/__name__/values")
                 if name.startswith("erario_")}
        self.assertGreaterEqual(len(names), 20)
        for name in names:
            base = name
            for end in ("_bucket", "_sum", "_count"):
                if name.endswith(end) and name.removesuffix(end) in described:
                    base = name.removesuffix(end)
            self.assertIn(base, described)
            self.assertTrue(described[base][0]["help"], base)
            self.assertNotEqual(described[base][0]["type"], "unknown", base)

    def test_promtool_has_no_complaint_about_the_names(self):
        client = self.erario.client()
        text = client.get("/metrics").body
        client.close()
        checked = subprocess.run(["promtool", "check", "metrics"], input=text,
                                 capture_output=True, timeout=60)
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, b"", b""))
        # The check is not blind: it complains of a counter whose name does not end in _total.
        bad = b"# HELP erario_bad_count Bad.\n# TYPE erario_bad_count counter\nerario_bad_count 1\n"
        checked = subprocess.run(["promtool", "check", "metrics"], input=bad, capture_output=True,
                                 timeout=60)
        self.assertNotEqual(checked.returncode, 0)


if __name__ == "__main__":
    unittest.main()
