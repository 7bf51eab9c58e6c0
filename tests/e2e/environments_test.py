#!/usr/bin/env python3
"""An environment with a long past is removed: nobody can use it from the first moment on, what was in it goes in small
writes, and a kill in the middle changes nothing."""
import sqlite3
import unittest

from harness import EndToEndTest, eventually

ROWS = 60_000


class Environments(EndToEndTest):
    def count(self, table):
        with sqlite3.connect(f"file:{self.started.data}/fettle.db?mode=ro", uri=True) as database:
            rows = database.execute(f"SELECT count(*) FROM {table} WHERE environment_id = ?", (self.id,)).fetchone()[0]
        database.close()
        return rows

    def listed(self):
        return [one for one in self.api.get("/api/v1/server/environments")["items"] if one["id"] == self.id]

    def test_a_long_past_goes_bit_by_bit(self):
        self.started = self.server(FETTLE_UPKEEP_ENABLED="false").start()
        self.api = self.started.set_up()
        self.id = self.api.post("/api/v1/environments", {"name": "lab"}, expect=201)["id"]
        self.started.process.stop()
        with sqlite3.connect(self.started.data / "fettle.db") as database:
            database.executemany(
                "INSERT INTO run (id, environment_id, plan, title, target_kind, target_id, target_name, state, is_live,"
                " holds_lock, is_dry, actor_kind, actor_id, actor_name, parameters, created_at, ended_at)"
                " VALUES (?, ?, 'host-check', 'x', 'host', 'h', 'h', 'completed', 0, 1, 0, 'person', 'p', 'p', '{}', 1, 2)",
                ((f"run_{number:032x}", self.id) for number in range(ROWS)))
            database.executemany(
                "INSERT INTO ledger (schedule_id, nominal, fold, environment_id, schedule_name, decided_at, outcome, reason,"
                " count) VALUES ('schedule_gone', ?, 0, ?, 'gone', 1, 'ran', '', 1)", ((number, self.id) for number in range(ROWS)))
        database.close()
        self.started.start()
        path = f"/api/v1/environments/{self.id}"
        self.assertEqual(self.api.request("DELETE", path).status, 202)
        self.assertIsNotNone(self.listed()[0]["removing_since"])
        self.assertEqual(self.api.request("GET", f"/api/v1/runs?environment={self.id}").status, 422)
        self.assertEqual(self.api.request("POST", "/api/v1/environments", {"name": "lab"}).json()["code"], "name_taken")
        self.assertEqual(self.api.request("PATCH", path, {"name": "other"}).json()["code"], "being_removed")
        self.started.process.kill()
        self.assertGreater(self.count("run") + self.count("ledger"), 0, "it was killed in the middle")
        self.started.start()
        eventually("all of it is gone", lambda: not self.listed(), 60)
        self.assertEqual((self.count("run"), self.count("ledger")), (0, 0))
        self.assertEqual(self.api.request("DELETE", path).status, 404)
        self.api.post("/api/v1/environments", {"name": "lab"}, expect=201)
        removals = [row for row in self.api.list("/api/v1/audit") if row["action"] == "environment.remove"]
        self.assertEqual([row["object"] for row in removals], [self.id])


if __name__ == "__main__":
    unittest.main(verbosity=2)
