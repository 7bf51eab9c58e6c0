#!/usr/bin/env python3
"""The audit chain of a real server: what is changed in its file from outside is found, by the command and by the API."""
import json
import sqlite3
import threading
import unittest

from harness import EndToEndTest, run_program


class Audit(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.main = self.server().start()
        self.ada = self.main.set_up()
        for name in ("a", "b", "c", "d", "e", "f"):
            self.ada.post("/api/v1/people", {"name": name}, expect=201)
        self.admin = self.ada.post("/api/v1/tokens", {"name": "t", "scopes": ["admin"]}, expect=201)["token"]
        self.entries = self.ada.get("/api/v1/audit")["items"][0]["sequence"]

    def verify(self, *arguments, **environment):
        done = run_program("audit", "verify", "--json", *arguments, **environment)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        verdict = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if verdict["intact"] else 1)
        return verdict

    def offline(self):
        return self.verify("--data", self.main.data)

    def change(self, *statements):
        connection = sqlite3.connect(self.main.data / "fettle.db")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    def test_whatever_is_changed_from_outside_is_found(self):
        self.assertEqual(self.offline(), {"intact": True, "entries": self.entries, "broken_at": None, "detail": ""})
        self.main.process.stop()
        copy = (self.main.data / "fettle.db").read_bytes()
        self.assertTrue(self.offline()["intact"], "the server is stopped")
        row = 4
        for what, where, *statements in (
                ("change", row, f"UPDATE audit_entry SET actor_name = 'eve' WHERE sequence = {row}"),
                ("delete", row, f"DELETE FROM audit_entry WHERE sequence = {row}"),
                ("reorder", row, f"UPDATE audit_entry SET sequence = 1000 WHERE sequence = {row}",
                 f"UPDATE audit_entry SET sequence = {row} WHERE sequence = {row + 1}",
                 f"UPDATE audit_entry SET sequence = {row + 1} WHERE sequence = 1000"),
                ("cut the tail", self.entries, f"DELETE FROM audit_entry WHERE sequence = {self.entries}"),
                ("insert", self.entries + 1, "INSERT INTO audit_entry SELECT max(sequence) + 1, at, actor_kind, actor_id, actor_name,"
                 " address, action, object, detail, hash FROM audit_entry"),
                ("insert before", 0, "INSERT INTO audit_entry SELECT -1, at, actor_kind, actor_id, actor_name, address,"
                 " action, object, detail, hash FROM audit_entry WHERE sequence = 1"),
        ):
            (self.main.data / "fettle.db").write_bytes(copy)
            self.change(*statements)
            verdict = self.offline()
            self.assertFalse(verdict["intact"], what)
            self.assertEqual(verdict["broken_at"], where, what)
        (self.main.data / "fettle.db").write_bytes(copy)
        self.change(f"UPDATE audit_entry SET detail = 'other' WHERE sequence = {row}")
        self.main.start()
        verdict = self.ada.get("/api/v1/audit/verification")
        self.assertEqual((verdict["intact"], verdict["entries"], verdict["broken_at"]), (False, row - 1, row))
        done = run_program("audit", "verify", "--url", self.main.url, FETTLE_TOKEN=self.admin)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(f"broken at entry {row}", done.stdout)

    def test_it_is_intact_while_entries_come_in_and_after_a_kill(self):
        stop = threading.Event()

        def work():
            api = self.main.api()
            api.cookie = self.ada.cookie
            while not stop.is_set():
                token = api.post("/api/v1/tokens", {"name": "x", "scopes": ["read"]}, expect=201)["id"]
                api.delete(f"/api/v1/tokens/{token}")
        worker = threading.Thread(target=work)
        worker.start()
        try:
            for _ in range(5):
                self.assertTrue(self.offline()["intact"])
                self.assertTrue(self.ada.get("/api/v1/audit/verification")["intact"])
        finally:
            stop.set()
            worker.join()
        self.main.process.kill()
        self.assertTrue(self.offline()["intact"])
        self.main.start()
        self.assertTrue(self.offline()["intact"])

    def test_a_look_from_outside_changes_nothing(self):
        self.main.process.stop()
        before = (self.main.data / "fettle.db").read_bytes()
        self.assertTrue(self.offline()["intact"])
        self.assertEqual((self.main.data / "fettle.db").read_bytes(), before)
        done = run_program("audit", "verify", "--data", self.folder / "none")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertFalse((self.folder / "none").exists())
        broken = self.folder / "broken"
        broken.mkdir()
        (broken / "fettle.db").write_bytes(b"no database" * 1000)
        self.assertEqual(run_program("audit", "verify", "--data", broken).returncode, 1)

    def test_lists_and_exports(self):
        url = ("--url", self.main.url)
        done = run_program("audit", "list", *url, "--action", "person", "--json", FETTLE_TOKEN=self.admin)
        self.assertEqual(done.returncode, 0, done.stderr)
        items = json.loads(done.stdout)["items"]
        self.assertEqual({item["action"] for item in items}, {"person.create"})
        self.assertIn("person.create", run_program("audit", "list", *url, "--limit", "3", FETTLE_TOKEN=self.admin).stdout)
        read = self.ada.post("/api/v1/tokens", {"name": "r", "scopes": ["read"]}, expect=201)["token"]
        done = run_program("audit", "list", *url, FETTLE_TOKEN=read)
        self.assertEqual(done.returncode, 5)
        self.assertIn("scope admin", done.stderr)
        self.assertEqual(run_program("audit", "list", *url, "--from", "yesterday", FETTLE_TOKEN=self.admin).returncode, 2)

        answer = self.ada.request("GET", "/api/v1/audit/export?format=jsonl&action=person")
        lines = [json.loads(line) for line in answer.body.splitlines()]
        self.assertEqual([line["sequence"] for line in lines], [item["sequence"] for item in items])
        answer = self.ada.request("GET", "/api/v1/audit/export")
        self.assertEqual(answer.headers["Content-Type"], "text/csv; charset=utf-8")
        self.assertIn("audit.csv", answer.headers["Content-Disposition"])
        self.assertTrue(answer.body.startswith(b"sequence,at,actor_kind,"))


if __name__ == "__main__":
    unittest.main()
