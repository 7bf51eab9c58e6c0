"""A server that turned hostile after a host joined it: completes the handshake, then says everything that the protocol has
and much that it has not. What it does follows from a seed."""
import base64
import hashlib
import random
import socket
import struct
import threading

from fake_agent import CHALLENGE, HELLO, SETTINGS, WELCOME, field
from websocket import GUID

ACK, GOODBYE = 6, 8


class HostileServer:
    def __init__(self, server_id, seed, interval_ms):
        self.server_id, self.random, self.interval_ms = server_id, random.Random(seed), interval_ms
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        self.rounds = 0
        self.heartbeats = 0
        self.is_over = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def end(self):
        self.is_over = True
        self.door.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
        self.door.close()

    def _serve(self):
        while not self.is_over:
            try:
                client, _ = self.door.accept()
            except OSError:
                return
            with client:
                client.settimeout(5)
                try:
                    self._talk(client)
                except (OSError, EOFError):
                    pass
            self.rounds += 1

    def _talk(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += self._read(client, 1)
        key = next(line.split(": ")[1] for line in head.decode().split("\r\n") if line.lower().startswith("sec-websocket-key"))
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        client.sendall(("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        f"Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: fettle.agent.v1\r\n\r\n").encode())
        version = field(1, 1)
        self._say(client, field(CHALLENGE, field(1, self.random.randbytes(32)) + field(2, version) + field(3, self.server_id)))
        self._hear(client)  # the hello
        self._say(client, field(WELCOME, field(2, field(1, self.interval_ms))))
        for _ in range(100):
            self._say(client, self._anything())
            if self.random.random() < 0.02:
                self._hear(client)
        self._hear(client)

    def _anything(self):
        chance, pick = self.random.random(), self.random
        if chance < 0.3:
            return field(SETTINGS, field(1, pick.choice([0, 1, 10, 999, 1000, 5000, 60_000, 60_001, 2**31, 2**32 - 1])))
        if chance < 0.4:
            return field(ACK, field(1, field(1, pick.randrange(3)) + field(2, pick.randrange(50))))
        if chance < 0.8:  # commands that some version may know, with bodies of strings and bytes
            words = [b"/bin/sh", b"-c", b"touch /tmp/fettle-was-here", b"rclone::exec", b"../../etc/passwd", pick.randbytes(40)]
            return field(pick.randrange(1, 60), b"".join(field(pick.randrange(1, 9), pick.choice(words)) for _ in range(pick.randrange(4))))
        return pick.randbytes(pick.randrange(100))

    def _say(self, client, payload):
        size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + struct.pack(">H", len(payload))
        client.sendall(b"\x82" + size + payload)

    def _hear(self, client):
        first, size = self._read(client, 2)
        size &= 127
        if size == 126:
            size, = struct.unpack(">H", self._read(client, 2))
        elif size == 127:
            size, = struct.unpack(">Q", self._read(client, 8))
        self._read(client, size + 4)
        if first & 15 == 8:
            raise EOFError
        self.heartbeats += first & 15 == 2

    @staticmethod
    def _read(client, size):
        data = b""
        while len(data) < size:
            more = client.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data
