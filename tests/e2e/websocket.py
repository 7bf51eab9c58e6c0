"""A small WebSocket client (RFC 6455) that can also do everything wrong: frames are sent as they are told."""
import base64
import hashlib
import os
import socket
import struct
import urllib.parse

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TIMEOUT_SECONDS = 15


class Closed(Exception):
    """The server closed: `code` as in its close frame, 1006 when there was none."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed with {code} {reason}")
        self.code, self.reason = code, reason


class WebSocket:
    def __init__(self, url, path="/api/v1/agent", protocol="fettle.agent.v1", headers=()):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT_SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {parts.netloc}", "Connection: Upgrade", "Upgrade: websocket",
                 "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
        lines += [f"Sec-WebSocket-Protocol: {protocol}"] if protocol else []
        self.socket.sendall("\r\n".join([*lines, *headers, "", ""]).encode())
        self.received = b""
        head = self._read_until(b"\r\n\r\n").decode()
        self.status = int(head.split()[1])
        self.head = head
        if self.status == 101:
            accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
            assert f"Sec-WebSocket-Accept: {accept}" in head, head

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            raise Closed(1006)
        self.received += data

    def _read_until(self, end):
        while end not in self.received:
            self._more()
        head, _, self.received = self.received.partition(end)
        return head

    def _read(self, size):
        while len(self.received) < size:
            self._more()
        data, self.received = self.received[:size], self.received[size:]
        return data

    def send_raw(self, data):
        try:
            self.socket.sendall(data)
        except ConnectionError:
            pass  # what the server said before stands in the receive buffer

    def send(self, payload, opcode=BINARY, **how):
        self.send_raw(self.framed(payload, opcode, **how))

    def framed(self, payload, opcode=BINARY, fin=True, masked=True, reserved=0, claimed=None):
        size = len(payload) if claimed is None else claimed
        first = (0x80 if fin else 0) | reserved << 4 | opcode
        mask_bit = 0x80 if masked else 0
        if size < 126:
            head = struct.pack(">BB", first, mask_bit | size)
        elif size < 65536:
            head = struct.pack(">BBH", first, mask_bit | 126, size)
        else:
            head = struct.pack(">BBQ", first, mask_bit | 127, size)
        # A mask of zeros is a mask; the content travels as it is.
        return head + (bytes(4) if masked else b"") + payload

    def _frame(self):
        first, second = self._read(2)
        size = second & 0x7F
        if size == 126:
            size = struct.unpack(">H", self._read(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self._read(8))[0]
        return first & 0x0F, self._read(size)

    def receive(self):
        """The next message; answers pings; raises Closed."""
        while True:
            opcode, payload = self._frame()
            if opcode == CLOSE:
                code = struct.unpack(">H", payload[:2])[0] if payload else 1005
                self.send(payload, CLOSE)
                raise Closed(code, payload[2:].decode())
            if opcode == PING:
                self.send(payload, PONG)
            elif opcode != PONG:
                return payload

    def wait_closed(self):
        """The code with which the server closes, whatever it says before."""
        try:
            while True:
                self.receive()
        except Closed as closed:
            return closed.code
