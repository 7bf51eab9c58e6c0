#!/usr/bin/env python3
"""Bytes that are no requests, halves of requests, and requests that never end: answered or cut off, and nobody
else waits."""
import os
import random
import re
import select
import socket
import threading
import time
import unittest

from harness import EndToEndTest, eventually
from websocket import BINARY, CONTINUATION, PING, PONG, WebSocket

SEED = int(os.environ.get("FETTLE_ABUSE_SEED", str(int(time.time()))))
HEADER_SECONDS = 10  # net/http_server.h: header_timeout
HOST = b"Host: localhost\r\n"
LOG_IN = b"POST /api/v1/session HTTP/1.1\r\n" + HOST
# What is wrong, the bytes, the answer. 501 and 505 are the words of HTTP for methods and versions that do not exist.
WRONG_REQUESTS = (
    ("no request", b"hello\r\n\r\n", (400,)),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), (400,)),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505)),
    ("version", b"GET / HTTP/3.7\r\n" + HOST + b"\r\n", (400, 505)),
    ("unknown method", b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n", (400, 404, 405, 501)),
    ("no host", b"GET / HTTP/1.1\r\n\r\n", (400,)),
    ("a name that was pointed here", b"GET /api/v1/session HTTP/1.1\r\nHost: evil.example\r\n\r\n", (421,)),
    ("two hosts", b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", (400,)),
    ("two lengths", LOG_IN + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", (400,)),
    ("length and chunks", LOG_IN + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
     b"0\r\n\r\nGET /livez HTTP/1.1\r\n" + HOST + b"\r\n", (400,)),
    ("length of minus one", LOG_IN + b"Content-Length: -1\r\n\r\n", (400,)),
    ("length beyond all", LOG_IN + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n", (400, 413)),
    ("chunks of nonsense", LOG_IN + b"Content-Type: application/json\r\n"
     b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", (400,)),
    ("unknown coding", LOG_IN + b"Transfer-Encoding: gzip\r\n\r\n", (400, 501)),
    ("folded header", b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n", (400,)),
    ("space before the colon", b"GET / HTTP/1.1\r\n" + HOST + b"X : a\r\n\r\n", (400,)),
    ("NUL in a header", b"GET / HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n", (400,)),
    ("long target", b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", (414, 431)),
    ("large header", b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 20_000 + b"\r\n\r\n", (431,)),
    ("many headers", b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 500 + b"\r\n", (431,)),
    ("a path upwards", b"GET /../../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n", (400, 404)),
    ("a hidden path upwards", b"GET /assets/%2e%2e%2f%2e%2e/etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n", (400, 404)),
    ("expectation", LOG_IN + b"Expect: miracles\r\nContent-Length: 2\r\n\r\n{}", (417,)),
)


class AbuseBytes(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.started = self.server().start()
        self.api = self.started.api()
        print(f"FETTLE_ABUSE_SEED={SEED}")
        self.random = random.Random(SEED)

    def connect(self):
        connection = socket.create_connection((self.api.host, self.api.port), timeout=15)
        self.addCleanup(connection.close)
        return connection

    def talk(self, data):
        """All that comes back until the server closes."""
        connection, received = self.connect(), b""
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while more := connection.recv(65536):
                received += more
        except ConnectionError:
            pass
        connection.close()
        return received

    def check_alive(self):
        began = time.monotonic()
        self.assertEqual(self.api.request("GET", "/livez").status, 200)
        self.assertLess(time.monotonic() - began, 5, "others are served meanwhile")
        self.assertTrue(self.started.process.is_running(), self.started.process.output()[-3000:])

    def test_wrong_requests(self):
        for what, data, expect in WRONG_REQUESTS:
            with self.subTest(what):
                received = self.talk(data)
                answers = re.findall(rb"HTTP/1\.1 (\d{3}) ", received)
                self.assertEqual(len(answers), 1, f"one answer, then the end: {received[:600]}")
                self.assertIn(int(answers[0]), expect, received[:600])
                if answers[0] != b"200":
                    self.assertIn(b"application/problem+json", received)
                self.assertNotIn(b"root:", received)
        self.check_alive()

    def test_random_bytes_and_halves(self):
        whole = (LOG_IN + b"Sec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n"
                 b'Content-Length: 30\r\n\r\n{"name":"eve","password":"no"}')
        for size in range(0, len(whole), 3):
            self.assertNotRegex(self.talk(whole[:size]), rb"HTTP/1\.1 [25]", "half a request is not carried out")
        for _ in range(100):
            at = self.random.randrange(len(whole))
            flipped = bytearray(whole)
            flipped[at] ^= 1 << self.random.randrange(8)
            for data in (bytes(flipped), self.random.randbytes(self.random.randrange(1, 2000))):
                self.assertNotRegex(self.talk(data), rb"HTTP/1\.1 (200|500|503)", repr(data))
        self.check_alive()

    def test_slow_headers_and_silent_peers(self):
        """A hundred connections that say a byte now and then, a hundred that say half, fifty that say nothing."""
        slow = [self.connect() for _ in range(100)]
        half = [self.connect() for _ in range(100)]
        silent = [self.connect() for _ in range(50)]
        for connection in half:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Half: ")
        began = time.monotonic()
        text = b"GET /livez HTTP/1.1\r\nX-Slow: " + b"a" * 10_000
        answered = {}
        at = 0
        while len(answered) < 250:
            waiting = [connection for connection in (*slow, *half, *silent) if connection not in answered]
            self.assertLess(time.monotonic() - began, HEADER_SECONDS * 3, f"{len(waiting)} are still open")
            for connection in slow:
                if connection not in answered:
                    try:
                        connection.send(text[at:at + 1])
                    except ConnectionError:
                        answered[connection] = b""
            at += 1
            for connection in select.select(waiting, [], [], 0.2)[0]:
                try:
                    answered[connection] = connection.recv(65536)
                except ConnectionError:
                    answered[connection] = b""
            self.check_alive()
        self.assertGreaterEqual(time.monotonic() - began, HEADER_SECONDS - 1, "an honest slow client has its time")
        for connection in half:
            self.assertTrue(answered[connection].startswith(b"HTTP/1.1 408 "), answered[connection][:100])
        closed = eventually("their connections are gone", lambda: self.open_connections() < 50)
        self.assertTrue(closed)

    def flood(self, connection, data, over):
        """Sends the same again and again, and throws away what is answered, until told or cut off."""
        connection.setblocking(False)
        rest = memoryview(data)
        while not over.is_set():
            readable, writable, _ = select.select([connection], [connection], [], 0.1)
            try:
                if readable and not connection.recv(1 << 20):
                    return
                if writable:
                    rest = rest[connection.send(rest):] or memoryview(data)
            except BlockingIOError:
                pass
            except ConnectionError:
                return

    def test_floods_hold_up_nobody(self):
        def link(begin=b""):
            socket_ = WebSocket(self.started.url).socket
            self.addCleanup(socket_.close)
            socket_.sendall(begin)
            return socket_

        def request(head):
            connection = self.connect()
            connection.sendall(head)
            return connection

        def frame(first):
            return bytes((first, 0x80)) + bytes(4)  # empty and masked

        body = LOG_IN + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        for what, connect, data in (
                ("pongs", link, frame(0x80 | PONG) * 20_000),
                ("pings", link, frame(0x80 | PING) * 20_000),
                ("pieces of a message", lambda: link(frame(BINARY)), frame(CONTINUATION) * 20_000),
                ("extensions of chunks", lambda: request(body), (b"1;a=" + b"b" * 16_000 + b"\r\nx\r\n") * 20),
                ("requests in a row", self.connect, (b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n") * 2_000)):
            with self.subTest(what):
                over = threading.Event()
                floods = [threading.Thread(target=self.flood, args=(connect(), data, over)) for _ in range(2)]
                for thread in floods:
                    thread.start()
                try:
                    for _ in range(20):
                        self.check_alive()
                finally:
                    over.set()
                    for thread in floods:
                        thread.join()

    def open_connections(self):
        inodes = {os.readlink(f"/proc/{self.started.process.child.pid}/fd/{name}")
                  for name in os.listdir(f"/proc/{self.started.process.child.pid}/fd")}
        return sum(name.startswith("socket:") for name in inodes)


if __name__ == "__main__":
    unittest.main()
