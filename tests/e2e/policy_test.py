#!/usr/bin/env python3
"""The host's own policy (S1): an agent runs on it or not at all, and a server that turns hostile gets no further."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import unittest

from harness import PROGRAM, EndToEndTest, eventually, run_program
from hostile_server import HostileServer

ROUNDS = 4


class Policy(EndToEndTest):
    def enrolled(self):
        server = self.server().start()
        agent = self.agent()
        agent.enrol(server, server.set_up(), "alpha")
        server.process.stop()
        return agent

    @unittest.skipIf(os.geteuid() != 0, "only root can make what root alone may change")
    def test_an_agent_does_not_start_on_a_policy_that_others_may_write(self):
        agent = self.enrolled()
        policy = self.folder / "policy.toml"
        policy.write_text("[heartbeat]\nfastest_interval_ms = 5000\n")
        policy.chmod(0o646)
        done = run_program("agent", "--data", agent.data, "--policy", policy, timeout=20)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn(f"chmod go-w {policy}", done.stderr)
        policy.chmod(0o644)
        self.assertEqual(run_program("agent", "policy", "check", "--policy", policy).returncode, 0)
        policy.write_text("[heartbeat]\nfastest = 5000\n")
        done = run_program("agent", "--data", agent.data, "--policy", policy, timeout=20)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(f"{policy}:2: heartbeat.fastest", done.stderr)

    @unittest.skipUnless(shutil.which("strace"), "strace is not here")
    def test_a_hostile_server_gets_no_further_than_the_policy(self):
        agent = self.enrolled()
        identity = (agent.data / "identity.json").read_text()
        hostile = HostileServer(json.loads(identity)["server_id"], seed=7, interval_ms=1000)
        self.addCleanup(hostile.end)
        trace = self.folder / "trace"
        # What a process can do to its host goes through these: other programs, files, other machines, other processes.
        child = subprocess.Popen(["strace", "-f", "-qq", "-o", str(trace), "-e",
                                  "trace=execve,execveat,openat,open,creat,unlink,unlinkat,rename,renameat,renameat2,"
                                  "connect,kill,tkill,ptrace,chmod,fchmodat,chown,mount",
                                  PROGRAM, "agent", "--data", str(agent.data), "--server", hostile.url],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            eventually("it has said everything", lambda: hostile.rounds >= ROUNDS or child.poll() is not None, 60)
            self.assertIsNone(child.poll(), "the agent bears it")
        finally:
            # strace hands the signal on to nobody: the agent is its only child.
            agents = [int(pid) for pid in pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()]
            for pid in agents:
                os.kill(pid, signal.SIGTERM)
            said = child.communicate(timeout=20)[1]
        self.assertGreater(hostile.heartbeats, 0, said)
        self.assertEqual((agent.data / "identity.json").read_text(), identity)
        calls = trace.read_text()
        self.assertEqual(len(re.findall(r"\bexecve(?:at)?\(", calls)), 1, "only the agent itself was started")
        for line in calls.splitlines():
            call = re.match(r"\d+ +(\w+)\(", line)
            changes = call and (re.search(r"O_WRONLY|O_RDWR|O_CREAT", line) if call[1].startswith("open") else
                                re.match("creat|unlink|rename|fchmod|chmod|chown|mount", call[1]))
            # The names of its own threads, and what is read and thrown away.
            if changes and "/proc/self/task/" not in line and "/dev/null" not in line:
                self.assertIn(str(agent.data), line, "it changes its own folder alone")
            if "connect(" in line and "AF_INET" in line:
                self.assertIn(f"htons({hostile.url.rsplit(':', 1)[1]})", line, "it calls its server alone")
            self.assertNotRegex(line, r"\b(ptrace|kill|tkill)\(")
        self.assertFalse(os.path.exists("/tmp/fettle-was-here"))


if __name__ == "__main__":
    unittest.main()
