"""The targets for two cores, and how far the measured figures are from them."""

import statistics


def _best(rows):
    """The connections with the highest median, and its row."""
    return max(rows.items(), key=lambda item: item[1]["per_second"]["median"])


def _at(rows, place):
    return rows.get(place) or rows.get(str(place))


def stalled(row):
    return f"{row['stalls']} syncs stalled" if row["stalls"] else ""


class Judge:
    def __init__(self, results):
        self.sections = results["sections"]
        self.stores = results["stores"]
        self.sync_ms = results.get("disk", {}).get("sync_ms", 0)
        self.rows = []

    def add(self, name, store, value, target, unit="", at_least=True, note=""):
        met = value >= target if at_least else value <= target
        self.rows.append({"name": name, "store": store, "value": value, "target": target,
                          "unit": unit, "at_least": at_least, "met": met, "note": note})

    def checkout(self, section):
        for form, least in (("confirm", 30_000), ("spei", 12_000)):
            rows = section["forms"][form]
            best = {store: _best(rows["closed"][store]) for store in self.stores}
            for store, (count, row) in best.items():
                self.add(f"W1 {rows['title']}", store, row["per_second"]["median"], least,
                         "payments/s", note=f"{count} connections")
            if len(best) == 2:
                self.add(f"W1 {rows['title']}, SQLite against PostgreSQL", "sqlite",
                         best["sqlite"][1]["per_second"]["median"]
                         / best["postgres"][1]["per_second"]["median"], 1, "times")
            for store in self.stores:
                self.at_load(rows, store, form)
        for store in self.stores:
            one = _at(section["forms"]["confirm"]["closed"][store], 1)
            if one:
                self.add("W1 one user, p50 of a call", store, one["p50_ms"]["median"],
                         1 + self.sync_ms, "ms, one sync included", at_least=False)
        self.against_baseline(section)

    def at_load(self, rows, store, form):
        row = _at(rows.get("open", {}).get(store, {}), 0.75)
        half = _at(rows.get("open", {}).get(store, {}), 0.5)
        if half and form == "confirm":
            self.add(f"W1 {rows['title']}, p99 at half load", store, half["p99_ms"]["median"], 50,
                     "ms", at_least=False, note=stalled(half))
        if row and form == "confirm":
            self.add(f"W1 {rows['title']}, p99 at 75% load", store, row["p99_ms"]["median"], 10,
                     "ms", at_least=False, note=stalled(row))
        if row:
            self.add(f"W1 {rows['title']}, Apdex at 75% load", store, row["apdex"]["median"], 0.99)

    def against_baseline(self, section):
        for name, rate in section.get("baseline", {}).items():
            best = _best(section["forms"]["spei"]["closed"]["postgres"])[1]
            self.add(f"W1 SPEI against pgbench, {name}", "postgres",
                     best["per_second"]["median"] / max(rate["median"], 1), 5, "times")

    def quotes(self, section):
        self.add("W4 quotes in process, one core", "–",
                 section["in_process"]["calculated_per_second"], 200_000, "quotes/s")
        for store, rows in section["closed"].items():
            count, best = _best(rows)
            self.add("W4 quotes over HTTP", "–", best["per_second"]["median"], 30_000, "quotes/s",
                     note=f"{count} connections")

    def reconciliation(self, section):
        for store, row in section.items():
            scale = 1_000_000 / row["postings"]
            note = "" if scale == 1 else f"scaled from {row['postings']:,}"
            self.add("W5 match 1M × 1M", store, row["match_seconds"] * scale, 1, "s",
                     at_least=False, note=note)
            self.add("W5 durable and reported 1M × 1M", store,
                     row["durable_and_reported_seconds"] * scale, 5, "s", at_least=False, note=note)

    def audit(self, section):
        for store, row in section.items():
            self.add("W6 entries verified, from the store", store,
                     row["store"]["entries_alone_per_second"], 1_000_000, "entries/s")
            self.add("W6 entries verified, in memory, one core", store,
                     row["in_memory_entries_per_cpu_second"], 1_000_000, "entries/s")

    def growth(self, section):
        for store, rows in section.items():
            first, last = rows[0], rows[-1]
            name = f"growth, {last['payments']:,} payments against {first['payments']:,}"
            self.add(f"{name}: throughput", store, last["per_second"] / first["per_second"], 0.8,
                     "times")
            self.add(f"{name}: p99", store, last["p99_ms"] / max(first["p99_ms"], 0.001), 2,
                     "times", at_least=False)

    def soak(self, section):
        # Caches fill at first: what counts is the memory from a third of the time on. Each look may
        # meet a batch or a check at work, so the middle of a sixth of the looks speaks for them.
        for store, rows in section.items():
            sixth = max(1, len(rows) // 6)
            third = len(rows) // 3
            settled, last = (statistics.median(row["resident_mb"] for row in some)
                             for some in (rows[third:third + sixth], rows[-sixth:]))
            self.add("soak, memory at the end against a third of the way", store,
                     last / settled, 1.1, "times", at_least=False,
                     note=f"{rows[-1]['seconds']:,.0f} s, {last:,.0f} MB")


def judge(results):
    judged = Judge(results)
    for name, function in (("W1", judged.checkout), ("W4", judged.quotes),
                           ("W5", judged.reconciliation), ("W6", judged.audit),
                           ("soak", judged.soak), ("growth", judged.growth)):
        if name in results["sections"]:
            function(results["sections"][name])
    # The stores beside each other, in the order of the targets.
    order = list(dict.fromkeys(row["name"] for row in judged.rows))
    return sorted(judged.rows, key=lambda row: order.index(row["name"]))


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def show(rows):
    if not rows:
        return
    print("\nTargets on two cores, the generator included")
    for row in rows:
        sign = "≥" if row["at_least"] else "≤"
        print(f"  {'met   ' if row['met'] else 'missed'}  {row['store']:9} {row['name']:58} "
              f"{number(row['value']):>10}  ({sign} {number(row['target'])} {row['unit']})"
              f"  {row['note']}")
