#!/usr/bin/env python3
"""Conditions with a real server and a real agent: a limit that this machine crosses opens one, live; an acknowledgement
outlives a kill of the server; a silence, the overview and the uptime say what is so; a host that is offline has that one
condition and no others."""
import datetime
import json
import unittest

from harness import EndToEndTest, eventually


def iso(seconds_from_now):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds_from_now)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Conditions(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.started = self.server(FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000").start()
        self.api = self.started.set_up()
        self.machine = self.agent()
        self.host_id = self.machine.enrol(self.started, self.api, "web-1")
        self.machine.start()
        self.host = eventually("the host is online", lambda: self.online())

    def online(self):
        host = self.api.get(f"/api/v1/hosts/{self.host_id}")
        return host if host["state"] == "online" else None

    def conditions(self, kind=None):
        return [one for one in self.api.get("/api/v1/conditions")["items"] if kind in (None, one["kind"])]

    def override(self, **values):
        body = {"environment_id": self.host["environment_id"], "host_id": self.host_id, "kind": "disk.space", **values}
        return self.api.post("/api/v1/thresholds", body, expect=201)

    def put(self, path, body, headers=None):
        return self.api.request("PUT", "/api/v1" + path, body, headers)

    def test_a_limit_that_the_host_crosses(self):
        with self.api.stream(["events"]) as stream:
            self.assertEqual(self.conditions("disk.space"), [])
            made = self.override(warning=0, error=101, hold_seconds=0)
            heard = stream.wait_for("a condition", lambda kind, data: kind == "condition" and data["kind"] == "disk.space")
        opened = eventually("the condition is open", lambda: self.conditions("disk.space"))[0]
        self.assertEqual((opened["severity"], opened["state"], opened["source"]["id"]), ("warning", "open", self.host_id))
        self.assertEqual(heard["title"], f"Disk {heard['target']} nearly full")
        events = self.api.get("/api/v1/events?type=condition.opened")["items"]
        self.assertIn(opened["id"], [event["fields"]["condition"] for event in events])
        self.assertGreaterEqual(self.api.get("/api/v1/overview")["condition_warnings"], 1)

        # What holds for the host, and from where.
        effective = {one["kind"]: one for one in self.api.get(f"/api/v1/hosts/{self.host_id}/thresholds")["items"]}
        self.assertEqual(effective["disk.space"]["warning"],
                         {"value": 0, "scope": "host", "threshold_id": made["id"]})
        self.assertEqual(effective["disk.inodes"]["warning"], {"value": 85, "scope": "standard", "threshold_id": None})

        # Someone has seen it, and a kill forgets nothing of that.
        answer = self.put(f"/conditions/{opened['id']}/acknowledgement", {"note": "new disk is ordered"})
        self.assertEqual(answer.status, 200, answer)
        self.started.process.kill()
        self.started.start()
        again = eventually("the condition is still open", lambda: [
            one for one in self.conditions("disk.space") if one["id"] == opened["id"]])[0]
        self.assertEqual(again["acknowledged"]["note"], "new disk is ordered")
        actions = [entry["action"] for entry in self.api.get("/api/v1/audit")["items"]]
        self.assertIn("condition.acknowledge", actions)
        self.assertIn("threshold.create", actions)

        # An ETag of before is refused; without the override it closes.
        etag = made["etag"]
        self.assertEqual(self.put(f"/thresholds/{made['id']}", {"warning": 1}, {"If-Match": etag}).status, 200)
        self.assertEqual(self.put(f"/thresholds/{made['id']}", {"warning": 2}, {"If-Match": etag}).status, 412)
        self.assertEqual(self.put(f"/thresholds/{made['id']}", {"is_watched": False}).status, 200)
        eventually("it is closed", lambda: not self.conditions("disk.space"))
        closed = self.api.get(f"/api/v1/conditions?state=all&host_id={self.host_id}&kind=disk.space")["items"]
        self.assertEqual({one["state"] for one in closed}, {"closed"})
        self.assertIn("setting", {one["close_reason"] for one in closed})

    def test_a_host_that_is_offline_has_that_one_condition(self):
        self.override(warning=0, error=101, hold_seconds=0)
        eventually("a condition of the disk is open", lambda: self.conditions("disk.space"))
        self.machine.process.kill()
        eventually("only the host is said to be offline", lambda: {
            one["kind"] for one in self.conditions() if one["source"]["id"] == self.host_id} == {"host.offline"})
        self.assertEqual(len(self.api.get("/api/v1/events?type=host.offline")["items"]), 1)
        overview = self.api.get("/api/v1/overview")
        self.assertEqual((overview["hosts"], overview["offline"]), (1, 1))
        silence = self.api.post("/api/v1/silences", {"environment_id": self.host["environment_id"], "host_id": self.host_id,
                                              "until": iso(600), "reason": "it is being moved"}, expect=201)
        self.assertEqual(self.api.get("/api/v1/overview")["condition_warnings"], 0)
        self.api.delete(f"/api/v1/silences/{silence['id']}")
        self.assertEqual(self.api.get("/api/v1/overview")["condition_warnings"], 1)
        self.machine.start()
        eventually("the disk is in sight again", lambda: {
            one["kind"] for one in self.conditions() if one["source"]["id"] == self.host_id} >= {"disk.space"}
            and "host.offline" not in {one["kind"] for one in self.conditions()})
        uptime = self.api.get(f"/api/v1/hosts/{self.host_id}/uptime")
        day = uptime["uptime"][0]
        self.assertGreater(day["offline_ms"], 0)
        self.assertGreater(day["online_ms"], 0)
        self.assertLess(day["percent"], 100)
        self.assertEqual([span["state"] for span in uptime["spans"]][-1], "online")
        self.assertIn("offline", [span["state"] for span in uptime["spans"]])

    def test_what_is_wrong_in_an_override_is_said_beside_its_field(self):
        environment = self.host["environment_id"]
        for body, pointer in [
                ({"warning": 96, "error": 95}, "/body/error"), ({"warning": -1}, "/body/warning"),
                ({"hold_seconds": 700_000}, "/body/hold_seconds"), ({}, "/body/warning"),
                ({"warning": 1, "host_id": self.host_id, "label": "role"}, "/body/label"),
                ({"warning": 1, "kind": "disk.colour"}, "/body/kind")]:
            answer = self.api.request("POST", "/api/v1/thresholds", {"environment_id": environment, "kind": "disk.space", **body})
            self.assertEqual(answer.status, 422, f"{body}: {answer}")
            self.assertEqual(json.loads(answer.body)["errors"][0]["pointer"], pointer, body)
        self.override(warning=50)
        again = self.api.request("POST", "/api/v1/thresholds", {
            "environment_id": environment, "host_id": self.host_id, "kind": "disk.space", "warning": 60})
        self.assertEqual((again.status, json.loads(again.body)["code"]), (409, "exists"))
        self.assertEqual(self.put("/conditions/condition_00000000000070008000000000000001/acknowledgement", {}).status, 404)


if __name__ == "__main__":
    unittest.main()
