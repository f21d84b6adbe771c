"""A real Chromium, driven over WebDriver: what the acceptance tests of pages share."""
import base64
import json
import os
import pathlib
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import support

PHONE = (320, 720)
DESKTOP = (1280, 900)
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def build_folder():
    return support.binaries().parent


def axe_source():
    path = build_folder() / "e2e/node_modules/axe-core/axe.min.js"
    if not path.exists():
        raise RuntimeError(f"axe-core is missing: run {support.ROOT}/tests/e2e/node_packages "
                           f"{build_folder()}/e2e")
    return path.read_text(encoding="utf-8")


class Browser:
    def __init__(self, profile):
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     "--ignore-certificate-errors", "--force-prefers-reduced-motion",
                     "--hide-scrollbars", "--lang=es-MX", "--no-first-run",
                     "--disable-background-networking", f"--user-data-dir={profile}"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(30)
        self.axe = axe_source()
        self.pictures = build_folder() / "e2e/pictures"
        self.pictures.mkdir(parents=True, exist_ok=True)

    def close(self):
        self.driver.quit()

    def command(self, name, **values):
        return self.driver.execute_cdp_cmd(name, values)

    def size(self, size):
        self.command("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1],
                     deviceScaleFactor=1, mobile=size == PHONE)

    def language(self, accept):
        self.command("Network.enable")
        self.command("Network.setExtraHTTPHeaders", headers={"Accept-Language": accept})

    def scripts(self, allowed):
        self.command("Emulation.setScriptExecutionDisabled", value=not allowed)

    def open(self, url):
        self.driver.get(url)

    def run(self, script, *values):
        return self.driver.execute_script(script, *values)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector="body"):
        return self.find(selector).text

    def click(self, selector):
        self.find(selector).click()

    def press(self, *keys):
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def until(self, true, what, seconds=20):
        """Waits for it; a page that changes meanwhile is asked again."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                value = true()
                if value:
                    return value
            except Exception:  # pylint: disable=broad-except
                if time.monotonic() > deadline:
                    raise
            if time.monotonic() > deadline:
                raise AssertionError(f"never: {what}; now: {self.text()[:600]}")
            time.sleep(0.05)

    def focused(self):
        """What the keyboard is on: its words, or its label."""
        return self.run("const it = document.activeElement; return it === document.body ? '' : "
                        "(it.innerText || it.getAttribute('aria-label') || it.id).trim()")

    def picture(self, name):
        size = self.run("return [document.documentElement.clientWidth,"
                        "document.documentElement.scrollHeight]")
        shot = self.command("Page.captureScreenshot", captureBeyondViewport=True, clip={
            "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1})
        path = self.pictures / f"{name}.png"
        path.write_bytes(base64.b64decode(shot["data"]))
        return path

    def accessibility_faults(self):
        """What axe-core finds, as lines a person can read."""
        if not self.run("return 'axe' in window"):
            self.run(self.axe)
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}, iframes: false,"
            " resultTypes: ['violations']})"
            ".then((it) => done(it.violations), (it) => done([{id: String(it), nodes: []}]));",
            AXE_TAGS)
        return [f"{one['id']}: {one.get('help', '')}: {node['html'][:200]} {node['failureSummary']}"
                for one in found for node in one["nodes"] or [{"html": "", "failureSummary": ""}]]

    def console(self):
        """Errors the browser told its console since the last call."""
        return [line["message"] for line in self.driver.get_log("browser")
                if line["level"] == "SEVERE"]
