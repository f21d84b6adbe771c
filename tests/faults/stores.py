"""The stores a campaign can run on, by name: their processes, their files and SQL on them."""
import decimal
import importlib.util
import os
import pathlib
import pwd
import signal
import sqlite3
import time

import disk
import machine

PROGRAMS = pathlib.Path(os.environ.get("POSTGRES_PROGRAMS", "/usr/lib/postgresql/15/bin"))
PR_SET_CHILD_SUBREAPER = 36
IPC_RMID = 0
END_SECONDS = 20


class SqliteStore:
    name = "sqlite"
    embedded = True
    megabytes = 256
    begin_snapshot = "BEGIN"
    recovery_seconds = (0.005, 0.03)
    log_files = "*-wal"  # whose sync makes a commit durable
    data_files = "*/erario.db"

    def __init__(self, machine_):
        self.machine = machine_

    @property
    def file(self):
        return self.machine.place.folder / "erario.db"

    def urls(self):
        return {"url": f"sqlite:{self.file}"}

    def create(self):
        pass

    def spawn(self):
        pass

    def start(self):
        pass

    def revive(self):
        pass

    def kill(self):
        pass

    def stop(self):
        pass

    def service_environment(self):
        shim = self.machine.shim
        return shim.environment(self.machine.lax == "setting") if shim else None

    def connect(self):
        return sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=10,
                               isolation_level=None)

    @staticmethod
    def sql_error():
        return sqlite3.Error

    bytes_literal = "x'7b7d'"

    def connect_to_plant(self):
        """In a transaction, with nothing that protects the tables."""
        db = sqlite3.connect(self.file, timeout=10, isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, in triggers:
            db.execute(f"DROP TRIGGER {name}")
        return db


class PostgresStore:
    """A private server of ops/lib/postgres.sh, here started without a shell, as its own user."""

    name = "postgres"
    embedded = False
    megabytes = 768
    begin_snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    recovery_seconds = (0.02, 0.3)
    log_files = "*/pg_wal/*"
    # Its shared memory in its own folder: what is killed does not tidy up elsewhere.
    SETTINGS = ("shared_buffers=64MB", "max_wal_size=256MB", "log_min_messages=warning",
                "listen_addresses=", "dynamic_shared_memory_type=mmap")
    # The delay is how long a commit may stay in memory.
    LAX = ("synchronous_commit=off", "erario.accept_loss=on", "wal_writer_delay=2s")

    def __init__(self, machine_):
        self.machine = machine_
        self.server = None
        self.log = machine_.scratch / "postgres.log"
        self.socket = machine_.scratch / "socket"
        self.socket.mkdir()
        self.user = {}
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.socket, owner.pw_uid, owner.pw_gid)
            self.user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        # What outlives a killed server is ours to wait for.
        disk.libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    @property
    def folder(self):
        return self.machine.place.folder / "pg"

    def urls(self):
        return {"url": f"postgresql://erario_service@/erario?host={self.socket}",
                "owner_url": f"postgresql://erario_owner@/erario?host={self.socket}"}

    def create(self):
        machine.shell(f""". "$root/ops/lib/postgres.sh"
            start_postgres "{self.folder}"
            stop_postgres "{self.folder}" """)

    def start(self):
        self.spawn()
        machine.wait_until(self.answers, lambda: self.server.poll() is None, self.last_words)

    def spawn(self):
        for left in self.socket.iterdir():
            left.unlink()
        settings = [*self.SETTINGS, f"unix_socket_directories={self.socket}"]
        if self.machine.lax == "setting" and self.machine.ready:
            settings += self.LAX
        words = [PROGRAMS / "postgres", "-D", self.folder / "data"]
        for setting in settings:
            words += ["-c", setting]
        shim = self.machine.shim
        with open(self.log, "wb") as log:
            self.server = machine.spawn(words, log, log, cwd="/", **self.user,
                                        env=shim.environment() if shim else None)

    def revive(self):
        """Starts it again if it ended, as a supervisor does."""
        if self.server.poll() is not None:
            self.kill()
            self.start()

    def answers(self):
        # The line of its lock file that says it takes connections.
        try:
            lines = (self.folder / "data/postmaster.pid").read_text().split("\n")
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self.server.pid) and lines[7].strip() == "ready"

    def last_words(self):
        return "PostgreSQL does not start: " + self.log.read_text(errors="replace")[-1500:]

    def processes(self):
        """The server's and those of its sessions."""
        if self.server is None:
            return []
        return [self.server.pid, *children_of(self.server.pid)]

    def sessions(self):
        """The processes of Erario's sessions."""
        db = self.connect()
        try:
            return [row[0] for row in db.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'erario'")]
        finally:
            db.close()

    def signal(self, number):
        for process in self.processes():
            send(process, number)

    def kill(self):
        """All of it, by id, so that none is left with a hand on the disk."""
        mine = self.processes()
        for process in mine:
            send(process, signal.SIGKILL)
        if self.server is None:
            return
        self.server.wait()
        for process in mine[1:]:
            wait_gone(process)
        remove_shared_memory(self.server.pid)
        self.server = None

    def stop(self):
        if self.server:
            self.server.send_signal(signal.SIGINT)
            self.server.wait(timeout=END_SECONDS)
            self.server = None

    def service_environment(self):
        return None

    def connect(self, database="erario"):
        return PostgresConnection(database, self.socket)

    @staticmethod
    def sql_error():
        import psycopg2
        return psycopg2.Error

    bytes_literal = "'{}'::bytea"

    def connect_to_plant(self):
        """In a transaction, with nothing that protects the tables."""
        db = self.connect()
        db.execute("BEGIN")
        db.execute("SET LOCAL session_replication_role = replica")  # no trigger fires
        return db


class PostgresConnection:
    """As much of sqlite3's interface as the checks use, and the same types."""

    def __init__(self, database, socket):
        import psycopg2
        self.connection = psycopg2.connect(dbname=database, user="postgres", host=str(socket))
        self.connection.autocommit = True

    def execute(self, sql):
        cursor = self.connection.cursor()
        cursor.execute(sql)
        return PostgresRows(cursor)

    def close(self):
        self.connection.close()


class PostgresRows:
    def __init__(self, cursor):
        self.rowcount = cursor.rowcount
        rows = cursor.fetchall() if cursor.description else []
        self.rows = iter([tuple(plain(value) for value in row) for row in rows])

    def __iter__(self):
        return self.rows

    def fetchone(self):
        return next(self.rows, None)


def plain(value):
    if isinstance(value, memoryview):
        return bytes(value)
    return int(value) if isinstance(value, decimal.Decimal) else value


def send(process, number):
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass


def remove_shared_memory(creator):
    """The segment by which a server knows that another one runs: it outlives a kill, and no power."""
    with open("/proc/sysvipc/shm", encoding="ascii") as table:
        for line in list(table)[1:]:
            fields = line.split()
            if int(fields[4]) == creator and int(fields[6]) == 0:
                disk.call("shmctl", int(fields[1]), IPC_RMID, None)


def children_of(parent):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stat:
                    fields = stat.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(name))
    return found


def wait_gone(process):
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline:
        try:
            if os.waitpid(process, os.WNOHANG)[0] == process:
                return
        except ChildProcessError:  # not ours to wait for: somebody else's, or gone
            try:
                with open(f"/proc/{process}/stat", "rb") as stat:
                    if stat.read().rpartition(b")")[2].split()[0] == b"Z":
                        return
            except OSError:
                return
        time.sleep(0.002)
    raise RuntimeError(f"process {process} does not end")


STORES = {"sqlite": SqliteStore, "postgres": PostgresStore}


def store_unavailable(name):
    """Why a store cannot be tested here, or None."""
    if name != "postgres":
        return None
    if not (PROGRAMS / "postgres").exists():
        return f"there is no PostgreSQL in {PROGRAMS} (Debian package postgresql)"
    if importlib.util.find_spec("psycopg2") is None:
        return "psycopg2 is missing (Debian package python3-psycopg2)"
    return None
