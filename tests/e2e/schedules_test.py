#!/usr/bin/env python3
"""Schedules with a real server and a real agent: what is due runs once, whatever is killed around that moment; a host that is
away gets its run when it comes back; wrong timings say where; the command line does all that the page does."""
import datetime
import json
import os
import time
import unittest

from harness import EndToEndTest, eventually, run_program

# How often the server is killed around a due time.
KILLS = int(os.environ.get("FETTLE_SCHEDULE_KILLS", "2"))


def every_minute(seconds_from_now):
    """An interval of a minute that is due so many seconds from now."""
    return f"every 1m offset {(int(time.time()) + seconds_from_now) % 60}s"


class Schedules(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.started = self.server(FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000").start()
        self.api = self.started.set_up()
        self.machine = self.agent()
        self.host_id = self.machine.enrol(self.started, self.api, "web-1")
        self.machine.start()
        eventually("the host is online", self.online)

    def online(self):
        return self.api.get(f"/api/v1/hosts/{self.host_id}")["state"] == "online"

    def make(self, timing, **more):
        body = {"name": timing, "plan": "host-check", "target_kind": "host", "target_id": self.host_id, "timing": timing, **more}
        return self.api.post("/api/v1/schedules", body, expect=201)

    def ledger(self, schedule):
        return self.api.list(f"/api/v1/ledger?schedule_id={schedule['id']}")

    def runs(self, schedule):
        return self.api.list(f"/api/v1/runs?schedule_id={schedule['id']}")

    def patch(self, path, body, headers=None):
        return self.api.request("PATCH", path, body, headers)

    def test_what_is_due_runs_once(self):
        with self.api.stream(["runs"]) as stream:
            made = self.make(every_minute(4))
            self.assertRegex(made["sentence"], "^every minute")
            self.assertIsNone(made["last"])
            heard = stream.wait_for("the end of the run", lambda kind, data: kind == "run_update" and
                                    data["run"]["schedule_id"] == made["id"] and not data["run"]["is_live"])["run"]
        self.assertEqual((heard["state"], heard["nominal_at"]), ("completed", made["next_at"]))
        self.assertEqual((heard["actor"]["kind"], heard["actor"]["name"]), ("schedule", made["name"]))
        rows = self.ledger(made)
        self.assertEqual([(row["outcome"], row["run_id"], row["count"]) for row in rows], [("ran", heard["id"], 1)])
        now = self.api.get(f"/api/v1/schedules/{made['id']}")
        self.assertEqual(now["last"], {"nominal_at": made["next_at"], "outcome": "ran", "run_id": heard["id"]})
        self.assertGreater(now["next_at"], made["next_at"])

        # Run now is a run of the person's own, and leaves what is due as it is.
        mine = self.api.post(f"/api/v1/schedules/{made['id']}/run", None, expect=202)
        self.assertEqual((mine["actor"]["kind"], mine["schedule_id"]), ("person", None))
        eventually("it ended", lambda: not self.api.get(f"/api/v1/runs/{mine['id']}")["is_live"])
        self.assertEqual(self.api.get(f"/api/v1/schedules/{made['id']}")["next_at"], now["next_at"])

    def test_a_host_that_is_away(self):
        self.machine.process.stop()
        eventually("the host is offline", lambda: not self.online())
        made = self.make(every_minute(3))
        blocked = eventually("it is written down as blocked", lambda: self.ledger(made))
        self.assertEqual([(row["outcome"], row["reason"]) for row in blocked], [("blocked", "the host is away")])
        self.assertEqual(self.api.get(f"/api/v1/schedules/{made['id']}")["waiting"], "the host is away")
        self.assertEqual(self.runs(made), [])
        self.assertEqual(self.api.request("POST", f"/api/v1/schedules/{made['id']}/run").json()["code"], "host_offline")
        self.machine.start()
        run = eventually("its run", lambda: self.runs(made))
        self.assertEqual(len(run), 1)
        self.assertEqual([(row["outcome"] in ("ran", "late"), row["run_id"]) for row in self.ledger(made)],
                         [(True, run[0]["id"])])
        # A host that goes takes its schedules along; what they did stays written down.
        self.api.delete(f"/api/v1/hosts/{self.host_id}")
        self.assertEqual(self.api.list("/api/v1/schedules"), [])
        self.assertEqual(len(self.ledger(made)), 1)

    def test_a_server_that_is_killed_around_the_due_time(self):
        made = [self.make(every_minute(6 + 4 * number), name=f"number {number}") for number in range(KILLS)]
        for number, one in enumerate(made):
            due = datetime.datetime.fromisoformat(one["next_at"].replace("Z", "+00:00")).timestamp()
            # From just before the due time to just after it began.
            time.sleep(max(0.0, due + (-0.05, 0.3, 0.8, 0.02, 0.6)[number % 5] - time.time()))
            self.started.process.kill()
            self.started.start()
        for one in made:
            runs = eventually("its run", lambda: [run for run in self.runs(one) if not run["is_live"]])
            self.assertEqual([(run["state"], run["nominal_at"]) for run in runs], [("completed", one["next_at"])], one["name"])
            rows = [row for row in self.ledger(one) if row["nominal_at"] == one["next_at"]]
            self.assertEqual([(row["outcome"] in ("ran", "late"), row["run_id"]) for row in rows], [(True, runs[0]["id"])])

    def test_what_is_wrong(self):
        def wrong(**body):
            return self.api.request("POST", "/api/v1/schedules/preview", body)
        answer = wrong(timing="30 24 * * *")
        self.assertEqual(answer.status, 422)
        error = answer.json()["errors"][0]
        self.assertEqual((error["pointer"], error["column"]), ("/body/timing", 4))
        self.assertIn("0 to 23", error["hint"])
        self.assertEqual(wrong(timing="0 0 30 2 *").json()["code"], "never_fires")
        self.assertEqual(wrong(timing="@daily", time_zone="Europe/Atlantis").json()["errors"][0]["pointer"], "/body/time_zone")
        self.assertEqual(wrong(timing="@daily", time_zone="../../../etc/passwd").status, 422)
        self.assertEqual(wrong(timing="@daily", count=101).status, 422)
        good = self.api.post("/api/v1/schedules/preview", {"timing": "30 2 * * *", "time_zone": "Europe/Berlin", "count": 100})
        self.assertEqual(good["sentence"], "at 02:30 every day, Berlin time")
        self.assertEqual(len(good["times"]), 100)

        made = self.make("@daily")
        again = {"name": "@daily", "plan": "host-check", "target_kind": "host", "target_id": self.host_id, "timing": "@daily"}
        self.assertEqual(self.api.request("POST", "/api/v1/schedules", again).json()["code"], "name_taken")
        for change, field in (({"plan": "none"}, "plan"), ({"target_id": "host_x"}, "target_id"), ({"jitter_ms": -1}, "jitter_ms"),
                              ({"misfire_limit": 0}, "misfire_limit"), ({"parameters": {"x": 1}}, "parameters"),
                              ({"name": "x\u0007"}, "name")):
            answer = self.api.request("POST", "/api/v1/schedules", again | {"name": "other"} | change)
            self.assertEqual(answer.status, 422, answer)
            self.assertIn(f"/body/{field}", answer.json()["errors"][0]["pointer"])
        path = f"/api/v1/schedules/{made['id']}"
        etag = self.api.request("GET", path).headers["ETag"]
        self.assertEqual(self.patch(path, {"timing": "@hourly"}, {"If-Match": etag}).status, 200)
        self.assertEqual(self.patch(path, {"timing": "@weekly"}, {"If-Match": etag}).status, 412)
        self.assertEqual(self.api.request("DELETE", path, headers={"If-Match": etag}).status, 412)
        self.api.delete(path)
        self.assertEqual(self.api.request("GET", path).status, 404)
        actions = [row["action"] for row in self.api.list("/api/v1/audit") if row["action"].startswith("schedule.")]
        self.assertEqual(sorted(actions), ["schedule.change", "schedule.create", "schedule.remove"])

    def test_the_command_line(self):
        token = self.api.post("/api/v1/tokens", {"name": "cli", "scopes": ["read", "operate"]}, expect=201)["token"]

        def fettle(*words, code=0):
            done = run_program("schedules", *words, "--url", self.started.url, FETTLE_TOKEN=token)
            self.assertEqual(done.returncode, code, done.stderr)
            return done.stdout if code == 0 else done.stderr
        self.assertIn("at 02:30 every day, Berlin time", fettle("preview", "30 2 * * *", "--zone", "Europe/Berlin"))
        self.assertIn("column 1", fettle("preview", "99 2 * * *", code=2))
        made = fettle("add", "nightly", "--plan", "host-check", "--target", "web-1", "--timing", "30 2 * * *", "--zone",
                      "Europe/Berlin", "--jitter", "10m", "--catch-up", "6h")
        self.assertIn("nightly runs at 02:30 every day, Berlin time", made)
        self.assertIn("nightly", fettle("list"))
        one = json.loads(fettle("show", "nightly", "--json"))
        self.assertEqual((one["jitter_ms"], one["catch_up_ms"], one["time_zone"]), (600_000, 21_600_000, "Europe/Berlin"))
        self.assertIn("every hour, on the hour", fettle("edit", "nightly", "--timing", "@hourly"))
        self.assertIn("switched off", fettle("disable", "nightly"))
        self.assertIn("off", fettle("list"))
        self.assertIn("runs every hour", fettle("enable", "nightly"))
        run = fettle("run", "nightly").strip()
        self.assertEqual(self.api.get(f"/api/v1/runs/{run}")["plan"], "host-check")
        shown = fettle("show", "nightly")
        self.assertIn("next:", shown)
        self.assertIn("caught up within 6h, spread over 10m", shown)
        self.assertIn("removed", fettle("remove", "nightly"))
        self.assertIn("switched off", fettle("add", "later", "--plan", "host-check", "--host", "web-1", "--timing", "every 15m", "--off"))
        refused = fettle("add", "sync", "--plan", "command", "--host", "web-1", "--set", "name=sync", "--timing", "@daily", code=2)
        self.assertIn("--set name=VALUE is no command of web-1", refused)
        self.assertIn("--timing", fettle("edit", "later", "--timing", "99 2 * * *", code=2))
        self.assertIn("no schedule 'nightly'", fettle("show", "nightly", code=4))


if __name__ == "__main__":
    unittest.main(verbosity=2)
