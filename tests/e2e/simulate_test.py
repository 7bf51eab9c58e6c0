#!/usr/bin/env python3
"""A simulated fleet with a past: what its hosts measured before they came is shown at its own time, and they go on live."""
import datetime
import time
import unittest

from harness import EndToEndTest, Process, eventually, run_program

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

    def test_what_a_killed_play_left_is_cleaned_away_and_nothing_else(self):
        server = self.server().start()
        api = server.set_up()
        admin = api.post("/api/v1/tokens", {"name": "simulate", "scopes": ["admin"]}, expect=201)["token"]
        self.agent("real").enrol(server, api, "sim-real")  # a name says nothing
        fleet = self.agent("fleet")
        fleet.process = Process(self.folder / "fleet.log", "simulate", "--hosts", HOSTS, "--seconds", 600, "--url", server.url,
                                FETTLE_TOKEN=admin)

        def labelled():
            return [host for host in api.list("/api/v1/hosts") if "simulated" in host["labels_by_agent"]]

        hosts = eventually("the fleet is there", lambda: len(labelled()) == HOSTS and labelled(), seconds=60)
        self.assertGreater(len({host["labels"]["role"] for host in hosts}), 1, "they differ, as those of a fleet do")
        fleet.process.kill()
        done = run_program("simulate", "--clean", "--url", server.url, FETTLE_TOKEN=admin)
        self.assertEqual((done.returncode, done.stdout), (0, f"{HOSTS} simulated hosts were removed from the fleet\n"), done.stderr)
        self.assertEqual([host["name"] for host in api.list("/api/v1/hosts")], ["sim-real"])
        removals = api.list("/api/v1/audit?action=host.remove")
        self.assertEqual({(entry["actor"]["name"], entry["detail"]) for entry in removals},
                         {("ada (token simulate)", f"sim-{number + 1}") for number in range(HOSTS)},
                         "a person stands behind the token, and the name behind the id")
        done = run_program("simulate", "--clean", "--url", server.url, FETTLE_TOKEN=admin)
        self.assertEqual((done.returncode, done.stdout), (0, "0 simulated hosts were removed from the fleet\n"), done.stderr)

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
