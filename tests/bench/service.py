"""One private installation of Erario on loopback, with the programs beside it."""

import contextlib
import os
import pathlib
import signal
import sqlite3
import subprocess
import time

import measure

HERE = pathlib.Path(__file__).resolve().parent
START_SECONDS_MAX = 20
STOP_SECONDS_MAX = 30


class BenchFailed(Exception):
    pass


class Program:
    """A child process that prints "listening" when it is ready; ended by its own id."""

    def __init__(self, name, arguments, log, environment=None):
        self.name = name
        self.log = pathlib.Path(log)
        with open(self.log, "wb") as out, open(f"{self.log}.err", "wb") as err:
            self.process = subprocess.Popen([str(one) for one in arguments], stdout=out, stderr=err,
                                            env={**os.environ, **(environment or {})})
        self.pid = self.process.pid

    def wait_listening(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.log.read_text().startswith("listening "):
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        said = pathlib.Path(f"{self.log}.err").read_text()[-500:]
        self.stop()
        raise BenchFailed(f"{self.name} did not start: {said}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class SqliteStore:
    """The embedded store: a file of the installation."""

    name = "sqlite"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.file = self.folder / "erario.db"
        self.url = f"sqlite:{self.file}"
        self.place = "sqlite"  # as new_demonstration takes it

    def start(self, _disk, _bin):
        pass  # it lives within the service

    def query(self, sql):
        with sqlite3.connect(f"file:{self.file}?mode=ro", uri=True) as database:
            return database.execute(sql).fetchall()

    def cpu_micros(self):
        return 0

    @contextlib.contextmanager
    def empty(self):
        """Arguments that name a place for a store of its own."""
        yield [self.folder]

    def stop(self):
        pass


class Installation:
    """Keys, store and catalogue under `folder`; `with` starts it and ends it."""

    def __init__(self, folder, port, store, catalogue, binaries, tls=False):
        self.folder = pathlib.Path(folder)
        self.port = port
        self.store = store
        self.catalogue = pathlib.Path(catalogue)
        self.bin = pathlib.Path(binaries)
        self.tls = tls
        self.programs = []
        self.start_time = "2026-03-02T08:00:00-06:00"  # a business day of the published catalogue

    def _make(self):
        done = subprocess.run([HERE / "installation.sh", self.folder, str(self.port), self.store.place,
                               self.catalogue, self.bin, self.start_time],
                              capture_output=True, text=True,
                              env={**os.environ, "BENCH_TLS": "yes" if self.tls else ""})
        if done.returncode != 0:
            raise BenchFailed(f"the installation was not made: {done.stderr or done.stdout}")

    def _start(self, name, *arguments, environment=None):
        program = Program(name, arguments, self.folder / "logs" / f"{name}.log", environment)
        self.programs.append(program)
        program.wait_listening()
        return program

    def _start_stand_ins(self):
        """The card gateway and STP, so that charges and refunds have somebody to go to."""
        keys, ours = self.folder / "keys", f"http{'s' * self.tls}://localhost:{self.port}/v1/gateways"
        sim = lambda name, place, *more: self._start(
            name, self.bin / "erario-sim", name, "--listen", f"127.0.0.1:{self.port + place}",
            "--now", self.start_time, "--ca", keys / "ca.pem", *more)
        sim("psp", 1, "--private-key-file", keys / "openpay.secret",
            "--webhook-url", f"{ours}/openpay/webhook", "--webhook-user", "openpay",
            "--webhook-password-file", keys / "openpay-webhook.password")
        sim("stp", 2, "--client-key", keys / "stp-client.pub.pem", "--empresa", "PRUEBAFICTICIA",
            "--estado-url", f"{ours}/stp/cambio-estado", "--estado-user", "stp",
            "--estado-password-file", keys / "stp-callback.password")

    def start(self):
        self.disk = measure.DiskCounts(self.folder.with_suffix(".counts"),
                                       self.bin / "liberario_disk_counter.so")
        self.store.start(self.disk, self.bin)
        self._make()
        self._start_stand_ins()
        self.erario = self._start("erario", self.bin / "erario", "serve", "--config",
                                  self.folder / "erario.toml", environment=self.disk.environment)
        return self

    def stop(self):
        for program in reversed(self.programs):
            program.stop()
        self.programs = []
        self.store.stop()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def sample(self):
        """Everything that a figure a payment is made of; compared before and after."""
        return {"erario_cpu": measure.cpu_micros(self.erario.pid),
                "store_cpu": self.store.cpu_micros(),
                **self.disk.read()}

    def held(self):
        """What the store holds, to be compared with what the answers said."""
        states = dict(self.store.query("SELECT state, count(*) FROM payment_states GROUP BY state"))
        one = lambda sql: self.store.query(sql)[0][0]
        return {"payments": sum(states.values()),
                "paid": sum(states.get(state, 0)
                            for state in ("paid", "partially_refunded", "refunded", "refunding")),
                "receipts": one("SELECT count(*) FROM receipts"),
                "entries": one("SELECT count(*) FROM entries"),
                "deposits": one("SELECT count(*) FROM deposits"),
                "refunds": one("SELECT count(*) FROM refunds"),
                "imbalance": one("SELECT coalesce(sum(amount), 0) FROM postings")}
