"""Starts a stand-in, speaks HTTP to it, and receives what it posts. Used by the sim tests."""

import base64
import http.client
import http.server
import json
import os
import ssl
import subprocess
import threading
import time
import urllib.parse


class Answer:
    def __init__(self, status, headers, raw):
        self.status = status
        self.headers = headers
        self.raw = raw

    @property
    def text(self):
        return self.raw.decode("utf-8")

    @property
    def json(self):
        # Amounts stay text, as in the stand-in itself: no test rests on a binary float.
        return json.loads(self.raw, parse_float=str)


class StandIn:
    """One running `erario-sim`; a context manager."""

    def __init__(self, binary, *arguments):
        self.process = subprocess.Popen(
            [binary, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.stopped = False
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            self.process.kill()
            raise RuntimeError("did not start: " + line + self.process.communicate()[1])
        host, port = line.split()[1].rsplit(":", 1)
        self.host, self.port = host, int(port)
        self.tls = "--tls-cert" in arguments

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends it as systemd would; fails when it complains, also when a sanitizer does."""
        if self.stopped:
            return
        if self.process.poll() is None:
            self.process.terminate()
        _, complaint = self.process.communicate(timeout=10)
        self.stopped = True
        if self.process.returncode != 0:
            raise AssertionError(f"ended with {self.process.returncode}: {complaint[-4000:]}")

    def call(self, method, path, body=None, user=None, password="", timeout=10, form=None,
             context=None, headers=None):
        headers = dict(headers or {})
        payload = None
        if user is not None:
            token = base64.b64encode(f"{user}:{password}".encode()).decode()
            headers["Authorization"] = f"Basic {token}"
        if form is not None:
            payload = urllib.parse.urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            payload = (body if isinstance(body, str) else json.dumps(body)).encode()
            headers["Content-Type"] = "application/json"
        if self.tls:
            connection = http.client.HTTPSConnection(
                self.host, self.port, timeout=timeout, context=context)
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request(method, path, payload, headers)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()


class Receiver:
    """Takes posts; `script` holds the next answers, then `usual` answers every one."""

    def __init__(self, usual=(200, {}), tls=None):
        self.usual = usual
        self.script = []
        self.got = []
        owner = self

        class Taker(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                owner.got.append((self.path, dict(self.headers.items()), raw))
                status, body = owner.script.pop(0) if owner.script else owner.usual
                payload = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taker)
        scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def bodies(self):
        return [json.loads(raw, parse_float=str) for _, _, raw in self.got]


def wait_until(condition, seconds=5):
    """Waits for the condition and returns its value; fails loudly when it stays false."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout


def make_certificate(folder):
    """A self-signed certificate for 127.0.0.1: (certificate, key)."""
    certificate, key = os.path.join(folder, "tls.pem"), os.path.join(folder, "tls.key")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key,
            "-out", certificate, "-subj", "/CN=localhost",
            "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost")
    return certificate, key
