#!/usr/bin/python3
"""The checkout page with an account of Conekta's, in a real Chromium, and the receipt it ends with.

Usage: conekta_page_test.py ERARIO [-v]    (the path of the built program; erario-sim lies beside it)
Pictures of every state, and of the receipt, are left in the build folder, e2e/pictures.
"""
import shutil
import subprocess
import tempfile
import unittest

import checkout_page_test as pages
import conekta_case
import support
from browser import PHONE, Browser


class Page(conekta_case.ConektaCase):
    more_configuration = """
[[route]]
name = "all-transfers"
method = "spei"
gateways = { conekta = 1 }
"""
    look = pages.Pages.look
    phase = pages.Pages.phase
    wait_for = pages.Pages.wait_for
    choose = pages.Pages.choose

    def setUp(self):
        super().setUp()
        profile = tempfile.mkdtemp(prefix="erario-browser-")
        self.addCleanup(shutil.rmtree, profile, ignore_errors=True)
        self.browser = Browser(profile)
        self.addCleanup(self.browser.close)
        self.browser.size(PHONE)
        self.browser.language("es-MX")

    def transfer(self, payment, **body):
        order, = self.orders_of(payment, attempt=len(payment["attempts"]) - 1)
        told = self.sim.send("POST", f"/sim/orders/{order['id']}/transfer", body)
        self.assertEqual(told.status, 200, told.body)

    def test_an_account_from_choice_to_receipt(self):
        told = self.portal.send("POST", "/v1/checkouts", {
            "quote": support.quote(self.portal), "payer": support.PAYER, "reference": "orden 7",
            "return_url": pages.RETURN})
        self.assertEqual(told.status, 201, told.body)
        checkout = told.json()
        self.plan(route="orders", mode="timeout_before", count=1)
        self.browser.open(checkout["url"] + "?lang=es")
        self.choose("spei")
        self.look("conekta_working", "transfer_working")
        self.wait_for("transfer_declined")
        self.look("conekta_declined", "transfer_declined")
        self.choose("spei")
        self.wait_for("transfer")
        payment = self.portal.get("/v1/checkouts/" + checkout["id"]).json()["payment"]
        shown = self.browser.text("#clabe").replace("\n", "").replace(" ", "")
        self.assertEqual(shown, payment["clabe"])
        article = self.browser.text("article")
        for word in ("$1,795.00 MXN", "STP", "3 de marzo de 2026"):
            self.assertIn(word, article)
        self.assertNotIn("TESORERIA FICTICIA", article, "the account is not in our name")
        self.look("conekta_transfer", "transfer")
        self.transfer(payment, tracking_key="RASTREO1")
        self.wait_for("paid")
        self.assertNotIn(payment["clabe"], self.browser.driver.page_source)
        self.look("conekta_paid", "paid")
        self.receipt()

    def receipt(self):
        link = self.browser.find("a[download]").get_attribute("href")
        anyone = self.erario.client()
        self.addCleanup(anyone.close)
        path = self.erario.scratch / "receipt.pdf"
        path.write_bytes(anyone.get(link.split(f":{self.erario.port}")[1]).body)
        text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True,
                              check=True).stdout
        for word in ("Transferencia SPEI", "Clave de rastreo", "RASTREO1"):
            self.assertIn(word, text)
        subprocess.run(["pdftoppm", "-png", "-r", "80", "-singlefile", path,
                        self.browser.pictures / "conekta_receipt"], check=True)

    def test_another_amount_is_told_about_and_the_payer_is_not_left_alone(self):
        told = self.portal.post("/v1/payments", {
            "quote": support.quote(self.portal), "method": "spei", "payer": support.PAYER,
            "return_url": pages.RETURN})
        self.assertEqual(told.status, 201, told.body)
        payment = self.until(told.json(), lambda it: it["clabe"])
        self.browser.open(payment["checkout_url"] + "?lang=es")
        self.assertEqual(self.phase(), "transfer")
        self.transfer(payment, amount_centavos=payment["amount"]["centavos"] - 100)
        self.wait_for("transfer_declined")
        self.assertEqual(self.browser.text("h1"), "Su transferencia no pagó")
        self.assertIn("Recibimos una transferencia de $1,794.00 MXN",
                      self.browser.text("article"))
        self.look("conekta_held", "transfer_declined")


if __name__ == "__main__":
    unittest.main()
