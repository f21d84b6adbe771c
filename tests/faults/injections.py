"""The faults: what each does to a machine under load, how often, and on which store."""
import errno
import os
import signal
import time
from dataclasses import dataclass, field
from typing import Callable

import customers
import planted

CONTROL_CYCLES_MAX = 20  # a negative control ends at its first loss
READY_SECONDS = 40  # longer than Erario asks about a commit in doubt
FULL_SECONDS = 5


# ---- power ----


def cut_power(campaign, load, work):
    """The machine loses its power in the middle of the load. Only what was answered before counts:
    a sync that overlaps the shutdown may return success although nothing reached the disk, which no
    real program would live to tell."""
    machine = campaign.machine
    # Where there was nothing to lose, losing nothing says nothing; but the first batch may be hit too.
    if machine.lax or campaign.draw.random() < 0.9:
        run_until(load, work, lambda call: call.answer.status == 201, 5)
    load.run(work.script, campaign.draw.uniform(0.01, 0.1))
    if campaign.draw.random() < 0.1:
        campaign.mark_log()
        load.run(work.script, campaign.draw.uniform(0.0, 0.02))
    machine.cut_power()
    load.drain(0.002, late=True)
    machine.power_off()
    load.drain(1, late=True)
    if campaign.draw.random() < 0.1:
        machine.cut_power_while_starting(campaign.draw.uniform(*machine.store.recovery_seconds))
    machine.power_on()


# ---- the checks themselves ----


def plant_damage(campaign, load, work):
    """Each kind of damage is planted, and must be named by the checks every campaign makes."""
    load.run(work.script, 0.3)
    finish(campaign, load)
    for call in load.calls:
        customers.note(campaign.truth, call)
    campaign.mark_log()
    campaign.row.in_flight, missed = planted.unseen(campaign.machine.store, campaign.truth)
    campaign.row.add([(0, one) for one in missed])


# ---- processes ----


def kill_service(campaign, load, work):
    """kill -9. What the kernel still delivers was sent before, so it counts."""
    load.run(work.script, campaign.draw.uniform(0.02, 0.3))
    campaign.machine.kill_service()
    load.drain(1)
    campaign.machine.start_service()


def kill_session(campaign, load, work):
    """kill -9 of one session of the database: the server ends all of them and recovers. Erario
    comes back by itself, and asks about what was in doubt."""
    load.run(work.script, campaign.draw.uniform(0.02, 0.3))
    sessions = campaign.machine.store.sessions()
    if not sessions:
        campaign.row.add([(0, "the database has no session of Erario")])
        return
    os.kill(campaign.draw.choice(sessions), signal.SIGKILL)
    load.run(work.script, campaign.draw.uniform(0.02, 0.3))
    finish(campaign, load)
    back_by_itself(campaign, work)


def kill_database(campaign, load, work):
    """kill -9 of the database, which is started again a moment later, as a supervisor does."""
    store = campaign.machine.store
    load.run(work.script, campaign.draw.uniform(0.02, 0.3))
    store.kill()
    load.run(work.script, campaign.draw.uniform(0.0, 0.5))
    store.start()
    finish(campaign, load)
    back_by_itself(campaign, work)


def back_by_itself(campaign, work):
    """Ready again without a restart of Erario, and taking payments."""
    deadline = time.monotonic() + READY_SECONDS
    while campaign.status_of("/readyz") != 200:
        if not campaign.machine.alive() or time.monotonic() > deadline:
            ended = campaign.machine.service.poll()
            why = "" if ended is None else f": it ended with {ended} (negative: the signal)"
            campaign.row.add([(0, "Erario does not come back by itself" + why)])
            return
        time.sleep(0.02)
    if not any(call.answer.status == 201 for call in take_orders(campaign, work)):
        campaign.row.add([(0, "it is ready, but takes no payments")])


def stop_service(campaign, load, work):
    """SIGSTOP for a while, then SIGCONT: nobody may notice but by the clock."""
    stop(campaign, load, work, campaign.machine.service.send_signal)


def stop_database(campaign, load, work):
    stop(campaign, load, work, campaign.machine.store.signal)


def stop(campaign, load, work, send):
    load.run(work.script, campaign.draw.uniform(0.02, 0.2))
    send(signal.SIGSTOP)
    load.run(work.script, campaign.draw.uniform(0.1, 0.5))
    send(signal.SIGCONT)
    load.run(work.script, campaign.draw.uniform(0.02, 0.2))
    finish(campaign, load)


def finish(campaign, load):
    """Every request in flight is answered; one that is not is a finding."""
    load.drain(READY_SECONDS)
    missing = load.unanswered()
    if missing:
        campaign.row.add([(0, f"{len(missing)} requests were never answered")])


# ---- a full disk ----


def fill_disk(campaign, load, work):
    """No room for a while. The embedded store answers 503; a server may end, and is started again
    when there is room. The same Erario goes on."""
    machine = campaign.machine
    load.run(work.script, 0.03)
    ballast = machine.place.folder / "ballast"
    fill(machine.place, ballast, campaign.draw.randrange(0, 512 << 10))
    refused = run_until(load, work, lambda call: call.answer.status == 503, FULL_SECONDS)
    if machine.store.embedded:
        check_refusals(campaign, refused)
    load.run(work.script, 0.1)
    probe(campaign, "/healthz", 200, "while the disk is full")
    ballast.unlink()
    machine.store.revive()
    load.run(work.script, 0.2)
    finish(campaign, load)
    back_by_itself(campaign, work)


def fill(place, ballast, room):
    """Leaves about so many bytes; the load takes some at the same time."""
    with open(ballast, "wb") as file:
        while (size := place.free_bytes() - room) > 0:
            try:
                return os.posix_fallocate(file.fileno(), 0, size)
            except OSError as failure:
                if failure.errno != errno.ENOSPC:
                    raise
                room += 64 << 10


def check_refusals(campaign, refused):
    if not refused:
        campaign.row.add([(0, "nothing was refused although the disk is full")])
    for call in refused:
        clear = b"store.unavailable" in call.answer.body and call.answer.retry_after
        if call.kind != "deposit" and not clear:  # that one is told to STP in its own words
            campaign.row.add([(0, f"a full disk is told as {call.answer.body[:300]}")])
            return


def run_until(load, work, found, seconds):
    """Goes on until an answer is found; those found."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        seen = [call for call in load.calls if call.answer and found(call)]
        if seen:
            return seen
        load.run(work.script, 0.01)
    return []


def probe(campaign, target, status, when):
    told = campaign.status_of(target)
    if told != status:
        campaign.row.add([(0, f"{target} answers {told} {when}, not {status}")])


def take_orders(campaign, work):
    """Some payments more, on new connections; they become part of the round."""
    load = campaign.new_load(4)
    try:
        # A store in trouble used up many quotes.
        work.quotes += customers.fetch_quotes(load, 100)
        load.run(work.script, 0.2)
        load.drain(READY_SECONDS)
        campaign.more_calls(load.calls)
        return [call for call in load.calls if call.answer]
    finally:
        load.close()


# ---- a disk that fails ----


def fail_sync(campaign, load, work):
    """One sync of the log fails and the next would succeed: the kernel tells once. Nothing may be
    acknowledged any more, and readiness must say so. Then the power goes, since what was not synced
    may be nowhere."""
    machine = campaign.machine
    load.run(work.script, campaign.draw.uniform(0.02, 0.1))
    machine.shim.fail(1, machine.store.log_files)
    if not run_until(load, work, lambda call: call.answer.status == 503, 5):
        campaign.row.add([(0, "no request was refused although a sync failed")])
    load.drain(READY_SECONDS)
    if machine.shim.counts()[1] != 1:
        campaign.row.add([(0, f"syncs failed: {machine.shim.counts()[1]}, not 1")])
    taken = [call for call in take_orders(campaign, work) if call.answer.status < 400]
    if taken:
        campaign.row.add([(0, f"{len(taken)} requests were acknowledged after a sync failed")])
    probe(campaign, "/readyz", 503, "after a sync failed")
    if campaign.draw.random() < 0.5:
        machine.cut_power()
        machine.shim.pass_all()
        machine.power_on()
    else:
        machine.kill_service()
        machine.shim.pass_all()
        machine.start_service()
    probe(campaign, "/readyz", 200, "after a restart")


def fail_server_sync(campaign, load, work):
    """One sync of PostgreSQL's log fails: the server ends all sessions and recovers, Erario comes
    back by itself and asks about what was in doubt. Then the power goes."""
    machine = campaign.machine
    load.run(work.script, campaign.draw.uniform(0.02, 0.1))
    machine.shim.fail(1, machine.store.log_files)
    load.run(work.script, campaign.draw.uniform(0.1, 0.5))
    finish(campaign, load)
    if machine.shim.counts()[1] != 1:
        campaign.row.add([(0, f"syncs failed: {machine.shim.counts()[1]}, not 1")])
    back_by_itself(campaign, work)
    machine.cut_power()
    machine.power_on()


def fail_checkpoint(campaign, load, work):
    """Syncs of the database file itself fail while the log is carried over into it, as happens at
    the next start, or, where the log was carried over just before the kill, once it has grown; the
    log must be kept and carried over again. Then the power goes."""
    machine = campaign.machine
    run_until(load, work, lambda call: call.answer.status == 201, 5)
    load.run(work.script, campaign.draw.uniform(0.02, 0.1))
    machine.kill_service()
    load.drain(1)
    machine.shim.fail(campaign.draw.choice((1, 2)), machine.store.data_files)
    machine.start_service()
    more = campaign.new_load()
    try:
        run_until(more, work, lambda _: machine.shim.counts()[1] > 0, 5)
        if machine.shim.counts()[1] == 0:
            campaign.row.add([(0, "no sync of the database file failed")])
        more.run(work.script, campaign.draw.uniform(0.02, 0.1))
        campaign.more_calls(more.calls)
        machine.cut_power()
        more.drain(0.002, late=True)
        machine.power_off()
        more.drain(1, late=True)
    finally:
        more.close()
    machine.shim.pass_all()
    machine.power_on()


@dataclass
class Injection:
    """`cycles`: store -> (in ctest, for every change, for a release)."""

    group: str
    name: str
    inject: Callable
    cycles: dict
    on_disk: bool = False
    lax: str = None
    with_shim: bool = False
    megabytes: dict = field(default_factory=dict)


CONTROL = {"sqlite": (), "postgres": ()}
ALL = (
    Injection("power", "power cut", cut_power, on_disk=True,
              cycles={"sqlite": (15, 200, 10_000), "postgres": (5, 50, 1_000)}),
    Injection("power", "power, synchronous off", cut_power, CONTROL, on_disk=True, lax="setting"),
    Injection("power", "power, syncs swallowed", cut_power, CONTROL, on_disk=True, lax="shim"),
    Injection("planted", "planted damage", plant_damage,
              {"sqlite": (1, 1, 1), "postgres": (1, 1, 1)}),
    Injection("kill", "kill -9 service", kill_service,
              {"sqlite": (6, 50, 2_000), "postgres": (3, 50, 2_000)}),
    Injection("kill", "kill -9 db session", kill_session, {"postgres": (2, 20, 500)}),
    Injection("kill", "kill -9 database", kill_database, {"postgres": (2, 30, 500)}),
    Injection("stop", "SIGSTOP service", stop_service,
              {"sqlite": (1, 10, 100), "postgres": (1, 10, 100)}),
    Injection("stop", "SIGSTOP database", stop_database, {"postgres": (1, 10, 100)}),
    Injection("disk", "disk full", fill_disk, on_disk=True, megabytes={"sqlite": 128},
              cycles={"sqlite": (2, 10, 100), "postgres": (1, 5, 50)}),
    Injection("eio", "EIO on fsync", fail_sync, on_disk=True, with_shim=True,
              cycles={"sqlite": (2, 20, 200)}),
    Injection("eio", "EIO on fsync", fail_server_sync, on_disk=True, with_shim=True,
              cycles={"postgres": (1, 10, 100)}),
    Injection("eio", "EIO on checkpoint", fail_checkpoint, on_disk=True, with_shim=True,
              cycles={"sqlite": (2, 20, 200)}),
)
GROUPS = ("power", "kill", "disk", "eio", "stop", "planted")
