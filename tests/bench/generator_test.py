#!/usr/bin/env python3
"""The load generator against a stub that misbehaves in known ways: what it reports must be what
happened. Usage: generator_test.py FOLDER_OF_BINARIES"""

import asyncio
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

CATALOGUE = pathlib.Path(__file__).resolve().parents[2] / "ops" / "catalogue"
ANSWER = b'{"digest":"hmac-sha256:00"}'


class Stub:
    """Answers POST /v1/quotes; `behave(number)` gives (status, seconds to wait, close)."""

    def __init__(self, behave):
        self.behave = behave
        self.answered = {}
        self.loop = asyncio.new_event_loop()
        self.port = None
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait(5)

    def _run(self, ready):
        async def serve():
            self.lock = asyncio.Lock()
            server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            self.stopped = asyncio.Event()
            await self.stopped.wait()
            server.close()

        self.loop.run_until_complete(serve())

    async def _connection(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                number = sum(self.answered.values())
                status, wait, close = self.behave(number)
                self.answered[status] = self.answered.get(status, 0) + 1
                if wait:
                    await asyncio.sleep(wait)
                if close:
                    break
                said = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(ANSWER), ANSWER)
                # In two pieces, as networks do.
                writer.write(said[:20])
                await writer.drain()
                writer.write(said[20:])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    def stop(self):
        self.loop.call_soon_threadsafe(self.stopped.set)
        self.thread.join(5)


class TheGenerator(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.keys = pathlib.Path(self.scratch.name)
        for name in ("api-portal.key", "api-finance.key", "quotes.secret", "stp-callback.password"):
            (self.keys / name).write_text("fictional")

    def tearDown(self):
        self.scratch.cleanup()

    def load(self, behave, *arguments):
        stub = Stub(behave)
        try:
            done = subprocess.run(
                [BINARIES / "erario-bench", "load", "--workload", "quotes", "--port", str(stub.port),
                 "--keys", self.keys, "--catalogue", CATALOGUE, "--warm-up", "0", "--seed", "7",
                 *arguments], capture_output=True, text=True, timeout=60)
        finally:
            stub.stop()
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([line["event"] for line in lines[:-1]], ["window_begin", "window_end"])
        return lines[-1], stub

    def test_every_unit_is_counted_once(self):
        result, stub = self.load(lambda _: (201, 0, False), "--connections", "3", "--units", "100")
        self.assertEqual((result["succeeded_all"], result["failed_all"]), (100, 0))
        self.assertEqual(stub.answered, {201: 100})
        self.assertEqual(result["latency"]["count"], 100)

    def test_a_refusal_is_a_failure_and_counted_by_its_status(self):
        result, stub = self.load(lambda number: (503 if number % 10 == 9 else 201, 0, False),
                                 "--connections", "1", "--units", "100")
        self.assertEqual((result["succeeded_all"], result["failed_all"]), (90, 10))
        self.assertEqual(result["statuses"], {"201": 90, "503": 10})
        self.assertEqual(result["latency"]["count"], 90)

    def test_a_lost_connection_is_a_failure_and_is_made_again(self):
        result, _ = self.load(lambda number: (201, 0, number == 50), "--connections", "2",
                              "--units", "100")
        self.assertEqual((result["succeeded_all"], result["failed_all"]), (99, 1))
        self.assertEqual(result["connections_lost"], 1)

    def test_in_an_open_loop_a_stall_is_felt_by_all_whom_it_kept_waiting(self):
        stall = lambda number: (201, 0.5 if number == 50 else 0, False)
        closed, _ = self.load(stall, "--connections", "1", "--seconds", "2")
        self.assertLess(closed["latency"]["p99"], 100_000)
        opened, _ = self.load(stall, "--connections", "1", "--seconds", "2", "--rate", "100")
        # Half a second at a hundred a second: about fifty of two hundred waited, evenly long.
        self.assertGreater(opened["latency"]["p90"], 150_000)
        self.assertGreater(opened["latency"]["p99"], 400_000)
        self.assertLess(opened["latency"]["p50"], 150_000)
        self.assertGreater(opened["backlog_max"], 20)

    def test_arrivals_come_at_the_rate_that_was_asked_for(self):
        result, _ = self.load(lambda _: (201, 0, False), "--connections", "8", "--seconds", "3",
                              "--rate", "300")
        self.assertAlmostEqual(result["succeeded"] / 3, 300, delta=45)

    def test_percentiles_are_those_of_the_waits(self):
        result, _ = self.load(lambda number: (201, 0.2 if number % 4 == 0 else 0.05, False),
                              "--connections", "1", "--units", "20")
        self.assertAlmostEqual(result["latency"]["p50"], 50_000, delta=15_000)
        self.assertAlmostEqual(result["latency"]["max"], 200_000, delta=40_000)


if __name__ == "__main__":
    BINARIES = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
