"""What the acceptance tests share: an installation of their own, HTTPS clients, SQL.

An installation lives in a scratch folder, listens on loopback, and is made by the very functions
that make the demonstration of ops/run (ops/lib/demonstration.sh). Processes are ended by their id.
"""
import base64
import functools
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
START = "2026-03-02T10:00:00-06:00"  # a Monday of the published 2026 catalogue
DAY = "2026-03-02"
PAYER = {"name": "Ana Loro Ficticia", "email": "ana@example.invalid", "rfc": "LOFA900101X11",
         "curp": "LOFA900101MDFRCN07"}
SETUP = f"""set -euo pipefail
root={ROOT}
. "$root/ops/lib/say.sh"
. "$root/ops/lib/postgres.sh"
. "$root/ops/lib/demonstration.sh"
"""
STORE = os.environ.get("ERARIO_TEST_STORE", "sqlite")
PORTS = 5  # Erario, three stand-ins, and one that only marks the others as taken


@functools.lru_cache
def binaries():
    """The folder of the built program: the first argument of every test, taken off sys.argv."""
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        return pathlib.Path(sys.argv.pop(1)).resolve().parent
    return pathlib.Path(os.environ.get("ERARIO_BIN", ROOT / "build/release/bin"))


def plain_http(configuration):
    """The same configuration without TLS, on loopback, and with few log lines."""
    lines = []
    for line in configuration.split("\n"):
        if line.startswith("tls_cert"):
            line = "plain = true"
        elif line.startswith("tls_key"):
            continue
        elif line.startswith("public_url"):
            line = line.replace("https:", "http:")
        elif line.startswith("level = "):
            line = 'level = "warn"'
        lines.append(line)
    return "\n".join(lines)


class Ports:
    """Neighbouring free ports below those the system hands out; the last stays bound as a mark."""

    def __init__(self):
        for _ in range(200):
            first = random.SystemRandom().randrange(20000, 32000, 10)
            self.mark = None
            if self.take(first):
                self.first = first
                return
        raise RuntimeError("no free ports")

    def take(self, first):
        held = []
        try:
            for port in range(first, first + PORTS):
                one = socket.socket()
                held.append(one)
                one.bind(("127.0.0.1", port))
            self.mark = held.pop()
            return True
        except OSError:
            return False
        finally:
            for one in held:
                one.close()

    def release(self):
        self.mark.close()


class Database:
    """One of its own on the private server that ctest started (tests/postgres_server)."""

    def __init__(self):
        if "ERARIO_POSTGRES" not in os.environ:
            raise RuntimeError("ERARIO_POSTGRES must name the socket of a private server; see "
                               "tests/postgres_server")
        self.name = "e2e_" + uuid.uuid4().hex[:12]
        self.server(f"CREATE DATABASE {self.name} OWNER erario_owner")
        self.url = self.url_of("erario_service")
        self.owner_url = self.url_of("erario_owner")

    def url_of(self, role, name=None):
        return f"postgresql://{role}@/{name or self.name}?host={os.environ['ERARIO_POSTGRES']}"

    def server(self, sql):
        subprocess.run(["psql", "-X", "-q", self.url_of("postgres", "postgres"), "-c", sql],
                       check=True, capture_output=True, text=True, timeout=60)

    def connect(self):
        return ReadOnly(self.url_of("postgres"))

    def drop(self):
        self.server(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


class ReadOnly:
    """As much of sqlite3's interface as the tests use."""

    def __init__(self, url):
        import psycopg2  # only where there is a server
        self.connection = psycopg2.connect(url)
        self.connection.set_session(readonly=True, autocommit=True)

    def execute(self, sql, values=()):
        cursor = self.connection.cursor()
        cursor.execute(sql.replace("%", "%%").replace("?", "%s"), values)
        return cursor

    def close(self):
        self.connection.close()


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def problem(self):
        """(code, [(pointer, rule)]) of a problem, None of anything else."""
        if not self.headers.get("content-type", "").startswith("application/problem+json"):
            return None
        told = self.json()
        return told["code"], [(one["pointer"], one["rule"]) for one in told.get("errors", [])]


class Client:
    """One kept connection to one program. Not for two threads."""

    def __init__(self, port, ca, authorization=None, timeout=30):
        self.port = port
        self.context = ssl.create_default_context(cafile=str(ca))
        self.authorization = authorization
        self.timeout = timeout
        self.connection = None

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def send(self, method, target, body=None, headers=None):
        """`body`: bytes as they are, anything else as JSON. OSError or HTTPException: no answer."""
        sent = {"Authorization": self.authorization} if self.authorization else {}
        if body is not None:
            sent["Content-Type"] = "application/json"
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent.update(headers or {})
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(
                "localhost", self.port, context=self.context, timeout=self.timeout)
        try:
            self.connection.request(method, target, body, sent)
            told = self.connection.getresponse()
            answer = Answer(told.status, {k.lower(): v for k, v in told.getheaders()}, told.read())
            if told.will_close:
                self.close()
            return answer
        except BaseException:
            self.close()
            raise

    def get(self, target, **headers):
        return self.send("GET", target, headers=headers)

    def post(self, target, body, key=None):
        return self.send("POST", target, body, {"Idempotency-Key": key or str(uuid.uuid4())})


class Installation:
    """An Erario over a new store. `stand_ins`: with the card PSP, STP and the bank beside it."""

    def __init__(self, bin_folder, stand_ins=True, serve=True):
        self.erario = str(bin_folder / "erario")
        self.sim = str(bin_folder / "erario-sim")
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="erario-e2e-"))
        self.run = self.scratch / "run"
        self.config = self.run / "erario.toml"
        self.database = self.run / "erario.db"
        self.server = Database() if STORE == "postgres" else None
        self.ports = Ports()
        self.port = self.ports.first
        self.process = None
        self.helpers = None
        try:
            self.set_up()
            if stand_ins:
                self.start_stand_ins()
            if serve:
                self.start()
        except BaseException:
            self.stop()
            raise

    def set_up(self):
        store = f"{self.server.url} {self.server.owner_url}" if self.server else "sqlite"
        self.shell(f"""new_demonstration "{self.run}" {self.port} "{START}" "{store}"
            "{self.erario}" migrate --config "{self.config}"
            "{self.erario}" catalogue import --config "{self.config}"
            create_api_keys "{self.erario}" "{self.run}" """)

    def shell(self, text):
        done = subprocess.run(["bash", "-c", SETUP + text], capture_output=True, text=True,
                              timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"setting up failed: {done.stdout}{done.stderr}")

    def start_stand_ins(self):
        """A shell holds them; it ends them when its input ends, whatever became of this test."""
        script = SETUP + f"""pids=()
            end() {{ for pid in "${{pids[@]}}"; do kill "$pid" 2>/dev/null || true; done; wait; }}
            trap end EXIT
            start_stand_ins "{self.sim}" "{self.run}" {self.port} "{START}"
            echo ready
            read -r _ || true"""
        self.helpers = subprocess.Popen(["bash", "-c", script], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        if self.helpers.stdout.readline().strip() != "ready":
            raise RuntimeError("the stand-ins do not start")

    def start(self, timeout=30):
        """Starts Erario and waits until it listens."""
        self.log_path = self.run / "logs/erario.log"
        self.errors_path = self.run / "logs/erario.log.err"
        with open(self.log_path, "wb") as out, open(self.errors_path, "ab") as errors:
            self.process = subprocess.Popen([self.erario, "serve", "--config", str(self.config)],
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        deadline = time.monotonic() + timeout
        while b"listening " not in self.log_path.read_bytes():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("Erario does not start: " + self.errors()[-2000:])
            time.sleep(0.01)

    def errors(self):
        return self.errors_path.read_text(errors="replace")

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def terminate(self):
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=30)

    def stop(self):
        if self.alive():
            self.process.terminate()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()
        if self.helpers:
            self.helpers.stdin.close()
            self.helpers.wait(timeout=30)
            self.helpers.stdout.close()
        self.ports.release()
        if self.server:
            self.server.drop()
        if os.environ.get("ERARIO_KEEP"):
            print("kept:", self.scratch)
        else:
            shutil.rmtree(self.scratch, ignore_errors=True)

    # ---- talking to it ----

    def secret(self, name):
        return (self.run / "keys" / name).read_text()

    def client(self, scope=None, port_offset=0, **more):
        key = "Bearer " + self.secret(f"api-{scope}.key") if scope else None
        return Client(self.port + port_offset, self.run / "keys/ca.pem", key, **more)

    def stp_client(self, **more):
        """Speaks to Erario as STP does."""
        return Client(self.port, self.run / "keys/ca.pem",
                      basic("stp", self.secret("stp-callback.password")), **more)

    def psp_token(self, number="4111111111111111"):
        psp = Client(self.port + 1, self.run / "keys/ca.pem")
        told = psp.send("POST", "/v1/mficticio/tokens", {
            "card_number": number, "holder_name": PAYER["name"], "expiration_month": "12",
            "expiration_year": "30", "cvv2": "123"})
        psp.close()
        return told.json()["id"]

    def command(self, *words, check=True):
        done = subprocess.run([self.erario, *map(str, words)], capture_output=True, text=True,
                              timeout=60)
        if check and done.returncode != 0:
            raise AssertionError(f"{words} exited {done.returncode}: {done.stderr}{done.stdout}")
        return done

    def new_key(self, owner, scope):
        made = self.command("--json", "keys", "create", "--config", self.config, "--owner", owner,
                            "--scope", scope)
        return json.loads(made.stdout)["key"]

    # ---- looking at what it stored ----

    def sql(self, path=None):
        """A read-only connection; writes of the program go on beside it."""
        if self.server:
            return self.server.connect()
        return sqlite3.connect(f"file:{path or self.database}?mode=ro", uri=True, timeout=10)

    def row_counts(self):
        with_names = self.sql()
        try:
            names = [row[0] for row in with_names.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'" if self.server else
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
            return {name: with_names.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                    for name in names}
        finally:
            with_names.close()

    def wait_for(self, client, path, states, timeout=20):
        deadline = time.monotonic() + timeout
        while True:
            now = client.get(path).json()
            if now["state"] in states:
                return now
            if time.monotonic() > deadline:
                raise AssertionError(f"{path} is still {now['state']}, expected {states}")
            time.sleep(0.05)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def abono(clabe, centavos, tracking_key, bank=40012, **fields):
    """The body of STP's callback for a deposit."""
    call = {"id": random.SystemRandom().randrange(1, 2**40), "fechaOperacion": 20260302,
            "institucionOrdenante": bank, "institucionBeneficiaria": 90646,
            "claveRastreo": tracking_key, "nombreOrdenante": "ANA LORO FICTICIA",
            "tipoCuentaOrdenante": 40, "cuentaOrdenante": "012180000000000015",
            "rfcCurpOrdenante": "ND", "nombreBeneficiario": "TESORERIA FICTICIA",
            "tipoCuentaBeneficiario": 40, "cuentaBeneficiario": clabe, "conceptoPago": "DERECHOS",
            "referenciaNumerica": 1, "empresa": "PRUEBAFICTICIA", "tipoPago": 1,
            "tsLiquidacion": "1772463600000"}
    call.update(fields)
    text = json.dumps(call)
    # Pesos with two decimals, written exactly.
    return (text[:-1] + f', "monto": {centavos // 100}.{centavos % 100:02d}}}').encode()


def quote(client, *items, **more):
    told = client.send("POST", "/v1/quotes", {"items": list(items) or
                                              [{"service": "sre.passport.3y"}], **more})
    if told.status != 201:
        raise AssertionError(f"no quote: {told.status} {told.body[:500]}")
    return told.json()


def paid_by_spei(installation, client, *items):
    """A payment whose exact deposit has arrived."""
    told = client.post("/v1/payments", {"quote": quote(client, *items), "method": "spei",
                                        "payer": PAYER})
    if told.status != 201:
        raise AssertionError(f"no payment: {told.status} {told.body[:500]}")
    payment = told.json()
    stp = installation.stp_client()
    told = stp.send("POST", "/v1/gateways/stp/abono",
                    abono(payment["clabe"], payment["amount"]["centavos"],
                          "E2E" + uuid.uuid4().hex[:20].upper()))
    stp.close()
    if told.status != 200:
        raise AssertionError(f"the abono is refused: {told.status} {told.body[:500]}")
    return client.get("/v1/payments/" + payment["id"]).json()
