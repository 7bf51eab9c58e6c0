#!/usr/bin/env python3
"""SIGKILL at random moments: what was acknowledged is there afterwards, once. FETTLE_KILLS and FETTLE_KILL_HOSTS set the
size; FETTLE_KILL_SEED the moments."""
import json
import os
import random
import re
import time
import unittest

from harness import EndToEndTest, Process, eventually
from journal import check_whole, positions, read_journal

KILLS = int(os.environ.get("FETTLE_KILLS", "10"))
HOSTS = int(os.environ.get("FETTLE_KILL_HOSTS", "200"))
SEED = int(os.environ.get("FETTLE_KILL_SEED", str(int(time.time()))))
# A life of the server between two kills, from its first answer on; long enough for agents to come back, often not all.
SHORTEST_LIFE, LONGEST_LIFE = 0.05, 3.0


class Kill(EndToEndTest):
    def setUp(self):
        super().setUp()
        print(f"FETTLE_KILL_SEED={SEED} FETTLE_KILLS={KILLS} FETTLE_KILL_HOSTS={HOSTS}")
        self.random = random.Random(SEED)
        self.began_ms = time.time() * 1000

    def let_live(self, process):
        """Until a random moment; the process must not end by itself before."""
        moment = time.monotonic() + self.random.uniform(SHORTEST_LIFE, LONGEST_LIFE)
        eventually("the moment of the kill", lambda: not process.is_running() or time.monotonic() >= moment)
        self.assertTrue(process.is_running(), process.output()[-3000:])

    def admin_token(self, server):
        return server.set_up().post("/api/v1/tokens", {"name": "simulate", "scopes": ["admin"]}, expect=201)["token"]

    def samples_in_journal(self, server):
        """As the last start of the server counted them."""
        return int(re.findall(r"journal read samples=(\d+)", server.process.output())[-1])

    def test_killed_servers_lose_and_repeat_nothing(self):
        server = self.server(FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000").start()
        token = self.admin_token(server)
        report = self.folder / "report"
        fleet = self.agent("fleet")
        fleet.process = Process(self.folder / "fleet.log", "simulate", "--keep", "--hosts", HOSTS, "--seconds", 24 * 3600,
                                "--url", server.url, "--report", report, FETTLE_TOKEN=token)
        api = server.log_in()
        eventually("the fleet is enrolled", lambda: len(api.list("/api/v1/hosts")) == HOSTS, seconds=120)
        for _ in range(KILLS):
            self.let_live(server.process)
            server.process.kill()
            server.start()
        api = server.log_in()
        eventually("all have come back",
                   lambda: all(host["state"] == "online" for host in api.list("/api/v1/hosts")), seconds=120)
        self.assertEqual(fleet.process.stop(), 0, fleet.process.output()[-3000:])

        # One more kill, so that only the disk speaks.
        server.process.kill()
        server.start()
        lines = [json.loads(line) for line in report.read_text().splitlines()]
        self.assertEqual(len(lines), HOSTS)
        self.assertTrue(all(line["acknowledged"] > 0 for line in lines))
        samples, _ = read_journal(server.data)
        self.assertEqual(self.samples_in_journal(server), len(samples))
        api = server.log_in()
        numbers = {host["id"]: host["number"] for host in api.list("/api/v1/hosts")}
        check_whole(self, samples, {numbers[line["host_id"]]: (line["boot"], line["acknowledged"]) for line in lines})
        for line in self.random.sample(lines, min(5, len(lines))):
            kept = sum(sample.host == numbers[line["host_id"]] for sample in samples)
            self.assertEqual(self.count_samples(api, line["host_id"]), kept, line)
        self.assertEqual([event for event in api.list("/api/v1/events?type=host.offline")
                          if event["fields"]["reason"] != "stopped"], [], "a restart declares nobody offline")

    def test_a_killed_agent_goes_on_where_it_was(self):
        server = self.server(FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000").start()
        api = server.set_up()
        agent = self.agent()
        host_id = agent.enrol(server, api, "alpha")
        agent.start()
        eventually("samples", lambda: self.count_samples(api, host_id) >= 2)
        for _ in range(KILLS):
            before = self.count_samples(api, host_id)
            self.let_live(agent.process)
            agent.process.kill()
            agent.start()
            eventually("newer samples", lambda: self.count_samples(api, host_id) > before)

        # Without a server the samples wait on the disk, through a kill, and arrive afterwards.
        before = self.count_samples(api, host_id)
        server.process.kill()
        waiting = self.outbox_bytes(agent)
        eventually("the outbox grows", lambda: self.outbox_bytes(agent) > waiting + 500)
        agent.process.kill()
        gone = time.time() * 1000
        server.start()
        agent.start()
        api = server.log_in()
        eventually("what was sampled without a server arrives",
                   lambda: self.count_samples(api, host_id, to=gone) > before)
        self.assertEqual(agent.process.stop(), 0, agent.process.output()[-3000:])
        acknowledged = self.count_samples(api, host_id)
        server.process.kill()
        server.start()
        self.assertEqual(self.samples_in_journal(server), acknowledged, "each is in the journal once")
        samples, _ = read_journal(server.data)
        for boot, sequences in positions(samples)[samples[0].host].items():
            self.assertEqual(sequences, list(range(1, len(sequences) + 1)), f"start {boot} of the agent has no gap")

    def outbox_bytes(self, agent):
        return sum(file.stat().st_size for file in agent.data.rglob("*") if file.is_file() and "outbox" in str(file))

    def count_samples(self, api, host_id, to=None):
        """How many samples of a host are there since the test began, up to a time in milliseconds."""
        window_ms = 60_000  # at 2,000 points 30 ms each: no two samples share one
        to = int(to or time.time() * 1000 + 5_000)
        count = 0
        for begin in range(int(self.began_ms), to, window_ms):
            answer = api.get(f"/api/v1/hosts/{host_id}/series?keys=uptime&points=2000&from={begin}"
                             f"&to={min(begin + window_ms, to)}")
            count += sum(value is not None for series in answer["series"] for value in series["mean"])
        return count


if __name__ == "__main__":
    unittest.main()
