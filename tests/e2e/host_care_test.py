#!/usr/bin/env python3
"""Hosts that are cared for: names, labels, another environment, another key, and a copy of one that is noticed."""
import base64
import http.client
import json
import shutil
import signal
import threading
import unittest

from api import TIMEOUT_SECONDS, Api
from harness import EndToEndTest, eventually, run_program


class HostCare(EndToEndTest):
    def begin(self, **environment):
        server = self.server(FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000").start()
        api = server.set_up()
        agent = self.agent(**environment)
        host_id = agent.enrol(server, api, "alpha")
        agent.start()
        self.wait_online(api, host_id)
        return server, api, agent, host_id

    def wait_online(self, api, host_id):
        eventually("the host is online", lambda: api.get(f"/api/v1/hosts/{host_id}")["state"] == "online")

    def events(self, api, host_id, kind):
        return [event for event in api.list(f"/api/v1/events?host_id={host_id}") if event["type"] == kind]

    def test_two_agents_of_one_identity_are_both_locked_until_a_person_unlocks(self):
        server, api, agent, host_id = self.begin()
        copy = self.agent("copy")
        agent.copy_data(copy.data)
        copy.start()
        locked = eventually("the host is locked", lambda: api.get(f"/api/v1/hosts/{host_id}")["locked_at"] and
                            api.get(f"/api/v1/hosts/{host_id}"))
        # The lock is in force before it is stored; the event comes with the commit.
        eventually("the event is there", lambda: self.events(api, host_id, "host.cloned"))
        self.assertEqual(len(self.events(api, host_id, "host.cloned")), 1)
        eventually("it is offline", lambda: api.get(f"/api/v1/hosts/{host_id}")["state"] == "offline")
        self.assertEqual(api.get(f"/api/v1/hosts/{host_id}")["state_reason"], "locked")
        for one in (agent, copy):
            eventually("each agent says why", lambda one=one: "has locked this host" in one.process.output())
            self.assertTrue(one.process.is_running(), "it goes on measuring")
        self.assertIsNotNone(locked["locked_at"])

        # A restart is no way around it, and a removed copy is no reason to enrol the original anew.
        copy.process.stop()
        agent.process.stop()
        agent.start()
        eventually("the lock holds", lambda: agent.process.output().count("has locked this host") >= 2)
        unlocked = api.post(f"/api/v1/hosts/{host_id}/unlock", None)
        self.assertIsNone(unlocked["locked_at"])
        agent.process.stop()
        agent.start()
        self.wait_online(api, host_id)
        self.assertEqual(len(self.events(api, host_id, "host.cloned")), 1)

    def test_labels_of_several_at_once(self):
        server = self.server().start()
        api = server.set_up()
        ids = [self.agent(name).enrol(server, api, name) for name in ("alpha", "beta", "gamma")]
        alpha, beta, gamma = ids

        def label(host_ids, expect=200, by=api, **body):
            return by.post("/api/v1/host-labels", {"host_ids": host_ids, "set": {}, "remove": []} | body, expect=expect)

        def by_hand():
            return [api.get(f"/api/v1/hosts/{host_id}")["labels_by_hand"] for host_id in ids]

        self.assertEqual(label([alpha, beta], set={"role": "db", "prod": ""}), {"changed": 2, "unchanged": 0, "failed": []})
        self.assertEqual(label(ids, set={"role": "db"}, remove=["prod"]), {"changed": 3, "unchanged": 0, "failed": []})
        self.assertEqual(by_hand(), [{"role": "db"}] * 3)
        self.assertEqual(label(ids, set={"role": "db"}), {"changed": 0, "unchanged": 3, "failed": []})
        # All that can be told before is told before, and nothing is done.
        gone = "host_" + "0" * 32
        for body, pointer in ({"host_ids": []}, "/body/host_ids"), ({"host_ids": [alpha] * 501}, "/body/host_ids"), \
                ({"host_ids": [alpha, gone]}, "/body/host_ids/1"), ({"set": {"a b": "c"}}, "/body/set/a b"), \
                ({"set": {}}, "/body/set"), ({"set": {"x": ""}, "remove": ["x"]}, "/body/remove/0"):
            problem = label(**({"host_ids": ids, "set": {"site": "ams"}} | body), expect=422)
            self.assertEqual(problem["errors"][0]["pointer"], pointer, problem)
        reader = api.post("/api/v1/tokens", {"name": "reader", "scopes": ["read"]}, expect=201)["token"]
        label(ids, set={"site": "ams"}, by=Api(server.url, reader), expect=403)
        self.assertEqual(by_hand(), [{"role": "db"}] * 3)
        # What one of them cannot take stays with that one.
        api.request("PATCH", f"/api/v1/hosts/{beta}", {"labels": {f"l{number}": "" for number in range(32)}})
        answer = label(ids, set={"site": "ams"})
        self.assertEqual((answer["changed"], [one["host_id"] for one in answer["failed"]]), (2, [beta]))
        self.assertIn("32", answer["failed"][0]["detail"])
        self.assertEqual([labels.get("site") for labels in by_hand()], ["ams", None, "ams"])
        details = [entry["detail"] for entry in api.list(f"/api/v1/audit?action=host.edit&object={gamma}")]
        self.assertEqual(details, ["labels: role=db -> role=db, site=ams", "labels: none -> role=db"])

    def test_restarts_and_a_restored_folder_lock_nothing(self):
        server, api, agent, host_id = self.begin()
        saved = self.folder / "saved"
        agent.copy_data(saved)
        for is_killed in (True, False, True):
            (agent.process.kill if is_killed else agent.process.stop)()
            agent.start()
            self.wait_online(api, host_id)
        agent.process.kill()
        shutil.rmtree(agent.data)
        shutil.copytree(saved, agent.data)
        seen = api.get(f"/api/v1/hosts/{host_id}")["last_seen_at"]
        agent.start()
        eventually("it is heard again", lambda: api.get(f"/api/v1/hosts/{host_id}")["last_seen_at"] > seen)
        self.assertIsNone(api.get(f"/api/v1/hosts/{host_id}")["locked_at"])
        self.assertEqual(self.events(api, host_id, "host.cloned"), [])

    def test_a_token_shown_by_a_hundred_at_once_adds_one_host(self):
        server = self.server().start()
        api = server.set_up()
        token = api.post("/api/v1/enrolment-tokens", {}, expect=201)["token"]
        count, statuses, start = 100, [], threading.Barrier(100)

        def enrol(number):
            # Every key is another: these are a hundred machines.
            key = bytes([number] * 32)
            body = json.dumps({"token": token, "public_key": base64.b64encode(key).decode(), "name": f"m{number}"})
            connection = http.client.HTTPConnection(api.host, api.port, timeout=TIMEOUT_SECONDS)
            connection.connect()
            start.wait(TIMEOUT_SECONDS)
            connection.request("POST", "/api/v1/enroll", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
            connection.close()

        threads = [threading.Thread(target=enrol, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TIMEOUT_SECONDS)
        self.assertEqual(len(statuses), count)
        self.assertEqual(statuses.count(201), 1)
        self.assertEqual(set(statuses), {201, 410})
        self.assertEqual(len(api.list("/api/v1/hosts")), 1)

    def test_names_and_labels_by_hand_and_by_the_agent(self):
        server, api, agent, host_id = self.begin(FETTLE_AGENT_LABELS="role=db, site=ams")
        path = f"/api/v1/hosts/{host_id}"
        host = eventually("the agent's labels are here",
                          lambda: api.get(path)["labels_by_agent"] and api.get(path))
        self.assertEqual(host["labels"], {"role": "db", "site": "ams"})
        tag = api.request("GET", path).headers["ETag"]
        edited = api.request("PATCH", path, {"name": "beta", "labels": {"role": "web"}}, {"If-Match": tag})
        self.assertEqual(edited.status, 200, edited)
        self.assertEqual(edited.json()["labels"], {"role": "web", "site": "ams"})
        self.assertEqual(edited.json()["labels_by_hand"], {"role": "web"})
        self.assertNotEqual(edited.headers["ETag"], tag)
        stale = api.request("PATCH", path, {"name": "gamma"}, {"If-Match": tag})
        self.assertEqual((stale.status, stale.json()["code"]), (412, "changed_meanwhile"))
        for body, pointer in (({"name": "a\u202eb"}, "/body/name"), ({"name": "x" * 65536}, None),
                              ({"name": "a\nb"}, "/body/name"), ({"labels": {"role": "\u2067"}}, "/body/labels/role"),
                              ({"labels": {"a b": "x"}}, "/body/labels/a b")):
            answer = api.request("PATCH", path, body)
            self.assertEqual(answer.status, 422 if pointer else 413, answer)
            if pointer:
                self.assertEqual(answer.json()["errors"][0]["pointer"], pointer)
        # The same key and body is the first answer again.
        again = [api.request("PATCH", path, {"name": "delta"}, {"Idempotency-Key": "one"}) for _ in range(2)]
        self.assertEqual(again[0].body, again[1].body)
        self.assertEqual(len(self.events(api, host_id, "host.renamed")), 2)

        token = api.post("/api/v1/tokens", {"name": "terminal", "scopes": ["admin"]}, expect=201)["token"]
        def fettle(*arguments):
            done = run_program("hosts", *arguments, "--url", server.url, FETTLE_TOKEN=token)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout
        self.assertIn("epsilon", fettle("rename", "delta", "epsilon"))
        self.assertIn("tier=1", fettle("label", "epsilon", "tier=1", "role-"))
        self.assertEqual(api.get(path)["labels"], {"role": "db", "site": "ams", "tier": "1"})
        environments = {one["name"]: one["id"] for one in api.list("/api/v1/environments")}
        with api.stream(["fleet"]) as stream:
            fettle("move", "epsilon", "system")
            stream.wait_for("the old environment loses it", lambda kind, data: kind == "status_change" and
                            data["host_id"] == host_id and data["to"] == "removed")
            stream.wait_for("the new one sees it", lambda kind, data: kind == "status_change" and
                            data["environment_id"] == environments["system"] and data["to"] == "online")
        self.assertEqual(api.get(path)["environment_id"], environments["system"])
        self.assertEqual(len(self.events(api, host_id, "host.enrolled")), 1, "its events went along")
        # What it leaves behind follows it, and is not lost with the environment that it has left.
        left = api.post("/api/v1/environments", {"name": "left"}, expect=201)["id"]
        fettle("move", "epsilon", "left")
        fettle("move", "epsilon", "system")
        answers = []

        def is_removed():
            answers.append(api.request("DELETE", f"/api/v1/environments/{left}"))
            return answers[-1].status == 204
        eventually("the environment can be removed", is_removed)
        for refused in answers[:-1]:
            self.assertEqual((refused.status, refused.json()["code"]), (409, "environment_not_empty"))
        self.assertEqual(len(self.events(api, host_id, "host.moved")), 3, "all that it lived through")
        versions = api.get("/api/v1/agent-versions")
        self.assertEqual([(one["hosts"], one["outdated"]) for one in versions["versions"]], [(1, False)])
        # Nobody can be asked here.
        unsure = run_program("hosts", "remove", "epsilon", "--url", server.url, FETTLE_TOKEN=token)
        self.assertEqual(unsure.returncode, 2)
        self.assertIn("--yes", unsure.stderr)
        fettle("remove", "epsilon", "--yes")
        self.assertEqual(api.list("/api/v1/hosts"), [])
        eventually("the agent is told", lambda: "refuses this host" in agent.process.output())

    def test_another_key_by_the_agent_itself_and_by_a_token(self):
        server, api, agent, host_id = self.begin()
        path = f"/api/v1/hosts/{host_id}"
        def seed():
            return json.loads((agent.data / "identity.json").read_text())["seed"]
        before = seed()
        done = run_program("agent", "rotate-key", "--data", agent.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(seed(), before, "the old one stays good until the server has the new one")
        agent.process.child.send_signal(signal.SIGHUP)
        eventually("the key is another", lambda: api.get(path)["key_changed_at"] and seed() != before)
        eventually("the offered one is put away", lambda: not (agent.data / "next.key").exists())
        agent.process.kill()
        agent.start()
        self.wait_online(api, host_id)

        old = self.agent("old")
        agent.copy_data(old.data)
        agent.process.stop()
        token = api.post(path + "/re-enrol", None, expect=201)
        self.assertIn("--replace", token["command"])
        refused = run_program("enroll", server.url, token["token"], "--data", agent.data)
        self.assertNotEqual(refused.returncode, 0)
        done = run_program("enroll", server.url, token["token"], "--data", agent.data, "--replace")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(host_id, done.stdout)
        agent.start()
        self.wait_online(api, host_id)
        old.start()
        eventually("the old key is refused", lambda: "refuses this host" in old.process.output())
        self.assertEqual(len(api.list("/api/v1/hosts")), 1)
        self.assertIsNone(api.get(path)["locked_at"])


if __name__ == "__main__":
    unittest.main()
