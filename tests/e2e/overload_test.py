"""More than the store can take: a short queue and many customers. Who finds the queue full is told
503 and when to come back, at once; nobody else notices, nothing breaks, and memory stays flat."""
import pathlib
import random
import sys
import unittest

import support

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "faults"))
import customers  # noqa: E402
import store_checks  # noqa: E402
from load import Load  # noqa: E402

BIN = support.binaries()
QUEUE = 16
CONNECTIONS = 200
QUOTES = 1_500  # a round; who is told 503 keeps theirs
ROUND_SECONDS = 4
ROUNDS = 3
GROWTH_MAX_KB = 48 * 1024


class Overload(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.erario = support.Installation(BIN, stand_ins=False, serve=False)
        cls.addClassCleanup(cls.erario.stop)
        plain = support.plain_http(cls.erario.config.read_text())
        cls.erario.config.write_text(f"{plain}\n[lane]\nqueue_max = {QUEUE}\n")
        cls.erario.start()

    def new_load(self, connections=CONNECTIONS):
        told = {scope: "Bearer " + self.erario.secret(f"api-{scope}.key")
                for scope in ("portal", "finance")}
        told["stp"] = support.basic("stp", self.erario.secret("stp-callback.password"))
        return Load(self.erario.port, told, connections)

    def resident_kb(self):
        status = pathlib.Path(f"/proc/{self.erario.process.pid}/status").read_text()
        return int(next(line for line in status.split("\n") if line.startswith("VmRSS")).split()[1])

    def test_who_finds_the_queue_full_is_told_so_and_nothing_else_happens(self):
        truth = store_checks.Truth()
        statuses = {}
        surprises = []
        resident = []
        paid = []  # of each round
        for number in range(ROUNDS):
            load = self.new_load()
            quotes = customers.fetch_quotes(load, QUOTES)
            work = customers.Customers(random.Random(number), quotes, f"o{number}",
                                       reuse_quotes=True)
            load.run(work.script, ROUND_SECONDS)
            load.drain(30)
            self.assertEqual(load.unanswered(), [], "every request is answered")
            for call in load.calls:
                statuses[call.answer.status] = statuses.get(call.answer.status, 0) + 1
                if call.answer.status == 503:
                    self.assertIn(call.answer.retry_after, (b"1", b"5"))
                    if call.who != "stp":
                        self.assertIn(b'"code":"queue.full"', call.answer.body)
                customers.note(truth, call)
            load.close()
            surprises += work.surprises
            resident.append(self.resident_kb())
            paid.append(len(truth.paid) - sum(paid))
        self.assertEqual(surprises[:3], [])
        self.assertGreater(statuses.get(503, 0), 100, "the queue was full")
        self.assertGreater(min(paid), 20, f"and payments went on in every round: {paid}")
        self.assertLess(resident[-1] - resident[0], GROWTH_MAX_KB, f"resident KiB: {resident}")
        db = self.erario.sql()
        findings = [one for check in store_checks.CHECKS for one in check(db, truth)]
        db.close()
        self.assertEqual(findings[:5], [])
        self.erario.command("ledger", "verify", "--config", self.erario.config)
        print(f"answers {statuses}; {len(truth.paid)} paid; resident KiB {resident}")
        self.everybody_is_served()

    def everybody_is_served(self):
        """After the rush nothing of it is left."""
        load = self.new_load(4)
        quotes = customers.fetch_quotes(load, 40)
        work = customers.Customers(random.Random(1), quotes, "after")
        load.run(work.script, 20)
        load.drain(10)
        self.assertEqual({call.answer.status for call in load.calls} - {200, 201}, set())
        load.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
