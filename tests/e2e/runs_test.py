#!/usr/bin/env python3
"""Runs at a real server with a real agent: started by many at once, followed, cancelled, and killed in the middle."""
import concurrent.futures
import json
import subprocess
import unittest

from harness import PROGRAM, EndToEndTest, clean_environment, eventually, run_program

POLICY = """
[commands.quick]
argv = ["/bin/sh", "-c", "echo one; echo two"]
[commands.slow]
argv = ["/bin/sh", "-c", "echo begun; sleep 600"]
[commands.patient]
argv = ["/bin/sh", "-c", "echo before; until [ -e GO ]; do sleep 0.05; done; echo after"]
[commands.bad]
argv = ["/bin/sh", "-c", "echo no; exit 3"]
"""


class Runs(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.the_server = self.server().start()
        self.api = self.the_server.set_up()
        self.the_agent = self.agent()
        self.host = self.the_agent.enrol(self.the_server, self.api, "alpha")
        policy = self.folder / "policy.toml"
        policy.write_text(POLICY.replace("GO", str(self.folder / "go")))
        self.the_agent.start("--policy", policy)
        eventually("the agent is connected", lambda: self.api.list("/api/v1/hosts")[0]["state"] == "online")

    def start(self, name=None):
        body = {"plan": "command", "target_kind": "host", "target_id": self.host, "parameters": {"name": name}}
        if name is None:
            body |= {"plan": "host-check", "parameters": {}}
        return self.api.request("POST", "/api/v1/runs", body)

    def begin_run(self, name=None):
        answer = self.start(name)
        self.assertEqual(answer.status, 202, answer)
        return answer.json()["id"]

    def run_of(self, run):
        return self.api.get(f"/api/v1/runs/{run}")

    def ended(self, run):
        return eventually("the run has ended", lambda: (lambda now: not now["is_live"] and now)(self.run_of(run)))

    def failures(self):
        return [one for one in self.api.list("/api/v1/conditions") if one["kind"] == "run.failed"]

    def running(self, run):
        return eventually("the run says something", lambda: self.api.get(f"/api/v1/runs/{run}/log")["lines"])

    def test_one_of_a_hundred_begins_and_ten_after_each_other_all_do(self):
        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(lambda _: self.start("slow"), range(100)))
        begun = [answer.json()["id"] for answer in answers if answer.status == 202]
        self.assertEqual(len(begun), 1, [str(answer) for answer in answers[:3]])
        for answer in answers:
            if answer.status != 202:
                self.assertEqual((answer.status, answer.json()["code"], answer.json()["run_id"]),
                                 (409, "target_busy", begun[0]))
        self.running(begun[0])
        self.api.post(f"/api/v1/runs/{begun[0]}/cancel", None, expect=202)
        run = self.ended(begun[0])
        self.assertEqual((run["state"], run["cancelled_by"]), ("cancelled", "ada"))
        for _ in range(10):
            run = self.ended(self.begin_run())
            self.assertEqual((run["state"], run["progress"]["done"], run["progress"]["total"]), ("completed", 5, 5))

    def test_a_server_that_is_killed_finds_the_run_again(self):
        slow = self.begin_run("slow")
        self.running(slow)
        self.the_server.process.kill()
        self.the_server.start()
        self.assertEqual(self.run_of(slow)["state"], "running")
        eventually("the agent is back", lambda: self.api.list("/api/v1/hosts")[0]["state"] == "online")
        self.api.post(f"/api/v1/runs/{slow}/cancel", None, expect=202)
        self.assertEqual(self.ended(slow)["state"], "cancelled")
        bad = self.ended(self.begin_run("bad"))
        self.assertEqual((bad["state"], bad["exit_code"]), ("failed", 3))
        self.the_server.process.kill()
        self.the_server.start()
        self.assertEqual(self.run_of(bad["id"])["step_counts"]["failed"], 1)
        failed = self.failures()
        self.assertEqual(len(failed), 1)
        closed = self.api.post(f"/api/v1/conditions/{failed[0]['id']}/close", None, expect=200)
        self.assertEqual((closed["state"], closed["close_reason"]), ("closed", "by_hand"))
        self.the_server.process.kill()
        self.the_server.start()
        self.assertEqual(self.failures(), [], "what a person closed stays closed")
        self.assertIn("condition.close", [entry["action"] for entry in self.api.list("/api/v1/audit")])
        eventually("the agent is back", lambda: self.start("bad").status == 202)
        eventually("the next one that fails opens it anew", self.failures)

    def test_a_key_begins_one_run_whatever_becomes_of_the_server(self):
        key = {"Idempotency-Key": "the nightly one"}
        body = {"plan": "host-check", "target_kind": "host", "target_id": self.host, "parameters": {}}
        first = self.api.request("POST", "/api/v1/runs", body, key)
        self.assertEqual(first.status, 202, first)
        self.ended(first.json()["id"])
        self.the_server.process.kill()
        self.the_server.start()
        for _ in range(2):
            again = self.api.request("POST", "/api/v1/runs", body, key)
            self.assertEqual((again.status, again.json()["id"]), (202, first.json()["id"]))
            self.assertEqual(again.headers.get("Idempotency-Replayed"), "true")
        other = self.api.request("POST", "/api/v1/runs", body | {"dry_run": True}, key)
        self.assertEqual((other.status, other.json()["code"]), (422, "idempotency_key_reused"))
        self.assertEqual(len(self.api.list("/api/v1/runs")), 1)

    def test_the_stream_tells_of_runs_and_their_logs(self):
        with self.api.stream(["runs"]) as stream:
            stream.wait_for("the stream is there", lambda kind, _: kind == "hello")
            run = self.begin_run("quick")
            last = stream.wait_for("the end", lambda kind, data: kind == "run_update" and not data["run"]["is_live"])
        self.assertEqual((last["run"]["id"], last["run"]["state"]), (run, "completed"))
        text = self.api.request("GET", f"/api/v1/runs/{run}/log.txt").body.decode()
        self.assertEqual([line.split("] ")[1] for line in text.splitlines()], ["one", "two"])

    def test_the_command_line_starts_waits_shows_and_cancels(self):
        token = self.api.post("/api/v1/tokens", {"name": "t", "scopes": ["operate"]}, expect=201)["token"]

        def fettle(*arguments):
            return run_program("runs", *arguments, "--url", self.the_server.url, FETTLE_TOKEN=token)
        good = fettle("start", "command", "--host", "alpha", "--parameters", '{"name":"quick"}', "--wait")
        self.assertEqual(good.returncode, 0, good.stderr)
        self.assertIn("completed", good.stdout)
        bad = fettle("start", "command", "--host", "alpha", "--parameters", '{"name":"bad"}', "--wait", "--json")
        self.assertEqual(bad.returncode, 1, bad.stderr)
        run = json.loads(bad.stdout)
        self.assertEqual(run["exit_code"], 3)
        self.assertIn("failed", fettle("show", run["id"]).stdout)
        self.assertIn(" no\n", fettle("log", run["id"], "-f").stdout)
        self.assertEqual(len(json.loads(fettle("list", "--state", "failed", "--json").stdout)["items"]), 1)
        slow = fettle("start", "command", "--host", "alpha", "--parameters", '{"name":"slow"}').stdout.strip()
        busy = fettle("start", "host-check", "--host", "alpha")
        self.assertEqual(busy.returncode, 1)
        self.assertIn(slow, busy.stderr)
        self.assertEqual(fettle("cancel", slow).returncode, 0)
        self.assertEqual(self.ended(slow)["state"], "cancelled")
        self.assertEqual(fettle("cancel", slow).returncode, 1)
        self.assertEqual(fettle("show", "run_00000000000070008000000000000001").returncode, 4)
        self.assertEqual(fettle("start", "nothing", "--wait").returncode, 4)

    def test_whoever_follows_a_log_goes_on_when_the_server_is_back(self):
        token = self.api.post("/api/v1/tokens", {"name": "t", "scopes": ["read"]}, expect=201)["token"]
        run = self.begin_run("patient")
        self.running(run)
        told, warned = self.folder / "told", self.folder / "warned"
        with told.open("w") as out, warned.open("w") as err:
            follower = subprocess.Popen([PROGRAM, "runs", "log", run, "-f", "--url", self.the_server.url], stdout=out,
                                        stderr=err, env=clean_environment(FETTLE_TOKEN=token))
        self.addCleanup(follower.wait)
        self.addCleanup(follower.kill)
        eventually("it shows what is there", lambda: " before\n" in told.read_text())
        self.the_server.process.kill()
        eventually("it says that the server is away", lambda: "still following" in warned.read_text())
        (self.folder / "go").touch()
        self.the_server.start()
        self.assertEqual(follower.wait(30), 0, warned.read_text())
        self.assertEqual([line.split("] ")[1] for line in told.read_text().splitlines()], ["before", "after"])
        self.assertEqual(warned.read_text().count("still following"), 1)


if __name__ == "__main__":
    unittest.main()
