"""Medians of rounds, and the lines of the printed table."""

import statistics


def spread(values):
    values = sorted(values)
    return {"median": statistics.median(values), "min": values[0], "max": values[-1],
            "rounds": len(values)}


def of_runs(runs):
    """The figures of the rounds of one shape of load."""
    read = {
        "per_second": lambda one: one["units_per_second"],
        "p50_ms": lambda one: one["latency"]["p50"] / 1000,
        "p99_ms": lambda one: one["latency"]["p99"] / 1000,
        "p999_ms": lambda one: one["latency"]["p999"] / 1000,
        "max_ms": lambda one: one["latency"]["max"] / 1000,
        "apdex": lambda one: one["apdex"],
        "erario_cpu": lambda one: one["per_unit"]["erario_cpu"],
        "store_cpu": lambda one: one["per_unit"]["store_cpu"],
        "generator_cpu": lambda one: one["per_unit"]["generator_cpu"],
        "log_bytes": lambda one: one["per_unit"]["log_bytes"],
        "syncs": lambda one: one["per_unit"]["syncs"],
        "stalled_ms": lambda one: one["stalled_ms"],
        "resident_mb": lambda one: one["resident_bytes_max"] / 2**20,
    }
    row = {name: spread([value(one) for one in runs]) for name, value in read.items()}
    row["stalls"] = sum(one["stalls"] for one in runs)
    row["failed"] = sum(one["failed_all"] + one["unfinished"] for one in runs)
    row["statuses"] = sorted({status for one in runs for status in one["statuses"]})
    return row


HEAD = (f"{'':16}{'a second (min–max)':26}{'p50 ms':>9}{'p99 ms':>9}{'p99.9':>9}{'cpu µs':>8}"
        f"{'store':>7}{'gen':>6}{'log KiB':>9}{'syncs':>8}{'stalled ms':>12}{'MB':>6}{'failed':>8}")


def line(label, row):
    rate = row["per_second"]
    rates = f"{rate['median']:,.0f} ({rate['min']:,.0f}–{rate['max']:,.0f})"
    middle = lambda name: row[name]["median"]
    return (f"{label:16}{rates:26}{middle('p50_ms'):9.2f}{middle('p99_ms'):9.2f}"
            f"{middle('p999_ms'):9.1f}{middle('erario_cpu'):8.0f}{middle('store_cpu'):7.0f}"
            f"{middle('generator_cpu'):6.0f}{middle('log_bytes') / 1024:9.1f}"
            f"{middle('syncs'):8.4f}{middle('stalled_ms'):12.0f}{row['resident_mb']['max']:6.0f}"
            f"{row['failed']:8d}")
