#!/usr/bin/python3
"""A PostgreSQL that goes away, comes back, freezes, or is not one to keep payments on.

Usage: database_test.py ERARIO [-v]    (the path of the built program)
It has a server of its own, because it stops it and changes what it promises.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.parse

import support

BIN = support.binaries()
support.STORE = "postgres"
PROGRAMS = "/usr/lib/postgresql/15/bin"
MIRRORS = ("erario_payments", "erario_outbox_jobs", "erario_suspense_centavos",
           "erario_ledger_entries")


class Server:
    """A private PostgreSQL in a scratch folder (ops/lib/postgres.sh)."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="erario-pg-"))
        self.folder.chmod(0o755)
        self.start()

    def shell(self, text):
        done = subprocess.run(["bash", "-c", support.SETUP + text], capture_output=True, text=True,
                              timeout=120)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout.strip()

    def start(self, name="main", settings=""):
        """The folder of its socket."""
        socket = self.shell(f'start_postgres "{self.folder}/{name}" {settings}\n'
                            'echo "$POSTGRES_SOCKET"')
        if name == "main":
            os.environ["ERARIO_POSTGRES"] = socket
        return socket

    def stop(self, name="main"):
        self.shell(f'stop_postgres "{self.folder}/{name}"')

    def processes(self):
        """The server and every process it made."""
        first = int(self.shell(f'postgres_pid "{self.folder}/main"'))
        made = pathlib.Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, made)]

    def signal(self, number):
        for process in self.processes():
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass

    def sql(self, *commands):
        words = [word for command in commands for word in ("-c", command)]
        url = f"postgresql://postgres@/postgres?host={os.environ['ERARIO_POSTGRES']}"
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url, *words], check=True,
                       capture_output=True, text=True, timeout=60)

    def remove(self):
        for name in ("standby", "main"):
            self.stop(name)
        shutil.rmtree(self.folder, ignore_errors=True)


def setUpModule():
    global SERVER
    SERVER = Server()
    unittest.addModuleCleanup(SERVER.remove)


def metrics(client):
    """name{labels} -> value of one scrape."""
    text = client.get("/metrics").body.decode()
    return {name: float(value) for name, value in
            re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", text, re.MULTILINE)}


def mirrored(scraped):
    return {name for name in MIRRORS if any(one.split("{")[0] == name for one in scraped)}


class Case(unittest.TestCase):
    def install(self, **more):
        erario = support.Installation(BIN, stand_ins=False, **more)
        self.addCleanup(erario.stop)
        return erario

    def wait_until(self, client, holds, seconds):
        deadline = time.monotonic() + seconds
        while True:
            now = metrics(client)
            if holds(now):
                return now
            if time.monotonic() > deadline:
                self.fail({name: value for name, value in now.items() if "http" not in name})
            time.sleep(0.2)


class Away(Case):
    def setUp(self):
        self.erario = self.install()
        self.client = self.erario.client()
        self.addCleanup(self.client.close)
        self.reachable()

    def reachable(self):
        now = self.wait_until(self.client, lambda now: now["erario_store_reachable"] == 1 and
                              mirrored(now) == set(MIRRORS), 30)
        self.assertEqual(now["erario_lane_healthy"], 1)

    def away(self):
        now = self.wait_until(self.client, lambda now: now["erario_store_reachable"] == 0, 40)
        self.assertEqual(mirrored(now), set(), "old numbers are not told as new ones")
        self.assertEqual(now["erario_lane_healthy"], 1, "the lane waits for its return")

    def pays(self):
        portal = self.erario.client("portal")
        self.addCleanup(portal.close)
        self.assertEqual(support.paid_by_spei(self.erario, portal)["state"], "paid")

    def test_a_server_that_stops_is_told_and_its_return_too(self):
        self.pays()
        SERVER.stop()
        try:
            self.away()
            ready = self.client.get("/readyz")
            self.assertEqual((ready.status, ready.json()["store"]), (503, False))
        finally:
            SERVER.start()
        self.reachable()
        self.assertEqual(self.client.get("/readyz").status, 200)
        self.pays()

    def test_a_server_that_freezes_is_told_and_its_return_too(self):
        SERVER.signal(signal.SIGSTOP)
        try:
            self.away()
        finally:
            SERVER.signal(signal.SIGCONT)
        self.reachable()
        self.pays()


class Unsafe(Case):
    """What cannot keep an acknowledged payment is refused before it is given one."""

    def refused(self, erario, *words, names):
        done = erario.command(*words, check=False)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stderr, names)
        return done

    def test_a_read_only_database_is_not_served(self):
        erario = self.install(serve=False)
        name = erario.server.name
        SERVER.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        self.refused(erario, "serve", "--config", erario.config,
                     names="default_transaction_read_only is on")
        SERVER.sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        erario.start()

    def test_what_a_server_says_is_told_as_json_in_whatever_bytes_it_says_it(self):
        erario = self.install(serve=False)
        config = erario.config.read_text()
        for name, shown in (("%22%5C%7B", '"\\{'), ("ma%C3%B1ana", "mañana"),
                            ("cut%C3", "cut\ufffd"), ("%FF%FE", "\ufffd\ufffd")):
            with self.subTest(name):
                erario.config.write_text(config.replace(f"/{erario.server.name}?", f"/{name}?"))
                done = subprocess.run(
                    [erario.erario, "--json", "serve", "--config", str(erario.config)],
                    capture_output=True, timeout=60)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(shown, json.loads(done.stderr.decode())["detail"])
        self.log_holds(erario, config, erario.server.name + '_"\\\x01\x1b ñ 山')

    def log_holds(self, erario, config, name):
        """Serves from a database of that name until it is closed to us: the log quotes the name."""
        quoted = '"' + name.replace('"', '""') + '"'
        SERVER.sql(f"ALTER DATABASE {erario.server.name} RENAME TO {quoted}")
        try:
            escaped = urllib.parse.quote(name)
            erario.config.write_text(config.replace(f"/{erario.server.name}?", f"/{escaped}?"))
            erario.start()
            SERVER.sql(f"ALTER DATABASE {quoted} ALLOW_CONNECTIONS false",
                       "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                       "WHERE datname LIKE 'e2e%'")
            deadline = time.monotonic() + 20
            while "not currently accepting" not in erario.errors():
                self.assertLess(time.monotonic(), deadline, erario.errors())
                time.sleep(0.1)
            self.assertEqual(erario.terminate(), 0)
            lines = [json.loads(line) for line in erario.errors().splitlines()]
            self.assertTrue(any(f'"{name}"' in line["message"] for line in lines), lines)
        finally:
            if erario.alive():
                erario.kill()
            SERVER.sql(f"ALTER DATABASE {quoted} RENAME TO {erario.server.name}")

    def test_a_standby_is_not_served(self):
        erario = self.install(serve=False)
        main = os.environ["ERARIO_POSTGRES"]
        SERVER.shell(f"""mkdir "{SERVER.folder}/standby"
            [ "$(id -u)" -ne 0 ] || chown postgres: "{SERVER.folder}/standby"
            "${{as_postgres[@]}}" "{PROGRAMS}/pg_basebackup" -R -c fast -h "{main}" -U postgres \
              -D "{SERVER.folder}/standby/data" """)
        standby = SERVER.start("standby", "shared_buffers=16MB")
        try:
            config = erario.config.read_text()
            erario.config.write_text(config.replace(f"host={main}", f"host={standby}"))
            self.refused(erario, "serve", "--config", erario.config, names="in_hot_standby is on")
        finally:
            SERVER.stop("standby")

    def test_a_ledger_is_not_carried_to_a_server_that_may_lose_it(self):
        support.STORE = "sqlite"
        try:
            old = self.install(serve=False)
        finally:
            support.STORE = "postgres"
        target = support.Database()
        self.addCleanup(target.drop)
        carry = ("migrate", "--from", f"sqlite:{old.database}", "--to", target.url, "--to-owner",
                 target.owner_url)
        for setting, on, off in (
                ("synchronous_commit", f"ALTER DATABASE {target.name} SET synchronous_commit = off",
                 f"ALTER DATABASE {target.name} RESET synchronous_commit"),
                ("fsync", "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM RESET fsync"),
                ("full_page_writes", "ALTER SYSTEM SET full_page_writes = off",
                 "ALTER SYSTEM RESET full_page_writes")):
            with self.subTest(setting):
                SERVER.sql(on, "SELECT pg_reload_conf()")
                try:
                    self.refused(old, *carry, names=f"{setting} is off")
                finally:
                    SERVER.sql(off, "SELECT pg_reload_conf()")
        told = json.loads(old.command("--json", *carry).stdout)
        self.assertEqual(len(told["tables"]) > 10, True, told)

    def test_a_server_that_becomes_unsafe_ends_the_lane_and_the_gauge_says_so(self):
        erario = self.install()
        client, portal = erario.client(), erario.client("portal")
        self.addCleanup(client.close)
        self.addCleanup(portal.close)
        support.paid_by_spei(erario, portal)
        self.assertEqual(metrics(client)["erario_lane_healthy"], 1)
        order = {"quote": support.quote(portal), "method": "spei", "payer": support.PAYER}
        SERVER.sql("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        try:
            time.sleep(0.5)  # until every process of the server has read it
            SERVER.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                       f"WHERE datname = '{erario.server.name}'")
            self.assertEqual(portal.post("/v1/payments", order).status, 503)
            self.wait_until(client, lambda now: now["erario_lane_healthy"] == 0, 10)
            ready = client.get("/readyz")
            self.assertEqual((ready.status, ready.json()["lane"]), (503, False))
        finally:
            SERVER.sql("ALTER SYSTEM RESET fsync", "SELECT pg_reload_conf()")
        # Not by itself: what it does not know it cannot take back.
        self.assertEqual(portal.post("/v1/payments", order).status, 503)


if __name__ == "__main__":
    unittest.main()
