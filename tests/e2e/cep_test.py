#!/usr/bin/python3
"""Finance staff fetch Banco de México's proof of a deposit and see whether it says the same.

Usage: cep_test.py ERARIO [-v]    (the path of the built program; erario-sim beside it)
"""
import time
import unittest

import support

BIN = support.binaries()


class Proofs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.erario = support.Installation(BIN)
        cls.addClassCleanup(cls.erario.stop)
        cls.portal, cls.finance = cls.erario.client("portal"), cls.erario.client("finance")
        cls.stp = cls.erario.client(port_offset=2)
        for client in (cls.portal, cls.finance, cls.stp):
            cls.addClassCleanup(client.close)

    def deposit(self, **changes):
        told = self.portal.post("/v1/payments", {"quote": support.quote(self.portal),
                                                 "method": "spei", "payer": support.PAYER})
        payment = told.json()
        sent = self.stp.send("POST", "/sim/deposits", {
            "clabe": payment["clabe"], "amount_centavos": payment["amount"]["centavos"],
            "sender_name": "ANA LORO & CÍA FICTICIA", **changes}).json()
        self.erario.wait_for(self.portal, "/v1/payments/" + payment["id"], ("paid",))
        deadline = time.monotonic() + 10
        while self.stp.get(f"/sim/deposits/{sent['id']}").json()["state"] != "CCO":
            self.assertLess(time.monotonic(), deadline, "STP did not take our answer")
            time.sleep(0.05)
        rows = self.finance.get("/v1/deposits?payment=" + payment["id"]).json()["data"]
        return rows[0]

    def test_a_proof_that_says_the_same_matches(self):
        deposit = self.deposit()
        told = self.finance.get(f"/v1/deposits/{deposit['id']}/cep")
        self.assertEqual(told.status, 200, told.body)
        proof = told.json()
        self.assertEqual((proof["matches"], proof["differences"]), (True, []))
        self.assertEqual(proof["amount"], deposit["amount"])
        self.assertEqual(proof["tracking_key"], deposit["tracking_key"])
        self.assertEqual(proof["sender"]["holder"], "ANA LORO & CÍA FICTICIA")
        self.assertIn("<SPEI_Tercero", proof["document"])
        promised = self.finance.get("/openapi.json").json()["components"]["schemas"]
        self.assertEqual(set(proof), set(promised["TransferProof"]["required"]))
        self.assertEqual(set(proof["sender"]), set(promised["ProofParty"]["required"]))

    def test_a_proof_that_says_otherwise_names_what(self):
        deposit = self.deposit(proof_amount_centavos=100)
        proof = self.finance.get(f"/v1/deposits/{deposit['id']}/cep").json()
        self.assertEqual((proof["matches"], proof["differences"]), (False, ["amount"]))

    def test_a_proof_that_cannot_be_read_is_a_gateway_that_answers_nonsense(self):
        deposit = self.deposit()
        self.stp.send("POST", "/sim/faults", {"route": "cep", "mode": "malformed", "skip": 1})
        told = self.finance.get(f"/v1/deposits/{deposit['id']}/cep")
        self.assertEqual((told.status, told.problem()[0]), (502, "gateway.unavailable"))
        self.assertIn("is no proof we can read", told.json()["detail"])

    def test_a_bank_that_does_not_answer_is_told_so(self):
        deposit = self.deposit()
        self.stp.send("POST", "/sim/faults", {"route": "cep", "mode": "http_503", "count": 2})
        told = self.finance.get(f"/v1/deposits/{deposit['id']}/cep")
        self.stp.send("DELETE", "/sim/faults")
        self.assertEqual((told.status, told.problem()[0]), (502, "gateway.unavailable"))
        self.assertIn("could not be asked for the proof: HTTP 503", told.json()["detail"])

    def test_a_proof_takes_no_parameters(self):
        deposit = self.deposit()
        told = self.finance.get(f"/v1/deposits/{deposit['id']}/cep?format=pdf")
        self.assertEqual((told.status, told.problem()),
                         (422, ("field.unknown", [("?format", "is not a parameter of this route")])))

    def test_it_is_for_finance_staff_and_auditors(self):
        deposit = self.deposit()
        path = f"/v1/deposits/{deposit['id']}/cep"
        self.assertEqual(self.portal.get(path).status, 403)
        auditor = self.erario.client("auditor")
        self.addCleanup(auditor.close)
        self.assertEqual(auditor.get(path).status, 200)
        self.assertEqual(self.finance.get("/v1/deposits/dep_0/cep").status, 404)


if __name__ == "__main__":
    unittest.main()
