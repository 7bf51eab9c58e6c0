#!/usr/bin/env python3
"""A disk that fails: with the first error of a sync or a write the server acknowledges nothing more and ends, and starts
cleanly afterwards with all that it had acknowledged, even when the power goes with it. Needs strace."""
import http.client
import json
import os
import random
import threading
import time
import unittest

from fake_agent import FakeAgent
from faulty_disk import Trace, TracedProcess
from harness import EndToEndTest, eventually
from journal import check_whole, read_journal
from websocket import Closed

SEED = int(os.environ.get("FETTLE_FSYNC_SEED", str(int(time.time()))))
ROUNDS = int(os.environ.get("FETTLE_FSYNC_ROUNDS", "1"))
END_SECONDS = 5  # one is promised
AGENTS = 4


class Fsync(EndToEndTest):
    def setUp(self):
        super().setUp()
        print(f"FETTLE_FSYNC_SEED={SEED} FETTLE_FSYNC_ROUNDS={ROUNDS}")
        self.random = random.Random(SEED)
        self.started = self.server(FETTLE_SERVER_LOG_LEVEL="warn").start()
        self.api = self.started.set_up()
        self.agents = [FakeAgent(self.started.url).enrol(self.api, f"agent-{i}") for i in range(AGENTS)]
        self.tokens = []  # ids of what was answered with 201
        self.assertEqual(self.started.process.stop(), 0)

    # ---- load, until the server is gone

    def beat(self, agent):
        try:
            agent.connect()
            while True:
                agent.beat()
                agent.wait_acknowledged()
        except (Closed, OSError):
            agent.close()

    def write(self):
        api = self.started.api()
        api.cookie = self.api.cookie
        try:
            while True:
                answer = api.request("POST", "/api/v1/enrolment-tokens", {})
                if answer.status != 201:
                    return
                self.tokens.append(answer.json()["id"])
        except (OSError, json.JSONDecodeError, http.client.HTTPException):
            pass

    def run_until_it_ends(self, fault, path=None, seconds=None):
        """One life under load. Kills it after `seconds` where there are any."""
        print(f"  {fault or f'SIGKILL after {seconds:.2f} s'}")
        trace_path, ready = self.folder / "trace", self.folder / "traced-ready"
        trace_path.unlink(missing_ok=True)
        ready.unlink(missing_ok=True)
        self.log_before = len(self.started.process.output())
        process = TracedProcess(self.started.process.log_path, trace_path, fault, path, "server", "--data",
                                self.started.data, "--listen", self.started.listen, "--ready-file", ready,
                                FETTLE_SERVER_LOG_LEVEL="warn")
        self.started.process = process
        eventually("it serves or has ended", lambda: ready.exists() or not process.is_running())
        threads = [threading.Thread(target=self.beat, args=[agent]) for agent in self.agents]
        threads.append(threading.Thread(target=self.write))
        for thread in threads:
            thread.start()
        if seconds is not None:
            time.sleep(seconds)  # the moment is what is random here
            self.assertTrue(process.is_running(), process.output()[-2000:])
            process.kill()
        code = process.child.wait(60)
        for thread in threads:
            thread.join(30)
            self.assertFalse(thread.is_alive())
        eventually("the trace is complete", lambda: "+++ " in trace_path.read_text(errors="replace")[-200:])
        return code, Trace(trace_path)

    # ---- what must hold

    def check_end(self, code, trace):
        self.assertEqual(code, 1)
        self.assertIsNotNone(trace.injected_at, "the fault came")
        self.assertLess(trace.ended_at - trace.injected_at, END_SECONDS)
        log = self.started.process.output()[self.log_before:]
        self.assertRegex(log, r"(?i)error.*(the disk failed|Input/output error|EIO)", log[-2000:])

    def check_after(self, trace):
        trace.cut_power(self.started.data)
        log_before = len(self.started.process.output())
        self.started.start()
        self.assertNotIn("damaged", self.started.process.output()[log_before:])
        api = self.started.log_in()
        numbers = {host["id"]: host["number"] for host in api.list("/api/v1/hosts")}
        samples, _ = read_journal(self.started.data)
        check_whole(self, samples, {numbers[agent.host_id]: agent.acknowledged for agent in self.agents})
        for token in self.tokens[-50:]:
            api.get(f"/api/v1/enrolment-tokens/{token}")
        self.api = api
        self.assertEqual(self.started.process.stop(), 0)

    def test_failing_syncs_and_writes(self):
        for _ in range(ROUNDS):
            moments = [self.random.randrange(2, 9), self.random.randrange(9, 60)]
            for call in ("fdatasync", "pwrite64"):
                for moment in moments:
                    fault = f"{call}:error=EIO:when={moment}"
                    code, trace = self.run_until_it_ends(fault)
                    self.check_end(code, trace)
                    self.check_after(trace)

    def test_failing_writes_of_the_journal(self):
        for _ in range(ROUNDS):
            _, segments = read_journal(self.started.data)
            path = self.started.data / "journal" / f"{(segments[-1].number if segments else 0) + 1:016x}.journal"
            fault = f"write:error=EIO:when={self.random.randrange(1, 40)}"
            code, trace = self.run_until_it_ends(fault, path)
            self.check_end(code, trace)
            self.check_after(trace)

    def test_power_cuts(self):
        """No fault but the end of all that was not synced."""
        lost = 0
        for _ in range(3 * ROUNDS):
            _, trace = self.run_until_it_ends(None, seconds=self.random.uniform(0.3, 2))
            lost += trace.cut_power(self.started.data)
            self.check_after(trace)
        print(f"{lost} bytes were not yet synced")


if __name__ == "__main__":
    unittest.main()
