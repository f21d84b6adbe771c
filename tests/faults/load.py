"""Load on Erario from one thread: many kept connections, one request in flight on each.

A script is a generator that yields Calls and is given the Answer of each. Everything that was sent
is remembered, answered or not, so that after a fault it can be asked again. One thread, so that an
answer is either noted before the fault or not: there is no moment in between.
"""
import json
import selectors
import socket
import time

ANSWER_BYTES_MAX = 1 << 20


class Answer:
    __slots__ = ("status", "body", "replayed", "retry_after")

    def __init__(self, status, body, lowered_head):
        self.status = status
        self.body = body
        self.replayed = header(lowered_head, b"idempotency-replayed") == b"true"
        self.retry_after = header(lowered_head, b"retry-after")

    def json(self):
        return json.loads(self.body)


class Call:
    """One request. With a key it may be sent again; `about` is what the notes need of it."""

    __slots__ = ("kind", "who", "target", "body", "key", "about", "answer", "late")

    def __init__(self, kind, who, target, body, key=None, about=None):
        self.kind = kind
        self.who = who  # whose credentials: portal, finance or stp; empty for none
        self.target = target
        self.body = body  # None: GET
        self.key = key
        self.about = about
        self.answer = None
        self.late = False  # answered after the fault was injected

    def again(self):
        return Call(self.kind, self.who, self.target, self.body, self.key, self.about)


class Connection:
    __slots__ = ("socket", "received", "script", "call")

    def __init__(self):
        self.socket = None
        self.received = b""
        self.script = None
        self.call = None


class Load:
    """`credentials`: who -> value of Authorization. `port`: of Erario, plain HTTP on loopback."""

    def __init__(self, port, credentials, connections):
        self.port = port
        self.credentials = credentials
        self.selector = selectors.DefaultSelector()
        self.connections = [Connection() for _ in range(connections)]
        self.calls = []
        self.draining = self.late = False
        self.refused = 0  # connections that ended without an answer

    def close(self):
        for connection in self.connections:
            self.drop(connection)
        self.selector.close()

    # ---- running ----

    def run(self, scripts, seconds):
        """Runs scripts, one a connection at a time, until they end or the seconds are over."""
        deadline = time.monotonic() + seconds
        for connection in self.connections:
            if connection.call is None:
                self.proceed(connection, scripts, None)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not self.selector.get_map():
                return
            for ready, _ in self.selector.select(left):
                self.receive(ready.data, scripts)

    def drain(self, seconds, late=False):
        """Takes what still comes, and starts nothing new. `late`: it comes after the fault."""
        self.draining, self.late = True, late
        deadline = time.monotonic() + seconds
        while self.selector.get_map() and time.monotonic() < deadline:
            for ready, _ in self.selector.select(max(0, deadline - time.monotonic())):
                self.receive(ready.data, None)

    def ask(self, calls, seconds=60):
        """Sends exactly these; every one is answered, or this raises."""
        calls = list(calls)
        waiting = iter(calls)

        def one():
            for call in waiting:
                yield call

        self.run(lambda: one(), seconds)
        missing = [call for call in calls if call.answer is None]
        if missing:
            raise NotAnswered(f"{len(missing)} of {len(calls)} calls were not answered, the first"
                              f" is {missing[0].kind} {missing[0].target}")
        return calls

    def unanswered(self):
        return [call for call in self.calls if call.answer is None]

    # ---- one connection ----

    def proceed(self, connection, scripts, answer):
        """Gives the script its answer and sends what it asks for next."""
        while True:
            fresh = connection.script is None
            if fresh:
                connection.script = scripts()
            try:
                call = connection.script.send(None if fresh else answer)
                break
            except StopIteration:
                connection.script = None
                if answer is None:  # it asked for nothing at all: there is no more to do
                    return self.rest(connection)
                answer = None
        self.calls.append(call)
        connection.call = call
        self.send(connection, call)

    def rest(self, connection):
        """Nothing to send: the connection stays open, but nothing is expected from it."""
        if connection.socket and connection.socket in self.selector.get_map():
            self.selector.unregister(connection.socket)

    def send(self, connection, call):
        request = self.request(call)
        try:
            if connection.socket is None:
                connection.socket = socket.create_connection(("127.0.0.1", self.port), timeout=5)
                connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if connection.socket not in self.selector.get_map():
                self.selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.socket.sendall(request)
        except OSError:
            self.refused += 1
            self.drop(connection)

    def request(self, call):
        lines = [f"{'GET' if call.body is None else 'POST'} {call.target} HTTP/1.1",
                 "Host: localhost"]
        if call.who:
            lines.append("Authorization: " + self.credentials[call.who])
        if call.key:
            lines.append("Idempotency-Key: " + call.key)
        if call.body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(call.body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + (call.body or b"")

    def receive(self, connection, scripts):
        try:
            data = connection.socket.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            self.refused += 1
            return self.drop(connection)
        connection.received += data
        head, found, rest = connection.received.partition(b"\r\n\r\n")
        if not found:
            return None
        lowered = head.lower()
        size = int(header(lowered, b"content-length") or 0)
        if size > ANSWER_BYTES_MAX:
            return self.drop(connection)
        if len(rest) < size:
            return None
        call, connection.call, connection.received = connection.call, None, b""
        call.answer = Answer(int(head[9:12]), rest[:size], lowered)
        call.late = self.late
        if self.draining:
            return self.drop(connection)
        if header(lowered, b"connection") == b"close":
            self.drop(connection, keep_script=True)
        return self.proceed(connection, scripts, call.answer)

    def drop(self, connection, keep_script=False):
        if connection.socket:
            if connection.socket in self.selector.get_map():
                self.selector.unregister(connection.socket)
            connection.socket.close()
        connection.socket = None
        connection.received = b""
        if not keep_script:
            connection.call = connection.script = None


class NotAnswered(Exception):
    pass


def header(lowered_head, name):
    start = lowered_head.find(b"\r\n" + name + b":")
    if start < 0:
        return None
    start += len(name) + 3
    end = lowered_head.find(b"\r\n", start)
    return lowered_head[start:end if end >= 0 else None].strip()
