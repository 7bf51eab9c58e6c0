#!/usr/bin/env python3
"""A machine that has nothing joins by the very command that the page shows: fetched, checked, enrolled, installed, started;
upgraded by the same script, removed again; and every failure names its cause."""
import re
import subprocess
import unittest

import machine
from harness import CHECKOUT, EndToEndTest, PROGRAM, eventually

WHY_NOT = machine.in_own_network()


class InstallScript(unittest.TestCase):
    def test_it_is_posix_and_without_reproach(self):
        script = CHECKOUT / "packaging/install.sh"
        for tool in (["dash", "-n"], ["shellcheck", "--shell=sh"]):
            try:
                done = subprocess.run([*tool, str(script)], capture_output=True, text=True)
            except FileNotFoundError:
                self.skipTest(f"{tool[0]} is not here")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_half_of_it_does_nothing(self):
        lines = (CHECKOUT / "packaging/install.sh").read_text().splitlines(keepends=True)
        self.assertEqual(lines[-1], 'main "$@"\n')
        for cut in range(1, len(lines), 7):
            done = subprocess.run(["dash", "-s"], input="".join(lines[:cut]) + "\nfettle_test_end() { :; }\n",
                                  capture_output=True, text=True)
            self.assertNotIn("fettle:", done.stdout + done.stderr, f"cut after line {cut}")


@unittest.skipIf(WHY_NOT, WHY_NOT or "")
class Install(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.relay = machine.Relay(lambda: ("127.0.0.1", int(self.host_server.listen.rsplit(":", 1)[1])))
        self.addCleanup(self.relay.end)
        self.url = f"http://{machine.SERVER_ADDRESS}:{self.relay.port}"
        self.host_server = self.server(FETTLE_SERVER_PUBLIC_URL=self.url, FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000")
        self.api = self.start_and_set_up()

    def start_and_set_up(self):
        server = self.host_server
        server.listen = f"127.0.0.1:{self.free_port()}"
        listen = server.listen
        server.start()
        server.listen = listen
        server.ready["url"] = f"http://{listen}"  # the test itself goes by the back door
        return server.set_up()

    @staticmethod
    def free_port():
        import socket
        with socket.create_server(("127.0.0.1", 0)) as door:
            return door.getsockname()[1]

    def machine(self, **options):
        made = machine.Machine(self.folder, **options)
        self.addCleanup(made.end)
        return made

    def token(self):
        return self.api.post("/api/v1/enrolment-tokens", {}, expect=201)

    def hosts(self):
        return self.api.list("/api/v1/hosts")

    def test_the_command_of_the_page_makes_a_host_and_again_upgrades_it(self):
        host = self.machine()
        token = self.token()
        command = token["install_command"]
        self.assertNotIn("hint", {key for key, value in token.items() if value})
        done = host.run(command)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("the host appears on the page", done.stdout)
        self.assertEqual(self.api.get(f"/api/v1/enrolment-tokens/{token['id']}")["state"], "used")
        eventually("the host is online", lambda: [one["state"] for one in self.hosts()] == ["online"])

        owner = host.must("stat -c '%U %a' /var/lib/fettle/agent /var/lib/fettle/agent/identity.json "
                          "/etc/fettle/agent-policy.toml /usr/local/bin/fettle")
        self.assertEqual(owner, "fettle-agent 700\nfettle-agent 600\nroot 644\nroot 755\n")
        self.assertIn("ExecStart=/usr/local/bin/fettle agent", host.must("cat /etc/systemd/system/fettle-agent.service"))
        self.assertEqual(host.must("ps -o user= -C fettle | sort -u | grep -c fettle").strip(), "1")
        self.assertNotIn(token["token"], host.must("cat /run/agent.log /run/systemctl.log; ls -R /root /tmp/fettle* 2>/dev/null; true"))

        # The same script, without a token: the program is placed anew, the identity stays.
        identity = host.must("cat /var/lib/fettle/agent/identity.json")
        host.must("rm /usr/local/bin/fettle && echo old >/usr/local/bin/fettle")
        again = host.run("sh fettle-install.sh")
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertIn("enrolled already", again.stdout)
        self.assertEqual(host.must("cat /var/lib/fettle/agent/identity.json"), identity)
        self.assertEqual(host.must(f"cmp /usr/local/bin/fettle {PROGRAM}; echo $?"), "0\n")
        eventually("the host is online again", lambda: [one["state"] for one in self.hosts()] == ["online"])

        gone = host.run("sh fettle-install.sh --uninstall")
        self.assertEqual(gone.returncode, 0, gone.stderr)
        host.must("[ ! -e /usr/local/bin/fettle ] && [ ! -e /etc/systemd/system/fettle-agent.service ] && [ -s /var/lib/fettle/agent/identity.json ]")
        eventually("the host is offline", lambda: [one["state"] for one in self.hosts()] == ["offline"])
        host.must("sh fettle-install.sh --uninstall --purge && [ ! -e /var/lib/fettle ] && [ ! -e /etc/fettle ] && ! id fettle-agent 2>/dev/null")

    def test_without_systemd_it_says_what_to_run(self):
        host = self.machine(with_systemd=False)
        done = host.run(self.token()["install_command"])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("/usr/local/bin/fettle agent --data /var/lib/fettle/agent", done.stdout)
        self.assertEqual([one["state"] for one in self.hosts()], ["waiting"])

    def test_every_failure_names_its_cause(self):
        host = self.machine()
        host.must(f"curl -fsSo script.sh {self.url}/install.sh")

        def fails(says, command):
            done = host.run(command)
            self.assertEqual(done.returncode, 1, f"{command}\n{done.stdout}{done.stderr}")
            self.assertRegex(done.stderr, says)

        with self.subTest("a script that someone changed is not run"):
            command = re.sub(r"'[0-9a-f]{64}", "'" + "0" * 64, self.token()["install_command"])
            done = host.run(command)
            self.assertNotEqual(done.returncode, 0)
            host.must("[ ! -e /usr/local/bin/fettle ]")
        fails("name cannot be resolved", "sh script.sh http://no-such-name.invalid:1")
        fails("refused", f"sh script.sh http://{machine.SERVER_ADDRESS}:1")
        fails("TLS cannot be agreed on", f"sh script.sh {self.url.replace('http', 'https')}")
        fails("is not the program that this script was made for",
              "sed \"s/^program_sha256='..../program_sha256='0000/\" script.sh >other.sh; sh other.sh")
        fails("this machine is riscv64", "mkdir -p fake; printf '#!/bin/sh\\n[ \"$1\" != -m ] || echo riscv64; [ \"$1\" != -s ] || echo Linux' >fake/uname; "
              "chmod +x fake/uname; PATH=$PWD/fake:$PATH sh script.sh")
        fails("the server has the program for amd64 only|the server has the program for arm64 only",
              "a=aarch64; [ $(uname -m) != aarch64 ] || a=x86_64; printf '#!/bin/sh\\n[ \"$1\" != -m ] || echo %s; [ \"$1\" != -s ] || echo Linux' $a >fake/uname; "
              "PATH=$PWD/fake:$PATH sh script.sh")
        fails("installing needs root", "cp script.sh /tmp/script.sh; runuser -u nobody -- sh /tmp/script.sh")
        fails("there is no '--frob'", "sh script.sh --frob")
        fails("no enrolment token", "sh script.sh </dev/null")
        fails("enrolment_token_unknown", "echo fte_0123456789abcdef0123456789abcdef01234567 | sh script.sh")
        used = self.token()
        other = self.machine()
        other.must(used["install_command"])
        fails("enrolment_token_used", f"echo {used['token']} | sh script.sh")
        host.must("[ ! -e /var/lib/fettle/agent/identity.json ]")
        host.must(f"echo {self.token()['token']} | sh script.sh")
        eventually("both are online", lambda: [one["state"] for one in self.hosts()] == ["online"] * 2)


@unittest.skipIf(WHY_NOT, WHY_NOT or "")
class InstallOverTls(EndToEndTest):
    """A server beyond loopback: it speaks TLS with a certificate of its own making, which only its pin vouches for."""

    def setUp(self):
        super().setUp()
        server = self.server(FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000")
        server.listen = f"{machine.SERVER_ADDRESS}:0"
        self.api = server.start().set_up()
        self.url = server.url
        self.host = machine.Machine(self.folder)
        self.addCleanup(self.host.end)

    def token(self):
        return self.api.post("/api/v1/enrolment-tokens", {}, expect=201)

    def is_online(self):
        return [one["state"] for one in self.api.list("/api/v1/hosts")] == ["online"]

    def fails(self, says, command):
        done = self.host.run(command)
        self.assertEqual(done.returncode, 1, f"{command}\n{done.stdout}{done.stderr}")
        self.assertRegex(done.stderr, says)

    def test_the_command_of_the_page_makes_a_host_and_again_upgrades_it(self):
        self.assertTrue(self.url.startswith("https://"), self.url)
        command = self.token()["install_command"]
        self.assertIn(" -k --pinnedpubkey sha256//", command)
        done = self.host.run(command)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        eventually("the host is online", self.is_online)
        self.host.must("rm /usr/local/bin/fettle")
        again = self.host.run("sh fettle-install.sh")
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertIn("enrolled already", again.stdout)
        self.host.must("/usr/local/bin/fettle version")
        eventually("the host is online again", self.is_online)

    def test_another_key_than_the_pinned_one_is_told_nothing(self):
        token = self.token()
        other_pin = "A" * 43 + "="
        command = re.sub(r"sha256//\S+", f"sha256//{other_pin}", token["install_command"])
        done = self.host.run(command)
        self.assertNotEqual(done.returncode, 0)
        self.host.must("[ ! -e fettle-install.sh ]")
        self.host.must(f"curl -fsSko script.sh {self.url}/install.sh")
        self.fails("the server's key is not the one that was pinned",
                   f"sed \"s|^certificate_pin=.*|certificate_pin='{other_pin}'|\" script.sh >other.sh; sh other.sh")
        self.fails("the certificate is not trusted .*carries the pin",
                   "sed \"s|^certificate_pin=.*|certificate_pin=''|\" script.sh >other.sh; sh other.sh")
        self.host.must("[ ! -e /usr/local/bin/fettle ]")
        self.assertEqual(self.api.get(f"/api/v1/enrolment-tokens/{token['id']}")["state"], "waiting")

    def test_where_only_wget_is_the_enrolment_checks_the_pin(self):
        if self.host.run("command -v wget").returncode:
            self.skipTest("wget is not here")
        self.host.must(f"curl -fsSko script.sh {self.url}/install.sh && rm $(command -v curl)")
        secret, _ = self.token()["token"].split(".")
        self.fails("certificate_wrong_pin", f"echo {secret}.{'A' * 43} | sh script.sh")
        self.host.must("[ ! -e /var/lib/fettle/agent/identity.json ]")
        said = self.host.must(f"echo {self.token()['token']} | sh script.sh")
        self.assertIn("wget cannot pin the server's key", said)
        eventually("the host is online", self.is_online)


if __name__ == "__main__":
    unittest.main()
