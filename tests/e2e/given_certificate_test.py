#!/usr/bin/env python3
"""A server with certificate files that were given to it: checked by what the client's system trusts, exchanged while it
runs, and named when they are no good. And a relay that holds a certificate as good as the server's."""
import signal
import socket
import ssl
import threading
import unittest
import urllib.parse

from certificates import Certificate, Relay
from harness import EndToEndTest, eventually, run_program


class GivenCertificate(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.good = Certificate(self.folder / "good")
        self.certificate, self.key = self.folder / "certificate.pem", self.folder / "key.pem"
        self.good.copy_to(self.certificate, self.key)
        self.server_process = self.server(FETTLE_SERVER_TLS_CERTIFICATE=str(self.certificate),
                                          FETTLE_SERVER_TLS_KEY=str(self.key)).start()
        self.url = self.server_process.url
        self.port = urllib.parse.urlsplit(self.url).port
        self.api = self.server_process.set_up()
        self.count = 0

    def new_token(self):
        return self.api.post("/api/v1/enrolment-tokens", {}, expect=201)

    def enrol(self, trusted=None, url=None):
        """stderr of an attempt; empty when it went well."""
        self.count += 1
        environment = {"SSL_CERT_FILE": str(trusted.certificate)} if trusted else {}
        done = run_program("enroll", url or self.url, self.new_token()["token"], "--data",
                           self.folder / f"agent-{self.count}", **environment)
        self.assertEqual(done.returncode == 0, done.stderr == "", done.stderr)
        return done.stderr

    def served(self):
        """The certificate that a new connection gets, in PEM."""
        return ssl.get_server_certificate(("127.0.0.1", self.port), timeout=15)

    def is_served(self, certificate):
        return self.served().split() == certificate.certificate.read_text().split()

    def exchange(self, certificate):
        certificate.copy_to(self.certificate, self.key)
        self.server_process.process.child.send_signal(signal.SIGHUP)
        eventually("the new certificate is served", lambda: self.is_served(certificate))

    def events(self, kind):
        return [event for event in self.api.list("/api/v1/events") if event["type"] == kind]

    def test_each_fault_is_named(self):
        token = self.new_token()
        self.assertIsNone(token["certificate_pin"])
        self.assertNotIn(".", token["token"])
        self.assertIn("certificate_not_trusted", self.enrol())
        self.assertEqual(self.enrol(self.good), "")
        for reason, how in (("certificate_wrong_name", {"names": "DNS:elsewhere.example"}),
                            ("certificate_expired", {"end": "20210101000000Z"}),
                            ("certificate_not_yet_valid", {"start": "20900101000000Z"})):
            with self.subTest(reason):
                other = Certificate(self.folder / reason, **how)
                self.exchange(other)
                said = self.enrol(other)
                self.assertIn(reason, said)
                if reason != "certificate_wrong_name":
                    self.assertIn("clock", said)
        eventually("an expired one is an event", lambda: self.events("certificate.runs_out"))
        self.assertIn("refused", self.enrol(self.good, "https://127.0.0.1:1"))
        self.assertIn("name_not_resolved", self.enrol(self.good, "https://no-such-name.invalid:1"))
        with socket.create_server(("127.0.0.1", 0)) as plain:
            threading.Thread(target=lambda: plain.accept()[0].sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                             daemon=True).start()
            self.assertIn("not_tls", self.enrol(self.good, f"https://127.0.0.1:{plain.getsockname()[1]}"))

    def test_new_files_are_taken_without_dropping_anyone(self):
        context = ssl.create_default_context(cafile=str(self.good.certificate))
        with socket.create_connection(("127.0.0.1", self.port), timeout=15) as raw:
            with context.wrap_socket(raw, server_hostname="localhost") as old:
                other = Certificate(self.folder / "other")
                self.exchange(other)
                old.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertTrue(old.recv(1000).startswith(b"HTTP/1.1 200"), "a connection that stood goes on")
        eventually("an event tells of it", lambda: self.events("certificate.changed"))

    def test_files_that_are_no_good_change_nothing(self):
        other = Certificate(self.folder / "other")
        self.certificate.write_bytes(other.certificate.read_bytes())  # the key is the old one's
        self.server_process.process.child.send_signal(signal.SIGHUP)
        event = eventually("the fault is an event", lambda: self.events("certificate.refused"))[0]
        self.assertEqual(event["severity"], "error")
        self.assertIn("does not belong", event["message"])
        self.assertTrue(self.is_served(self.good))
        self.key.write_bytes(other.key.read_bytes())
        self.server_process.process.child.send_signal(signal.SIGHUP)
        eventually("whole files are taken", lambda: self.is_served(other))

    def test_a_relay_with_a_good_certificate_is_refused_by_the_channel_binding(self):
        agent = self.agent("alpha", SSL_CERT_FILE=str(self.good.certificate))
        done = run_program("enroll", self.url, self.new_token()["token"], "--data", agent.data, "--name", "alpha",
                           SSL_CERT_FILE=str(self.good.certificate))
        self.assertEqual(done.returncode, 0, done.stderr)
        relay = Relay(self.port, self.good)
        self.addCleanup(relay.close)
        agent.start("--server", f"https://127.0.0.1:{relay.port}")
        eventually("the agent is refused", lambda: "refuses this host" in agent.process.output())
        self.assertTrue(relay.heard, "the relay did end TLS and pass on the hello")
        self.assertIn("a relay between", self.server_process.process.output())
        self.assertNotEqual(self.api.list("/api/v1/hosts")[0]["state"], "online")
        agent.process.stop()
        agent.start()
        eventually("without it all is well", lambda: self.api.list("/api/v1/hosts")[0]["state"] == "online")


class ConfigCheck(EndToEndTest):
    def check(self, certificate, key, **more):
        done = run_program("config", "check", FETTLE_SERVER_TLS_CERTIFICATE=str(certificate),
                           FETTLE_SERVER_TLS_KEY=str(key), **more)
        return done.returncode, done.stderr

    def test_files(self):
        good = Certificate(self.folder / "good")
        other = Certificate(self.folder / "other")
        expired = Certificate(self.folder / "expired", end="20210101000000Z")
        broken = self.folder / "broken.pem"
        broken.write_text("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
        self.assertEqual(self.check(good.certificate, good.key)[0], 0)
        for what, certificate, key, said in (
                ("missing", self.folder / "nothing.pem", good.key, "TLS_CERTIFICATE"),
                ("a key that is missing", good.certificate, self.folder / "nothing.pem", "TLS_KEY"),
                ("no certificate", broken, good.key, "no certificate in PEM form"),
                ("no key", good.certificate, broken, "no private key in PEM form"),
                ("a key of another", good.certificate, other.key, "does not belong"),
                ("expired", expired.certificate, expired.key, "expired at 2021-01-01")):
            with self.subTest(what):
                code, text = self.check(certificate, key)
                self.assertEqual(code, 2, text)
                self.assertIn(said, text)

    def test_a_server_does_not_start_on_them(self):
        done = run_program("server", "--data", self.folder / "data", FETTLE_SERVER_TLS_CERTIFICATE="/nothing.pem",
                           FETTLE_SERVER_TLS_KEY="/nothing.key")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/nothing.pem", done.stderr)

    def test_settings_that_do_not_go_together(self):
        def said(**settings):
            done = run_program("config", "check", **settings)
            return done.stderr if done.returncode else ""

        self.assertEqual(said(FETTLE_SERVER_LISTEN="0.0.0.0:1"), "", "it then speaks TLS")
        self.assertIn("loopback only", said(FETTLE_SERVER_LISTEN="0.0.0.0:1", FETTLE_SERVER_TLS="off"))
        self.assertEqual(said(FETTLE_SERVER_LISTEN="0.0.0.0:1", FETTLE_SERVER_TLS="off",
                              FETTLE_SERVER_TRUSTED_PROXIES="10.0.0.1"), "")
        self.assertIn("tls_key", said(FETTLE_SERVER_TLS_CERTIFICATE="/x"))
        self.assertIn("https", said(FETTLE_SERVER_TLS="on", FETTLE_SERVER_PUBLIC_URL="http://a.example"))
        self.assertEqual(said(FETTLE_SERVER_TLS="on", FETTLE_SERVER_PUBLIC_URL="https://a.example"), "")


if __name__ == "__main__":
    unittest.main()
