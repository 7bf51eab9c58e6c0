#!/usr/bin/env python3
"""A server that speaks TLS with a certificate of its own making, and agents that know it by its pin: what works, and
what a stranger between them, a mangled pin, and half a handshake get."""
import json
import re
import socket
import ssl
import stat
import unittest
import urllib.parse
import warnings

from api import unverified_context
from certificates import Certificate, Relay
from harness import EndToEndTest, eventually, run_program

HALF_OPEN = 200
REVOKED_WITHIN = 5  # R4a: five times the second of S2


class OwnCertificate(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.server_process = self.server(FETTLE_SERVER_TLS="on").start()
        self.url = self.server_process.url
        self.port = urllib.parse.urlsplit(self.url).port
        self.api = self.server_process.set_up()

    def new_token(self):
        return self.api.post("/api/v1/enrolment-tokens", {}, expect=201)

    def enrol(self, url, token, name="alpha", **environment):
        data = self.folder / name / "data"
        return run_program("enroll", url, token, "--data", data, "--name", name, **environment)

    def is_online(self, host_id):
        return self.api.get(f"/api/v1/hosts/{host_id}")["state"] == "online"

    def relay(self, certificate=None):
        relay = Relay(self.port, certificate)
        self.addCleanup(relay.close)
        return relay

    def plain(self, request):
        with socket.create_connection(("127.0.0.1", self.port), timeout=15) as client:
            client.sendall(request)
            return b"".join(iter(lambda: client.recv(65536), b""))

    def test_an_agent_enrols_connects_and_is_revoked(self):
        agent = self.agent("alpha")
        host_id = agent.enrol(self.server_process, self.api, "alpha")
        token = self.new_token()
        self.assertTrue(self.url.startswith("https://"))
        self.assertEqual(token["public_url"], self.url)
        self.assertEqual(token["token"].split(".")[1], token["certificate_pin"].removeprefix("sha256:"))
        identity = json.loads((agent.data / "identity.json").read_text())
        self.assertEqual(identity["certificate_pins"], [token["certificate_pin"]])
        for name in ("certificate.key", "certificate.pem"):
            self.assertEqual(stat.S_IMODE((self.server_process.data / name).stat().st_mode), 0o600, name)
        shown = run_program("certificate", "show", "--data", self.server_process.data)
        self.assertEqual(shown.stdout.split(), ["in", "use", token["certificate_pin"]])

        agent.start()
        eventually("the host is online", lambda: self.is_online(host_id))
        self.api.delete(f"/api/v1/hosts/{host_id}")
        eventually("the link is closed", lambda: "removed" in agent.process.output(), REVOKED_WITHIN)

    def test_a_browser_gets_what_belongs_to_https(self):
        answer = self.api.request("GET", "/api/v1/session")
        self.assertEqual(answer.headers["Strict-Transport-Security"], "max-age=31536000")
        self.assertTrue(self.api.cookie.startswith("__Host-fettle_session="), self.api.cookie)
        with self.api.stream(["fleet"]) as stream:
            stream.wait_for("a first message", lambda kind, data: True)

    def test_a_page_larger_than_the_buffers_comes_whole(self):
        document = self.api.get("/api/v1/openapi.json")
        self.assertIn("/api/v1/enroll", document["paths"])

    def test_plain_http_is_told_to_speak_tls(self):
        host = f"Host: 127.0.0.1:{self.port}\r\n"
        answer = self.plain(f"GET /livez HTTP/1.1\r\n{host}\r\n".encode())
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
        self.assertIn(b"https_needed", answer)
        page = self.plain(f"GET /fleet?x=1 HTTP/1.1\r\n{host}Accept: text/html\r\n\r\n".encode())
        self.assertTrue(page.startswith(b"HTTP/1.1 308 "), page)
        self.assertIn(f"Location: https://127.0.0.1:{self.port}/fleet?x=1\r\n".encode(), page)
        stranger = self.plain(b"GET / HTTP/1.1\r\nHost: elsewhere.example\r\nAccept: text/html\r\n"
                              b"Connection: close\r\n\r\n")
        self.assertTrue(stranger.startswith(b"HTTP/1.1 421 "), stranger)
        self.assertNotIn(b"Location", stranger)
        refused = self.enrol(self.url.replace("https", "http"), self.new_token()["token"].split(".")[0])
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("https_needed", refused.stderr)

    def test_a_token_with_a_pin_is_sent_over_tls_only(self):
        relay = self.relay()
        refused = self.enrol(f"http://127.0.0.1:{relay.port}", self.new_token()["token"])
        self.assertIn("https_needed", refused.stderr)

    def test_a_wrong_pin_is_refused_before_the_token_is_sent(self):
        token = self.new_token()["token"].split(".")[0] + "." + "A" * 43
        refused = self.enrol(self.url, token)
        self.assertEqual(refused.returncode, 75)
        self.assertIn("certificate_wrong_pin", refused.stderr)
        mangled = self.enrol(self.url, token[:-5])
        self.assertIn("token_unreadable", mangled.stderr)

    def test_without_a_pin_its_certificate_is_not_trusted(self):
        refused = self.enrol(self.url, self.new_token()["token"].split(".")[0])
        self.assertIn("certificate_not_trusted", refused.stderr)
        self.assertIn("pin", refused.stderr)

    def test_tokens_fail_by_name(self):
        token = self.new_token()["token"]
        self.assertEqual(self.enrol(self.url, token).returncode, 0)
        self.assertIn("enrolment_token_used", self.enrol(self.url, token, "beta").stderr)
        unknown = "fte_" + "0" * 40 + "." + token.split(".")[1]
        self.assertIn("enrolment_token_unknown", self.enrol(self.url, unknown, "gamma").stderr)

    def test_commands_take_the_pin(self):
        token = self.api.post("/api/v1/tokens", {"name": "cli", "scopes": ["admin"]}, expect=201)["token"]
        pin = self.new_token()["certificate_pin"]
        known = {"FETTLE_URL": self.url, "FETTLE_TOKEN": token}
        self.assertEqual(run_program("hosts", FETTLE_PIN=pin, **known).returncode, 0)
        self.assertIn("certificate_not_trusted", run_program("hosts", **known).stderr)
        self.assertIn("bad_pin", run_program("hosts", FETTLE_PIN="sha256:x", **known).stderr)
        played = run_program("simulate", "--hosts", 3, "--seconds", 2, "--json", FETTLE_PIN=pin, **known)
        self.assertEqual(played.returncode, 0, played.stderr)
        self.assertGreater(json.loads(played.stdout)["heartbeats_acknowledged"], 0)

    def test_a_relay_may_pass_on_but_not_look_inside(self):
        agent = self.agent("alpha")
        host_id = agent.enrol(self.server_process, self.api, "alpha")
        passing = self.relay()
        agent.start("--server", f"https://127.0.0.1:{passing.port}")
        eventually("the host is online", lambda: self.is_online(host_id))
        agent.process.stop()
        looking = self.relay(Certificate(self.folder / "stranger"))
        agent.start("--server", f"https://127.0.0.1:{looking.port}")
        eventually("it is refused", lambda: "certificate_wrong_pin" in agent.process.output())
        self.assertEqual(looking.heard, [], "nothing was said to it")

    def test_the_key_is_exchanged_without_losing_an_agent(self):
        agent = self.agent("alpha")
        host_id = agent.enrol(self.server_process, self.api, "alpha")
        agent.start()
        eventually("the host is online", lambda: self.is_online(host_id))
        data = self.server_process.data
        first = self.new_token()["certificate_pin"]
        made = run_program("certificate", "new", "--data", data)
        self.assertEqual(made.returncode, 0, made.stderr)
        following = re.search(r"sha256:\S+", made.stdout).group()
        self.assertNotEqual(run_program("certificate", "new", "--data", data).returncode, 0, "one waits already")
        self.server_process.process.child.send_signal(1)

        def known():
            return json.loads((agent.data / "identity.json").read_text())["certificate_pins"]

        eventually("the agent knows both keys", lambda: known() == [first, following])
        self.assertEqual(self.new_token()["certificate_pin"], first, "it is not in use yet")
        self.assertEqual(run_program("certificate", "switch", "--data", data).returncode, 0)
        self.server_process.process.child.send_signal(1)
        eventually("new tokens carry the new pin", lambda: self.new_token()["certificate_pin"] == following)
        eventually("the agent forgot the old key", lambda: known() == [first, following] or known() == [following])
        self.assertNotIn("the link was closed", agent.process.output(), "the connection stood through all of it")
        agent.process.stop()
        agent.start()
        eventually("it connects under the new key", lambda: known() == [following] and self.is_online(host_id))
        self.server_process.process.stop()
        self.server_process.start()
        self.api = self.server_process.log_in()
        self.assertEqual(self.new_token()["certificate_pin"], following)
        eventually("it connects after a restart", lambda: self.is_online(host_id))
        self.assertNotEqual(run_program("certificate", "switch", "--data", data).returncode, 0, "there is no next key")

    def test_an_agent_can_be_told_another_pin(self):
        """As when a server that was on plain loopback now speaks TLS, or its key was lost."""
        plain = self.server("plain").start()
        agent = self.agent("alpha")
        host_id = agent.enrol(plain, plain.set_up(), "alpha")
        plain.process.stop()
        plain.environment["FETTLE_SERVER_TLS"] = "on"
        plain.start()
        agent.start()
        eventually("it is told what is spoken there", lambda: "https_needed" in agent.process.output() or
                   "speaks TLS" in agent.process.output())
        agent.process.stop()
        pin = run_program("certificate", "show", "--data", plain.data).stdout.split()[2]
        agent.environment["FETTLE_AGENT_CERTIFICATE_PIN"] = pin
        agent.start("--server", plain.url)
        api = plain.log_in()
        eventually("the host is online", lambda: api.get(f"/api/v1/hosts/{host_id}")["state"] == "online")

    def test_half_a_handshake_holds_up_nobody(self):
        context = unverified_context()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context.wrap_bio(incoming, outgoing)
        with self.assertRaises(ssl.SSLWantReadError):
            session.do_handshake()
        hello = outgoing.read()
        for what, bytes_sent in (("half a hello", hello[:len(hello) // 2]), ("a hello and no more", hello)):
            with self.subTest(what):
                sockets = [socket.create_connection(("127.0.0.1", self.port), timeout=15) for _ in range(HALF_OPEN)]
                for one in sockets:
                    one.sendall(bytes_sent)
                for _ in range(3):
                    self.assertEqual(self.api.request("GET", "/livez").status, 200)
                for one in sockets:
                    one.close()

    def test_old_versions_are_refused(self):
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            context = unverified_context()
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # that they are old is the point
                context.minimum_version = context.maximum_version = version
            with self.subTest(version), self.assertRaises((ssl.SSLError, ConnectionError)):
                with socket.create_connection(("127.0.0.1", self.port), timeout=15) as client:
                    context.wrap_socket(client)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = unverified_context()
            context.minimum_version = context.maximum_version = version
            context.set_alpn_protocols(["h2", "http/1.1"])
            with socket.create_connection(("127.0.0.1", self.port), timeout=15) as client:
                with context.wrap_socket(client) as secure:
                    self.assertEqual(secure.selected_alpn_protocol(), "http/1.1")

    def test_garbage_ends_its_own_connection_only(self):
        for garbage in (b"\x00" * 40, b"\x16\x03\x01\xff\xff" + b"x" * 100, b"\x16\x03\x01\x00\x05hello",
                        b"\x80\x2e\x01\x00\x02", bytes(range(256)) * 100, b"\x15\x03\x01\x00\x02\x02\x28"):
            with self.subTest(garbage[:8]):
                with socket.create_connection(("127.0.0.1", self.port), timeout=15) as client:
                    try:
                        client.sendall(garbage)
                        while client.recv(4096):
                            pass
                    except ConnectionError:
                        pass
        self.assertEqual(self.api.request("GET", "/livez").status, 200)

    def test_a_connection_that_is_cut_anywhere_costs_nothing(self):
        context = unverified_context()
        for cut in (1, 4, 5, 6, 60, 200, 400):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            session = context.wrap_bio(incoming, outgoing)
            with self.assertRaises(ssl.SSLWantReadError):
                session.do_handshake()
            with socket.create_connection(("127.0.0.1", self.port), timeout=15) as client:
                client.sendall(outgoing.read()[:cut])
        self.assertEqual(self.api.request("GET", "/livez").status, 200)


if __name__ == "__main__":
    unittest.main()
