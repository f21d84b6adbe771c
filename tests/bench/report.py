"""The report: one HTML page of its own, targets first, then what stands behind each of them."""

import html
import pathlib

import plots

STYLE = pathlib.Path(__file__).with_name("report.css")
# A busier machine is said to be one: its figures are no verdict.
QUIET_BUSY_MAX = 0.1
STORES = {"sqlite": ("SQLite", "sqlite"), "postgres": ("PostgreSQL", "postgres")}
PERCENTILES = (("p50_ms", "p50", ""), ("p99_ms", "p99", "6 4"), ("p999_ms", "p99.9", "2 4"))


def number(value):
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.3g}"


def table(head, rows, kind=""):
    cell = lambda one, tag: f"<{tag}>{one}</{tag}>"
    return (f'<div class="wide"><table class="{kind}"><thead><tr>'
            + "".join(cell(one, "th") for one in head) + "</tr></thead><tbody>"
            + "".join("<tr>" + "".join(cell(one, "td") for one in row) + "</tr>" for row in rows)
            + "</tbody></table></div>")


def figure(title, svg, series):
    if not svg:
        return ""
    return f"<figure><figcaption>{html.escape(title)}</figcaption>{svg}{plots.legend(series)}</figure>"


def store_name(store):
    return STORES.get(store, (store, "other"))[0]


def colour_of(store):
    return STORES.get(store, (store, "other"))[1]


# ---- targets ----

def target_row(row):
    value, target = row["value"], row["target"]
    reached = value / target if row["at_least"] else target / max(value, 1e-9)
    width = min(100, 100 * reached)
    sign = "≥" if row["at_least"] else "≤"
    verdict = "met" if row["met"] else "missed"
    note = f" <small>{html.escape(row['note'])}</small>" if row["note"] else ""
    return (html.escape(row["name"]) + note, store_name(row["store"]), f"<b>{number(value)}</b>",
            f"{sign} {number(target)} {html.escape(row['unit'])}",
            f'<span class="bar {verdict}"><i style="width:{width:.0f}%"></i></span>',
            f'<span class="badge {verdict}">{verdict}</span>')


def targets(rows):
    if not rows:
        return ""
    met = sum(row["met"] for row in rows)
    return (f"<section><h2>Targets <small>{met} of {len(rows)} met; on two cores, the generator "
            "included</small></h2>"
            + table(("figure", "store", "measured", "target", "share of the target", ""),
                    [target_row(row) for row in rows], "targets") + "</section>")


# ---- loads ----

LOAD_HEAD = ("", "a second", "min–max", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "Apdex",
             "erario CPU µs", "store CPU µs", "generator CPU µs", "log KiB", "syncs",
             "stalled ms", "peak MB", "failed")


def load_row(label, row):
    rate = row["per_second"]
    middle = lambda name: number(row[name]["median"])
    failed = row["failed"]
    return (label, f"<b>{number(rate['median'])}</b>",
            f"{number(rate['min'])}–{number(rate['max'])}", middle("p50_ms"), middle("p99_ms"),
            middle("p999_ms"), number(row["max_ms"]["max"]), f"{row['apdex']['median']:.3f}",
            middle("erario_cpu"), middle("store_cpu"), middle("generator_cpu"),
            number(row["log_bytes"]["median"] / 1024), f"{row['syncs']['median']:.4f}",
            middle("stalled_ms"), number(row["resident_mb"]["max"]),
            f'<span class="badge missed">{failed}</span>' if failed else "0")


def load_tables(by_store, label):
    return "".join(f"<h4>{store_name(store)}</h4>"
                   + table(LOAD_HEAD, [load_row(label(place), row) for place, row in rows.items()])
                   for store, rows in by_store.items())


def throughput_chart(title, by_store, unit, more=()):
    series = [{"name": store_name(store), "colour": colour_of(store),
               "points": [(place, row["per_second"]["median"], row["per_second"]["min"],
                           row["per_second"]["max"]) for place, row in rows.items()]}
              for store, rows in by_store.items()]
    ticks = sorted({place for rows in by_store.values() for place in rows})
    if len(ticks) < 2:
        return ""
    for place, (name, rate) in enumerate(more):
        series.append({"name": name, "colour": "other", "dash": ("6 4", "2 4")[place % 2],
                       "points": [(tick, rate["median"], rate["min"], rate["max"])
                                  for tick in (ticks[0], ticks[-1])]})
    return figure(title, plots.line_chart(series, "connections", unit, x_log=True, x_ticks=ticks),
                  series)


def latency_chart(title, by_store, label, x_log):
    series = [{"name": f"{store_name(store)} {short}", "colour": colour_of(store), "dash": dash,
               "points": [(place, row[name]["median"], row[name]["min"], row[name]["max"])
                          for place, row in rows.items()]}
              for store, rows in by_store.items() for name, short, dash in PERCENTILES]
    ticks = sorted({place for rows in by_store.values() for place in rows})
    if len(ticks) < 2:
        return ""
    text = plots.short if x_log else lambda part: f"{part:.0%}"
    return figure(title, plots.line_chart(series, label, "milliseconds", x_log=x_log, y_log=True,
                                          x_ticks=ticks, x_text=text), series)


def closed(title, by_store, unit="payments a second", more=()):
    return ('<div class="charts">'
            + throughput_chart(f"{title}: throughput, closed loop", by_store, unit, more)
            + latency_chart(f"{title}: latency, closed loop", by_store, "connections", True)
            + "</div>" + load_tables(by_store, lambda place: f"{place} connections"))


def opened(title, by_store):
    return ("<h4>Open loop: Poisson arrivals, latency from the scheduled start</h4>"
            + '<div class="charts">'
            + latency_chart(f"{title}: latency against load", by_store,
                            "part of the highest throughput", False)
            + "</div>" + load_tables(by_store, lambda part: f"{part:.0%} load"))


def checkout(section):
    baseline = section.get("baseline", {})
    parts = ["<section><h2>W1 Checkout</h2>"]
    if baseline:
        parts.append(table(("pgbench, 16 clients, the rows of a payment in one transaction",
                            "payments/s", "min–max"),
                           [(html.escape(name), f"<b>{number(rate['median'])}</b>",
                             f"{number(rate['min'])}–{number(rate['max'])}")
                            for name, rate in baseline.items()]))
    if section.get("rows"):
        parts.append("<p>One payment by SPEI is " + str(sum(section["rows"].values())) + " rows: "
                     + html.escape(", ".join(f"{table} {count}" for table, count
                                             in section["rows"].items())) + ".</p>")
    for form, rows in section["forms"].items():
        more = [(f"pgbench, {name}", rate) for name, rate in baseline.items()] if form == "spei" else ()
        parts.append(f"<h3>{html.escape(rows['title'])}</h3>" + closed(rows["title"], rows["closed"],
                                                                     more=more))
        if "open" in rows:
            parts.append(opened(rows["title"], rows["open"]))
    return "".join(parts) + "</section>"


def mixed(section):
    return ("<section><h2>W3 Mix <small>73 % payments, 20 % repeated keys, 2 % invalid, 5 % refunds"
            "</small></h2>" + closed("Mix", section["closed"], "units a second")
            + opened("Mix", section["open"]) + "</section>")


def shapes(section):
    return ("<section><h2>Shapes <small>SPEI, both calls, 256 connections</small></h2>"
            + load_tables(section["closed"], str) + "</section>")


def quotes(section):
    one = section["in_process"]
    return ("<section><h2>W4 Quotes</h2>"
            + table(("in process, one thread", "a second"),
                    [("calculated and explained", f"<b>{number(one['calculated_per_second'])}</b>"),
                     ("and sealed, written as JSON", f"<b>{number(one['issued_per_second'])}</b>")])
            + closed("Quotes over HTTP", section["closed"], "quotes a second") + "</section>")


def ledger(section):
    rows = [(store_name(store), row["batch"], f"<b>{number(row['entries_per_second'])}</b>",
             number(row["cpu_micros_per_entry"])) for store, some in section.items() for row in some]
    return ("<section><h2>W2 Ledger alone <small>entries of two postings with event, chain and "
            "balances, one lane, in process</small></h2>"
            + table(("store", "batch", "entries/s", "CPU µs an entry"), rows)
            + "<p>The API has no call that posts an entry: entries follow from payments, refunds and "
              "settlements alone. So there is no figure over HTTP.</p></section>")


def reconciliation(section):
    names = ("parse_seconds", "match_seconds", "day_seconds", "report_seconds", "commit_seconds")
    rows = [(store_name(store), number(row["postings"]), number(row["lines"]),
             *(f"{row[name]:.2f}" for name in names), number(row["matches"]), number(row["breaks"]),
             "as planted" if not row["wrong"] else html.escape("; ".join(row["wrong"])))
            for store, row in section.items()]
    return ("<section><h2>W5 Reconciliation</h2>"
            + table(("store", "postings", "lines", "parse s", "match alone s", "whole day s",
                     "reports s", "commit s", "matched", "breaks", "truth"), rows) + "</section>")


def audit(section):
    rows = [(store_name(store), number(row["store"]["entries"]),
             f"<b>{number(row['store']['entries_alone_per_second'])}</b>",
             number(row["store"]["entries_per_second"]),
             number(row["in_memory_entries_per_second"]),
             f"<b>{number(row['in_memory_entries_per_cpu_second'])}</b>",
             number(row["merkle"]["leaves"]), number(row["merkle"]["proofs_made_per_second"]),
             number(row["merkle"]["proofs_verified_per_second"])) for store, row in section.items()]
    return ("<section><h2>W6 Audit</h2>"
            + table(("store", "entries", "derived and hashed/s from the store",
                     "whole audit, entries/s", "in memory/s", "in memory, a core-second",
                     "leaves", "proofs made/s", "proofs verified/s"), rows) + "</section>")


def course(title, section, charts, position, position_title, **more):
    """What changed with time or size: a chart a figure, a line a store."""
    drawn = []
    for name, unit, chart_title in charts:
        series = [{"name": store_name(store), "colour": colour_of(store),
                   "points": [(row[position], row[name], row[name], row[name]) for row in rows]}
                  for store, rows in section.items()]
        drawn.append(figure(chart_title, plots.line_chart(series, position_title, unit, **more), series))
    return f'<section><h2>{title}</h2><div class="charts">' + "".join(drawn) + "</div></section>"


def growth(section):
    return course("Growth", section,
                  (("per_second", "payments a second", "Throughput as the store grows"),
                   ("p99_ms", "p99, milliseconds", "p99 as the store grows")),
                  "payments", "payments in the store", x_log=True)


def soak(section):
    return course("Soak", section,
                  (("resident_mb", "resident, MB", "Memory under a steady mix"),
                   ("p99_ms", "p99, milliseconds", "p99 under a steady mix")),
                  "seconds", "seconds")


SECTIONS = {"W1": checkout, "shapes": shapes, "W2": ledger, "W3": mixed, "W4": quotes,
            "W5": reconciliation, "W6": audit, "soak": soak, "growth": growth}


def render(results):
    machine, disk, amounts = results["machine"], results["disk"], results["amounts"]
    facts = (("measured", results["started"]), ("processor", f"{machine['processor']}, "
              f"{machine['cores']} cores, {machine['busy_before']:.0%} busy before"),
             ("disk", f"{machine['filesystem']}, {disk['before']:,.0f} syncs/s before, "
                      f"{disk['after']:,.0f} after"),
             ("rounds", f"{amounts['rounds']} of {amounts['seconds']} s after {amounts['warm_up']} s; "
                        f"open loop {amounts['open_seconds']} s after {amounts['open_warm_up']} s"),
             ("transport", "TLS" if amounts.get("tls") else "HTTP on loopback, as behind a proxy"),
             ("catalogue", f"{amounts['services']:,} services of {amounts['agencies']} agencies"))
    checks = ("<p class='check good'>Every answered success is in the store, and nothing else; the "
              "books balance.</p>" if not results["wrong"] else
              "<p class='check bad'>" + "<br>".join(html.escape(one) for one in results["wrong"])
              + "</p>")
    if machine["busy_before"] > QUIET_BUSY_MAX:
        checks += ("<p class='check bad'>The machine was busy with other work: these figures are too "
                   "low and latencies too high, by an unknown amount.</p>")
    return ("<!doctype html><html lang='en'><head><meta charset='utf-8'>"
            "<meta name='viewport' content='width=device-width,initial-scale=1'>"
            f"<title>Erario benchmark</title><style>{STYLE.read_text()}</style></head><body><main>"
            "<header><h1>Erario benchmark</h1><dl>"
            + "".join(f"<dt>{name}</dt><dd>{html.escape(said)}</dd>" for name, said in facts)
            + f"</dl>{checks}</header>" + targets(results["targets"])
            + "".join(SECTIONS[name](results["sections"][name])
                      for name in SECTIONS if name in results["sections"])
            + "<footer>Medians of interleaved rounds; whiskers and ranges are the least and the "
              "greatest. Compare only figures of one run: these disks and processors are shared. "
              "Log bytes and syncs are what reached the kernel; stalled is the time of syncs longer "
              "than 30 ms, nobody can be answered in it; CPU is of each program for itself."
              "</footer></main></body></html>")
