#!/usr/bin/env python3
"""A simulated fleet with a past: what its hosts measured before they came is shown at its own time, and they go on live."""
import datetime
import time
import unittest

from harness import EndToEndTest, Process, eventually

HOSTS, MINUTES = 5, 20
BEAT_MS = 5000


class Simulate(EndToEndTest):
    def test_a_past_arrives_with_its_original_times(self):
        server = self.server().start()
        api = server.set_up()
        token = api.post("/api/v1/tokens", {"name": "simulate", "scopes": ["admin"]}, expect=201)["token"]
        began_ms = time.time() * 1000
        fleet = self.agent("fleet")
        fleet.process = Process(self.folder / "fleet.log", "simulate", "--hosts", HOSTS, "--seconds", 600, "--history",
                                MINUTES, "--url", server.url, FETTLE_TOKEN=token)
        eventually("the fleet is there",
                   lambda: [host["state"] for host in api.list("/api/v1/hosts")] == ["online"] * HOSTS, seconds=60)
        for host in api.list("/api/v1/hosts"):
            times = eventually("all of its past has arrived, and a live sample",
                               lambda: self.times_with_rates(api, host, began_ms), seconds=60)
            self.assertEqual(len(times), len(set(times)))
            past = [at for at in times if at < began_ms - BEAT_MS]
            self.assertAlmostEqual(past[0], began_ms - MINUTES * 60_000, delta=3 * BEAT_MS)
            # The first has no rate: nothing came before it.
            self.assertAlmostEqual(len(past), MINUTES * 60_000 / BEAT_MS - 1, delta=2)
            booted = datetime.datetime.fromisoformat(host["machine"]["booted_at"].replace("Z", "+00:00"))
            self.assertLess(booted.timestamp() * 1000, past[0], "it was running then")
        self.assertEqual(api.list("/api/v1/events?type=host.offline"), [])
        self.assertEqual(api.list("/api/v1/events?type=host.clock_skewed"), [])

    def times_with_rates(self, api, host, began_ms):
        """When the host was busy to a known degree, once live samples have come; a bucket is half a heartbeat."""
        now_ms = int(time.time() * 1000) + 1000
        from_ms = int(began_ms) - MINUTES * 60_000 - 60_000
        points = min(2000, (now_ms - from_ms) * 2 // BEAT_MS)
        answer = api.get(f"/api/v1/hosts/{host['id']}/series?from={from_ms}&to={now_ms}&points={points}&keys=cpu.user")
        known = [at for at, value in zip(answer["times"], answer["series"][0]["mean"]) if value is not None]
        return known if known and known[-1] > began_ms else None


if __name__ == "__main__":
    unittest.main()
