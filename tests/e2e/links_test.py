#!/usr/bin/env python3
"""Agents that talk nonsense, that are not who they say, and tokens that are worth nothing: each is turned away with its
own code and one line in the log, and an honest agent beside them notices nothing."""
import base64
import concurrent.futures
import contextlib
import datetime
import os
import random
import re
import select
import socket
import threading
import time
import unittest

import ed25519
import fake_agent
from api import Api
from fake_agent import FakeAgent, field, fixed64
from harness import EndToEndTest, eventually, run_program
from websocket import BINARY, CLOSE, CONTINUATION, PING, TEXT, WebSocket

PROTOCOL_ERROR, UNSUPPORTED_DATA, TOO_BIG = 1002, 1003, 1009
BAD_MESSAGE, UNAUTHENTICATED, REVOKED, REPLACED, PROTOCOL_UNSUPPORTED = 4400, 4401, 4403, 4410, 4426
TRY_LATER, TOO_FAST = 1013, 4429
BUDGET_MESSAGES = (128 << 20) // 256  # src/fettle/fleet/message_budget.h


class Links(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.server_process = self.server().start()
        self.url = self.server_process.url
        self.api = self.server_process.set_up()
        self.honest = FakeAgent(self.url).enrol(self.api, "honest").connect()
        self.addCleanup(self.honest.close)
        self.link = self.honest.link

    def new_agent(self, name):
        agent = FakeAgent(self.url).enrol(self.api, name)
        self.addCleanup(agent.close)
        return agent

    def check_nothing_else_is_disturbed(self):
        self.assertTrue(self.server_process.process.is_running())
        self.honest.beat()
        self.honest.wait_acknowledged()
        self.assertIs(self.honest.link, self.link, "the honest agent's link stays open throughout")
        self.assertEqual(self.api.get(f"/api/v1/hosts/{self.honest.host_id}")["name"], "honest")

    def complaints(self, name=None):
        """Lines of the log about refused or closed agents."""
        lines = re.findall(r".*(?:agent refused|agent link closed).*", self.server_process.process.output())
        return [line for line in lines if name is None or name in line]

    def check_closed(self, what, code, link, lines=1):
        before = len(self.complaints())
        with self.subTest(what):
            self.assertEqual(link.wait_closed(), code, what)
            link.socket.close()
            eventually(f"{what} is logged", lambda: len(self.complaints()) >= self.logged + lines)
            self.logged += lines
            self.assertEqual(len(self.complaints()), self.logged, f"{what}: {self.complaints()[before:]}")

    def test_before_the_hello(self):
        self.logged = 0
        agent = self.new_agent("alpha")

        def case(what, code, send, lines=1):
            link = agent.open()
            send(link)
            self.check_closed(what, code, link, lines)

        garbage = random.Random(1).randbytes(300)
        case("garbage", BAD_MESSAGE, lambda link: link.send(b"\xff" * 40))
        case("random bytes", BAD_MESSAGE, lambda link: link.send(garbage))
        case("a heartbeat instead of a hello", BAD_MESSAGE, lambda link: link.send(field(5, b"")))
        case("a message of an unknown kind instead of a hello", BAD_MESSAGE, lambda link: link.send(field(99, b"x")))
        case("an empty message", BAD_MESSAGE, lambda link: link.send(b""))
        case("a server's message", BAD_MESSAGE, lambda link: link.send(field(3, b"")))
        case("a wrong key", UNAUTHENTICATED, lambda link: link.send(agent.hello(seed=os.urandom(32))))
        case("no signature", UNAUTHENTICATED, lambda link: link.send(agent.hello(signature=b"")))
        case("a signature of noise", UNAUTHENTICATED, lambda link: link.send(agent.hello(signature=os.urandom(64))))
        case("a host that is not known", REVOKED,
             lambda link: link.send(agent.hello(host_id="host_" + "0" * 32)))
        case("a host id that is none", REVOKED, lambda link: link.send(agent.hello(host_id="'; DROP TABLE hosts")))
        case("another host's id, signed with one's own key", UNAUTHENTICATED,
             lambda link: link.send(agent.hello(host_id=self.honest.host_id)))
        case("another protocol", PROTOCOL_UNSUPPORTED, lambda link: link.send(agent.hello(version=(2, 0))))
        replay = []
        agent.open()
        replay.append(agent.hello())
        agent.close()
        case("the hello of an earlier connection", UNAUTHENTICATED, lambda link: link.send(replay[0]))
        refused = [event for event in self.api.list("/api/v1/events") if event["type"] == "host.refused"]
        self.assertEqual(len(refused), 1, "the mismatch of protocols is an event")
        self.check_nothing_else_is_disturbed()

    def test_a_mebibyte_instead_of_a_hello(self):
        def memory_kib():
            status = open(f"/proc/{self.server_process.process.child.pid}/status").read()
            return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1))

        agent = self.new_agent("alpha")
        before = memory_kib()
        links = []
        for _ in range(200):
            links.append(WebSocket(self.url))
            self.addCleanup(links[-1].socket.close)
            links[-1].send(bytes((1 << 20) - 1), claimed=1 << 20)
        for link in links:
            self.assertEqual(link.wait_closed(), TOO_BIG)
        self.assertLess(memory_kib() - before, 100 * 1024, "nobody who is not known is given a MiB")
        agent.connect().link.send(field(99, b"x" * ((1 << 20) - 10)))
        agent.beat()
        agent.wait_acknowledged()
        self.check_nothing_else_is_disturbed()

    def test_silence_instead_of_a_hello(self):
        self.logged = 0
        began = time.monotonic()
        self.assertEqual(self.new_agent("alpha").open().wait_closed(), TRY_LATER)
        self.assertLess(time.monotonic() - began, 12, "5 s are allowed")
        self.check_nothing_else_is_disturbed()

    def test_frames_that_are_none(self):
        """What breaks the WebSocket itself is answered with the code of RFC 6455 section 7.4.1."""
        agent = self.new_agent("alpha")

        told = re.compile(rf"agent disconnected host={agent.host_id}")

        def case(what, code, send):
            with self.subTest(what):
                before = len(told.findall(self.server_process.process.output()))
                link = agent.connect().link
                send(link)
                self.assertEqual(link.wait_closed(), code, what)
                link.socket.close()
                eventually("it is logged", lambda: len(told.findall(self.server_process.process.output())) > before)
                self.assertEqual(len(told.findall(self.server_process.process.output())), before + 1, what)

        case("a text frame", UNSUPPORTED_DATA, lambda link: link.send(b"hello", TEXT))
        case("an unmasked frame", PROTOCOL_ERROR, lambda link: link.send(b"hello", masked=False))
        case("reserved bits", PROTOCOL_ERROR, lambda link: link.send(b"hello", reserved=4))
        case("an unknown opcode", PROTOCOL_ERROR, lambda link: link.send(b"hello", 3))
        case("a continuation of nothing", PROTOCOL_ERROR, lambda link: link.send(b"hello", CONTINUATION))
        case("a long ping", PROTOCOL_ERROR, lambda link: link.send(b"x" * 126, PING))
        case("a ping in pieces", PROTOCOL_ERROR, lambda link: link.send(b"x", PING, fin=False))
        case("a close of one byte", PROTOCOL_ERROR, lambda link: link.send(b"x", CLOSE))
        case("two MiB claimed", TOO_BIG, lambda link: link.send(b"", claimed=2 << 20))
        case("2^63 bytes claimed", TOO_BIG, lambda link: link.send(b"", claimed=(1 << 63) - 1))

        def in_pieces(link):
            link.send(b"x" * (1 << 19), BINARY, fin=False)
            for _ in range(3):
                link.send(b"x" * (1 << 19), CONTINUATION, fin=False)

        case("two MiB in pieces", TOO_BIG, in_pieces)
        self.check_nothing_else_is_disturbed()

    def test_after_the_welcome(self):
        self.logged = 0
        agent = self.new_agent("alpha")

        def case(what, code, send):
            agent.connect()
            send(agent.link)
            self.check_closed(what, code, agent.link)

        case("garbage", BAD_MESSAGE, lambda link: link.send(b"\xff" * 40))
        case("a second hello", BAD_MESSAGE, lambda link: link.send(agent.hello()))
        case("an acknowledgement", BAD_MESSAGE, lambda link: link.send(field(6, b"")))
        case("a heartbeat of an unknown series set", BAD_MESSAGE, lambda link: self.beat_with(agent, set_id=12345))
        case("too few values", BAD_MESSAGE, lambda link: agent.beat(values=[1]))
        case("a gap", BAD_MESSAGE, lambda link: agent.beat(place=(1, 500), after=(1, 499)))
        case("3,000 series", BAD_MESSAGE, lambda link: link.send(field(fake_agent.SERIES_SET, fixed64(1, 5) + b"".join(
            field(3, field(1, f"m{i}")) for i in range(3000)))))
        case("a text of 10 kB", BAD_MESSAGE, lambda link: link.send(field(fake_agent.SERIES_SET, fixed64(1, 5) +
                                                                          field(2, "x" * 10_000))))
        agent.connect()
        agent.link.send(field(99, b"from a newer agent"))
        agent.beat()
        self.assertEqual(agent.wait_acknowledged(), agent.sent, "an unknown kind is passed over")
        agent.beat(place=agent.sent, after=(1, 0))
        second = FakeAgent(self.url)
        second.__dict__.update({key: value for key, value in agent.__dict__.items() if key != "link"})
        second.connect()
        self.assertEqual(agent.link.wait_closed(), REPLACED, "the newest link wins")
        self.addCleanup(second.close)
        self.api.delete(f"/api/v1/hosts/{agent.host_id}")
        self.assertEqual(second.link.wait_closed(), REVOKED, "a removed host is shown out")
        self.check_nothing_else_is_disturbed()

    def test_numbers_that_no_host_has(self):
        """Clocks and counters at both ends of their types: kept, acknowledged, and all that is shown can be read."""
        least, most = -2**63, 2**63 - 1
        agent = self.new_agent("alpha")
        for now, times in ((least, (least, most)), (most, (most, least, 0, -1, most))):
            link = agent.open()
            link.send(agent.hello(now_ms=now))
            link.receive()
            agent.send_set()
            for at in times:
                agent.beat(at_ms=at, monotonic_ms=-1 - at, values=[at, -1 - at])
            agent.wait_acknowledged()
            link.socket.close()
            host = self.api.get(f"/api/v1/hosts/{agent.host_id}")
            for moment in (host["agent"]["started_at"], host["last_seen_at"], host["state_since"]):
                datetime.datetime.fromisoformat(moment.replace("Z", "+00:00"))
            self.assertEqual(host["clock_skew_ms"] > 0, now > 0)
            for path in ("layout", "series?points=100", f"series?from=0&to={2**45}&points=100"):
                self.api.get(f"/api/v1/hosts/{agent.host_id}/{path}")
            self.api.list("/api/v1/events")
            self.api.get("/api/v1/sparklines")
        self.check_nothing_else_is_disturbed()

    def beat_with(self, agent, set_id):
        agent.set_id = set_id
        agent.beat()

    def test_an_agent_that_never_rests(self):
        """Messages that cost it nothing: closed when it has sent more than an outbox holds, told once, and counted."""
        self.logged = 0
        token = self.api.post("/api/v1/tokens", {"name": "scraper", "scopes": ["metrics"]}, expect=201)["token"]
        agent = self.new_agent("alpha").connect()
        frame = field(99, b"busy")
        frames = (b"\x82" + bytes([0x80 | len(frame)]) + bytes(4) + frame) * 1000
        sent = 0
        while not select.select([agent.link.socket], [], [], 0)[0]:
            agent.link.send_raw(frames)
            sent += 1000
            self.assertLess(sent, BUDGET_MESSAGES * 4, "it is closed at some time")
            if sent % 50_000 == 0:
                self.check_nothing_else_is_disturbed()
        self.assertGreaterEqual(sent, BUDGET_MESSAGES - 1000, "a whole outbox would have passed")
        self.check_closed("a flood", TOO_FAST, agent.link)
        for _ in range(3):  # connecting anew refills nothing
            link = agent.open()
            link.send(agent.hello())
            link.send_raw(frames * 8)
            self.assertEqual(link.wait_closed(), TOO_FAST)
            link.socket.close()
        self.assertEqual(len(self.complaints()), self.logged, "the same trouble is told once")
        text = Api(self.url, bearer=token).request("GET", "/metrics").body.decode()
        self.assertIn("fettle_agent_too_fast_total 4", text)

    def test_a_flood_holds_up_nobody(self):
        def flood(link, bytes_of_it, over):
            while not over.is_set():
                try:
                    link.socket.sendall(bytes_of_it)
                except OSError:
                    return  # closed for sending too much, or the server does not read: the honest agent shows which

        large = [(f"m{i:04d}" + "x" * 200, "l" * 230, fake_agent.GAUGE) for i in range(2000)]
        for number, (what, frames) in enumerate({
                "pings": lambda agent: agent.link.framed(b"", PING) * 20_000,
                "messages of an unknown kind": lambda agent: agent.link.framed(field(99, b"x")) * 20_000,
                "a large series set again and again": lambda agent: agent.link.framed(agent.series_set()),
                "a message in endless pieces": lambda agent: agent.link.framed(b"", CONTINUATION, fin=False) * 20_000,
        }.items()):
            with self.subTest(what):
                agent = self.new_agent(f"flood-{number}")
                agent.series = large
                agent.connect()
                if "pieces" in what:
                    agent.link.send(b"x", fin=False)
                over = threading.Event()
                thread = threading.Thread(target=flood, args=(agent.link, frames(agent), over))
                thread.start()
                try:
                    for _ in range(20):
                        self.check_nothing_else_is_disturbed()
                finally:
                    over.set()
                    with contextlib.suppress(OSError):  # the server was first
                        agent.link.socket.shutdown(socket.SHUT_RDWR)
                    thread.join()

    def test_times_beyond_all_calendars(self):
        agent = self.new_agent("alpha")
        for extreme in (-2**63, 2**63 - 1, -1, 2**62):
            agent.connect(now_ms=extreme)
            for time_ms in (2**63 - 1, -2**63, 0, 2**63 - 1, -2**63):
                agent.beat(at_ms=time_ms, monotonic_ms=time_ms, values=[1, 2])
            agent.wait_acknowledged()
            host = self.api.get(f"/api/v1/hosts/{agent.host_id}")
            self.assertRegex(host["agent"]["started_at"], r"^\d{4}-\d\d-\d\dT")
            agent.close()
        self.check_nothing_else_is_disturbed()

    def test_handshakes_that_are_none(self):
        for what, protocol, headers in (("another subprotocol", "chat", ()), ("no subprotocol", None, ()),
                                        ("a browser", "fettle.agent.v1", ("Origin: https://elsewhere.example",))):
            with self.subTest(what), WebSocket(self.url, protocol=protocol, headers=headers) as link:
                self.assertIn(link.status, range(400, 500), link.head)
                self.assertIn("application/problem+json", link.head)
        self.check_nothing_else_is_disturbed()

    def enrol(self, token, **more):
        body = {"token": token, "public_key": base64.b64encode(ed25519.public_key(os.urandom(32))).decode(),
                "name": "beta"} | more
        return self.server_process.api().request("POST", "/api/v1/enroll", body)

    def test_enrolment_tokens(self):
        token = self.api.post("/api/v1/enrolment-tokens", {}, expect=201)["token"]
        for wrong in ("", "fte_", "fte_" + "A" * 43, token[:-1], token + "A", token.upper(), "ftk_" + token[4:]):
            answer = self.enrol(wrong)
            self.assertEqual((answer.status, answer.json()["code"]), (401, "enrolment_token_unknown"), wrong)
        for key in ("", "AAAA", base64.b64encode(bytes(33)).decode(), "no base64!"):
            self.assertEqual(self.enrol(token, public_key=key).status, 422, key)
        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(lambda _: self.enrol(token), range(100)))
        statuses = sorted(answer.status for answer in answers)
        self.assertEqual(statuses, [201] + [410] * 99, "one of 100 wins")
        self.assertEqual({answer.json()["code"] for answer in answers if answer.status == 410}, {"enrolment_token_used"})
        self.assertEqual(len(self.api.list("/api/v1/hosts")), 2)
        unused = self.api.post("/api/v1/enrolment-tokens", {}, expect=201)
        self.api.delete(f"/api/v1/enrolment-tokens/{unused['id']}")
        self.assertIn(self.enrol(unused["token"]).status, (401, 410), "a revoked token is worth nothing")
        self.check_nothing_else_is_disturbed()

    def test_a_token_of_another_server(self):
        other = self.server("other").start()
        token = other.set_up().post("/api/v1/enrolment-tokens", {}, expect=201)["token"]
        done = run_program("enroll", self.url, token, "--data", self.folder / "agent")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("enrolment_token_unknown", done.stderr)
        stranger = FakeAgent(other.url).enrol(other.log_in(), "stranger")
        stranger.url, stranger.server_id = self.url, self.honest.server_id
        self.addCleanup(stranger.close)
        stranger.open()
        stranger.link.send(stranger.hello())
        self.assertEqual(stranger.link.wait_closed(), REVOKED, "a host of another server is not known here")
        self.check_nothing_else_is_disturbed()


if __name__ == "__main__":
    unittest.main()
