#!/usr/bin/env python3
"""Writes a valid catalogue of any size from a seed: the same arguments give the same bytes.

    catalogue_generator.py --out FOLDER [--seed 1] [--services 5000] [--agencies 299]

One file an agency, and the indices of the real catalogue. Agencies are a001, a002 ...; services
a001.s00001 ..., spread evenly; every rule kind, relief, VAT and late payment appears. Inputs are
always named units (1 to 100), value (an amount) and due_date, so that a load generator knows them.
"""
import argparse
import pathlib
import random

INDICES = pathlib.Path(__file__).resolve().parents[2] / "ops" / "catalogue" / "indices.yaml"
CITATION = '{law: Ley generada, article: "%d", fraction: %s, publication: DOF 2025-11-07}'
FRACTIONS = ["I", "II", "III", "IV", "V", "VI"]
RULE_KINDS = ["fixed", "fixed", "inpc_update", "per_unit", "tiers", "percentage", "uma"]
INPUTS = {
    "units": "{name: units, kind: integer, minimum: 1, maximum: 100, title: Unidades}",
    "value": "{name: value, kind: centavos, minimum: 1.00, maximum: 10000000.00, title: Valor}",
    "due_date": "{name: due_date, kind: date, title: Fecha límite}",
}
RULE_INPUTS = {"per_unit": "units", "tiers": "units", "percentage": "value"}


def amount(rng, low, high):
    centavos = rng.randint(low * 100, high * 100)
    return f"{centavos // 100}.{centavos % 100:02d}"


def rule(rng, kind):
    if kind == "fixed":
        return f"{{kind: fixed, amount: {amount(rng, 20, 20000)}}}"
    if kind == "inpc_update":
        return f"{{kind: inpc_update, unadjusted: {amount(rng, 50, 9000)}, base_year: 2022}}"
    if kind == "per_unit":
        return (f"{{kind: per_unit, input: units, each: {amount(rng, 5, 300)}, "
                "units_min: 1, units_max: 100}")
    if kind == "tiers":
        split = rng.randint(2, 50)
        return (f"{{kind: tiers, input: units, tiers: [{{from: 1, to: {split}, "
                f"base: {amount(rng, 100, 2000)}}}, {{from: {split + 1}, to: 100, "
                f"base: {amount(rng, 2000, 4000)}, each_above: {amount(rng, 5, 500)}}}]}}")
    if kind == "percentage":
        return (f"{{kind: percentage, input: value, percent: {rng.randint(1, 50) / 10}, "
                f"minimum: {amount(rng, 50, 500)}, maximum: {amount(rng, 5000, 90000)}}}")
    return f"{{kind: uma, multiple: {rng.randint(1, 400) / 4}, period: daily}}"


def citation(rng):
    return CITATION % (rng.randint(1, 300), rng.choice(FRACTIONS))


def rates(rng, kind):
    # Some kinds are one chain over the years, the others change with each of them.
    if kind in ("inpc_update", "uma"):
        periods = [("2023-02-01", "2026-12-31")]
    else:
        periods = [(f"{year}-01-01", f"{year}-12-31") for year in (2024, 2025, 2026)]
    lines = []
    for valid_from, valid_to in periods:
        lines += [f"      - valid_from: {valid_from}",
                  f"        valid_to: {valid_to}",
                  f"        rule: {rule(rng, kind)}",
                  f"        citation: {citation(rng)}"]
    return lines


def fee(rng, fee_id, number, kind, late):
    lines = [f"  - id: {fee_id}",
             f"    title: Derecho generado número {number}",
             f"    kind: {rng.choice(['derecho', 'derecho', 'producto', 'aprovechamiento'])}",
             f'    clave_referencia: "{rng.randrange(10**9):09d}"',
             f'    cadena_dependencia: "{rng.randrange(10**14):014d}"']
    if rng.random() < 0.1:
        lines.append("    vat_percent: 16")
    if late:
        lines.append("    late_payment: true")
    lines += ["    rates:"] + rates(rng, kind)
    if rng.random() < 0.25:
        lines += ["    reliefs:",
                  "      - id: over_60",
                  "        kind: discount",
                  "        title: Personas mayores de 60 años",
                  "        percent: 50",
                  "        evidence: Identificación oficial",
                  f"        citation: {citation(rng)}"]
    return lines


def service(rng, agency, number, fees, services):
    service_id = f"{agency}.s{number:05d}"
    late = rng.random() < 0.05
    inputs, ids = set(), []
    for part in range(2 if rng.random() < 0.1 else 1):
        kind = rng.choice(RULE_KINDS)
        fee_id = f"{service_id}.f{part + 1}"
        fees += fee(rng, fee_id, number, kind, late)
        ids.append(fee_id)
        inputs.update({RULE_INPUTS[kind]} if kind in RULE_INPUTS else set())
    inputs.update({"due_date"} if late else set())
    services += [f"  - id: {service_id}",
                 f"    agency: {agency}",
                 f"    homoclave: {agency.upper()}-{number:05d}",
                 f"    title: Trámite generado número {number}",
                 f"    rounding: {rng.choice(['cff20', 'cff20', 'nearest_five_pesos', 'none'])}"]
    if inputs:
        services += ["    inputs:"] + [f"      - {INPUTS[name]}" for name in sorted(inputs)]
    services += [f"    fees: [{', '.join(ids)}]", "    sample: true"]


def agency_file(rng, number, service_numbers):
    agency = f"a{number:03d}"
    level = rng.choice(["federal", "federal", "federal", "state", "municipal"])
    lines = ["agencies:",
             f"  - id: {agency}",
             f"    name: Dependencia generada {number}",
             f"    level: {level}",
             f"    receipt_series: A{number:03d}",
             "    rfc: XAXX010101000",
             "    treasury_account: " + ("tesofe" if level == "federal" else f"treasury_{agency}")]
    fees, services = [], []
    for service_number in service_numbers:
        service(rng, agency, service_number, fees, services)
    if services:
        lines += ["fees:"] + fees + ["services:"] + services
    return agency, "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--services", type=int, default=5000)
    parser.add_argument("--agencies", type=int, default=299)
    arguments = parser.parse_args()
    if arguments.agencies < 1 or arguments.agencies > 999 or arguments.services < 1:
        parser.error("1 to 999 agencies and at least one service")
    arguments.out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(arguments.seed)
    for number in range(1, arguments.agencies + 1):
        numbers = range(number, arguments.services + 1, arguments.agencies)
        agency, text = agency_file(rng, number, numbers)
        (arguments.out / f"{agency}.yaml").write_text(text, encoding="utf-8")
    (arguments.out / "indices.yaml").write_text(INDICES.read_text(encoding="utf-8"),
                                                encoding="utf-8")


if __name__ == "__main__":
    main()
