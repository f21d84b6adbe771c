#!/usr/bin/python3
"""What the checkout page's routes answer to those who hold no link, an old one, or want more.

Usage: checkout_test.py ERARIO [-v]    (the path of the built program; erario-sim lies beside it)
What a payer sees is in checkout_page_test.py.
"""
import concurrent.futures
import secrets
import unittest

import support

BIN = support.binaries()
HEADERS = {"cache-control": "no-store", "referrer-policy": "no-referrer",
           "x-content-type-options": "nosniff", "x-robots-tag": "noindex"}


class Checkouts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.erario = support.Installation(BIN)
        cls.portal = cls.erario.client("portal")
        cls.anyone = cls.erario.client()

    @classmethod
    def tearDownClass(cls):
        cls.portal.close()
        cls.anyone.close()
        cls.erario.stop()

    def checkout(self, **more):
        told = self.portal.send("POST", "/v1/checkouts", {
            "quote": support.quote(self.portal), "payer": support.PAYER,
            "return_url": "https://portal.example/vuelta", **more})
        self.assertEqual(told.status, 201, told.body)
        return told.json()

    def stamp(self, link):
        return self.anyone.get(f"/checkout/{link}/status").json()["stamp"]

    def payments(self):
        return self.portal.get("/v1/payments?limit=200").json()["data"]

    def test_a_link_that_is_not_ours_is_a_404_and_nothing_else(self):
        link = self.checkout()["id"]
        payment = support.paid_by_spei(self.erario, self.portal)
        short = payment["checkout_url"].rsplit("/", 1)[1]
        receipts = self.portal.get(f"/v1/payments/{payment['id']}/receipts").json()["data"]
        receipt = receipts[0]["receipt"]["id"]
        wrong = ["x", "A" * 60, payment["id"], link[:-1], link + "A", link.swapcase(), short[:-2],
                 short[:10] + ("A" if short[10] != "A" else "B") + short[11:], short + "%3D",
                 "%00", "..%2f", "a" * 3600]
        pages = set()
        for one in wrong:
            for path in ("", "/status", f"/receipts/{receipt}.pdf"):
                told = self.anyone.get(f"/checkout/{one}{path}")
                self.assertIn(told.status, (400, 404, 414), one)
                self.assertNotIn(b"Ficticia", told.body)
                if told.status == 404 and path != "/status":
                    pages.add(told.body)
            for step in ("card", "spei", "change"):
                told = self.anyone.send("POST", f"/checkout/{one}/{step}?stamp=choose.1.0.0")
                self.assertIn(told.status, (400, 404, 414), one)
        self.assertEqual(len(pages), 1, "all wrong links look alike")
        # A right link shows its own payment's receipts alone.
        other = support.paid_by_spei(self.erario, self.portal)
        foreign = other["checkout_url"].rsplit("/", 1)[1]
        self.assertEqual(self.anyone.get(f"/checkout/{foreign}/receipts/{receipt}.pdf").status, 404)
        self.assertEqual(self.anyone.get(f"/checkout/{short}/receipts/{receipt}.pdf").status, 200)

    def test_the_page_is_kept_by_nobody_and_loads_nothing_from_elsewhere(self):
        link = self.checkout()["id"]
        told = self.anyone.get("/checkout/" + link)
        for name, value in HEADERS.items():
            self.assertEqual(told.headers[name], value)
        policy = told.headers["content-security-policy"]
        for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'",
                     "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
            self.assertIn(part, policy)
        self.assertNotIn("unsafe", policy)
        page = told.body.decode()
        for word in ("<style", "style=", "onclick", "javascript:", "<script>"):
            self.assertNotIn(word, page)
        self.assertNotIn("set-cookie", told.headers)
        for name, kind in (("checkout.css", "text/css"), ("checkout.js", "text/javascript")):
            told = self.anyone.get("/checkout/assets/" + name)
            self.assertTrue(told.headers["content-type"].startswith(kind))
            self.assertIn("immutable", told.headers["cache-control"])

    def test_the_language_is_the_links_the_browsers_or_the_payers(self):
        checkout, english = self.checkout(), self.checkout(language="en")
        cases = [(checkout, "", "", "es-MX"), (checkout, "", "en-GB,en;q=0.9", "en"),
                 (checkout, "?lang=es", "en", "es-MX"), (checkout, "?lang=en", "es", "en"),
                 (english, "", "es", "en"), (english, "?lang=es", "en", "es-MX"),
                 (checkout, "?lang=xx", "fr", "es-MX")]
        for one, query, accept, tag in cases:
            told = self.anyone.get(f"/checkout/{one['id']}{query}", **{"Accept-Language": accept})
            self.assertIn(f'<html lang="{tag}">', told.body.decode(), (query, accept))

    def test_a_click_on_an_old_page_does_nothing(self):
        link = self.checkout(reference="clicks")["id"]
        old = self.stamp(link)
        self.anyone.send("POST", f"/checkout/{link}/spei?stamp={old}")
        for step in ("card", "change", "spei"):
            told = self.anyone.send("POST", f"/checkout/{link}/{step}?stamp={old}")
            self.assertEqual(told.status, 303)
        mine = [one for one in self.payments() if one["reference"] == "clicks"]
        self.assertEqual([(one["state"], one["method"]) for one in mine], [("awaiting", "spei")])

    def test_many_clicks_at_once_make_one_payment(self):
        link = self.checkout(reference="crowd")["id"]
        stamp = self.stamp(link)

        def click(number):
            client = self.erario.client()
            step = "card" if number % 2 else "spei"
            told = client.send("POST", f"/checkout/{link}/{step}?stamp={stamp}")
            client.close()
            return told.status

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(set(pool.map(click, range(16))), {303})
        self.assertEqual(len([one for one in self.payments() if one["reference"] == "crowd"]), 1)

    def test_no_card_number_enters(self):
        link = self.checkout()["id"]
        stamp = self.stamp(link)
        path = f"/checkout/{link}/card?stamp={stamp}"
        told = self.anyone.send("POST", path, b"card_number=4111111111111111",
                                {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(told.problem()[0], "json.malformed")
        told = self.anyone.send("POST", path + "&card=4111111111111111")
        self.assertEqual(told.problem()[0], "card_number.refused")
        self.assertEqual(self.stamp(link), stamp)

    def test_a_basket_too_large_for_a_link_is_refused_with_its_reason(self):
        services = [one["id"] for one in self.portal.get("/v1/services?limit=50").json()["data"]]
        items = [{"service": one} for one in services if one.startswith(("inm.", "sre."))]
        quote = support.quote(self.portal, *items)
        told = self.portal.send("POST", "/v1/checkouts", {
            "quote": quote, "payer": support.PAYER,
            "return_url": "https://portal.example/" + secrets.token_hex(900)})
        self.assertEqual(told.problem()[0], "field.invalid")
        self.assertIn("too much for a link", told.problem()[1][0][1])

    def test_the_books_hold_after_all_this(self):
        self.erario.command("ledger", "verify", "--config", self.erario.config)


if __name__ == "__main__":
    unittest.main()
