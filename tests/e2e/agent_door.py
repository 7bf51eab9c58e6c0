"""What a server made by a test has in common with the real one as agents see it: a door on loopback, the upgrade to a
WebSocket, the challenge, and frames both ways (src/fettle/wire/agent.proto). What is said after the hello is for who makes it."""
import base64
import hashlib
import os
import socket
import struct
import threading

from fake_agent import CHALLENGE, field, parse
from websocket import GUID


class AgentDoor:
    """`talk(client)` is called with each agent that came in and said hello."""
    patience_seconds = 30

    def __init__(self, server_id):
        self.server_id = server_id
        self.client = None
        self.listen(0)

    def listen(self, port):
        self.door = socket.create_server(("127.0.0.1", port))
        self.port = self.door.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.is_over = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def end(self):
        self.is_over = True
        try:
            self.door.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.cut()
        self.thread.join(10)
        self.door.close()

    def cut(self):
        client = self.client
        if client:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def talk(self, client):
        raise NotImplementedError

    def left(self):
        """An agent that was here has gone."""

    def _serve(self):
        while not self.is_over:
            try:
                client, _ = self.door.accept()
            except OSError:
                return
            with client:
                client.settimeout(self.patience_seconds)
                try:
                    self._greet(client)
                    self.talk(client)
                except (OSError, EOFError, StopIteration):
                    pass
                self.client = None
            self.left()

    def _greet(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += read(client, 1)
        key = next(line.split(": ")[1] for line in head.decode().split("\r\n") if line.lower().startswith("sec-websocket-key"))
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        client.sendall(("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        f"Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: fettle.agent.v1\r\n\r\n").encode())
        version = field(1, 1) + field(2, 2)
        say(client, field(CHALLENGE, field(1, os.urandom(32)) + field(2, version) + field(3, self.server_id)))
        hear(client)  # the hello


def say(client, payload):
    size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + struct.pack(">H", len(payload))
    client.sendall(b"\x82" + size + payload)


def hear(client):
    """The fields of the next message; none of what is not a message. EOFError when it closes."""
    first, size = read(client, 2)
    size &= 127
    if size == 126:
        size, = struct.unpack(">H", read(client, 2))
    elif size == 127:
        size, = struct.unpack(">Q", read(client, 8))
    mask = read(client, 4)
    data = read(client, size)
    data = (int.from_bytes(data, "little") ^ int.from_bytes((mask * (size // 4 + 1))[:size], "little")).to_bytes(size, "little")
    if first & 15 == 8:
        raise EOFError
    if first & 15 == 9:
        client.sendall(b"\x8a" + bytes([len(data)]) + data)
        return {}
    return parse(data) if first & 15 == 2 else {}


def read(client, size):
    data = b""
    while len(data) < size:
        more = client.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data
