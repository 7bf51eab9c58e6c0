#!/usr/bin/env python3
"""The program as a person at a terminal meets it: exit codes, messages, configuration; no server is needed."""
import json
import unittest

from harness import EndToEndTest, run_program


class CommandLine(EndToEndTest):
    def test_version_and_help(self):
        self.assertRegex(run_program("version").stdout, r"^fettle \d+\.\d+\.\d+\n$")
        done = run_program("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for command in ("server", "agent", "enroll", "hosts", "simulate", "config", "version"):
            self.assertIn(f"\n  {command} ", done.stdout)

    def test_wrong_use_says_so(self):
        for arguments in ((), ("serve",), ("server", "--listen", "8420"), ("hosts", "--jsn")):
            done = run_program(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertNotEqual(done.stderr, "")

    def test_a_broken_configuration_starts_no_server(self):
        file = self.folder / "fettle.toml"
        file.write_text("[server]\nlisten = \"127.0.0.1:0\"\nheartbeat_intervall_ms = 1000\n")
        data = self.folder / "data"
        done = run_program("server", "--data", data, "--config", file)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr, f"{file}:3: server.heartbeat_intervall_ms: there is no such key; "
                                      "is server.heartbeat_interval_ms meant?\n")
        self.assertFalse(data.exists())

    def test_config_check_tells_where_values_come_from(self):
        file = self.folder / "fettle.toml"
        file.write_text("[server]\nlog_level = \"debug\"\n")
        done = run_program("config", "check", "--config", file, "--json", FETTLE_SERVER_DATA="/elsewhere")
        self.assertEqual(done.returncode, 0, done.stderr)
        values = {entry["key"]: entry for entry in json.loads(done.stdout)["values"]}
        self.assertEqual(values["server.log_level"]["origin"], f"{file}:2")
        self.assertEqual(values["server.data"], {"key": "server.data", "value": '"/elsewhere"',
                                                 "origin": "FETTLE_SERVER_DATA"})
        self.assertEqual(values["agent.outbox_mib"]["origin"], "default")

    def test_a_server_that_is_not_there_means_try_again(self):
        done = run_program("hosts", "--url", "http://127.0.0.1:1", "--token", "ftk_x")
        self.assertEqual((done.returncode, done.stdout), (75, ""), done.stderr)
        done = run_program("enroll", "http://127.0.0.1:1", "fte_x", "--data", self.folder / "agent")
        self.assertEqual(done.returncode, 75, done.stderr)

    def test_an_agent_that_was_never_enrolled_says_what_to_do(self):
        done = run_program("agent", "--data", self.folder / "agent")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("not_enrolled", done.stderr)

    def test_one_data_folder_belongs_to_one_server(self):
        server = self.server().start()
        done = run_program("server", "--data", server.data, "--listen", "127.0.0.1:0", timeout=20)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("data_in_use", done.stderr)

    def test_a_port_that_is_taken_is_named(self):
        server = self.server().start()
        done = run_program("server", "--data", self.folder / "other", "--listen", server.listen, timeout=20)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(server.listen.split(":")[1], done.stderr)
        self.assertIn("address_in_use", done.stderr)


if __name__ == "__main__":
    unittest.main()
