#!/usr/bin/env python3
"""The server's own upkeep with a real server: run by hand and by dry run, rows that really go, one at a time, killed and
stopped in the middle, and what is known of it afterwards."""
import os
import signal
import sqlite3
import time
import unittest

from harness import EndToEndTest, eventually, run_program

DAY = 86_400_000
# What a run itself writes.
OWN_TABLES = {"run", "run_step", "run_log", "upkeep_total", "event", "audit_entry", "audit_head", "condition",
              "server_life", "sqlite_sequence", "login_session"}


def now_ms():
    return int(time.time() * 1000)


class Upkeep(EndToEndTest):
    def start_seeded(self, seed, **environment):
        """A server whose database was given rows of long ago while it was stopped."""
        server = self.server(FETTLE_UPKEEP_ENABLED="false", **environment).start()
        server.set_up()
        server.process.stop()
        with sqlite3.connect(server.data / "fettle.db") as database:
            seed(database)
        database.close()
        server.start()
        return server, server.log_in()

    def add_events(self, database, count, at_ms):
        database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) INSERT INTO event (id, at, type,"
            " severity, environment_id, source_kind, source_id, source_name, message, fields) SELECT printf("
            "'event_%032x', ?2 + i), ?2, 'server.started', 'info', (SELECT id FROM environment WHERE name = 'system'),"
            " 'server', '', 'server', 'seeded ' || hex(zeroblob(40)), '{}' FROM n", (count, at_ms))

    def ask(self, server, sql):
        database = sqlite3.connect(f"file:{server.data}/fettle.db?mode=ro", uri=True)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def contents(self, server):
        tables = [name for (name,) in self.ask(server, "SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {table: self.ask(server, f"SELECT * FROM {table}") for table in tables if table not in OWN_TABLES}

    def status(self, api):
        return api.get("/api/v1/maintenance/status")

    def wait_for_end(self, api, run, seconds=60):
        def ended():
            now = api.get(f"/api/v1/runs/{run['id']}")
            return None if now["is_live"] else now
        return eventually("the run ends", ended, seconds)

    def steps(self, run):
        return {step["name"]: step for step in run["steps"]}

    def test_by_hand(self):
        def seed(database):
            self.add_events(database, 1200, now_ms() - 40 * DAY)
            self.add_events(database, 7, now_ms() - 29 * DAY)
            database.execute("INSERT INTO enrolment_token (id, token_hash, environment_id, created_at, created_by,"
                             " expires_at) SELECT 'enrol_' || printf('%032x', 1), x'aa', id, 1, '', ? FROM environment"
                             " WHERE name = 'default'", (now_ms() - 31 * DAY,))
            database.execute("INSERT INTO host_state (host_number, at, state, reason) VALUES (77, 1, 'online', '')")
        server, api = self.start_seeded(seed)
        status = self.status(api)
        self.assertFalse(status["running"])
        self.assertIsNone(status["last_run"])
        self.assertIsNone(status["next_run_at"], "it is switched off")
        names = [step["name"] for step in status["steps"]]
        self.assertIn("self_copy", names)

        before = self.contents(server)
        dry = api.post("/api/v1/maintenance/run", {"dry_run": True}, expect=202)
        self.assertTrue(dry["dry_run"])
        dry = self.wait_for_end(api, dry)
        self.assertEqual(dry["state"], "completed", dry)
        self.assertEqual(self.steps(dry)["event_retention"]["counters"]["eligible"], 1200)
        self.assertEqual(self.steps(dry)["parentless_rows"]["counters"]["eligible"], 1)
        self.assertEqual(before, self.contents(server), "a dry run changes nothing")
        self.assertEqual(self.ask(server, "SELECT count(*) FROM event WHERE message LIKE 'seeded%'"), [(1207,)])
        self.assertFalse((server.data / "copies").exists() and list((server.data / "copies").iterdir()))

        run = api.request("POST", "/api/maintenance/run")  # as programs knew it before, without a body
        self.assertEqual(run.status, 202, run)
        self.assertIn("/api/v1/runs/", run.headers["Location"])
        run = self.wait_for_end(api, run.json())
        self.assertEqual(run["state"], "completed", run)
        self.assertEqual([step["name"] for step in run["steps"]], names)
        self.assertEqual(run["progress"]["done"], run["progress"]["total"], "skipped steps count too")
        steps = self.steps(run)
        self.assertEqual(steps["event_retention"]["counters"]["deleted"], 1200)
        self.assertEqual(steps["audit_retention"]["state"], "skipped")
        self.assertIn("upkeep.audit_days = 0", steps["audit_retention"]["message"])
        self.assertEqual(self.ask(server, "SELECT count(*) FROM event WHERE message LIKE 'seeded%'"), [(7,)])
        self.assertEqual(self.ask(server, "SELECT count(*) FROM enrolment_token WHERE created_at = 1"), [(0,)])
        self.assertEqual(self.ask(server, "SELECT count(*) FROM host_state"), [(0,)])

        # Counted a moment after the end of the run.
        totals = eventually("totals", lambda: self.status(api)["totals"]["runs"] == 1 and self.status(api)["totals"])
        status = self.status(api)
        self.assertEqual(status, api.get("/api/maintenance/status"))
        self.assertEqual(status["last_run"]["id"], run["id"])
        self.assertEqual(totals["failed"], 0)
        self.assertEqual(totals["counters"]["deleted"], run["counters"]["deleted"])
        logs = api.get("/api/v1/maintenance/logs?limit=5")
        self.assertLessEqual(len(logs["lines"]), 5)
        for limit in ("0", "1001", "x"):
            api.get(f"/api/v1/maintenance/logs?limit={limit}", expect=422)
        self.check_copy(server)

        server.process.stop()
        server.start()
        api = server.log_in()
        after = self.status(api)
        self.assertEqual(after["last_run"]["steps"], run["steps"], "step by step as it ended")
        self.assertEqual(after["totals"], totals)

    def check_copy(self, server):
        copies = sorted((server.data / "copies").iterdir())
        self.assertEqual(len(copies), 1, copies)
        done = run_program("restore-self", copies[0], "--data", server.folder / "restored")
        self.assertEqual(done.returncode, 0, done.stderr)
        database = sqlite3.connect(server.folder / "restored" / "fettle.db")
        self.assertEqual(database.execute("SELECT count(*) FROM event WHERE message LIKE 'seeded%'").fetchall(), [(7,)])
        database.close()
        self.assertFalse((server.folder / "restored" / "copies").exists(), "no copies of copies")

    def begin_long_run(self, api):
        run = api.post("/api/v1/maintenance/run", {}, expect=202)
        eventually("events go", lambda: self.status(api)["current_step"] == "event_retention")
        return run

    def test_killed_and_stopped_in_the_middle(self):
        count = 150_000
        server, api = self.start_seeded(lambda database: self.add_events(database, count, now_ms() - 40 * DAY),
                                        FETTLE_UPKEEP_OFF="self_copy")
        run = self.begin_long_run(api)
        refused = api.post("/api/v1/maintenance/run", {}, expect=409)
        self.assertEqual(refused["code"], "target_busy")
        self.assertIn(run["id"], str(refused))
        os.kill(server.process.child.pid, signal.SIGKILL)
        server.process.child.wait()
        server.start()
        api = server.log_in()
        status = self.status(api)
        self.assertFalse(status["running"])
        self.assertEqual((status["last_run"]["id"], status["last_run"]["state"]), (run["id"], "interrupted"))
        left = self.ask(server, "SELECT count(*) FROM event WHERE message LIKE 'seeded%'")[0][0]
        self.assertGreater(left, 0)

        second = self.begin_long_run(api)
        begun = time.monotonic()
        server.process.stop()
        self.assertLess(time.monotonic() - begun, 20)
        server.start()
        api = server.log_in()
        self.assertEqual(api.get(f"/api/v1/runs/{second['id']}")["state"], "cancelled")

        third = self.wait_for_end(api, api.post("/api/v1/maintenance/run", {}, expect=202), 120)
        self.assertIn(third["state"], ("completed", "completed_with_warnings"), third)
        self.assertEqual(self.ask(server, "SELECT count(*) FROM event WHERE message LIKE 'seeded%'"), [(0,)])
        self.assertEqual(self.ask(server, "PRAGMA quick_check"), [("ok",)])
        totals = eventually("totals", lambda: self.status(api)["totals"]["runs"] == 3 and self.status(api)["totals"])
        self.assertEqual(totals["failed"], 1, "the one that was interrupted")

    def test_the_audit_log_without_its_beginning_is_still_verified(self):
        server, api = self.start_seeded(lambda database: None, FETTLE_UPKEEP_AUDIT_DAYS="1")
        entries = len(api.list("/api/v1/audit"))
        run = self.wait_for_end(api, api.post("/api/v1/maintenance/run", {}, expect=202))
        steps = self.steps(run)
        self.assertEqual(steps["audit_retention"]["state"], "completed")
        self.assertEqual(steps["audit_retention"]["counters"]["eligible"], 0, "all of today")
        self.assertGreaterEqual(steps["verify_audit"]["counters"]["seen"], entries)
        server.process.stop()
        with sqlite3.connect(server.data / "fettle.db") as database:
            database.execute("DELETE FROM audit_entry WHERE sequence = 1")
        database.close()
        broken = run_program("audit", "verify", "--data", server.data)
        self.assertNotEqual(broken.returncode, 0)
        server.start()
        api = server.log_in()
        run = self.wait_for_end(api, api.post("/api/v1/maintenance/run", {}, expect=202))
        self.assertEqual(run["state"], "failed")
        self.assertEqual(self.steps(run)["verify_audit"]["state"], "failed")
        self.assertEqual(self.steps(run)["self_copy"]["state"], "completed", "the steps behind it run all the same")
        kinds = eventually("conditions", lambda: {"audit.broken", "run.failed"} <= {
            one["kind"] for one in api.list("/api/v1/conditions")})
        self.assertTrue(kinds)

    def test_only_for_administrators_of_the_server(self):
        server = self.server(FETTLE_UPKEEP_INTERVAL_HOURS="1").start()
        api = server.set_up()
        self.assertIsNotNone(self.status(api)["next_run_at"])
        self.assertEqual(self.status(api)["interval_ms"], 3_600_000)
        nobody = server.api()
        for method, path in (("POST", "run"), ("GET", "status"), ("GET", "logs")):
            for base in ("/api/v1/maintenance/", "/api/maintenance/"):
                self.assertEqual(nobody.request(method, base + path).status, 401, base + path)
        reader = server.api()
        reader.bearer = api.post("/api/v1/tokens", {"name": "r", "scopes": ["read"]}, expect=201)["token"]
        self.assertEqual(reader.request("POST", "/api/v1/maintenance/run", {}).status, 403)


if __name__ == "__main__":
    unittest.main()
