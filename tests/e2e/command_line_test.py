#!/usr/bin/env python3
"""The program as a person at a terminal meets it: exit codes, messages, configuration, what a command leaves behind."""
import json
import os
import re
import subprocess
import unittest

from harness import PROGRAM, EndToEndTest, Process, eventually, run_program


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
        done = run_program("config", "check", "--config", file)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertIn(f"{file}:3: server.heartbeat_intervall_ms", done.stderr)
        done = run_program("config", "check", "--config", self.folder / "none")
        self.assertEqual(done.returncode, 2, done.stderr)
        done = run_program("server", "--data", data, "--listen", "0.0.0.0:0", FETTLE_SERVER_TLS="off")
        self.assertEqual(done.returncode, 2, done.stderr)

    def test_a_word_that_is_mistyped_is_corrected(self):
        self.assertIn("is 'hosts' meant?", run_program("hosst").stderr)
        self.assertIn("is '--json' meant?", run_program("hosts", "--jsn").stderr)
        self.assertIn("\n  enroll ", run_program().stderr)

    def test_an_address_that_cannot_be_called_is_wrong_use(self):
        for url in ("127.0.0.1:8420", "ftp://127.0.0.1:8420", "https://127.0.0.1:0", "http://127.0.0.1:0"):
            for line in ("hosts", "--url", url, "--token", "ftk_x"), ("enroll", url, "fte_x", "--data", self.folder / "a"):
                done = run_program(*line)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(url, done.stderr)
        self.assertFalse((self.folder / "a").exists())

    def test_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([PROGRAM, "config", "reference"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No space left on device", done.stderr)

    def test_a_reader_that_goes_is_no_failure(self):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([PROGRAM, "config", "reference"], stdout=writer, stderr=subprocess.PIPE, text=True)
        os.close(writer)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

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
        self.assertIn("fettle enroll URL TOKEN --data", done.stderr)
        self.assertFalse((self.folder / "agent").exists(), "a mistyped folder is not made")

    def test_a_data_folder_that_cannot_be_made_is_a_failure(self):
        (self.folder / "file").touch()
        for folder in (self.folder / "file", self.folder / "file/inner", "/proc/none"):
            done = run_program("server", "--data", folder, "--listen", "127.0.0.1:0", timeout=20)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(f"the data folder {folder} cannot be used", done.stderr)

    def test_one_data_folder_belongs_to_one_server(self):
        server = self.server().start()
        done = run_program("server", "--data", server.data, "--listen", "127.0.0.1:0", timeout=20)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("data_in_use", done.stderr)
        self.assertIn(f"process {server.process.child.pid}:", done.stderr)
        server.process.kill()
        server.start()
        done = run_program("server", "--data", server.data, "--listen", "127.0.0.1:0", timeout=20)
        self.assertIn(f"process {server.process.child.pid}:", done.stderr, "not the one that is gone")

    def test_a_port_that_is_taken_is_named(self):
        server = self.server().start()
        done = run_program("server", "--data", self.folder / "other", "--listen", server.listen, timeout=20)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(server.listen.split(":")[1], done.stderr)
        self.assertIn("address_in_use", done.stderr)

    def test_tokens_that_do_not_open_a_door_are_denied(self):
        server = self.server().start()
        api = server.set_up()
        url = ("--url", server.url)
        done = run_program("hosts", *url)
        self.assertEqual(done.returncode, 5, done.stderr)
        for word in ("Settings", "FETTLE_TOKEN", "--token", "--token-file"):
            self.assertIn(word, done.stderr)
        token = api.post("/api/v1/tokens", {"name": "t", "scopes": ["read"]}, expect=201)
        self.assertEqual(run_program("hosts", *url, "--json", FETTLE_TOKEN=token["token"]).stdout, '{"items":[]}\n')
        self.assertEqual(run_program("hosts", *url, "--environment", "a b", FETTLE_TOKEN=token["token"]).returncode, 4)
        api.delete(f"/api/v1/tokens/{token['id']}")
        done = run_program("hosts", *url, FETTLE_TOKEN=token["token"])
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("revoked", done.stderr)
        metrics = api.post("/api/v1/tokens", {"name": "m", "scopes": ["metrics"]}, expect=201)["token"]
        done = run_program("hosts", *url, FETTLE_TOKEN=metrics)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("scope read", done.stderr)

        enrolment = api.post("/api/v1/enrolment-tokens", {}, expect=201)["token"]
        for name, wrong in (("a", "fte_" + "0" * 40), ("b", metrics)):
            done = run_program("enroll", server.url, wrong, "--data", self.folder / name)
            self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(run_program("enroll", server.url, enrolment, "--data", self.folder / "a").returncode, 0)
        done = run_program("enroll", server.url, enrolment, "--data", self.folder / "b")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("enrolment_token_used", done.stderr)
        done = run_program("enroll", server.url, enrolment, "--data", self.folder / "a")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("already_enrolled", done.stderr)

    def test_a_simulation_leaves_nothing_behind_unless_it_is_told_to(self):
        server = self.server(FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000").start()
        api = server.set_up()
        simulate = ("simulate", "--hosts", "20", "--seconds", "2", "--url", server.url, "--json")
        token = lambda *scopes: api.post("/api/v1/tokens", {"name": "t", "scopes": list(scopes)}, expect=201)["token"]
        for scopes, missing in ((["read"], "scope operate"), (["operate"], "scope admin")):
            done = run_program(*simulate, FETTLE_TOKEN=token(*scopes))
            self.assertEqual((done.returncode, done.stdout), (5, ""), done.stderr)
            self.assertIn(missing, done.stderr)
            self.assertEqual(api.list("/api/v1/hosts"), [], "nothing was made")

        admin = token("admin")
        done = run_program(*simulate, FETTLE_TOKEN=admin)
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads(done.stdout)
        self.assertEqual((result["hosts"], result["hosts_removed"]), (20, 20))
        self.assertGreater(result["heartbeats_acknowledged"], 0)
        self.assertEqual(api.list("/api/v1/hosts"), [])
        done = run_program(*simulate, "--keep", FETTLE_TOKEN=token("operate"))
        self.assertEqual((done.returncode, json.loads(done.stdout)["hosts_removed"]), (0, 0), done.stderr)
        self.assertEqual({host["name"] for host in api.list("/api/v1/hosts")}, {f"sim-{i + 1}" for i in range(20)})

    def test_a_simulation_that_is_interrupted_tidies_up(self):
        server = self.server().start()
        api = server.set_up()
        admin = api.post("/api/v1/tokens", {"name": "t", "scopes": ["admin"]}, expect=201)["token"]
        fleet = self.agent("fleet")
        fleet.process = Process(fleet.folder / "log", "simulate", "--hosts", "300", "--seconds", "3600", "--url", server.url,
                                FETTLE_TOKEN=admin)
        eventually("hosts come in", lambda: len(api.list("/api/v1/hosts")) >= 20)
        self.assertEqual(fleet.process.stop(), 0, fleet.process.output())
        self.assertEqual(api.list("/api/v1/hosts"), [], fleet.process.output())

    def test_nothing_waits_after_a_clean_restart_of_an_agent(self):
        server = self.server(FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000").start()
        api = server.set_up()
        agent = self.agent()
        host = agent.enrol(server, api, "alpha")
        for start in range(3):
            agent.start()
            eventually("it is online", lambda: api.get(f"/api/v1/hosts/{host}")["state"] == "online")
            self.assertEqual(agent.process.stop(), 0, agent.process.output())
            opened = re.findall(r"outbox opened boot=\d+ waiting=(\d+)", agent.process.output())
            self.assertEqual(opened, ["0"] * (start + 1))
            eventually("it is gone", lambda: api.get(f"/api/v1/hosts/{host}")["state"] != "online")


if __name__ == "__main__":
    unittest.main()
