#!/usr/bin/env python3
"""History beyond the hour: a long past is sealed into its tiers, wherever the server is killed on the way; every minute of it is
there once, and what is too old for a tier is not in it."""
import random
import re
import time
import unittest

from harness import EndToEndTest, Process, eventually, run_program

HOSTS, MINUTES = 2, 30 * 60
RAW_HOURS = 2
MINUTE_MS = 60_000


class History(EndToEndTest):
    def test_a_long_past_survives_kills_around_its_sealing(self):
        seed = random.randrange(1 << 30)
        print("seed", seed)
        luck = random.Random(seed)
        server = self.server(FETTLE_SERVER_HISTORY_RAW_HOURS=str(RAW_HOURS)).start()
        api = server.set_up()
        token = api.post("/api/v1/tokens", {"name": "history", "scopes": ["admin"]}, expect=201)["token"]
        began_ms = int(time.time() * 1000)
        fleet = self.agent("fleet")
        fleet.process = Process(self.folder / "fleet.log", "simulate", "--hosts", HOSTS, "--seconds", 600, "--history", MINUTES,
                                "--keep", "--url", server.url, FETTLE_TOKEN=token)
        expected = HOSTS * (MINUTES - 60 + 60 * 12)
        eventually("the past has come", lambda: self.figure(server, token, "fettle_heartbeats_total") >= expected, seconds=90)
        # A restart closes the segment, and what is closed is sealed within seconds: the kills fall before, into and behind it.
        for pause in (luck.uniform(4.9, 5.3), luck.uniform(0, 0.5), luck.uniform(5, 8)):
            time.sleep(pause)
            server.process.kill()
            server.start()
        eventually("all of it is sealed", lambda: self.file_count(server, "minute") >= 2 and self.has_sealed(server), seconds=90)
        api = server.log_in()
        for host in api.list("/api/v1/hosts"):
            self.check_minutes(api, host["id"], began_ms)
        self.assertLessEqual(self.file_count(server, "raw"), RAW_HOURS + 2)
        self.check_a_copy(server, began_ms)
        self.assertEqual(self.figure(server, token, "fettle_history_damaged_records_total"), 0)

    def check_a_copy(self, server, began_ms):
        """A copy of a server that goes on sealing has the same past, and goes on with it in another folder."""
        archive = self.folder / "copy.tar.zst"
        done = run_program("backup-self", archive, "--data", server.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        restored = self.server("restored", FETTLE_SERVER_HISTORY_RAW_HOURS=str(RAW_HOURS))
        done = run_program("restore-self", archive, "--data", restored.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        restored.start()
        api = restored.log_in()
        hosts = api.list("/api/v1/hosts")
        self.assertEqual(len(hosts), HOSTS)
        for host in hosts:
            self.check_minutes(api, host["id"], began_ms)
        self.assertGreaterEqual(self.file_count(restored, "minute"), 2)
        self.assertEqual(restored.process.stop(), 0)

    def check_minutes(self, api, host, began_ms):
        first = (began_ms - (MINUTES - 2) * MINUTE_MS) // MINUTE_MS * MINUTE_MS
        last = (began_ms - 3 * 60 * MINUTE_MS) // MINUTE_MS * MINUTE_MS  # before what the ring has
        answer = api.get(f"/api/v1/hosts/{host}/series?from={first}&to={last}&points=2000&keys=cpu.idle,uptime")
        self.assertEqual((answer["tier"], answer["step_ms"]), ("minute", MINUTE_MS))
        self.assertEqual(answer["times"], list(range(first, last, MINUTE_MS)), "every minute, each once, and no hole")
        # The past of a simulated machine that has been up for less than that has one restart in it: one increase is unknown.
        for series in answer["series"]:
            self.assertLessEqual(series["mean"].count(None), 1 if series["kind"] == "counter" else 0, series["key"])
        text = api.request("GET", f"/api/v1/hosts/{host}/series?from={first}&to={last}&points=100&keys=uptime",
                           headers={"Accept": "text/csv"}).body
        text = text if isinstance(text, str) else text.decode()
        self.assertEqual(text.splitlines()[0], 'time,"uptime mean","uptime min","uptime max"')
        self.assertGreater(len(text.splitlines()), 50)

    def has_sealed(self, server):
        """All that was replayed is in segments that are sealed: only the newest segment may be open."""
        sealed = [int(path.stem, 16) for path in (server.data / "history" / "carry").glob("*.carry")]
        segments = [int(path.stem, 16) for path in (server.data / "journal").glob("*.journal")]
        return sealed and segments and max(sealed) >= max(segments) - 1

    def file_count(self, server, tier):
        return len(list((server.data / "history" / tier).glob("*.pack")))

    def figure(self, server, token, name):
        api = server.api()
        answer = api.request("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
        text = answer.body if isinstance(answer.body, str) else answer.body.decode()
        found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else -1


if __name__ == "__main__":
    unittest.main()
