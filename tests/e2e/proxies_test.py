#!/usr/bin/env python3
"""Behind the real nginx and Caddy, with the very snippets of docs/proxies.md: log-in, live stream, agents, addresses."""
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import unittest
import urllib.request

from api import Api
from harness import CHECKOUT, PASSWORD, PERSON, EndToEndTest, eventually, run_program

PEERS = pathlib.Path(os.environ.get("FETTLE_PEERS", CHECKOUT / "build/peers"))


def program(name):
    """Installed, or unpacked by ./dev."""
    for path in shutil.which(name), PEERS / "usr/sbin" / name, PEERS / "usr/bin" / name:
        if path and os.access(path, os.X_OK):
            return str(path)
    return None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def snippet(language):
    text = (CHECKOUT / "docs/proxies.md").read_text()
    return re.search(rf"```{language}\n(.*?)```", text, re.DOTALL).group(1)


class Proxies(EndToEndTest):
    def behind(self, port, path=""):
        server = self.server(FETTLE_SERVER_PUBLIC_URL=f"http://127.0.0.1:{port}{path}", FETTLE_SERVER_LOG_LEVEL="debug",
                             FETTLE_SERVER_TRUSTED_PROXIES="127.0.0.1", FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000")
        server.listen = f"127.0.0.1:{free_port()}"
        where = server.listen
        server.start()
        self.assertEqual(server.listen, f"127.0.0.1:{port}{path}", "the ready file names the public address")
        return server, where

    def begin(self, arguments, port, **how):
        log = open(self.folder / "proxy.log", "ab")
        self.addCleanup(log.close)
        child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **how)
        self.addCleanup(child.wait)
        self.addCleanup(child.terminate)

        def answers():
            self.assertIsNone(child.poll(), (self.folder / "proxy.log").read_text())
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        eventually("the proxy answers", answers)

    def check(self, server, port):
        url = f"http://127.0.0.1:{port}"
        api = Api(url)
        token = (server.data / "setup-token").read_text().strip()
        api.post("/api/v1/setup", {"token": token, "name": PERSON, "password": PASSWORD}, expect=201)
        # The stream passes at once: what is collected first would come when it ends, which it does not.
        with api.stream(["fleet", "events"]) as stream:
            stream.wait_for("its greeting", lambda kind, data: kind == "hello")
            agent = self.agent()
            enrolment = api.post("/api/v1/enrolment-tokens", {}, expect=201)["token"]
            done = run_program("enroll", url, enrolment, "--data", agent.data, "--name", "web-1")
            self.assertEqual(done.returncode, 0, done.stderr)
            agent.start()
            stream.wait_for("the host is enrolled",
                            lambda kind, data: kind == "event" and data["type"] == "host.enrolled")
        eventually("the agent is online", lambda: [host["state"] for host in api.list("/api/v1/hosts")] == ["online"])
        # Where a client comes from is what the proxy says, not what the client says.
        client = http.client.HTTPConnection("127.0.0.1", port, source_address=("127.0.0.2", 0))
        client.request("GET", "/api/v1/setup", headers={"X-Forwarded-For": "203.0.113.9"})
        self.assertEqual(json.loads(client.getresponse().read()), {"needed": False})
        client.close()
        eventually("its address is logged", lambda: "peer=127.0.0.2" in server.process.output())
        self.assertNotIn("203.0.113.9", server.process.output())
        self.assertEqual(agent.process.stop(), 0)
        self.assertEqual(server.process.stop(), 0)

    @unittest.skipUnless(program("nginx"), "nginx is neither installed nor unpacked below build/peers")
    def test_nginx(self):
        port = free_port()
        server, where = self.behind(port)
        self.begin_nginx(port, where)
        self.check(server, port)

    @unittest.skipUnless(program("nginx"), "nginx is neither installed nor unpacked below build/peers")
    def test_a_path_below_a_name(self):
        port = free_port()
        server, where = self.behind(port, "/fettle")
        self.begin_nginx(port, where, location="location /fettle/")
        url = f"http://127.0.0.1:{port}/fettle"

        def get(path):
            with urllib.request.urlopen(url + path) as answer:
                return answer.read().decode()

        for path in "/", "/hosts/somewhere":
            request = urllib.request.Request(url + path, headers={"Accept": "text/html"})
            with urllib.request.urlopen(request) as answer:
                page = answer.read().decode()
            self.assertIn('<html data-base="/fettle" lang="en">', page)
            files = re.findall(r'(?:src|href)="([^"]*)"', page)
            self.assertGreater(len(files), 2)
            for file in files:
                self.assertTrue(file.startswith("/fettle/"), file)
                get(file.removeprefix("/fettle"))
        self.assertEqual(json.loads(get("/api/v1/setup")), {"needed": True})
        # Past the proxy the server answers without the path too.
        server.ready["url"] = f"http://{where}"
        api = server.set_up()
        token = api.post("/api/v1/tokens", {"name": "terminal", "scopes": ["admin"]}, expect=201)["token"]
        agent = self.agent()
        enrolment = api.post("/api/v1/enrolment-tokens", {}, expect=201)["token"]
        done = run_program("enroll", url, enrolment, "--data", agent.data, "--name", "web-1")
        self.assertEqual(done.returncode, 0, done.stderr)
        agent.start()
        eventually("the agent is online", lambda: [host["state"] for host in api.list("/api/v1/hosts")] == ["online"])
        self.assertIn("web-1", run_program("hosts", "--url", url, FETTLE_TOKEN=token).stdout)

    def begin_nginx(self, port, where, location="location /"):
        config = snippet("nginx").replace("location /", location).replace("127.0.0.1:8420", where).replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
        config = re.sub(r"(?m)^\s+ssl_.*\n", "", config)
        temporary = "".join(f"{kind}_temp_path {self.folder};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(
            f"daemon off;\nmaster_process off;\nworker_processes 1;\npid {self.folder}/nginx.pid;\n"
            f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{config}}}\n")
        self.begin([program("nginx"), "-p", str(self.folder), "-e", "stderr", "-c", str(self.folder / "nginx.conf")], port)

    @unittest.skipUnless(program("caddy"), "caddy is neither installed nor unpacked below build/peers")
    def test_caddy(self):
        port = free_port()
        server, where = self.behind(port)
        config = snippet("caddy").replace("127.0.0.1:8420", where).replace("fettle.example.org", f"http://127.0.0.1:{port}")
        (self.folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + config)
        self.begin([program("caddy"), "run", "--adapter", "caddyfile", "--config", str(self.folder / "Caddyfile")], port,
                   env=os.environ | {"HOME": str(self.folder)})
        self.check(server, port)


if __name__ == "__main__":
    unittest.main()
