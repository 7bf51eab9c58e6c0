#!/usr/bin/env python3
"""Clocks that step, machines that reboot, counters that wrap: no spike, no negative rate, nobody declared offline. Wall
clocks of hosts are played by agents made here, boot clocks of server and agent by time namespaces (unshare --time). Steps
of the server's own wall clock are played by tests/sim: a namespace has no wall clock of its own."""
import os
import pathlib
import signal
import subprocess
import time
import unittest

from fake_agent import FakeAgent
from harness import PROGRAM, EndToEndTest, Process, clean_environment, eventually

HOUR_MS = 3_600_000
RATE = 1000  # bytes a second, what the played counter really does


class ProcessInOtherTime(Process):
    """The machine seems to have been up for so much longer."""

    def __init__(self, log_path, boot_seconds, *arguments, **environment):
        self.log_path = log_path
        command = ["unshare", "--time", f"--boottime={boot_seconds}", f"--monotonic={boot_seconds}", "--fork",
                   "--kill-child"]
        with open(log_path, "ab") as log:
            self.child = subprocess.Popen([*command, PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=log, env=clean_environment(**environment))

    def stop(self):
        children = pathlib.Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children")
        os.kill(int(children.read_text().split()[0]), signal.SIGTERM)
        return self.child.wait(20)


class Clock(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.started = self.server(FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000").start()
        self.api = self.started.set_up()
        self.began_ms = int(time.time() * 1000)

    def play(self, agent, steps, counter, wall_ms=0, monotonic_ms=0, rate=RATE):
        """A heartbeat for each second of `steps`, until all are acknowledged; the counter's end."""
        for _ in range(steps):
            self.seconds += 1
            counter += rate
            agent.beat(values=[1 << 30, counter], at_ms=self.began_ms - 120_000 + self.seconds * 1000 + wall_ms,
                       monotonic_ms=5_000_000 + self.seconds * 1000 + monotonic_ms)
        agent.wait_acknowledged()
        return counter

    def play_live_until(self, agent, counter, wall_ms, what, condition):
        """Heartbeats that come as they are taken, until the condition holds: only they tell the host's clock."""
        began, first = time.monotonic(), self.seconds

        def beat_and_look():
            elapsed_ms = int((time.monotonic() - began) * 1000) + 1000
            agent.beat(values=[1 << 30, counter + elapsed_ms * RATE // 1000], monotonic_ms=5_000_000 + first * 1000 + elapsed_ms,
                       at_ms=self.began_ms - 120_000 + first * 1000 + elapsed_ms + wall_ms)
            agent.wait_acknowledged()
            self.seconds = first + elapsed_ms // 1000 + 1
            return condition()

        eventually(what, beat_and_look)
        return counter + (self.seconds - first) * RATE

    def test_a_replay_says_nothing_of_the_clock(self):
        agent = self.new_agent()
        self.play(agent, 60, 0)
        self.assertLess(abs(self.api.get(f"/api/v1/hosts/{agent.host_id}")["clock_skew_ms"]), 30_000)

    def rates(self, host_id, key="net.rx_bytes{eth0}"):
        now = int(time.time() * 1000)
        answer = self.api.get(f"/api/v1/hosts/{host_id}/series?keys={key}&points=2000&from={now - HOUR_MS + 1000}"
                              f"&to={now + HOUR_MS // 10}")
        return [value for series in answer["series"] for part in ("mean", "min", "max") for value in series[part]
                if value is not None]

    def check_rates(self, agent, least):
        rates = self.rates(agent.host_id)
        self.assertGreaterEqual(len(rates), least)
        self.assertLessEqual(max(rates), RATE * 1.01, "no spike")
        self.assertGreaterEqual(min(rates), 0, "no negative rate")

    def event_types(self):
        return [event["type"] for event in self.api.list("/api/v1/events")]

    def new_agent(self):
        self.seconds = 0
        agent = FakeAgent(self.started.url).enrol(self.api, "alpha").connect()
        self.addCleanup(agent.close)
        return agent

    def test_the_wall_clock_of_a_host_steps(self):
        agent = self.new_agent()
        counter = self.play(agent, 30, 10_000)
        eventually("online", lambda: self.api.get(f"/api/v1/hosts/{agent.host_id}")["state"] == "online")
        for step_ms in (3 * HOUR_MS, -3 * HOUR_MS, 10 * 365 * 24 * HOUR_MS, -50 * 365 * 24 * HOUR_MS, 10_000, -10_000, 0):
            counter = self.play(agent, 5, counter, wall_ms=step_ms)
            self.assertEqual(self.api.get(f"/api/v1/hosts/{agent.host_id}")["state"], "online", step_ms)
        counter = self.play_live_until(agent, counter, 3 * HOUR_MS, "the skew is an event",
                                       lambda: "host.clock_skewed" in self.event_types())
        self.play(agent, 30, counter)
        self.check_rates(agent, 50)
        self.assertNotIn("host.offline", self.event_types())
        self.assertNotIn("host.rebooted", self.event_types())
        self.started.process.kill()
        agent.close()
        self.started.start()
        self.api = self.started.log_in()
        self.check_rates(agent, 50)
        agent.connect()
        self.assertEqual(agent.acknowledged, agent.sent)

    def test_a_host_reboots_and_counters_wrap(self):
        agent = self.new_agent()
        near_the_end = 2**32 - 5 * RATE
        counter = self.play(agent, 20, near_the_end - 20 * RATE)
        for _ in range(10):  # past 2^32 and on from zero, as a counter of 32 bits does
            counter = self.play(agent, 1, counter) % 2**32
        self.assertLess(counter, RATE * 10)
        self.play(agent, 10, counter)
        self.check_rates(agent, 50)

        agent.close()
        agent.boot, agent.sequence = 2, 0
        agent.boot_id = "00000000-0000-4000-8000-000000000002"
        agent.connect()
        self.play(agent, 20, 0, monotonic_ms=-5_000_000)
        self.check_rates(agent, 60)
        eventually("the reboot is an event", lambda: self.event_types().count("host.rebooted") == 1)
        agent.close()
        agent.boot, agent.sequence = 3, 0
        agent.connect()  # only the agent has started again
        self.play(agent, 5, 20 * RATE, monotonic_ms=-5_000_000)
        self.check_rates(agent, 60)
        self.assertEqual(self.event_types().count("host.rebooted"), 1)
        self.assertNotIn("host.offline", self.event_types())

    def test_boot_clocks_that_start_anew(self):
        agent = self.agent()
        host_id = agent.enrol(self.started, self.api, "alpha")
        self.started.process.kill()
        for number, (server_up, agent_up) in enumerate(((1_000_000, 2_000_000), (0, 2_000_000), (500_000, 0))):
            ready = self.folder / f"ready-{number}"
            self.started.process = ProcessInOtherTime(
                self.started.process.log_path, server_up, "server", "--data", self.started.data, "--listen",
                self.started.listen, "--ready-file", ready, **self.started.environment)
            eventually("it serves", ready.exists)
            agent.process = ProcessInOtherTime(self.folder / "agent.log", agent_up, "agent", "--data", agent.data)
            self.api = self.started.log_in()
            began = int(time.time() * 1000)
            eventually("new samples", lambda: self.newest(host_id) > began + 2000)
            eventually("online", lambda: self.api.get(f"/api/v1/hosts/{host_id}")["state"] == "online")
            for key in self.keys(host_id):
                values = self.rates(host_id, key)
                self.assertGreaterEqual(min(values, default=0), 0, key)
                if key.startswith("cpu."):
                    self.assertTrue(values, key)
                    self.assertLessEqual(max(values), 100.5, key)
            self.assertEqual(agent.process.stop(), 0, agent.process.output()[-2000:])
            self.assertEqual(self.started.process.stop(), 0, self.started.process.output()[-2000:])
        self.started.start()
        self.api = self.started.log_in()
        offline = self.api.list("/api/v1/events?type=host.offline")
        self.assertEqual([event for event in offline if event["fields"]["reason"] != "stopped"], [])

    def keys(self, host_id):
        layout = [series["key"] for series in self.api.get(f"/api/v1/hosts/{host_id}/layout")["series"]]
        return [key for key in layout if key.startswith(("cpu.", "disk.", "net."))]

    def newest(self, host_id):
        now = int(time.time() * 1000)
        answer = self.api.get(f"/api/v1/hosts/{host_id}/series?keys=memory.used&points=2000&from={now - 60_000}"
                              f"&to={now + 5000}")
        return max((at for series in answer["series"] for at, value in zip(answer["times"], series["mean"])
                    if value is not None), default=0)


if __name__ == "__main__":
    unittest.main()
