"""What the machine says while a load runs: processor time, memory, syncs and log bytes."""

import json
import os
import pathlib
import struct
import subprocess
import time

TICK_MICROS = 1_000_000 // os.sysconf("SC_CLK_TCK")
COUNTERS = ("syncs", "log_syncs", "log_bytes", "data_bytes", "log_writes", "stalls",
            "stalled_micros")


def _stat(pid):
    """The fields of /proc/PID/stat from the state on; a name in parentheses may hold anything."""
    text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return text[text.rindex(")") + 2 :].split()


def cpu_micros(pid):
    """Of the process and those it has waited for."""
    fields = _stat(pid)
    return sum(int(fields[place]) for place in (11, 12, 13, 14)) * TICK_MICROS


def children(pid):
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            if _stat(entry)[1] == str(pid):
                found.append(int(entry))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def tree_cpu_micros(pid):
    total = cpu_micros(pid)
    for child in children(pid):
        try:
            total += cpu_micros(child)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


def memory_bytes(pid):
    """(resident now, highest ever)."""
    fields = dict(line.split(":", 1) for line in
                  pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return tuple(int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))


class DiskCounts:
    """The counters of disk_counter.cpp, shared by the processes that preload it."""

    def __init__(self, path, library):
        self.path = pathlib.Path(path)
        self.path.write_bytes(bytes(8 * len(COUNTERS)))
        self.environment = {"ERARIO_DISK_COUNTS": str(self.path), "LD_PRELOAD": str(library)}

    def read(self):
        return dict(zip(COUNTERS, struct.unpack(f"{len(COUNTERS)}q", self.path.read_bytes())))


def busy_share(seconds=1.0):
    """How much of all processors is at work now, 0 to 1: what others take from a measurement."""
    def times():
        ticks = [int(one) for one in
                 pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return sum(ticks), ticks[3] + ticks[4]  # idle, and waiting for a disk

    total, idle = times()
    time.sleep(seconds)
    total_after, idle_after = times()
    return 1 - (idle_after - idle) / max(total_after - total, 1)


def difference(before, after):
    return {name: after[name] - before[name] for name in after}


def disk_speed(bench, folder):
    """How fast this disk is now, writing and syncing 8 KiB one after the other: (syncs a second,
    milliseconds of the middle one)."""
    done = subprocess.run([bench, "disk", str(folder)], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    return said["syncs_per_second"], said["latency"]["p50"] / 1000
