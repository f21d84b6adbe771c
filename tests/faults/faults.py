#!/usr/bin/python3
"""Faults on purpose: is anything lost that was acknowledged? `ops/faults --help` says how to ask."""
import argparse
import os
import pathlib
import random
import signal
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

import disk  # noqa: E402
import injections  # noqa: E402
from campaign import Campaign, Row  # noqa: E402
from machine import Demonstration, Machine  # noqa: E402
from stores import STORES, store_unavailable  # noqa: E402

NO_PRIVILEGE = 77  # what ctest takes for "skipped"
COLUMNS = "{:<22} {:<9} {:>7} {:>13} {:>10} {:>7} {:>11} {:>9}  {}"


def arguments():
    parser = argparse.ArgumentParser(
        prog="ops/faults", description="Injects faults under load and checks what is left. Every"
        " acknowledged payment must be there, answer byte for byte as before, and the books must"
        " hold. Runs with --lax are negative controls: they must lose something, or the check is"
        " blind.")
    parser.add_argument("fault", nargs="?", default="all", choices=[*injections.GROUPS, "all"])
    parser.add_argument("--store", default="both", choices=[*STORES, "both"])
    parser.add_argument("--cycles", type=int, help="faults of each campaign but the controls")
    parser.add_argument("--release", action="store_true",
                        help="the numbers of a release instead of those of every change")
    parser.add_argument("--quick", action="store_true", help="a few of each: what ctest runs")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--bin", type=pathlib.Path, help="the folder of the built programs",
                        default=os.environ.get("ERARIO_BIN", ROOT / "build/release/bin"))
    options = parser.parse_args()
    if options.cycles is not None and options.cycles < 1:
        parser.error("argument --cycles: must be at least 1")
    return options


def selected(options):
    """Injections to run: those of the group, of the stores."""
    stores = list(STORES) if options.store == "both" else [options.store]
    for injection in injections.ALL:
        if options.fault in (injection.group, "all"):
            for store in stores:
                if store in injection.cycles:
                    yield injection, store


def cycles_of(injection, store, options):
    if injection.lax:
        return injections.CONTROL_CYCLES_MAX
    if options.cycles:
        return options.cycles
    quick, ordinary, release = injection.cycles[store]
    return release if options.release else quick if options.quick else ordinary


def run_one(demonstration, injection, store, options):
    row = Row(injection.name, store, must_lose=bool(injection.lax))
    machine = Machine(demonstration, pathlib.Path(options.bin).resolve(), STORES[store],
                      on_disk=injection.on_disk, lax=injection.lax, with_shim=injection.with_shim,
                      megabytes=injection.megabytes.get(store))
    try:
        campaign = Campaign(machine, row, options.seed)
        campaign.run(cycles_of(injection, store, options), injection.inject)
    finally:
        machine.close()
    return row


def print_row(row):
    verdict = "ok" if row.sound() else "BLIND" if row.must_lose else "FAILED"
    if row.must_lose and row.sound():
        verdict = "ok, it must lose"
    print(COLUMNS.format(row.fault, row.store, row.cycles, row.acknowledged, row.in_flight,
                         row.lost, row.violations, f"{row.seconds:.1f}", verdict), flush=True)
    if not row.sound():
        for finding in row.findings:
            print("    " + finding)
        sys.stdout.flush()


def end_on_signal(number, _frame):
    raise SystemExit(128 + number)


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, end_on_signal)
    signal.signal(signal.SIGHUP, end_on_signal)
    wanted = list(selected(options))
    skipped = []
    if any(injection.on_disk for injection, _ in wanted):
        if os.geteuid() == 0:
            disk.isolate()
        reason = disk.unavailable()
        if reason:
            skipped = [one for one in wanted if one[0].on_disk]
            wanted = [one for one in wanted if not one[0].on_disk]
            print(f"NOT RUN, {', '.join(sorted({one.name for one, _ in skipped}))}: {reason}")
    for store in {store for _, store in wanted}:
        reason = store_unavailable(store)
        if reason:
            print(f"error: {store}: {reason}", file=sys.stderr)
            return 2
    print(f"seed {options.seed}")
    print(COLUMNS.format("fault", "store", "cycles", "acknowledged", "in flight", "lost",
                         "violations", "seconds", ""), flush=True)
    started = time.monotonic()
    rows = []
    demonstration = Demonstration()
    try:
        for injection, store in wanted:
            rows.append(run_one(demonstration, injection, store, options))
            print_row(rows[-1])
    finally:
        demonstration.close()
    proper = [row for row in rows if not row.must_lose]
    print(f"{sum(row.cycles for row in proper)} faults, {sum(row.acknowledged for row in proper)}"
          f" acknowledged, {sum(row.lost for row in proper)} lost;"
          f" {time.monotonic() - started:.0f} s")
    if not all(row.sound() for row in rows):
        print(f"repeat with --seed {options.seed}")
        return 1
    return NO_PRIVILEGE if skipped else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted; everything of this run is removed", file=sys.stderr)
        sys.exit(130)
