"""An agent made by a test: enrols itself, speaks the agent protocol (src/fettle/wire/agent.proto) by hand, and can say
what no real agent would."""
import base64
import hashlib
import os
import time

import ed25519
from websocket import WebSocket

CHALLENGE, HELLO, WELCOME, SERIES_SET, HEARTBEAT, ACK, SETTINGS, GOODBYE = range(1, 9)
GAUGE, COUNTER = 1, 2
ABSENT = -2**63


def varint(number):
    number &= 2**64 - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def zigzag(number):
    return varint(number << 1 ^ number >> 63)


def field(number, value):
    """Integers as varints, texts and bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def fixed64(number, value):
    return varint(number << 3 | 1) + value.to_bytes(8, "little")


def parse(data):
    """Field number -> values, of one message."""
    fields, at = {}, 0

    def read_varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = read_varint()
        if key & 7 == 0:
            value = read_varint()
        elif key & 7 == 1:
            value, at = data[at:at + 8], at + 8
        else:
            size = read_varint()
            value, at = data[at:at + size], at + size
        fields.setdefault(key >> 3, []).append(value)
    return fields


def position(place):
    return field(1, place[0]) + field(2, place[1])


def parse_position(data):
    fields = parse(data)
    return fields.get(1, [0])[0], fields.get(2, [0])[0]


def series_set_id(boot_id, series):
    def counted(text):
        return len(text.encode()).to_bytes(4, "little") + text.encode()

    text = counted(boot_id)
    for metric, label, kind in series:
        text += counted(metric) + counted(label) + bytes([kind - 1])
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") or 1


class FakeAgent:
    def __init__(self, url):
        self.url = url
        self.seed = os.urandom(32)
        self.link = None
        self.boot, self.sequence = 1, 0
        self.boot_id = "00000000-0000-4000-8000-000000000001"
        self.series = [("memory.total", "", GAUGE), ("net.rx_bytes", "eth0", COUNTER)]
        self.sent, self.acknowledged = (0, 0), (0, 0)

    def enrol(self, api, name, token=None):
        token = token or api.post("/api/v1/enrolment-tokens", {"name": name}, expect=201)["token"]
        answer = api.post("/api/v1/enroll", {"token": token, "name": name, "public_key":
                                             base64.b64encode(ed25519.public_key(self.seed)).decode()}, expect=201)
        self.host_id, self.server_id = answer["host_id"], answer["server_id"]
        return self

    # ---- the handshake

    def open(self):
        """A connection with its challenge, before the hello."""
        self.link = WebSocket(self.url)
        assert self.link.status == 101, self.link.head
        self.challenge = parse(parse(self.link.receive())[CHALLENGE][0])
        return self.link

    def hello(self, nonce=None, seed=None, host_id=None, version=(1, 0), signature=None, now_ms=None):
        nonce = self.challenge[1][0] if nonce is None else nonce
        host_id = host_id or self.host_id
        signed = b"fettle-hello-v1" + nonce + self.server_id.encode() + host_id.encode()
        signature = ed25519.sign(seed or self.seed, signed) if signature is None else signature
        now = int(time.time() * 1000) if now_ms is None else now_ms
        return field(HELLO, field(1, field(1, version[0]) + field(2, version[1])) + field(2, host_id) +
                     field(3, signature) + field(4, "0.0.0") + field(5, self.boot) + field(6, now) + field(7, now) +
                     field(8, field(1, "fake") + field(8, self.boot_id) + field(9, now)))

    def connect(self, **how):
        """Connected and welcome; continues behind what the server has."""
        link = self.open()
        link.send(self.hello(**how))
        welcome = parse(parse(link.receive())[WELCOME][0])
        self.acknowledged = self.sent = parse_position(welcome.get(1, [b""])[0])
        self.boot = max(self.boot, self.sent[0])
        self.sequence = self.sent[1] if self.sent[0] == self.boot else 0
        self.send_set()
        return self

    def close(self):
        if self.link:
            self.link.socket.close()

    # ---- heartbeats

    def send_set(self):
        self.link.send(self.series_set())

    def series_set(self):
        self.set_id = series_set_id(self.boot_id, self.series)
        entries = b"".join(field(3, field(1, metric) + field(2, label) + field(3, kind))
                           for metric, label, kind in self.series)
        return field(SERIES_SET, fixed64(1, self.set_id) + field(2, self.boot_id) + entries)

    def heartbeat(self, values=None, at_ms=None, monotonic_ms=None, place=None, after=None):
        now = int(time.time() * 1000) if at_ms is None else at_ms
        monotonic = time.monotonic_ns() // 1_000_000 if monotonic_ms is None else monotonic_ms
        values = [1 << 30, now] if values is None else values
        return field(HEARTBEAT, field(1, position(place or (self.boot, self.sequence))) +
                     field(2, position(self.sent if after is None else after)) + field(3, now) + field(4, monotonic) +
                     fixed64(5, self.set_id) + field(6, b"".join(map(zigzag, values))))

    def beat(self, **how):
        """Sends the next heartbeat."""
        self.sequence += 1
        self.link.send(self.heartbeat(**how))
        self.sent = (self.boot, self.sequence)
        return self.sent

    def wait_acknowledged(self, place=None):
        """Until the server has acknowledged what was sent, or `place`."""
        while self.acknowledged < (place or self.sent):
            message = parse(self.link.receive())
            if ACK in message:
                self.acknowledged = parse_position(parse(message[ACK][0])[1][0])
        return self.acknowledged
