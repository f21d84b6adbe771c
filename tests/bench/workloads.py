"""What is measured, workload by workload. Rounds of all shapes of load take turns, so that a slow
minute of the machine touches all of them; each function returns the section of its workload."""

import json
import subprocess

import figures
import load

FORMS = {"spei": "SPEI, both calls", "confirm": "confirm step alone", "card": "card"}
CONFIRM_TIMES = 3  # faster than both calls, at most
ONE_CONNECTION_MAX = 2_500  # a second
SPARE = 1.5  # how much more is prepared than the last rate would use
AHEAD_MAX = 3_000_000
CARD_CONNECTIONS = 64
SHAPE_CONNECTIONS = 256
SOAK_CONNECTIONS = 64
SOAK_RATE = 100  # a second, of each store in its turn
SOAK_SLICES = 60


class Bench:
    def __init__(self, options, installations, baseline=None):
        self.options = options
        self.amounts = options.amounts
        self.installations = installations
        self.baseline = baseline
        # Every run of the generator, for the check at the end.
        self.runs = [baseline.pattern_run] if baseline else []
        self.rates = {}  # (store, form) -> units a second last seen

    # ---- running ----

    def run(self, installation, workload, connections, seconds=None, warm_up=None, **more):
        seconds = seconds or self.amounts.seconds
        warm_up = self.amounts.warm_up if warm_up is None else warm_up
        key = (installation.store.name, workload)
        # Sealing quotes and making payments to confirm is done before the clock starts.
        rate = more.get("rate") or self._expected_rate(key, connections)
        ahead = min(int(rate * (seconds + warm_up) * SPARE) + 200, more.get("units", AHEAD_MAX))
        if workload != "quotes":
            more["payments_ahead" if workload == "confirm" else "quotes_ahead"] = ahead
        result = load.run(installation, workload, connections, seconds, warm_up, **more)
        if not more.get("rate"):
            self.rates[key] = max(self.rates.get(key, 0), result["units_per_second"])
        self.runs.append(result)
        return result

    def _expected_rate(self, key, connections):
        store, workload = key
        seen = self.rates.get(key, 2_000)
        if workload == "confirm":
            seen = max(seen, CONFIRM_TIMES * self.rates.get((store, "spei"), 1_000))
        return min(seen, connections * ONE_CONNECTION_MAX)

    def in_process(self, *arguments):
        done = subprocess.run([str(one) for one in (self.options.bin / "erario-bench", *arguments)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise load.BenchFailed(f"erario-bench {arguments[0]}: {done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])

    def closed_loop(self, workload, connections, **more):
        """{store: {connections: figures}} of interleaved rounds."""
        runs = {}
        for _ in range(self.amounts.rounds):
            for count in connections:
                for installation in self.installations:
                    place = (installation.store.name, count)
                    runs.setdefault(place, []).append(self.run(installation, workload, count, **more))
        return self._by_store(runs)

    def open_loop(self, workload, closed):
        """{store: {part of the maximum: figures}}, Poisson arrivals."""
        runs, asked = {}, {}
        for _ in range(self.amounts.open_rounds):
            for part in self.amounts.load_parts:
                for installation in self.installations:
                    rows = closed[installation.store.name]
                    most = max(row["per_second"]["median"] for row in rows.values())
                    # Two connections for each that the best closed loop had, so that it is the
                    # service that is waited for.
                    best = max(rows, key=lambda count: rows[count]["per_second"]["median"])
                    place = (installation.store.name, part)
                    asked[place] = most * part
                    runs.setdefault(place, []).append(self.run(
                        installation, workload, min(1000, max(64, 2 * int(best))),
                        self.amounts.open_seconds, self.amounts.open_warm_up, rate=most * part))
        rows = self._by_store(runs)
        for (store, part), rate in asked.items():
            rows[store][part]["asked_per_second"] = rate
        return rows

    @staticmethod
    def _by_store(runs):
        rows = {}
        for (store, place), some in runs.items():
            rows.setdefault(store, {})[place] = figures.of_runs(some)
        return rows

    @staticmethod
    def show(title, rows, label=lambda place: f"{place} connections"):
        for store, places in rows.items():
            print(f"\n{title}, {store}\n{figures.HEAD}")
            for place, row in places.items():
                print(figures.line(label(place), row), flush=True)

    # ---- the workloads ----

    def checkout(self):
        section = {"forms": {}}
        if self.baseline:
            section["baseline"] = self.baseline.measure(self.amounts)
            section["rows"] = self.baseline.rows
        for form, title in FORMS.items():
            connections = (CARD_CONNECTIONS,) if form == "card" else self.amounts.connections
            closed = self.closed_loop(form, connections)
            self.show(f"W1 {title}, closed loop", closed)
            section["forms"][form] = {"title": title, "closed": closed}
            if form != "card":
                opened = self.open_loop(form, closed)
                self.show(f"W1 {title}, open loop", opened, lambda part: f"{part:.0%} of maximum")
                section["forms"][form]["open"] = opened
        if self.baseline:
            again = self.baseline.measure(self.amounts)
            for name, rates in again.items():
                section["baseline"][name] += rates
            section["baseline"] = {name: figures.spread(rates)
                                   for name, rates in section["baseline"].items()}
            for name, rate in section["baseline"].items():
                print(f"\npgbench, {name}: {rate['median']:,.0f} payments/s "
                      f"({rate['min']:,.0f}–{rate['max']:,.0f})")
        return section

    def ledger(self):
        section = {}
        for installation in self.installations:
            with installation.store.empty() as place:
                section[installation.store.name] = self.in_process(
                    "ledger", *place, "--entries", self.amounts.ledger_entries)["ledger"]
            print(f"\nW2 entries of two postings, in process, {installation.store.name}")
            for row in section[installation.store.name]:
                print(f"  batches of {row['batch']:<5} {row['entries_per_second']:12,.0f} entries/s"
                      f" {row['cpu_micros_per_entry']:8.1f} cpu µs")
        return section

    def mixed(self):
        closed = self.closed_loop("mixed", self.amounts.connections)
        self.show("W3 mix (units: payments, repeats, refusals, refunds), closed loop", closed)
        opened = self.open_loop("mixed", closed)
        self.show("W3 mix, open loop", opened, lambda part: f"{part:.0%} of maximum")
        return {"closed": closed, "open": opened}

    def quotes(self):
        in_process = self.in_process("quotes", self.options.catalogue,
                                     "--seconds", self.amounts.quotes_seconds)
        print(f"\nW4 quotes in process, one thread, {in_process['services']} services: "
              f"{in_process['calculated_per_second']:,.0f}/s calculated and explained, "
              f"{in_process['issued_per_second']:,.0f}/s sealed and written as JSON")
        # They never reach the store: one installation tells.
        chosen, self.installations = self.installations, self.installations[:1]
        closed = self.closed_loop("quotes", self.amounts.connections)
        self.installations = chosen
        self.show("W4 quotes over HTTP, closed loop", closed)
        return {"in_process": in_process, "closed": closed}

    def reconciliation(self):
        section = {}
        for installation in self.installations:
            with installation.store.empty() as place:
                section[installation.store.name] = self.in_process(
                    "reconciliation", *place, "--lines", self.amounts.reconciliation_lines)
            row = section[installation.store.name]
            print(f"\nW5 {row['postings']:,} postings, {row['lines']:,} lines, "
                  f"{installation.store.name}: parse {row['parse_seconds']:.2f} s, match "
                  f"{row['match_seconds']:.2f} s, whole day {row['day_seconds']:.2f} s, reports "
                  f"{row['report_seconds']:.2f} s, commit {row['commit_seconds']:.2f} s; "
                  + ("as planted" if not row["wrong"] else f"WRONG: {row['wrong']}"))
        return section

    def audit(self):
        section = {}
        for installation in self.installations:
            wanted = self.amounts.audit_entries - installation.held()["entries"]
            if wanted > 0:
                self.run(installation, "spei", SHAPE_CONNECTIONS, 3600, 0, units=wanted)
            row = section[installation.store.name] = self.in_process(
                "audit", "--url", installation.store.url, "--leaves", self.amounts.audit_leaves)
            stored = row["store"]
            print(f"\nW6 {installation.store.name}: from the store ({stored['entries']:,} entries) "
                  f"{stored['entries_alone_per_second']:,.0f} entries/s derived and hash-checked, "
                  f"{stored['entries_per_second']:,.0f}/s with receipts and payments; in memory "
                  f"{row['in_memory_entries_per_second']:,.0f}/s "
                  f"({row['in_memory_entries_per_cpu_second']:,.0f} a core-second); proofs over "
                  f"{row['merkle']['leaves']:,} leaves: {row['merkle']['proofs_made_per_second']:,.0f}"
                  f"/s made, {row['merkle']['proofs_verified_per_second']:,.0f}/s verified")
        return section

    def shapes(self):
        section = {}
        runs = {}
        for _ in range(self.amounts.rounds):
            for shape in ("hot", "zipf", "uniform"):
                for installation in self.installations:
                    runs.setdefault((installation.store.name, shape), []).append(
                        self.run(installation, "spei", SHAPE_CONNECTIONS, shape=shape))
        section["closed"] = self._by_store(runs)
        self.show("Shapes, SPEI, both calls, 256 connections", section["closed"], str)
        return section

    def soak(self):
        """Resident memory and p99 under a steady mix. The stores take turns, each for the whole time."""
        section = {installation.store.name: [] for installation in self.installations}
        slice_seconds = max(1, self.amounts.soak_seconds / SOAK_SLICES)
        for part in range(1, max(2, round(self.amounts.soak_seconds / slice_seconds)) + 1):
            for installation in self.installations:
                run = self.run(installation, "mixed", SOAK_CONNECTIONS, slice_seconds, 0, rate=SOAK_RATE)
                row = {"seconds": part * slice_seconds, "resident_mb": run["resident_bytes"] / 2**20,
                       "per_second": run["units_per_second"], "p99_ms": run["latency"]["p99"] / 1000}
                section[installation.store.name].append(row)
                print(f"soak, {installation.store.name}: {row['seconds']:,.0f} s, resident "
                      f"{row['resident_mb']:,.0f} MB, {row['per_second']:,.0f}/s, "
                      f"p99 {row['p99_ms']:.0f} ms", flush=True)
        return section

    def growth(self):
        """Payments a second and p99 as the store fills, piece by piece, on what it holds already."""
        section = {}
        piece = max(200, min(50_000, self.amounts.growth_payments // 10))
        for installation in self.installations:
            rows = []
            while True:
                held = installation.held()["payments"]
                if held >= self.amounts.growth_payments and len(rows) > 1:
                    break
                run = self.run(installation, "spei", SHAPE_CONNECTIONS, 3600, 0, units=piece)
                rows.append({"payments": held + piece, "per_second": run["units_per_second"],
                             "p99_ms": run["latency"]["p99"] / 1000,
                             "resident_mb": run["resident_bytes"] / 2**20})
                print(f"growth, {installation.store.name}: {rows[-1]['payments']:,} payments, "
                      f"{rows[-1]['per_second']:,.0f}/s, p99 {rows[-1]['p99_ms']:.0f} ms", flush=True)
            section[installation.store.name] = rows
        return section
