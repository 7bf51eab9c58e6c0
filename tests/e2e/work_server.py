"""A server made by a test that gives a real agent its orders: completes the handshake, acknowledges what it is told to
acknowledge, and keeps all that it hears of runs (src/fettle/wire/agent.proto)."""
import base64
import hashlib
import os
import socket
import struct
import threading

from fake_agent import ACK, CHALLENGE, HEARTBEAT, WELCOME, field, parse
from websocket import GUID

ORDER, TAKEN, CANCEL, REPORT, REPORT_ACK, HELD, OPENED = range(15, 22)
RUNNING, COMPLETED, COMPLETED_WITH_WARNINGS, FAILED, CANCELLED, INTERRUPTED = range(1, 7)


def text(fields, number):
    return fields.get(number, [b""])[0].decode()


def number(fields, index):
    return fields.get(index, [0])[0]


class Report:
    def __init__(self, fields):
        self.run, self.epoch, self.sequence = text(fields, 1), number(fields, 2), number(fields, 3)
        self.phase, self.message = number(fields, 5), text(fields, 6)
        self.exit_code = number(fields, 8) >> 1 if 7 in fields else None
        self.steps = [parse(step) for step in fields.get(9, [])]
        self.lines = [parse(line) for line in fields.get(10, [])]

    def key(self):
        return (self.phase, self.message, self.exit_code, tuple(text(line, 4) for line in self.lines))


class WorkServer:
    def __init__(self, server_id):
        self.server_id = server_id
        self.acknowledges = True
        self.taken, self.held, self.opened = [], [], []
        self.reports = {}  # run -> sequence -> Report
        self.faults = []
        self.heartbeats = 0
        self.client = None
        self.lock = threading.Lock()
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

    # ---- what a test asks

    def order(self, run, name, plan="command", epoch=1, steps=("command",), deadline=0, parameters=None):
        body = field(1, run) + field(2, epoch) + field(3, plan)
        body += field(4, parameters if parameters is not None else '{"name": "%s"}' % name)
        body += b"".join(field(6, step) for step in steps) + (field(8, deadline) if deadline else b"")
        self.say(field(ORDER, body))

    def cancel(self, run, epoch=1):
        self.say(field(CANCEL, field(1, run) + field(2, epoch)))

    def say(self, payload):
        """False when no agent is there."""
        client = self.client
        if not client:
            return False
        size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + struct.pack(">H", len(payload))
        try:
            client.sendall(b"\x82" + size + payload)
            return True
        except OSError:
            return False

    def last(self, run):
        with self.lock:
            reports = self.reports.get(run, {})
            return reports[max(reports)] if reports else None

    def is_over_with(self, run):
        last = self.last(run)
        return last if last and last.phase > RUNNING else None

    def log(self, run):
        with self.lock:
            reports = self.reports.get(run, {})
            return "".join(text(line, 4) + "\n" for index in sorted(reports) for line in reports[index].lines)

    def answers(self, run):
        return [text(taken, 3) for taken in self.taken if text(taken, 1) == run]

    # ---- the link

    def _serve(self):
        while not self.is_over:
            try:
                client, _ = self.door.accept()
            except OSError:
                return
            with client:
                client.settimeout(30)
                try:
                    self._talk(client)
                except (OSError, EOFError, StopIteration):
                    pass
                self.client = None

    def _talk(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += self._read(client, 1)
        key = next(line.split(": ")[1] for line in head.decode().split("\r\n") if line.lower().startswith("sec-websocket-key"))
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        client.sendall(("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        f"Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: fettle.agent.v1\r\n\r\n").encode())
        version = field(1, 1) + field(2, 2)
        challenge = field(CHALLENGE, field(1, os.urandom(32)) + field(2, version) + field(3, self.server_id))
        client.sendall(b"\x82" + bytes([len(challenge)]) + challenge)
        self._hear(client)  # the hello
        welcome = field(WELCOME, field(2, field(1, 1000)) + field(3, 1))
        client.sendall(b"\x82" + bytes([len(welcome)]) + welcome)
        self.client = client
        while True:
            self._take(self._hear(client))

    def _take(self, message):
        for kind, bodies in message.items():
            fields = parse(bodies[0])
            if kind == HEARTBEAT:
                self.heartbeats += 1
                self.say(field(ACK, field(1, fields[1][0])))
            elif kind == TAKEN:
                self.taken.append(fields)
            elif kind == HELD:
                self.held.append([parse(run) for run in fields.get(2, [])])
            elif kind == OPENED:
                self.opened.append(fields)
            elif kind == REPORT:
                self._take_report(Report(fields))

    def _take_report(self, report):
        with self.lock:
            known = self.reports.setdefault(report.run, {})
            if report.sequence in known and known[report.sequence].key() != report.key():
                self.faults.append(f"two reports {report.sequence} of {report.run}")
            if report.sequence > len(known) + 1:
                self.faults.append(f"no report before {report.sequence} of {report.run}")
            known[report.sequence] = report
        if self.acknowledges:
            self.say(field(REPORT_ACK, field(1, report.run) + field(2, report.epoch) + field(3, report.sequence)))

    def _hear(self, client):
        first, size = self._read(client, 2)
        size &= 127
        if size == 126:
            size, = struct.unpack(">H", self._read(client, 2))
        elif size == 127:
            size, = struct.unpack(">Q", self._read(client, 8))
        mask = self._read(client, 4)
        data = self._read(client, size)
        data = (int.from_bytes(data, "little") ^ int.from_bytes((mask * (size // 4 + 1))[:size], "little")).to_bytes(size, "little")
        if first & 15 == 8:
            raise EOFError
        if first & 15 == 9:
            client.sendall(b"\x8a" + bytes([len(data)]) + data)
            return {}
        return parse(data) if first & 15 == 2 else {}

    @staticmethod
    def _read(client, size):
        data = b""
        while len(data) < size:
            more = client.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data
