#!/usr/bin/env python3
"""SIGTERM under load: the server ends in time and cleanly, nothing acknowledged is lost, and agents come back after its
next start, not all at once."""
import datetime
import json
import re
import threading
import time
import unittest

from api import Api
from harness import EndToEndTest, Process, STOP_SECONDS, eventually
from journal import check_whole, read_journal

HOSTS, WRITERS, STREAMS = 100, 3, 5
BACK_SECONDS = 60
CONNECTED = re.compile(r"^(\S+) \S+ fleet agent connected host=(\S+)", re.MULTILINE)


class Stop(EndToEndTest):
    def test_sigterm_under_load(self):
        started = self.server(FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000").start()
        api = started.set_up()
        token = api.post("/api/v1/tokens", {"name": "load", "scopes": ["admin"]}, expect=201)["token"]
        report = self.folder / "report"
        fleet = self.agent("fleet")
        fleet.process = Process(self.folder / "fleet.log", "simulate", "--keep", "--hosts", HOSTS, "--seconds", 600, "--url",
                                started.url, "--report", report, FETTLE_TOKEN=token)
        eventually("all are online",
                   lambda: [host["state"] for host in api.list("/api/v1/hosts")] == ["online"] * HOSTS, seconds=60)
        hosts = [host["id"] for host in api.list("/api/v1/hosts")]
        streams = [api.stream(["fleet", "events", *(f"host:{host}" for host in hosts[:20])]) for _ in range(STREAMS)]
        acknowledged, threads = [], []
        for _ in range(WRITERS):
            threads.append(threading.Thread(target=self.write, args=[started.url, token, acknowledged]))
        for stream in streams:
            threads.append(threading.Thread(target=self.read, args=[stream]))
        for thread in threads:
            thread.start()
        eventually("the load is there", lambda: len(acknowledged) > 20)

        began = time.monotonic()
        self.assertEqual(started.process.stop(), 0, started.process.output()[-3000:])
        self.assertLess(time.monotonic() - began, STOP_SECONDS)
        for thread in threads:
            thread.join(20)
            self.assertFalse(thread.is_alive(), "streams and requests end with the server")
        log_before = len(started.process.output())
        self.assertEqual([path for path in started.data.glob("*-wal") if path.stat().st_size], [], "the log is empty")

        started.start()
        api = started.log_in()
        for made in acknowledged:
            api.get(f"/api/v1/enrolment-tokens/{made}")
        moments = eventually("all agents are back", lambda: self.back(started, log_before), seconds=BACK_SECONDS)
        spread = max(moments) - min(moments)
        self.assertGreater(spread, 0.5, "they come back with jitter")
        in_best_tenth = max(sum(at <= other < at + spread / 10 for other in moments) for at in moments)
        self.assertLess(in_best_tenth, HOSTS * 0.8, "not all at once")
        self.assertEqual(api.list("/api/v1/events?type=host.offline"), [], "a restart declares nobody offline")
        self.assertEqual(fleet.process.stop(), 0, fleet.process.output()[-3000:])
        self.assertEqual(started.process.stop(), 0, started.process.output()[-3000:])
        samples, _ = read_journal(started.data)
        started.start()
        numbers = {host["id"]: host["number"] for host in started.log_in().list("/api/v1/hosts")}
        lines = [json.loads(line) for line in report.read_text().splitlines()]
        self.assertEqual(len(lines), HOSTS)
        check_whole(self, samples, {numbers[line["host_id"]]: (line["boot"], line["acknowledged"]) for line in lines})

    def write(self, url, token, acknowledged):
        api = Api(url, bearer=token)
        try:
            while True:
                answer = api.request("POST", "/api/v1/enrolment-tokens", {})
                if answer.status == 201:
                    acknowledged.append(answer.json()["id"])
                elif answer.status != 503:
                    raise AssertionError(str(answer))
        except OSError:
            pass

    def read(self, stream):
        try:
            for _ in stream.messages():
                pass
        except (OSError, ValueError):
            pass
        stream.close()

    def back(self, started, log_before):
        """When each agent came back first, or None as long as one is missing."""
        first = {}
        for at, host in CONNECTED.findall(started.process.output()[log_before:]):
            first.setdefault(host, datetime.datetime.fromisoformat(at).timestamp())
        return list(first.values()) if len(first) == HOSTS else None


if __name__ == "__main__":
    unittest.main()
