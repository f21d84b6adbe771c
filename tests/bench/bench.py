#!/usr/bin/env python3
"""Runs the workloads on private installations, prints tables and writes results.json and
report.html. Called by ops/bench, which builds first.

Every figure is the median of interleaved rounds, with the least and the greatest beside it. It ends
with 1 when answers and store disagree, or the books do not balance."""

import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys

import measure
import options
import report
import targets
from service import BenchFailed, Installation, SqliteStore
from workloads import Bench

HERE = pathlib.Path(__file__).resolve().parent
# The ledger grows last, after what is measured on a small store.
SECTIONS = {"W1": "checkout", "shapes": "shapes", "W3": "mixed", "W4": "quotes", "W2": "ledger",
            "W5": "reconciliation", "W6": "audit", "soak": "soak",
            "growth": "growth"}


def store_of(name, folder):
    if name == "sqlite":
        return SqliteStore(folder)
    from postgres import PostgresStore

    return PostgresStore(folder)


def machine(out):
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                  if line.startswith("model name")), platform.machine())
    filesystem = subprocess.run(["findmnt", "-no", "FSTYPE", "-T", out], capture_output=True,
                                text=True).stdout.strip()
    return {"processor": model, "cores": os.cpu_count(), "kernel": platform.release(),
            "filesystem": filesystem}


def check(installation, runs):
    """What the answers said and the store holds, to the payment. Gives the differences."""
    own = [one for one in runs if one["store"] == installation.store.name]
    said = lambda name: sum(one["counts"].get(name, 0) for one in own)
    held = installation.held()
    # An answer that did not arrive may have been preceded by a commit, never the other way round.
    lost = sum(one["unfinished"] + one["connections_lost"] for one in own)
    wrong = []
    for what, count in (("payments", said("created")), ("paid", said("paid")),
                        ("receipts", said("paid")), ("refunds", said("refunds"))):
        if not count <= held[what] <= count + lost:
            wrong.append(f"{installation.store.name}: {count} {what} answered, {held[what]} held")
    if held["imbalance"] != 0:
        wrong.append(f"{installation.store.name}: postings sum to {held['imbalance']}")
    return wrong


def start_all(chosen):
    installations = []
    try:
        for place, name in enumerate(chosen.stores):
            folder = chosen.out / name
            installations.append(Installation(folder, chosen.port + 10 * place, store_of(name, folder),
                                              chosen.catalogue, chosen.bin, chosen.tls))
            installations[-1].start()
    except BaseException:
        stop_all(installations)
        raise
    return installations


def stop_all(installations):
    for installation in reversed(installations):
        installation.stop()


def run_sections(chosen, installations):
    baseline = next((one.store.baseline(one) for one in installations
                     if hasattr(one.store, "baseline")), None)
    bench = Bench(chosen, installations, baseline)
    sections = {}
    for name, function in SECTIONS.items():
        if name in chosen.workloads:
            sections[name] = getattr(bench, function)()
    wrong = [fault for one in installations for fault in check(one, bench.runs)]
    wrong += [f"W5: {fault}" for row in sections.get("W5", {}).values() for fault in row["wrong"]]
    return sections, wrong, bench.runs


def main():
    chosen = options.read()
    chosen.out.mkdir(parents=True, exist_ok=True)
    chosen.catalogue = chosen.out / f"catalogue-{chosen.services}-{chosen.agencies}"
    if not chosen.catalogue.exists():
        subprocess.run([sys.executable, HERE / "catalogue_generator.py", "--out", chosen.catalogue,
                        "--services", str(chosen.services), "--agencies", str(chosen.agencies)],
                       check=True)
    started = datetime.datetime.now().astimezone()
    busy = measure.busy_share()
    before, sync_ms_before = measure.disk_speed(chosen.bin / "erario-bench", chosen.out)
    print(f"before: disk {before:,.0f} syncs/s, processors {busy:.0%} busy"
          + (" (NOT QUIET)" if busy > report.QUIET_BUSY_MAX else ""))
    installations = start_all(chosen)
    try:
        sections, wrong, runs = run_sections(chosen, installations)
    finally:
        stop_all(installations)
    after, sync_ms_after = measure.disk_speed(chosen.bin / "erario-bench", chosen.out)
    disk = {"before": before, "after": after, "sync_ms": (sync_ms_before + sync_ms_after) / 2}
    print(f"\ndisk: {after:,.0f} syncs/s after")
    results = {"started": started.isoformat(timespec="seconds"), "machine": machine(chosen.out) | {"busy_before": busy},
               "disk": disk, "amounts": vars(chosen.amounts) | {"services": chosen.services,
                                                               "agencies": chosen.agencies,
                                                               "tls": chosen.tls},
               "stores": chosen.stores, "sections": sections, "wrong": wrong}
    results["targets"] = targets.judge(results)
    targets.show(results["targets"])
    (chosen.out / "results.json").write_text(json.dumps(results | {"runs": runs}, indent=1))
    (chosen.out / "report.html").write_text(report.render(results))
    print(f"\n{chosen.out / 'results.json'}\n{chosen.out / 'report.html'}")
    for fault in wrong:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchFailed as failure:
        sys.exit(f"error: {failure}")
