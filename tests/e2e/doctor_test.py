#!/usr/bin/env python3
"""`fettle doctor` on real servers and agents: running, stopped, broken; and copies before an upgrade."""
import json
import os
import socket
import sqlite3
import unittest

from harness import EndToEndTest, eventually, run_program


class Doctor(EndToEndTest):
    def findings(self, *arguments, code):
        done = run_program("doctor", *arguments, "--json")
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return {finding["check"]: finding for finding in json.loads(done.stdout)["findings"]}

    def assert_failed(self, finding, says):
        self.assertEqual(finding["state"], "failed", finding)
        self.assertIn(says, finding["detail"])
        self.assertNotEqual(finding["advice"], "", finding)

    def test_a_server_that_runs_and_one_that_does_not(self):
        server = self.server().start()
        well = self.findings("server", "--data", server.data, "--listen", server.listen, code=0)
        for check in ("configuration", "data folder", "writing", "process", "database", "schema", "journal", "port"):
            self.assertEqual(well[check]["state"], "good", well[check])
        self.assertIn(f"process {server.process.child.pid}", well["process"]["detail"])
        self.assertEqual(server.process.stop(), 0)
        stopped = self.findings("server", "--data", server.data, "--listen", server.listen, code=0)
        self.assertEqual((stopped["process"]["detail"], stopped["port"]["state"]), ("does not run", "good"))
        self.assertNotIn("doctor-was-here", os.listdir(server.data))
        server.start()  # what the doctor did keeps nobody from starting

    def test_each_fault_of_a_server_is_named(self):
        server = self.server().start()
        server.process.stop()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            found = self.findings("server", "--data", server.data, "--listen", f"127.0.0.1:{taken.getsockname()[1]}", code=1)
            self.assert_failed(found["port"], "taken by something else")
        os.chmod(server.data, 0o755)
        self.assertEqual(self.findings("server", "--data", server.data, "--listen", server.listen, code=0)["data folder"]["state"], "warning")
        with sqlite3.connect(server.data / "fettle.db") as database:
            database.execute("PRAGMA user_version=9999")
        database.close()
        self.assert_failed(self.findings("server", "--data", server.data, "--listen", server.listen, code=1)["schema"], "newer Fettle")
        for name in os.listdir(server.data):
            if name.startswith("fettle.db-"):
                os.unlink(server.data / name)
        with open(server.data / "fettle.db", "r+b") as file:
            file.seek(4096)
            file.write(os.urandom(200_000))
        self.assert_failed(self.findings("server", "--data", server.data, "--listen", server.listen, code=1)["database"], "fettle.db")
        self.assert_failed(self.findings("server", "--data", self.folder / "none", code=1)["data folder"], "No such file")

    def test_an_agent(self):
        server = self.server().start()
        agent = self.agent()
        agent.enrol(server, server.set_up(), "alpha")
        agent.start()
        eventually("the agent runs", lambda: self.findings("agent", "--data", agent.data, code=0)["process"]["state"] == "good")
        well = self.findings("agent", "--data", agent.data, code=0)
        for check in ("identity", "policy", "server", "server's clock", "outbox"):
            self.assertEqual(well[check]["state"], "good", well[check])
        self.assertIn("alpha", well["identity"]["detail"])
        server.process.stop()
        self.assert_failed(self.findings("agent", "--data", agent.data, code=1)["server"], "refuses connections")
        found = self.findings("agent", "--data", agent.data, "--server", "http://no-such-name.invalid", code=1)
        self.assert_failed(found["server"], "cannot be resolved")
        self.assert_failed(self.findings("agent", "--data", self.folder, code=1)["identity"], "not enrolled")

    def test_a_person_gets_lines_to_read(self):
        server = self.server().start()
        done = run_program("doctor", "server", "--data", server.data, "--listen", server.listen)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^server\n  ok +configuration +nothing wrong$")


if __name__ == "__main__":
    unittest.main()
