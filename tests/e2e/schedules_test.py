#!/usr/bin/env python3
"""Schedules with a real server and a real agent: what is due runs once, whatever is killed around that moment; a host that is
away gets its run when it comes back; wrong timings say where; the command line does all that the page does."""
import datetime
import json
import os
import pathlib
import re
import time
import unittest

from api import Api
from harness import EndToEndTest, eventually, run_program

# How often the server is killed around a due time.
KILLS = int(os.environ.get("FETTLE_SCHEDULE_KILLS", "2"))


def every_minute(seconds_from_now):
    """An interval of a minute that is due so many seconds from now."""
    return f"every 1m offset {(int(time.time()) + seconds_from_now) % 60}s"


def figures_of(test, text):
    """({family: (type, unit, help)}, {sample: value}) of an answer that is as OpenMetrics wants it."""
    families, samples, family, lines = {}, {}, None, text.splitlines()
    test.assertEqual(lines[-1], "# EOF")
    for line in lines[:-1]:
        if line.startswith("# "):
            what, name, rest = line[2:].split(" ", 2)
            if what == "TYPE":
                test.assertNotIn(name, families)
                family, families[name] = name, (rest, "", "")
            test.assertEqual(name, family, line)
            kind, unit, _ = families[name]
            if what == "UNIT":
                families[name] = (kind, rest, "")
            elif what == "HELP":
                families[name] = (kind, unit, rest)
            continue
        name, value = line.rsplit(" ", 1)
        kind = families[family][0]
        bare = name.split("{")[0]
        allowed = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}[kind]
        test.assertIn(bare, [family + end for end in allowed], line)
        test.assertNotIn(name, samples)
        samples[name] = float(value)
    for name, (kind, unit, help_text) in families.items():
        test.assertTrue(help_text, f"{name} says what it is")
        test.assertTrue(name.endswith(unit), f"{name} ends with its unit")
        if kind != "histogram":
            continue
        buckets = [value for sample, value in samples.items() if sample.startswith(f"{name}_bucket{{")]
        test.assertEqual(buckets, sorted(buckets), f"the buckets of {name} grow")
        test.assertEqual(buckets[-1], samples[f"{name}_count"])
    return families, samples


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

    def test_figures(self):
        made = self.make(every_minute(4))
        eventually("its run has ended", lambda: [run for run in self.runs(made) if not run["is_live"]])
        bearer = self.api.post("/api/v1/tokens", {"name": "figures", "scopes": ["metrics"]}, expect=201)["token"]
        scraper = Api(self.started.url, bearer=bearer)
        text = scraper.request("GET", "/metrics", headers={"Accept": "application/openmetrics-text"}).body.decode()
        families, samples = figures_of(self, text)
        self.assertEqual(samples["fettle_schedules"], 1)
        self.assertEqual(samples["fettle_schedule_starts_total"], 1)
        self.assertEqual(samples['fettle_runs_ended_total{state="completed"}'], 1)
        self.assertEqual(samples["fettle_runs_started_total"], 1)
        self.assertEqual(sum(value for name, value in samples.items() if name.startswith("fettle_runs_live{")), 0)
        self.assertEqual(samples["fettle_schedule_start_lateness_seconds_count"], 1)
        self.assertEqual(samples['fettle_schedule_start_lateness_seconds_bucket{le="+Inf"}'], 1)
        self.assertGreater(samples["fettle_schedule_sweep_seconds_sum"], 0)
        self.assertEqual(samples["fettle_run_orders_unacknowledged"], 0)
        self.assertEqual(samples["fettle_pending_runs"], 0)
        # What has a bound says it beside how full it is.
        for name in ("fettle_runs_live_capacity", "fettle_schedules_capacity", "fettle_stream_window_capacity_bytes",
                     "fettle_idempotency_capacity_bytes", "fettle_schedule_zones_capacity"):
            self.assertGreater(samples[name], 0, name)
        # The page in docs has every figure of the server itself, with its words, and no other.
        page = (pathlib.Path(__file__).parents[2] / "docs" / "figures.md").read_text()
        told = set(re.findall(r"^\| `(\w+)` \| (\w+) \| (\w*) ?\| (.+) \|$", page, re.MULTILINE))
        self.assertEqual(told, {(name, *said) for name, said in families.items() if not name.startswith("fettle_host_")})

    def test_a_host_that_is_away(self):
        self.machine.process.stop()
        eventually("the host is offline", lambda: not self.online())
        made = self.make(every_minute(3))
        blocked = eventually("it is written down as blocked", lambda: self.ledger(made))
        self.assertEqual([(row["outcome"], row["reason"]) for row in blocked], [("blocked", "the host is away")])
        self.assertTrue(blocked[0]["is_waiting"])
        waits = self.api.get(f"/api/v1/schedules/{made['id']}")
        self.assertEqual((waits["waiting"], waits["waiting_since"]), ("the host is away", made["next_at"]))
        self.assertGreater(waits["next_at"], made["next_at"])  # what waits is not the next one
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
        self.assertEqual((len(good["times"]), good["is_chosen"]), (100, False))
        # Of times that a schedule chooses, a new one gets those that were shown.
        hashed = {"timing": "H H * * *", "jitter_ms": 600_000}
        shown = self.api.post("/api/v1/schedules/preview", hashed)
        self.assertTrue(shown["is_chosen"])
        self.assertEqual(self.api.post("/api/v1/schedules/preview", hashed | {"schedule_id": shown["schedule_id"]}), shown)
        chosen = self.make("H H * * *", jitter_ms=600_000, id=shown["schedule_id"])
        self.assertEqual((chosen["id"], chosen["next_at"]), (shown["schedule_id"], shown["times"][0]["at"]))
        self.api.delete(f"/api/v1/schedules/{chosen['id']}")

        made = self.make("@daily")
        again = {"name": "@daily", "plan": "host-check", "target_kind": "host", "target_id": self.host_id, "timing": "@daily"}
        self.assertEqual(self.api.request("POST", "/api/v1/schedules", again).json()["code"], "name_taken")
        for change, field in (({"plan": "none"}, "plan"), ({"target_id": "host_x"}, "target_id"), ({"jitter_ms": -1}, "jitter_ms"),
                              ({"misfire_limit": 0}, "misfire_limit"), ({"parameters": {"x": 1}}, "parameters"),
                              ({"name": "x\u0007"}, "name"), ({"id": "schedule_" + "0" * 32}, "id")):
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
        self.assertEqual(sorted(actions), ["schedule.change", "schedule.create", "schedule.create", "schedule.remove",
                                           "schedule.remove"])

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
        said = fettle("preview", "H H * * *", "-n", "1")
        chosen = re.search(r"--id (schedule_\w+)", said)[1]
        made = fettle("add", "spread", "--plan", "host-check", "--host", "web-1", "--timing", "H H * * *", "--id", chosen)
        self.assertIn(re.search(r"\d\d:\d\d UTC", said)[0][:5], made)
        self.assertIn("no schedule 'nightly'", fettle("show", "nightly", code=4))


if __name__ == "__main__":
    unittest.main(verbosity=2)
