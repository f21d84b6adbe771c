"""How much is measured: short by default, so that a change can be tried; --full for figures."""

import argparse
import dataclasses
import pathlib

WORKLOADS = {
    "W1": "checkout: SPEI, the confirm step alone, card",
    "W2": "the ledger alone",
    "W3": "a mix with repeated keys, invalid requests and refunds",
    "W4": "quotes",
    "W5": "reconciliation",
    "W6": "audit and proofs",
    "growth": "throughput as the store grows",
    "soak": "W3's mix at a steady rate: memory and p99 over the time",
    "shapes": "one hot agency, Zipf, uniform",
}
STORES = ("sqlite", "postgres")


@dataclasses.dataclass
class Amounts:
    rounds: int = 3
    seconds: float = 3
    warm_up: float = 1
    open_seconds: float = 5
    open_warm_up: float = 1
    open_rounds: int = 1
    connections: tuple = (1, 16, 64, 256, 1000)
    load_parts: tuple = (0.25, 0.5, 0.75, 0.9)
    growth_payments: int = 20_000
    soak_seconds: float = 30
    ledger_entries: int = 50_000
    reconciliation_lines: int = 100_000
    audit_entries: int = 20_000
    audit_leaves: int = 200_000
    quotes_seconds: float = 1


FULL = Amounts(rounds=5, seconds=10, warm_up=3, open_seconds=60, open_warm_up=15, open_rounds=1,
               growth_payments=1_000_000, soak_seconds=3_600, ledger_entries=500_000, reconciliation_lines=1_000_000,
               audit_entries=300_000, audit_leaves=1_000_000, quotes_seconds=5)
# Enough to see that everything still works; its figures mean nothing.
SMOKE = Amounts(rounds=1, seconds=0.5, warm_up=0.2, open_seconds=0.5, open_warm_up=0.2,
                connections=(4,), load_parts=(0.5,), growth_payments=200, soak_seconds=2, ledger_entries=1_000,
                reconciliation_lines=5_000, audit_entries=200, audit_leaves=10_000, quotes_seconds=0.1)


def positive(read_number):
    """For argparse: a number above 0, or several with commas between."""

    def parse(text):
        try:
            number = read_number(text)
        except ValueError:
            number = None
        if number is None or not all(one > 0 for one in (number if isinstance(number, tuple) else (number,))):
            raise argparse.ArgumentTypeError(f"{text} is not above 0, in digits")
        return number

    return parse


def numbers(text):
    return tuple(int(one) for one in text.split(","))


def read(arguments=None):
    parser = argparse.ArgumentParser(
        prog="ops/bench", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures Erario and writes a report under var/bench.\n\nWorkloads:\n"
        + "\n".join(f"  {name:8} {what}" for name, what in WORKLOADS.items()))
    parser.add_argument("workloads", nargs="*", metavar="W1 …", help="default: all")
    parser.add_argument("--store", choices=[*STORES, "both"], default="both")
    parser.add_argument("--full", action="store_true", help="15 s + 60 s at each load, 1M payments")
    parser.add_argument("--smoke", action="store_true", help="a few seconds in all")
    parser.add_argument("--rounds", type=positive(int))
    parser.add_argument("--seconds", type=positive(float), help="of each run in a closed loop")
    parser.add_argument("--connections", metavar="N,N…", help="in a closed loop: 1,16,64 …",
                        type=positive(numbers))
    parser.add_argument("--services", type=positive(int), default=5000, help="of the generated catalogue")
    parser.add_argument("--agencies", type=positive(int), default=299)
    parser.add_argument("--tls", action="store_true",
                        help="HTTPS instead of what a local proxy would hand on")
    parser.add_argument("--port", type=positive(int), default=18443, help="and the next twenty")
    parser.add_argument("--bin", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if not (options.bin / "erario-bench").exists():
        parser.error(f"there is no erario-bench in {options.bin}; ERARIO_BIN names a folder of built binaries")
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        parser.error(f"{options.out} cannot be made: {refused.strerror}; ERARIO_BENCH_DIR names another folder")
    unknown = [name for name in options.workloads if name not in WORKLOADS]
    if unknown:
        parser.error(f"unknown workload {unknown[0]}; there are {', '.join(WORKLOADS)}")
    options.workloads = options.workloads or list(WORKLOADS)
    options.stores = list(STORES) if options.store == "both" else [options.store]
    options.amounts = SMOKE if options.smoke else FULL if options.full else Amounts()
    given = {name: value for name, value in (("rounds", options.rounds),
                                             ("seconds", options.seconds),
                                             ("connections", options.connections)) if value}
    options.amounts = dataclasses.replace(options.amounts, **given)
    return options
