"""A private PostgreSQL for the benchmark, and the baseline: pgbench writing the rows of one SPEI
payment, one transaction a payment, 16 clients, without HTTP, keys or checks."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess

import load
import measure
from service import BenchFailed

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("POSTGRES_PROGRAMS", "/usr/lib/postgresql/15/bin"))
CLIENTS = 16


def _bash(script, *arguments, environment=None):
    text = f'set -euo pipefail; . "{ROOT}/ops/lib/say.sh"; . "{ROOT}/ops/lib/postgres.sh"; {script}'
    done = subprocess.run(["bash", "-c", text, "bash", *(str(one) for one in arguments)],
                          capture_output=True, text=True, env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise BenchFailed(f"PostgreSQL: {done.stderr or done.stdout}")
    return done.stdout


class PostgresStore:
    name = "postgres"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.cluster = self.folder.with_name("postgres-server")
        self.empties = 0

    def start(self, disk, binaries):
        self.binary = binaries / "erario-bench"
        # The server runs as another user: what it preloads and counts in must be open to it.
        mark = self.cluster.with_suffix(".mark")
        if self.cluster.exists():
            if not mark.exists():
                raise BenchFailed(f"{self.cluster} is not a server of ours; move it away first")
            self.stop()
            shutil.rmtree(self.cluster)
        self.cluster.mkdir(parents=True)
        mark.write_text("The folder beside this file is made by ops/bench, which removes it.\n")
        library = self.cluster.with_suffix(".so")
        shutil.copy(disk.environment["LD_PRELOAD"], library)
        library.chmod(0o644)
        disk.path.chmod(0o666)
        said = _bash('start_postgres "$1" shared_buffers=1GB max_wal_size=8GB; '
                     'printf "%s\\n" "$POSTGRES_OWNER_URL" "$POSTGRES_SERVICE_URL" "$POSTGRES_ADMIN_URL"',
                     self.cluster, environment=disk.environment | {"LD_PRELOAD": str(library)})
        self.owner_url, self.url, self.admin_url = said.split()[-3:]
        self.place = f"{self.url} {self.owner_url}"
        self.pid = int(_bash('postgres_pid "$1"', self.cluster))

    def stop(self):
        _bash('stop_postgres "$1"', self.cluster)

    def admin_url_of(self, database):
        return self.admin_url.replace("/postgres?", f"/{database}?")

    def psql(self, sql, database="erario"):
        done = subprocess.run([PROGRAMS / "psql", "-X", "-q", "-At", "-F", "\x1f", "-v",
                               "ON_ERROR_STOP=1", self.admin_url_of(database)],
                              input=sql, capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchFailed(f"psql: {done.stderr}")
        return [tuple(line.split("\x1f")) for line in done.stdout.splitlines()]

    def query(self, sql):
        number = lambda text: int(text) if re.fullmatch(r"-?\d+", text) else text
        return [tuple(number(one) for one in row) for row in self.psql(sql)]

    def cpu_micros(self):
        return measure.tree_cpu_micros(self.pid)

    def new_database(self, database):
        """With the current schema; gives its URL for the service's role."""
        self.psql(f"CREATE DATABASE {database} OWNER erario_owner", "postgres")
        url, owner = (one.replace("/erario?", f"/{database}?") for one in (self.url, self.owner_url))
        done = subprocess.run([self.binary, "migrate", url, owner],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchFailed(f"migrate: {done.stderr or done.stdout}")
        return url

    @contextlib.contextmanager
    def empty(self):
        self.empties += 1
        database = f"bench_{self.empties}"
        url = self.new_database(database)
        yield [self.folder, "--url", url]
        self.psql(f"DROP DATABASE {database}", "postgres")

    def baseline(self, installation):
        return Baseline(self, installation)


class Baseline:
    """Takes the rows of one real payment as its pattern. Two forms: with the rows that every payment
    of an agency updates (balances and gapless folios, as the books need them), and, in the
    baseline's favour, with inserts alone and numbers from sequences."""

    DATABASE = "baseline"
    # Not of a payment: installation, and what only group commit writes.
    NOT_ROWS = {"batches", "api_keys", "catalogues", "schema_migrations", "migrations", "lanes"}
    ID = re.compile(r"(pay|quo|dep|evt|ent|rec|cmd|inb)_[0-9a-f]{32}")

    def __init__(self, store, installation):
        self.store = store
        self.pattern_run = load.run(installation, "spei", 1, 1, 0, units=1)
        rows = self._rows()
        store.new_database(self.DATABASE)
        self._prepare(rows)
        self.rows = {table: len(some) for table, some in rows.items()}
        self.scripts = {}
        for name, updates in (("with balances and folios", True), ("inserts alone", False)):
            path = installation.folder / f"baseline-{'updates' if updates else 'inserts'}.sql"
            path.write_text(self._script(rows, updates))
            self.scripts[name] = path

    def _rows(self):
        """{table: [row as a dict]} of the one payment in the store."""
        tables = [row[0] for row in self.store.psql(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")]
        rows = {}
        for table in tables:
            found = [json.loads(row[0]) for row in self.store.psql(
                f"SELECT row_to_json(t) FROM {table} t")]
            if found and table not in self.NOT_ROWS:
                rows[table] = found
        return rows

    def _prepare(self, rows):
        sql = ["CREATE SEQUENCE baseline_entry", "CREATE SEQUENCE baseline_event",
               "CREATE SEQUENCE baseline_number"]
        for table in ("balances", "counters"):
            for row in rows.get(table, []):
                for agency in range(1, 300):
                    own = {name: self._of_agency(value, f"{agency:03d}") for name, value in row.items()}
                    names, values = ", ".join(own), ", ".join(self._literal(v) for v in own.values())
                    sql.append(f"INSERT INTO {table} ({names}) VALUES ({values}) ON CONFLICT DO NOTHING")
        self.store.psql(";\n".join(sql) + ";", self.DATABASE)

    @staticmethod
    def _of_agency(value, agency):
        """Accounts and series name an agency: a001, A001."""
        return re.sub(r"\b([aA])\d{3}\b", lambda found: found.group(1) + agency, value) \
            if isinstance(value, str) else value

    @staticmethod
    def _literal(value):
        if value is None:
            return "NULL"
        if isinstance(value, (bool, int, float)):
            return str(value).upper() if isinstance(value, bool) else str(value)
        text = value if isinstance(value, str) else json.dumps(value)
        # A colon before a letter would be a variable of pgbench.
        escaped = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a").replace("\n", "\\n")
        return f"E'{escaped}'"

    def _value(self, table, name, value, ids, updates):
        if isinstance(value, str) and self.ID.fullmatch(value):
            place = ids.setdefault(value, len(ids))
            return (f"'{value[:4]}' || lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0')"
                    f" || substr(md5(:n::text || '-{place}'), 1, 20)")
        if (table, name) in (("events", "position"),):
            return "nextval('baseline_event')"
        if name == "ordinal" and table == "entries":
            return "nextval('baseline_entry')"
        if value is not None and ((name == "ordinal" and table == "postings")
                                  or (table, name) == ("events", "entry")):
            return "currval('baseline_entry')"
        if name in ("clabe", "tracking_key", "idempotency_key"):
            return f"E'{value[:6]}' || lpad(nextval('baseline_number')::text, 12, '0')"
        if (table, name) == ("receipts", "folio"):
            return ("(SELECT last_number FROM counters WHERE name = 'folio\\x3aA' || :s)"
                    .replace("'folio", "E'folio") if updates else "nextval('baseline_number')")
        if isinstance(value, str) and name in ("account", "series"):
            parts = re.split(r"(?<=\b[aA])\d{3}\b", value)
            return " || :s || ".join(self._literal(part) for part in parts)
        return self._literal(value)

    def _script(self, rows, updates):
        lines = ["\\set n random(1, 9000000000000000000)", "\\set a random(1001, 1299)", "BEGIN;"]
        ids = {}
        folios = [row for row in rows.get("counters", []) if row["name"].startswith("folio:")]
        if updates:
            lines += ["UPDATE counters SET last_number = last_number + 1 WHERE name = E'folio\\x3aA' || :s;"
                      for _ in folios]
        order = sorted(set(rows) - {"balances", "counters"},
                       key=lambda table: (table != "payments", table != "entries", table))
        for table in order:
            for row in rows[table]:
                values = (self._value(table, name, value, ids, updates) for name, value in row.items())
                lines.append(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(values)});")
        if updates:
            for row in rows.get("balances", []):
                account = self._value("balances", "account", row["account"], ids, updates)
                lines.append(f"UPDATE balances SET debits = debits + {row['debits']}, credits = credits"
                             f" + {row['credits']} WHERE lane = {row['lane']} AND account = {account}"
                             f" AND currency = '{row['currency']}';")
        lines.append("COMMIT;")
        return "\n".join(lines).replace(":s", "substr(:a::text, 2)") + "\n"

    def measure(self, amounts):
        """{form: [transactions a second]}, the forms taking turns."""
        rates = {}
        for _ in range(max(1, amounts.rounds // 2)):
            for name, script in self.scripts.items():
                done = subprocess.run([PROGRAMS / "pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS),
                                       "-j", "1", "-T", str(max(1, int(amounts.seconds))), "-f", script,
                                       self.store.admin_url_of(self.DATABASE)],
                                      capture_output=True, text=True)
                found = re.search(r"^tps = ([\d.]+)", done.stdout, re.M)
                if done.returncode != 0 or not found:
                    raise BenchFailed(f"pgbench: {done.stderr[-800:]}")
                rates.setdefault(name, []).append(float(found.group(1)))
        return rates
