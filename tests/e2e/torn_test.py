#!/usr/bin/env python3
"""A journal whose end is torn or flipped: the server starts and serves, keeps what stands before the damage, says how much
it cut, and agents go on."""
import os
import random
import re
import time
import unittest

from api import Api
from fake_agent import FakeAgent
from harness import EndToEndTest, eventually
from journal import read_journal, segment_path

SEED = int(os.environ.get("FETTLE_TORN_SEED", str(int(time.time()))))
ROUNDS = int(os.environ.get("FETTLE_TORN_ROUNDS", "8"))
AGENTS, BEATS = 5, 30


class Torn(EndToEndTest):
    def setUp(self):
        super().setUp()
        print(f"FETTLE_TORN_SEED={SEED} FETTLE_TORN_ROUNDS={ROUNDS}")
        self.random = random.Random(SEED)
        self.started = self.server().start()
        self.api = self.started.set_up()
        made = self.api.post("/api/v1/tokens", {"name": "reader", "scopes": ["metrics", "read"]}, expect=201)
        self.bearer = made["token"]
        self.agents = [FakeAgent(self.started.url).enrol(self.api, f"agent-{i}") for i in range(AGENTS)]
        self.addCleanup(lambda: [agent.close() for agent in self.agents])

    def beat_all(self):
        for agent in self.agents:
            agent.connect()
        for _ in range(BEATS):
            for agent in self.agents:
                agent.beat()
            for agent in self.agents:
                agent.wait_acknowledged()

    def damage(self, path, size):
        """Changes the end of the file; the kind, and the byte from which on nothing is as it was."""
        kind = self.random.choice(("cut", "flip", "zeros", "noise", "appended"))
        at = self.random.randrange(size // 2, size)
        with open(path, "r+b") as file:
            if kind == "cut":
                file.truncate(at)
            elif kind == "appended":  # the first bytes of a record that was never finished
                at = size
                file.seek(size)
                file.write(self.random.randbytes(self.random.randrange(1, 40)))
            else:
                file.seek(at)
                old = file.read(1)
                file.seek(at)
                file.write({"flip": bytes([old[0] ^ 1 << self.random.randrange(8)]), "zeros": bytes(size - at),
                            "noise": self.random.randbytes(size - at)}[kind])
        return kind, at

    def figure(self, name):
        text = Api(self.started.url, bearer=self.bearer).request("GET", "/metrics").body.decode()
        return float(re.search(rf"^{name}(?:_total)? (\S+)$", text, re.MULTILINE)[1])

    def test_what_stands_before_the_damage_is_kept(self):
        for number in range(ROUNDS):
            self.beat_all()
            self.started.process.kill()
            before, segments = read_journal(self.started.data)
            newest = segments[-1]
            self.assertEqual(newest.file_bytes, newest.good_bytes, "SIGKILL alone tears nothing that was acknowledged")
            kind, at = self.damage(segment_path(self.started.data, newest.number), newest.file_bytes)
            with self.subTest(round=number, damage=kind, at=at):
                self.check_after(before, newest.number, at, kind)

    def check_after(self, before, damaged, at, kind):
        kept = [sample for sample in before if sample.segment < damaged or sample.end <= at]
        log_before = len(self.started.process.output())
        self.started.start()
        found, segments = read_journal(self.started.data)
        identities = [sample[2:5] for sample in found]
        self.assertEqual(identities[:len(kept)], [sample[2:5] for sample in kept])
        self.assertEqual(identities, [sample[2:5] for sample in before][:len(identities)], "nothing is made up")
        self.assertTrue(all(segment.file_bytes == segment.good_bytes for segment in segments), segments)
        log = self.started.process.output()[log_before:]
        # A cut between two records is an end like any other, and zeros may have been zeros before.
        if kind in ("flip", "noise", "appended"):
            self.assertIn("journal segment is damaged", log)
            self.assertGreater(self.figure("fettle_journal_cut_bytes"), 0)
        # Agents have been told that all of it is safe, and still go on behind what is left.
        newest = {}
        for sample in found:
            newest[sample.host] = max(newest.get(sample.host, (0, 0)), (sample.boot, sample.sequence))
        numbers = {host["id"]: host["number"] for host in self.started.log_in().list("/api/v1/hosts")}
        for agent in self.agents:
            agent.close()
            agent.connect()
            self.assertEqual(agent.acknowledged, newest.get(numbers[agent.host_id], (0, 0)))
            agent.beat()
            self.assertEqual(agent.wait_acknowledged(), agent.sent)
        api = self.started.log_in()
        eventually("all are online", lambda: all(host["state"] == "online" for host in api.list("/api/v1/hosts")))

    def test_figures_tell_what_is_on_disk_from_what_was_written(self):
        self.beat_all()
        self.started.process.kill()
        self.started.start()
        _, segments = read_journal(self.started.data)
        on_disk = sum(segment.file_bytes for segment in segments)
        self.assertEqual(self.figure("fettle_journal_bytes"), on_disk)
        self.assertEqual(self.figure("fettle_journal_written_bytes"), 0, "a counter begins with the process")

    def test_a_damaged_header_takes_no_record_with_it(self):
        self.beat_all()
        self.started.process.kill()
        before, segments = read_journal(self.started.data)
        self.assertTrue(before)
        for segment in segments:
            with open(segment_path(self.started.data, segment.number), "r+b") as file:
                file.seek(20)
                old = file.read(1)
                file.seek(20)
                file.write(bytes([old[0] ^ 4]))
        for _ in range(2):
            self.started.start()
            for agent in self.agents:
                agent.close()
                agent.connect()
                self.assertEqual(agent.acknowledged, agent.sent)
            self.beat_all()
            self.started.process.kill()
        found, _ = read_journal(self.started.data)
        self.assertEqual(found[:len(before)], before, "it is there still, though newer ones were begun")

    def test_a_segment_without_a_header_does_not_stop_the_start(self):
        self.beat_all()
        self.started.process.kill()
        before, segments = read_journal(self.started.data)
        folder = self.started.data / "journal"
        for number, content in enumerate((b"", b"FETTLEJ1", self.random.randbytes(20), self.random.randbytes(500)), 1):
            segment_path(self.started.data, segments[-1].number + number).write_bytes(content)
        (folder / "notes.txt").write_text("not a segment")
        self.started.start()
        found, _ = read_journal(self.started.data)
        self.assertEqual(found[:len(before)], before)
        self.beat_all()


if __name__ == "__main__":
    unittest.main()
