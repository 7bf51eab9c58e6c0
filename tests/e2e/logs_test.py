#!/usr/bin/env python3
"""The server's own log and its events at a terminal: shown, followed over a restart, ended quietly; and no secret in it."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import unittest

from harness import PASSWORD, PROGRAM, EndToEndTest, Process, clean_environment, eventually, run_program


class Logs(EndToEndTest):
    def served(self, **environment):
        server = self.server(**environment).start()
        api = server.set_up()
        token = api.post("/api/v1/tokens", {"name": "terminal", "scopes": ["admin"]}, expect=201)["token"]
        return server, api, token

    def following(self, server, token, *arguments):
        follower = self.agent("follower-" + arguments[0])
        follower.process = Process(self.folder / f"{arguments[0]}.out", *arguments, "--url", server.url, FETTLE_TOKEN=token)
        return follower.process

    def test_the_log_is_shown_and_followed(self):
        server, api, token = self.served(FETTLE_SERVER_LOG_LEVEL="debug")
        ask = {"FETTLE_TOKEN": token, "FETTLE_URL": server.url}
        done = run_program("logs", "--query", "SERVING", **ask)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^\S+Z info +server serving hosts=0 url=http://127\.0\.0\.1:\d+ version=\S+\n$")
        line = json.loads(run_program("logs", "--query", "serving", "--json", **ask).stdout)
        self.assertEqual((line["component"], line["message"], line["count"]), ("server", "serving", 1))
        self.assertEqual(api.get("/api/logs?query=serving"), api.get("/api/v1/logs?query=serving"))
        self.assertEqual(run_program("logs", "--since", "1h", "--level", "error", **ask).stdout, "")
        for wrong in ("--since", "yesterday"), ("--level", "loud"), ("--lines", "0"):
            self.assertEqual(run_program("logs", *wrong, **ask).returncode, 2, wrong)
        following = self.following(server, token, "logs", "-f", "--query", "refused", "--json")
        for name in ("eve-one", "eve-two"):
            server.api().post("/api/v1/session", {"name": name, "password": "wrong wrong wrong"}, expect=401)
        eventually("both are told", lambda: following.output().count("log-in refused") == 2)
        # Over a restart: it comes back by itself and goes on.
        self.assertEqual(server.process.stop(), 0)
        eventually("it waits", lambda: "trying again" in following.output())
        server.start()
        server.api().post("/api/v1/session", {"name": "eve-three", "password": "wrong wrong wrong"}, expect=401)
        eventually("the third is told", lambda: following.output().count("log-in refused") == 3)
        following.child.send_signal(signal.SIGINT)
        self.assertEqual(following.child.wait(20), 0)

    def test_only_for_administrators_of_the_server(self):
        server, api, _ = self.served()
        reader = api.post("/api/v1/tokens", {"name": "reader", "scopes": ["read"]}, expect=201)["token"]
        for arguments in ("logs",), ("logs", "-f"):
            done = run_program(*arguments, FETTLE_TOKEN=reader, FETTLE_URL=server.url)
            self.assertEqual((done.returncode, done.stdout), (5, ""), done.stderr)
        # A token that is revoked ends what it follows.
        token = api.post("/api/v1/tokens", {"name": "short", "scopes": ["admin"]}, expect=201)
        following = self.following(server, token["token"], "logs", "-f")
        eventually("it is shown", lambda: "serving" in following.output())
        api.delete(f"/api/v1/tokens/{token['id']}")
        self.assertEqual(following.child.wait(20), 5, following.output())

    def test_repeats_count_up(self):
        server, api, _ = self.served()
        for _ in range(5):
            server.api().post("/api/v1/setup", {"token": "fst_" + "0" * 40, "name": "eve", "password": PASSWORD}, expect=409)
            server.api().post("/api/v1/session", {"name": "eve", "password": "wrong wrong wrong"}, expect=401)
        lines = api.get("/api/v1/logs?query=log-in%20refused")["items"]
        self.assertEqual([line["count"] for line in lines], [5])

    def test_a_reader_that_has_had_enough(self):
        server, _, token = self.served()
        child = subprocess.run(f"{PROGRAM} logs | head -n 1", shell=True, capture_output=True, text=True,
                               env=clean_environment(FETTLE_TOKEN=token, FETTLE_URL=server.url))
        self.assertEqual((child.stdout.count("\n"), child.stderr), (1, ""))

    def test_events_are_listed_and_followed(self):
        server, api, token = self.served()
        ask = {"FETTLE_TOKEN": token, "FETTLE_URL": server.url}
        done = run_program("events", "--type", "server.started", **ask)
        self.assertRegex(done.stdout, r"^\S+Z info +server\.started The server started\n$")
        done = run_program("events", "--host", "nowhere", **ask)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.agent("older").enrol(server, api, "web-older")
        self.agent("zeroth").enrol(server, api, "web-0")
        following = self.following(server, token, "events", "-f", "--limit", "1", "--type", "host.enrolled", "--json")
        eventually("the newest is shown", lambda: "web-0" in following.output())
        earlier = self.agent("earlier")
        earlier.enrol(server, api, "web-00")
        eventually("this too", lambda: "web-00" in following.output())
        agent = self.agent()
        host_id = agent.enrol(server, api, "web-1")
        eventually("it is told", lambda: host_id in following.output())
        self.assertEqual(server.process.stop(), 0)
        server.start()
        second = self.agent("second").enrol(server, server.log_in(), "web-2")
        eventually("the next one too", lambda: second in following.output(), seconds=40)
        events = [json.loads(line) for line in following.output().splitlines() if line.startswith("{")]
        names = [event["source"]["name"] for event in events]
        self.assertEqual(len(names), len(set(names)), "each once")
        self.assertEqual(names[names.index("web-1"):], ["web-1", "web-2"], "nothing older after the restart")
        done = run_program("events", "--host", "web-1", "--json", **ask)
        self.assertTrue(all(json.loads(line)["source"]["id"] == host_id for line in done.stdout.splitlines()))
        following.child.send_signal(signal.SIGINT)
        self.assertEqual(following.child.wait(20), 0)

    def test_no_secret_reaches_the_log(self):
        server, api, token = self.served(FETTLE_SERVER_LOG_LEVEL="trace")
        secrets = ["a-secret-of-the-test-0123456789", token, PASSWORD]
        document = api.get("/api/v1/openapi.json")
        for path, operations in document["paths"].items():
            target = path.replace("{id}", secrets[0]).replace("{connection}", secrets[0])
            for method in operations:
                if (method, path) == ("delete", "/api/v1/session") or path == "/api/v1/backup" or "stream" in path \
                        or path.endswith("/sse"):
                    continue
                body = {name: secrets[0] for name in ("token", "password", "name", "key", "secret", "public_key")}
                for headers in {}, {"Authorization": f"Bearer ftk_{secrets[0]}"}, {"Authorization": f"Bearer {token}"}:
                    api.request(method.upper(), f"{target}?token={secrets[0]}",
                                None if method == "get" else body, headers)
        api.request("POST", "/api/v1/session", {"name": secrets[0], "password": secrets[0]}, {})
        eventually("it is logged", lambda: "request" in server.process.output())
        kept = json.dumps(api.get("/api/v1/logs?lines=10000&level=trace"))
        server.process.stop()
        text = server.process.output()
        for secret in secrets[1:]:
            self.assertNotIn(secret, kept)
            self.assertNotIn(secret, text)
        for line in text.splitlines():
            # A path is logged as it came; what stands behind its question mark and in a body is not.
            self.assertNotIn(f"token={secrets[0]}", line)
            self.assertNotIn(f"password={secrets[0]}", line)
        for file in server.data.rglob("*"):
            if file.is_file() and file.name not in ("setup-token", "local-enrolment-token"):
                self.assertNotIn(token.encode(), file.read_bytes(), file)

    def test_a_signal_reloads_the_level(self):
        file = self.folder / "fettle.toml"
        file.write_text('[server]\nlog_level = "info"\n')
        server, api, _ = self.served(FETTLE_CONFIG=str(file))
        reload = lambda: server.process.child.send_signal(signal.SIGHUP)
        file.write_text('[server]\nlog_level = "debug"\nheartbeat_interval_ms = 7000\n')
        reload()
        eventually("it is reloaded", lambda: "log_level=debug" in server.process.output())
        self.assertIn("key=server.heartbeat_interval_ms", server.process.output())
        api.get("/api/v1/hosts")
        eventually("requests are logged", lambda: " debug net request " in server.process.output())
        file.write_text('[server]\nlog_level = "error"\nlisten = 5\n')
        reload()
        eventually("it is refused", lambda: "was not reloaded" in server.process.output())
        before = server.process.output().count(" debug ")
        api.get("/api/v1/hosts")
        eventually("the level stays", lambda: server.process.output().count(" debug ") > before)


class Completion(EndToEndTest):
    def test_bash_completes_commands_and_flags(self):
        script = self.folder / "fettle.bash"
        script.write_text(run_program("completion", "bash").stdout)
        ask = f'source {script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fettle; printf "%s\\n" "${{COMPREPLY[@]}}"'

        def complete(*words):
            done = subprocess.run(["bash", "-uc", ask, "bash", *words], capture_output=True, text=True, cwd=self.folder)
            self.assertEqual(done.stderr, "")
            return done.stdout.split()

        self.assertEqual(complete("fettle", "log"), ["logs"])
        self.assertEqual(complete("fettle", "config", "c"), ["check"])
        self.assertEqual(complete("fettle", "logs", "--lev"), ["--level"])
        self.assertIn("--follow", complete("fettle", "events", "-"))
        self.assertIn("fettle.bash", complete("fettle", "restore-self", "fet"))

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_takes_it(self):
        script = self.folder / "_fettle"
        script.write_text(run_program("completion", "zsh").stdout)
        done = subprocess.run(["zsh", "-fc", f"autoload -U compinit; compinit -u -d {self.folder}/dump; source {script}; "
                               "print ${_comps[fettle]}"], capture_output=True, text=True)
        self.assertEqual((done.stdout, done.stderr), ("_fettle\n", ""))

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_completes(self):
        script = self.folder / "fettle.fish"
        script.write_text(run_program("completion", "fish").stdout)
        done = subprocess.run(["fish", "--no-config", "-c", f"source {script}; complete -C 'fettle config '"],
                              capture_output=True, text=True, env=clean_environment(HOME=str(self.folder)))
        self.assertIn("check\t", done.stdout, done.stderr)


if __name__ == "__main__":
    unittest.main()
