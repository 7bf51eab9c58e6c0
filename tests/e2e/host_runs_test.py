#!/usr/bin/env python3
"""Runs of a host from the API to their output in the log, with a real server and a real agent: the server is killed in the
middle, the link is cut after any number of bytes, the agent is killed; and commands that `fettle exec` ran."""
import os
import random
import select
import signal
import socket
import subprocess
import threading
import unittest

from harness import PROGRAM, EndToEndTest, clean_environment, eventually

LINES = 40


class CuttingRelay:
    """Between agent and server: each connection is cut when so many bytes have gone through it, until it is told to be kind."""

    def __init__(self, port, budget):
        self.port, self.budget = port, budget
        self.cuts = 0
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client):
        left = self.budget()
        try:
            with client, socket.create_connection(("127.0.0.1", self.port)) as server:
                while left is None or left > 0:
                    ready, _, _ = select.select([client, server], [], [])
                    for end in ready:
                        data = end.recv(65536)
                        if not data:
                            return
                        part = data if left is None else data[:left]
                        (server if end is client else client).sendall(part)
                        left = None if left is None else left - len(part)
            self.cuts += 1
        except OSError:
            pass

    def end(self):
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()


@unittest.skipIf(os.geteuid() != 0, "only root can make a policy file")
class HostRuns(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.host_server = self.server().start()
        self.api = self.host_server.set_up()
        self.host = self.agent()
        self.id = self.host.enrol(self.host_server, self.api, "alpha")
        script = self.folder / "lines.sh"
        script.write_text(f'#!/bin/sh\necho begun >> "{self.folder}/begun"\ni=0\nwhile [ $i -lt {LINES} ]; do i=$((i+1)); '
                          'echo "line $i"; sleep 0.05; done\n')
        script.chmod(0o755)
        self.policy = self.folder / "policy.toml"
        self.policy.write_text(f'[commands.lines]\nargv = ["{script}"]\n[commands.sleep]\nargv = ["/bin/sleep", "1000"]\n')
        self.policy.chmod(0o644)

    def start(self, *more):
        self.host.start("--policy", self.policy, *more)

    def begin(self, name, plan="command"):
        body = {"plan": plan, "target_kind": "host", "target_id": self.id}
        if plan == "command":
            body["parameters"] = {"name": name}

        def is_taken():
            answer = self.api.request("POST", "/api/v1/runs", body)
            self.assertIn(answer.status, (202, 503), answer)
            return answer.status == 202 and answer.json()
        return eventually("the run is taken", is_taken)["id"]

    def run_of(self, run):
        return self.api.get(f"/api/v1/runs/{run}", expect=200)

    def end_of(self, run):
        def is_over():
            try:
                found = self.run_of(run)
            except OSError:
                return None
            return found if not found["is_live"] else None
        return eventually("the run ends", is_over, 60)

    def log(self, run):
        return "".join(line["text"] + "\n" for line in self.api.get(f"/api/v1/runs/{run}/log?limit=1000", expect=200)["lines"]
                       if line["step"] == 1)

    def starts(self):
        path = self.folder / "begun"
        return path.read_text().count("begun") if path.exists() else 0

    def check_whole(self, run):
        found = self.end_of(run)
        self.assertEqual((found["state"], found["exit_code"]), ("completed", 0), found)
        self.assertEqual(self.log(run), "".join(f"line {i}\n" for i in range(1, LINES + 1)))
        self.assertEqual(self.starts(), 1)

    def test_from_the_api_to_the_log(self):
        self.start()
        self.check_whole(self.begin("lines"))
        check = self.end_of(self.begin("", plan="host-check"))
        self.assertIn(check["state"], ("completed", "completed_with_warnings"), check)
        self.assertEqual(len(check["steps"]), 5)

    def test_a_host_says_what_may_be_run_there(self):
        path = f"/api/v1/hosts/{self.id}/commands"
        self.assertEqual(self.api.get(path, expect=200), {"names": [], "is_known": False})
        self.start()
        eventually("it has said so", lambda: self.api.get(path, expect=200)["is_known"])
        self.assertEqual(self.api.get(path, expect=200)["names"], ["lines", "sleep"])
        order = {"plan": "command", "target_kind": "host", "target_id": self.id, "parameters": {"name": "nothing"}}
        for where, body in (("/api/v1/runs", order), ("/api/v1/schedules", order | {"name": "n", "timing": "@daily"})):
            answer = self.api.request("POST", where, body)
            self.assertEqual(answer.status, 422, answer)
            error = answer.json()["errors"][0]
            self.assertEqual(error["pointer"], "/body/parameters/name")
            self.assertEqual(error["detail"], "must be a command of alpha: lines, sleep")
        known = self.api.post("/api/v1/schedules", order | {"name": "n", "timing": "@daily", "parameters": {"name": "lines"}}, expect=201)
        # One that names none says that too, and the earlier word does not stay.
        self.host.process.stop()
        self.policy.write_text("")
        self.start()
        eventually("it names none", lambda: self.api.get(path, expect=200) == {"names": [], "is_known": True})
        answer = self.api.request("POST", "/api/v1/runs", order)
        self.assertIn("alpha: its policy file names none", answer.json()["errors"][0]["detail"])
        answer = self.api.request("PATCH", f"/api/v1/schedules/{known['id']}", {"is_enabled": False})
        self.assertEqual(answer.status, 200, "what is not offered any more can be switched off")

    def test_a_policy_is_read_again_while_a_command_runs(self):
        path = f"/api/v1/hosts/{self.id}/commands"
        self.start()
        run = self.begin("sleep")
        eventually("it runs", lambda: self.run_of(run)["state"] == "running")
        self.policy.write_text('[commands.quick]\nargv = ["/bin/true"]\n')
        self.host.process.child.send_signal(signal.SIGHUP)
        eventually("the server knows", lambda: self.api.get(path, expect=200)["names"] == ["quick"])
        self.assertEqual(self.run_of(run)["state"], "running", "it goes on as it began")
        self.policy.write_text("[commands.quick]\nprogram = 1\n")
        self.host.process.child.send_signal(signal.SIGHUP)
        eventually("the log says why", lambda: "the policy was not read again" in self.host.process.output())
        self.assertIn("commands.quick.program", self.host.process.output())
        self.assertEqual(self.api.get(path, expect=200)["names"], ["quick"], "what was in force stays")
        self.api.post(f"/api/v1/runs/{run}/cancel", {}, expect=202)
        self.assertEqual(self.end_of(run)["state"], "cancelled")
        self.assertEqual(self.end_of(self.begin("quick"))["state"], "completed")

    def test_cancel(self):
        self.start()
        run = self.begin("sleep")
        eventually("it runs", lambda: self.run_of(run)["state"] == "running")
        self.api.post(f"/api/v1/runs/{run}/cancel", {}, expect=202)
        self.assertEqual(self.end_of(run)["state"], "cancelled")

    def test_the_server_is_killed_in_the_middle(self):
        self.start()
        run = self.begin("lines")
        eventually("it has begun", lambda: "line 3" in self.log(run))
        self.host_server.process.kill()
        self.host_server.start()
        self.api = self.host_server.log_in()
        self.check_whole(run)

    def test_the_link_is_cut_after_any_number_of_bytes(self):
        seed = int(os.environ.get("FETTLE_SEED", "11"))
        print(f"seed {seed}")
        chance = random.Random(seed)
        port = int(self.host_server.listen.rsplit(":", 1)[1])
        budgets = [None, *[chance.randrange(1800, 3500) for _ in range(2)]]  # the first is the last
        relay = CuttingRelay(port, lambda: budgets.pop() if len(budgets) > 1 else None)
        self.addCleanup(relay.end)
        self.start("--server", relay.url)
        self.check_whole(self.begin("lines"))
        self.assertGreater(relay.cuts, 0)

    def test_the_agent_is_killed_in_the_middle(self):
        self.start()
        run = self.begin("sleep")
        eventually("it runs", lambda: self.run_of(run)["state"] == "running")
        self.host.process.kill()
        self.start()
        found = self.end_of(run)
        self.assertEqual(found["state"], "interrupted")
        self.assertEqual(self.end_of(self.begin("lines"))["state"], "completed", "the host is free again")

    def test_a_command_that_exec_ran_is_a_run_of_its_host(self):
        self.start()
        eventually("the agent looks there", lambda: (self.host.data / "exec").is_dir())
        done = subprocess.run([PROGRAM, "exec", "--spool", str(self.host.data / "exec"), "--name", "nightly", "--", "sh", "-c",
                               "echo out; echo err >&2; exit 6"], capture_output=True, env=clean_environment())
        self.assertEqual((done.returncode, done.stdout, done.stderr), (6, b"out\n", b"err\n"))
        found = eventually("the run is there", lambda: self.api.list(f"/api/v1/runs?host_id={self.id}&plan=exec"))[0]
        found = self.end_of(found["id"])
        self.assertEqual((found["state"], found["exit_code"], found["title"]), ("failed", 6, "nightly"))
        self.assertEqual(sorted(self.log(found["id"]).split()), ["err", "out"])


if __name__ == "__main__":
    unittest.main()
