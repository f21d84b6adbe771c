#!/usr/bin/env python3
"""Runs the workloads, prints a table and writes var/bench: results.json and report.html.

Called by ops/bench, which builds first. Rounds are interleaved, and every figure is the median of
its rounds with the least and the greatest beside it: disks and neighbours change within minutes.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

import load
import measure
from service import BenchFailed, Installation, SqliteStore

HERE = pathlib.Path(__file__).resolve().parent
STORES = {"sqlite": SqliteStore}
FORMS = {"spei": "W1 SPEI, both calls", "confirm": "W1 confirm step"}


def median_of(runs, read):
    values = sorted(read(one) for one in runs)
    return statistics.median(values), values[0], values[-1]


def row_of(runs):
    """One line of the table: figures of the rounds of one shape of load."""
    cost = lambda name: median_of(runs, lambda one: one["per_unit"][name])[0]
    rate, low, high = median_of(runs, lambda one: one["units_per_second"])
    p50 = median_of(runs, lambda one: one["latency"]["p50"])[0] / 1000
    p99 = median_of(runs, lambda one: one["latency"]["p99"])[0] / 1000
    failed = sum(one["failed_all"] + one["unfinished"] for one in runs)
    return (f"{rate:9.0f} ({low:.0f}–{high:.0f})".ljust(28)
            + f"{p50:8.1f} {p99:8.1f} {cost('erario_cpu'):8.0f} {cost('store_cpu'):7.0f} "
            f"{cost('generator_cpu'):7.0f} {cost('log_bytes') / 1024:8.1f} {cost('syncs'):8.4f} "
            f"{max(one['resident_bytes_max'] for one in runs) / 2**20:7.0f} {failed:7d}")


HEAD = ("connections".ljust(14) + "payments/s (min–max)".ljust(28)
        + "  p50 ms   p99 ms  cpu µs   store     gen   log KiB   syncs  peak MB  failed")


def check_counts(installation, runs):
    """The answers and the store must agree to the payment."""
    said = {name: sum(one["counts"].get(name, 0) for one in runs) for name in ("created", "paid")}
    held = installation.held()
    wrong = [f"{what}: answered {said[name]}, held {held[what]}"
             for name, what in (("created", "payments"), ("paid", "paid"))
             if said[name] > held[what] or (name == "paid" and said[name] != held[what])]
    if held["imbalance"] != 0 or held["paid"] != held["entries"]:
        wrong.append(f"the books: {held}")
    return wrong


def checkout(installations, options):
    """W1, closed loop."""
    runs = []
    for form, title in FORMS.items():
        for round_number in range(options.rounds):
            for connections in options.connections:
                for installation in installations:
                    runs.append(load.run(installation, form, connections, options.seconds,
                                         options.warm_up,
                                         payments_ahead=options.payments_ahead))
                    runs[-1]["round"] = round_number
        for installation in installations:
            print(f"\n{title}, {installation.store.name}, closed loop\n{HEAD}")
            for connections in options.connections:
                chosen = [one for one in runs if one["workload"] == form
                          and one["store"] == installation.store.name
                          and one["connections"] == connections]
                print(f"{connections:<14}" + row_of(chosen), flush=True)
    return runs


def main():
    parser = argparse.ArgumentParser(prog="ops/bench", description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", default=["W1"])
    parser.add_argument("--store", choices=[*STORES, "both"], default="sqlite")
    parser.add_argument("--bin", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=18443)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--warm-up", type=float, default=1)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64, 256, 1000])
    parser.add_argument("--payments-ahead", type=int, default=20_000)
    options = parser.parse_args()

    options.out.mkdir(parents=True, exist_ok=True)
    catalogue = options.out / "catalogue"
    if not catalogue.exists():
        subprocess.run([sys.executable, HERE / "catalogue_generator.py", "--out", catalogue], check=True)
    disk_before = measure.syncs_per_second(options.bin / "erario-bench", options.out)
    print(f"this disk: {disk_before:.0f} syncs/s before")
    stores = list(STORES) if options.store == "both" else [options.store]
    installations, runs, wrong = [], [], []
    try:
        for place, name in enumerate(stores):
            folder = options.out / name
            store = STORES[name](folder, options.bin)
            installations.append(Installation(folder, options.port + 10 * place, store, catalogue,
                                              options.bin).start())
        runs = checkout(installations, options)
        for installation in installations:
            wrong += check_counts(installation, [one for one in runs if one["store"] == installation.store.name])
    finally:
        for installation in installations:
            installation.stop()
    disk_after = measure.syncs_per_second(options.bin / "erario-bench", options.out)
    print(f"\nthis disk: {disk_after:.0f} syncs/s after")
    (options.out / "results.json").write_text(json.dumps({"runs": runs}, indent=1))
    for one in wrong:
        print(f"WRONG: {one}")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchFailed as failure:
        sys.exit(f"error: {failure}")
