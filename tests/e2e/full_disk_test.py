#!/usr/bin/env python3
"""The disk of the server fills up: reads go on, writes are refused, agents keep their samples, and all goes on by itself
when there is space again. The data folder is a tmpfs in a mount namespace of its own."""
import json
import os
import subprocess
import sys
import unittest

from harness import EndToEndTest, Process, eventually
from journal import check_whole, positions, read_journal

IN_NAMESPACE = "FETTLE_E2E_IN_NAMESPACE"
DISK_MIB = 32
HOSTS = 20
RECOVERY_SECONDS = 30  # the store looks once a second, agents come back within half a minute


class FullDisk(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(self.disk)], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(self.disk)], check=True)
        self.started = self.server(FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000")
        self.started.data = self.disk / "data"
        self.started.start()
        self.api = self.started.set_up()

    def fill(self):
        """Every byte that is left."""
        with open(self.disk / "filler", "ab", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue

    def empty(self):
        (self.disk / "filler").unlink(missing_ok=True)

    def try_to_write(self):
        return self.api.request("POST", "/api/v1/enrolment-tokens", {"name": "x"})

    def wait_until_refused(self):
        """A full disk is noticed with the first write that does not fit; then the reserve is there for what must be."""
        spare = self.api.post("/api/v1/tokens", {"name": "spare", "scopes": ["read"]}, expect=201)["id"]

        def refused():
            self.fill()
            answer = self.try_to_write()
            return answer if answer.status != 201 else None

        answer = eventually("writes are refused", refused)
        self.assertEqual((answer.status, answer.json()["code"]), (503, "disk_full"), answer)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.api.delete(f"/api/v1/tokens/{spare}")  # access can be taken away at any time

    def test_a_full_disk_is_survived(self):
        token = self.api.post("/api/v1/tokens", {"name": "simulate", "scopes": ["admin"]}, expect=201)["token"]
        report = self.folder / "report"
        fleet = self.agent("fleet")
        fleet.process = Process(self.folder / "fleet.log", "simulate", "--keep", "--hosts", HOSTS, "--seconds", 600, "--url",
                                self.started.url, "--report", report, FETTLE_TOKEN=token)
        agent = self.agent()
        host_id = agent.enrol(self.started, self.api, "alpha")
        agent.start()
        eventually("all are online", lambda: [host["state"] for host in self.api.list("/api/v1/hosts")] ==
                   ["online"] * (HOSTS + 1), seconds=40)

        for _ in range(2):
            self.wait_until_refused()
            self.check_while_full(host_id)
            self.empty()
            eventually("writes go on", lambda: self.try_to_write().status == 201, RECOVERY_SECONDS)
            eventually("it is ready", lambda: self.api.request("GET", "/readyz").status == 200, RECOVERY_SECONDS)
            newest = self.newest_sample(host_id)
            eventually("samples arrive again", lambda: self.newest_sample(host_id) > newest, RECOVERY_SECONDS * 2)

        self.assertEqual(agent.process.stop(), 0)
        self.assertEqual(fleet.process.stop(), 0, fleet.process.output()[-3000:])
        self.assertEqual(self.started.process.stop(), 0, self.started.process.output()[-3000:])
        self.check_nothing_is_lost(report, agent)

    def test_a_start_on_a_full_disk_serves_what_is_there(self):
        self.wait_until_refused()
        self.fill()
        self.started.process.kill()
        self.fill()
        self.started.start()
        # The session of before still counts.
        self.assertEqual(self.api.get("/api/v1/session")["principal"]["kind"], "person")
        self.assertEqual(self.api.list("/api/v1/hosts"), [])
        self.assertIn("the start is recorded when there is space", self.started.process.output())
        self.empty()
        eventually("the start is an event, as the one before", lambda: len(
            self.api.list("/api/v1/events?type=server.started")) == 2, RECOVERY_SECONDS)
        self.assertEqual(self.started.process.stop(), 0, self.started.process.output()[-3000:])

    def check_while_full(self, host_id):
        self.assertEqual(self.api.get(f"/api/v1/hosts/{host_id}")["name"], "alpha")
        self.assertEqual(len(self.api.list("/api/v1/hosts")), HOSTS + 1)
        self.api.get(f"/api/v1/hosts/{host_id}/series?keys=memory.used")
        self.api.get("/api/v1/events")
        eventually("it is not ready", lambda: self.api.request("GET", "/readyz").status == 503)

        # The reserve, which the store has given back, is not for samples: they wait on their hosts.
        refused = self.heartbeats_refused()

        def are_refused():
            self.fill()  # the reserve too, or the store finds space again
            return self.heartbeats_refused() > refused

        eventually("heartbeats are refused", are_refused, RECOVERY_SECONDS)
        newest = self.newest_sample(host_id)
        for _ in range(20):
            self.fill()
            self.assertEqual(self.try_to_write().status, 503)
        self.assertEqual(self.newest_sample(host_id), newest, "nothing is shown that is not on the disk")

    def heartbeats_refused(self):
        text = self.api.request("GET", "/metrics").body.decode()
        return next(int(float(line.split()[1])) for line in text.splitlines()
                    if line.startswith("fettle_heartbeats_refused_total "))

    def newest_sample(self, host_id):
        answer = self.api.get(f"/api/v1/hosts/{host_id}/series?keys=memory.used&points=2000")
        return max((time for time, value in zip(answer["times"], answer["series"][0]["mean"]) if value is not None),
                   default=0)

    def check_nothing_is_lost(self, report, agent):
        samples, segments = read_journal(self.started.data)
        self.assertTrue(all(segment.file_bytes == segment.good_bytes for segment in segments), segments)
        self.started.start()
        numbers = {host["id"]: host["number"] for host in self.started.log_in().list("/api/v1/hosts")}
        lines = [json.loads(line) for line in report.read_text().splitlines()]
        self.assertEqual(len(lines), HOSTS)
        check_whole(self, samples, {numbers[line["host_id"]]: (line["boot"], line["acknowledged"]) for line in lines})
        own = positions(samples)[next(number for host_id, number in numbers.items()
                                      if host_id not in {line["host_id"] for line in lines})]
        for boot, sequences in own.items():
            self.assertEqual(sequences, list(range(1, len(sequences) + 1)), f"boot {boot} of the real agent")
        self.assertNotIn("dropped", agent.process.output())


if __name__ == "__main__":
    if IN_NAMESPACE not in os.environ:
        flags = "-m" if os.geteuid() == 0 else "-rm"
        os.environ[IN_NAMESPACE] = "1"
        os.execvp("unshare", ["unshare", flags, "--propagation", "private", sys.executable, *sys.argv])
    unittest.main()
