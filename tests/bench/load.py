"""One run of the load generator against an installation, with what it cost the machine."""

import json
import subprocess

import measure
from service import BenchFailed


def run(installation, workload, connections, seconds, warm_up=1.0, rate=0.0, **more):
    """The generator's result, and per success: processor time, syncs, log bytes; memory."""
    arguments = ["--workload", workload, "--connections", connections, "--seconds", seconds,
                 "--warm-up", warm_up, "--rate", rate, "--port", installation.port,
                 "--keys", installation.folder / "keys", "--catalogue", installation.catalogue]
    if installation.tls:
        more["tls"] = installation.folder / "keys" / "ca.pem"
    for name, value in more.items():
        arguments += ["--" + name.replace("_", "-"), value]
    generator = subprocess.Popen([installation.bin / "erario-bench", "load",
                                  *(str(one) for one in arguments)],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    samples, result = {}, None
    for line in generator.stdout:
        said = json.loads(line)
        if "event" in said:
            samples[said["event"]] = installation.sample()
        else:
            result = said
    said = generator.stderr.read()
    if generator.wait() != 0 or result is None:
        raise BenchFailed(f"the generator failed: {said}")
    spent = measure.difference(samples["window_begin"], samples["window_end"])
    done = max(result["completed"], 1)
    result["per_unit"] = {name: value / done for name, value in spent.items()}
    result["per_unit"]["generator_cpu"] = result["generator_cpu_micros"] / done
    resident, highest = measure.memory_bytes(installation.erario.pid)
    result |= {"workload": workload, "connections": connections, "rate": rate,
               "store": installation.store.name, "resident_bytes": resident,
               "resident_bytes_max": highest, "units_per_batch": done / max(spent["log_syncs"], 1),
               "stalls": spent["stalls"], "stalled_ms": spent["stalled_micros"] / 1000}
    return result
