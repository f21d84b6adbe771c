#!/usr/bin/python3
"""The checkout page in a real Chromium: what a payer sees, hears and does.

Usage: checkout_page_test.py ERARIO [-v]    (the path of the built program; erario-sim lies beside)
Pictures of every state are left in the build folder, e2e/pictures.
"""
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import uuid

import support
from browser import DESKTOP, PHONE, Browser, Keys

BIN = support.binaries()
GOOD_CARD = "4111111111111111"
POOR_CARD = "4444444444444448"
STOLEN_CARD = "4000000000000119"
RETURN = "https://portal.example/vuelta?orden=7"
HOSTILE = "\"><img src=x onerror=alert(1)>'&amp;{}"
HOSTILE_AGENCY = "<b onmouseover='alert(1)'>Dependencia & Cía</b>"


class Pages(unittest.TestCase):
    """An installation and a browser for all tests of a class."""
    stand_ins = True
    start = support.START

    @classmethod
    def installation(cls):
        kept, support.START = support.START, cls.start
        try:
            return support.Installation(BIN, stand_ins=cls.stand_ins, serve=False)
        finally:
            support.START = kept

    @classmethod
    def setUpClass(cls):
        cls.erario = cls.installation()
        cls.profile = tempfile.mkdtemp(prefix="erario-browser-")
        try:
            cls.prepare()
            cls.browser = Browser(cls.profile)
            cls.erario.start()
            cls.portal = cls.erario.client("portal")
        except BaseException:
            cls.erario.stop()
            raise

    @classmethod
    def prepare(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.portal.close()
        cls.erario.stop()
        shutil.rmtree(cls.profile, ignore_errors=True)

    def setUp(self):
        self.browser.size(DESKTOP)
        self.browser.scripts(True)
        self.browser.language("es-MX")
        self.browser.console()

    # ---- what tests begin with ----

    def checkout(self, items=None, **more):
        body = {"quote": support.quote(self.portal, *(items or [])), "payer": support.PAYER,
                "reference": "orden 7", "return_url": RETURN, **more}
        told = self.portal.send("POST", "/v1/checkouts", body)
        self.assertEqual(told.status, 201, told.body)
        return told.json()

    def payment_of(self, checkout):
        told = self.portal.get("/v1/checkouts/" + checkout["id"])
        self.assertEqual(told.status, 200, told.body)
        return told.json()["payment"]

    def transfer(self, payment, short=0):
        stp = self.erario.stp_client()
        told = stp.send("POST", "/v1/gateways/stp/abono", support.abono(
            payment["clabe"], payment["amount"]["centavos"] - short,
            "E2E" + uuid.uuid4().hex[:20].upper()))
        stp.close()
        self.assertEqual(told.status, 200, told.body)

    def choose(self, way):
        """Clicks, and waits until another document is there."""
        before = self.browser.find("html").id
        self.browser.click(f"form[action*='/{way}?'] button")
        self.browser.until(lambda: self.browser.find("html").id != before, "another page")

    def phase(self):
        return self.browser.find("#view").get_attribute("data-phase")

    def wait_for(self, phase):
        self.browser.until(lambda: self.phase() == phase, phase)

    def look(self, name, phase, url=None):
        """The state in both languages on a phone and a desktop: no fault, nothing cut off."""
        url = url or re.sub(r"\?.*", "", self.browser.driver.current_url)
        for language, tag in (("en", "en"), ("es", "es-MX")):
            self.browser.open(f"{url}?lang={language}")
            self.assertEqual(self.phase(), phase)
            self.assertEqual(self.browser.find("html").get_attribute("lang"), tag)
            for label, size in (("phone", PHONE), ("desktop", DESKTOP)):
                self.browser.size(size)
                self.assertEqual(self.browser.accessibility_faults(), [], f"{name} {language}")
                self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"),
                                     size[0], f"{name} {language} {label} scrolls sideways")
                self.browser.picture(f"{name}-{language}-{label}")
        self.assertEqual(self.browser.console(), [], name)

    def at_gateway(self):
        start = f"https://localhost:{self.erario.port + 1}/pay/"
        self.browser.until(lambda: self.browser.driver.current_url.startswith(start),
                           "the card page of the gateway")

    def give_card(self, number):
        for name, value in (("card_number", number), ("holder_name", "ANA LORO FICTICIA"),
                            ("expiration_month", "12"), ("expiration_year", "30"), ("cvv2", "123")):
            self.browser.find(f"[name={name}]").send_keys(value)
        self.browser.click("button[value=approve]")


class Payers(Pages):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Its time runs out while other tests run.
        cls.short_lived = cls.portal.post("/v1/payments", {
            "quote": support.quote(cls.portal), "method": "spei", "payer": support.PAYER,
            "return_url": RETURN, "expires_in_seconds": 5}).json()

    # ---- transfers ----

    def test_a_transfer_from_choice_to_receipt(self):
        checkout = self.checkout([{"service": "sre.passport.3y", "relief": "over_60",
                                   "evidence": "INE"},
                                  {"service": "sedena.firearm.permit", "inputs": {"guns": 4}}])
        self.look("choose", "choose", checkout["url"])
        self.browser.open(checkout["url"])
        self.assertEqual(self.browser.text("h1"), "Elija cómo pagar")
        summary = self.browser.text("aside")
        for word in ("Secretaría de Relaciones Exteriores", "Ley Federal de Derechos, art. 20",
                     "Descuento del 50 %", "Ana Loro Ficticia", "orden 7", "$3,323.00 MXN"):
            self.assertIn(word, summary)
        self.choose("spei")
        self.assertEqual(self.phase(), "transfer")
        payment = self.payment_of(checkout)
        self.assertEqual(self.browser.text("#clabe").replace("\n", "").replace(" ", ""),
                         payment["clabe"])
        for word in ("$3,323.00 MXN", "STP", "TESORERIA FICTICIA", "3 de marzo de 2026"):
            self.assertIn(word, self.browser.text("article"))
        self.assertNotIn(support.PAYER["curp"], self.browser.driver.page_source)
        self.copies(payment)
        self.reads_the_code(payment)
        self.look("transfer", "transfer")

        self.browser.open(payment["checkout_url"] + "?lang=es")
        self.browser.run("window.stillHere = true")
        self.transfer(payment)
        self.wait_for("paid")
        self.assertTrue(self.browser.run("return window.stillHere"), "the page was loaded again")
        self.browser.until(lambda: self.browser.text("#live") == "Pago recibido", "it is said aloud")
        self.assertIn("Pago recibido", self.browser.driver.title)
        self.receipts(2)
        self.look("paid", "paid")
        self.assertEqual(self.browser.find("#return").get_attribute("href"), RETURN)

    def copies(self, payment):
        self.browser.command("Browser.grantPermissions",
                             permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        button = self.browser.find("button[data-copy]")
        button.click()
        self.browser.until(lambda: self.browser.text("#live") == "CLABE copiada", "it is said")
        self.assertEqual(button.text, "CLABE copiada")
        copied = self.browser.driver.execute_async_script(
            "navigator.clipboard.readText().then(arguments[0], (it) => arguments[0](String(it)))")
        self.assertEqual(copied, payment["clabe"])

    def reads_the_code(self, payment):
        picture = self.browser.picture("code")
        read = subprocess.run(["zbarimg", "--quiet", "--raw", picture], capture_output=True,
                              text=True, timeout=30)
        self.assertEqual(read.stdout.strip(), payment["clabe"], read.stderr)

    def receipts(self, count):
        links = [one.get_attribute("href") for one in self.browser.all("a[download]")]
        self.assertEqual(len(links), count)
        anyone = self.erario.client()
        for link in links:
            told = anyone.get(link.split(f":{self.erario.port}")[1])
            self.assertEqual(told.headers["content-type"], "application/pdf")
            self.assertIn("attachment", told.headers["content-disposition"])
            self.assertTrue(told.body.startswith(b"%PDF-"))
            path = self.erario.scratch / "receipt.pdf"
            path.write_bytes(told.body)
            self.erario.command("receipt", "verify", path, "--key",
                                self.erario.run / "keys/receipts.pub.pem")
        anyone.close()
        verify = self.browser.find("a[href*='/verify/']").get_attribute("href")
        here = self.browser.driver.current_url
        self.browser.open(verify)
        self.assertEqual(self.browser.text("h1"), "Recibo auténtico")
        self.assertEqual(self.browser.accessibility_faults(), [])
        self.browser.open(here)

    def test_a_transfer_without_scripts(self):
        checkout = self.checkout()
        self.browser.scripts(False)
        self.browser.open(checkout["url"])
        self.choose("spei")
        payment = self.payment_of(checkout)
        self.assertIn(payment["clabe"][6:17], self.browser.text("#clabe"))
        self.assertFalse(self.browser.find("button[data-copy]").is_displayed())
        self.transfer(payment)
        self.browser.click(".waiting a")
        self.assertEqual(self.browser.text("h1"), "Pago recibido")
        self.assertEqual(len(self.browser.all("a[download]")), 1)

    def test_the_keyboard_alone_is_enough(self):
        checkout = self.checkout()
        self.browser.open(checkout["url"])
        seen = []
        for _ in range(5):
            self.browser.press(Keys.TAB)
            seen.append(self.browser.focused())
            outline = self.browser.run("const it = getComputedStyle(document.activeElement);"
                                       "return [it.outlineStyle, parseFloat(it.outlineWidth)]")
            self.assertNotEqual(outline[0], "none", seen)
            self.assertGreaterEqual(outline[1], 2, seen)
        self.assertEqual(seen, ["Ir al contenido", "English", "Pagar con tarjeta",
                                "Pagar por SPEI", "Volver al portal"])
        self.browser.press(Keys.TAB, Keys.ENTER)
        self.assertTrue(self.browser.find("details").get_attribute("open"))
        self.browser.open(checkout["url"])
        self.browser.press(Keys.TAB, Keys.ENTER, Keys.TAB, Keys.TAB, Keys.ENTER)  # past the skip link
        self.browser.until(lambda: self.phase() == "transfer", "the transfer")
        self.browser.press(*[Keys.TAB] * 3)
        self.assertEqual(self.browser.focused(), "Copiar CLABE")
        self.transfer(self.payment_of(checkout))
        self.wait_for("paid")
        self.assertEqual(self.browser.run("return document.activeElement.id"), "view",
                         "focus stays where the news is")

    def test_money_that_does_not_fit_is_told_about(self):
        checkout = self.checkout()
        self.browser.open(checkout["url"])
        self.choose("spei")
        payment = self.payment_of(checkout)
        self.transfer(payment, short=100)
        self.browser.until(lambda: self.browser.all(".note"), "the note")
        self.assertIn("$1,794.00 MXN", self.browser.text(".note"))
        self.assertEqual(self.browser.all("form[action*='/change?']"), [])
        self.look("held", "transfer")

    def test_the_payer_changes_to_the_card_and_back(self):
        checkout = self.checkout()
        self.browser.open(checkout["url"])
        self.choose("spei")
        first = self.payment_of(checkout)
        self.choose("change")
        self.assertEqual(self.phase(), "choose")
        self.choose("card")
        self.at_gateway()
        self.browser.click("button[value=reject]")
        self.wait_for("card_declined")
        self.assertIn("se canceló", self.browser.text("article"))
        second = self.payment_of(checkout)
        self.assertNotEqual(first["id"], second["id"])
        self.choose("change")
        self.choose("spei")
        third = self.payment_of(checkout)
        self.assertEqual(len({first["clabe"], third["clabe"], None}), 3)
        self.transfer(first)
        self.browser.until(lambda: self.browser.all(".note"), "money for a CLABE of before")
        self.transfer(third)
        self.wait_for("paid")
        self.assertEqual(self.payment_of(checkout)["id"], third["id"])
        states = {one["id"]: one["state"] for one in self.portal.get(
            "/v1/payments?reference=orden+7&limit=200").json()["data"]}
        self.assertEqual([states[one["id"]] for one in (first, second, third)],
                         ["cancelled", "cancelled", "paid"])

    # ---- cards ----

    def test_a_decline_another_try_and_a_receipt(self):
        checkout = self.checkout()
        self.browser.open(checkout["url"])
        self.browser.click("nav a")
        self.choose("card")
        self.at_gateway()
        self.browser.driver.back()
        self.browser.until(lambda: self.phase() == "card_page", "back without being sent away")
        self.look("card_page", "card_page")
        self.browser.open(self.payment_of(checkout)["checkout_url"])
        self.browser.click("#gateway")
        self.at_gateway()
        self.give_card(POOR_CARD)
        self.wait_for("card_declined")
        self.assertIn("does not have enough funds", self.browser.text("article"))
        self.assertIn("Nothing was charged", self.browser.text("article"))
        self.look("card_declined", "card_declined")
        self.choose("card")
        self.at_gateway()
        self.give_card(STOLEN_CARD)
        self.wait_for("card_declined")
        said = self.browser.text("article")
        self.assertIn("Your bank did not authorise the payment", said)
        self.assertNotRegex(said.lower(), "stolen|fraud")
        self.choose("card")
        self.at_gateway()
        self.give_card(GOOD_CARD)
        self.wait_for("paid")
        self.assertEqual(len(self.browser.all("a[download]")), 1)
        payment = self.payment_of(checkout)
        self.assertEqual([one["state"] for one in payment["attempts"]],
                         ["declined", "declined", "succeeded"])
        self.refunds(payment)

    def refunds(self, payment):
        path = "/v1/payments/" + payment["id"]
        for centavos, phase in ((10000, "partly_refunded"), (None, "refunded")):
            told = self.portal.get(path).json()
            amount = dict(told["refundable"], **({"centavos": centavos} if centavos else {}))
            told = self.portal.post(path + "/refunds", {"amount": amount, "reason": "prueba"})
            self.assertEqual(told.status, 201, told.body)
            state = phase.replace("partly", "partially")
            self.browser.until(lambda: self.portal.get(path).json()["state"] == state, state)
            self.look(phase, phase)

    def test_a_card_without_scripts(self):
        checkout = self.checkout()
        self.browser.scripts(False)
        self.browser.open(checkout["url"])
        self.choose("card")
        deadline = time.monotonic() + 20
        while not self.browser.all("#gateway") and time.monotonic() < deadline:
            self.browser.click(".waiting a")
        self.browser.click("#gateway")
        self.at_gateway()
        self.give_card(GOOD_CARD)
        while self.phase() != "paid" and time.monotonic() < deadline:
            self.browser.click(".waiting a")
        self.assertEqual(self.browser.text("h1"), "Pago recibido")

    def test_a_payment_of_the_portals_own_has_a_page_too(self):
        told = self.portal.post("/v1/payments", {
            "quote": support.quote(self.portal), "method": "spei", "payer": support.PAYER,
            "return_url": RETURN})
        payment = told.json()
        self.browser.open(payment["checkout_url"])
        self.assertEqual(self.phase(), "transfer")
        self.assertEqual(self.browser.all("form"), [], "the portal has chosen")
        told = self.portal.post(f"/v1/payments/{payment['id']}/cancel", {"reason": "ya no"})
        self.assertEqual(told.status, 200)
        self.wait_for("cancelled")
        self.look("cancelled", "cancelled")

    def test_a_payment_whose_time_ran_out(self):
        self.browser.open(self.short_lived["checkout_url"])
        self.wait_for("expired")
        self.look("expired", "expired")

    def test_a_quote_that_another_payment_collects(self):
        checkout = self.checkout()
        quote = support.quote(self.portal)
        told = self.portal.send("POST", "/v1/checkouts", {
            "quote": quote, "payer": support.PAYER, "return_url": RETURN})
        checkout = told.json()
        self.portal.post("/v1/payments", {"quote": quote, "method": "spei",
                                          "payer": support.PAYER})
        self.browser.open(checkout["url"])
        self.choose("spei")
        self.assertEqual(self.phase(), "taken")
        self.assertEqual(self.browser.accessibility_faults(), [])
        self.browser.picture("taken-es-desktop")
        self.browser.console()  # that it is a 409


class Hostile(Pages):
    """Texts that want to be markup, a gateway that does not answer, and a quote's last seconds."""
    stand_ins = False
    start = "2026-03-02T23:59:49-06:00"

    @classmethod
    def prepare(cls):
        folder = cls.erario.run / "catalogue"
        shutil.copytree(support.ROOT / "ops/catalogue", folder)
        path = folder / "sre.yaml"
        told = path.read_text()
        changed = told.replace("name: Secretaría de Relaciones Exteriores",
                               f'name: "{HOSTILE_AGENCY}"', 1)
        assert changed != told
        path.write_text(changed)
        config = cls.erario.config.read_text()
        cls.erario.config.write_text(config.replace(str(support.ROOT / "ops/catalogue"),
                                                    str(folder)))
        cls.erario.command("catalogue", "import", "--config", cls.erario.config)

    def test_texts_stay_texts_and_states_without_a_gateway_are_shown(self):
        payer = {"name": HOSTILE + " Ficticia"}
        waiting = self.checkout(payer=payer)
        checkout = self.checkout(payer=payer, reference=HOSTILE, return_url=RETURN + "&a='b'")
        self.browser.open(checkout["url"])
        summary = self.browser.text("aside")
        self.assertEqual(summary.count(HOSTILE), 2, summary)
        self.assertIn(HOSTILE_AGENCY, summary)
        self.assertEqual(self.browser.all("img, b, aside script"), [])
        self.assertEqual(self.browser.find("#return").get_attribute("href"), RETURN + "&a=%27b%27")
        self.assertEqual(self.browser.console(), [])

        self.choose("card")
        self.assertEqual(self.phase(), "card_working")
        self.look("card_working", "card_working")
        status = f"/checkout/{waiting['id']}/status"
        self.browser.until(lambda: self.portal.get(status).json()["phase"] == "lapsed", "midnight")
        self.look("lapsed", "lapsed", waiting["url"])
        self.assertEqual(self.browser.all("form"), [])


if __name__ == "__main__":
    unittest.main()
