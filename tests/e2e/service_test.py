#!/usr/bin/env python3
"""Server and agent as services: what they tell the service manager, and the units that they are started by."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from harness import CHECKOUT, EndToEndTest, WAIT_SECONDS, eventually

UNITS = {role: CHECKOUT / f"packaging/fettle-{role}.service" for role in ("server", "agent")}
# What `systemd-analyze security` may say at most; a bare unit is at 9.6 of 10.
EXPOSURE = {"server": 1.5, "agent": 1.6}


class Manager:
    """The socket that systemd would listen on."""

    def __init__(self, name):
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        self.socket.settimeout(WAIT_SECONDS)

    def wait_for(self, word):
        """The first message that has the word; those before it are passed over."""
        while True:
            message = self.socket.recv(4096).decode().split("\n")
            if any(line.startswith(word) for line in message):
                return message

    def close(self):
        self.socket.close()


class Service(EndToEndTest):
    def manager(self, name):
        manager = Manager(name)
        self.addCleanup(manager.close)
        return manager

    def test_a_server_tells_when_it_serves_lives_reloads_and_stops(self):
        manager = self.manager(f"@fettle-test-{os.getpid()}")
        server = self.server(NOTIFY_SOCKET=manager.name, WATCHDOG_USEC="400000")
        server.start()
        self.assertIn(f"STATUS=serving {server.url}", manager.wait_for("READY=1"))
        manager.wait_for("WATCHDOG=1")
        manager.wait_for("WATCHDOG=1")
        server.process.child.send_signal(signal.SIGHUP)
        reloading = manager.wait_for("RELOADING=1")
        self.assertTrue(any(re.fullmatch(r"MONOTONIC_USEC=\d+", line) for line in reloading), reloading)
        manager.wait_for("READY=1")
        server.process.child.send_signal(signal.SIGSTOP)
        self.addCleanup(lambda: server.process.is_running() and server.process.child.send_signal(signal.SIGCONT))
        self.drain(manager)
        server.process.child.send_signal(signal.SIGCONT)
        manager.wait_for("WATCHDOG=1")
        server.process.child.send_signal(signal.SIGTERM)
        manager.wait_for("STOPPING=1")
        self.assertEqual(server.process.stop(), 0)

    def drain(self, manager):
        """A process that does not turn says nothing: five of its intervals pass in silence."""
        manager.socket.settimeout(1.0)
        try:
            while True:
                manager.socket.recv(4096)
        except TimeoutError:
            pass
        manager.socket.settimeout(WAIT_SECONDS)

    def test_a_watchdog_for_another_process_is_not_fed(self):
        manager = self.manager(f"@fettle-test-other-{os.getpid()}")
        server = self.server(NOTIFY_SOCKET=manager.name, WATCHDOG_USEC="100000", WATCHDOG_PID="1").start()
        manager.wait_for("READY=1")
        server.process.child.send_signal(signal.SIGTERM)
        words = []
        while not any(word.startswith("STOPPING") for word in words):
            words += manager.socket.recv(4096).decode().split("\n")
        self.assertNotIn("WATCHDOG=1", words)

    def test_an_agent_tells_it_over_a_path(self):
        server = self.server().start()
        agent = self.agent(WATCHDOG_USEC="400000")
        agent.enrol(server, server.set_up(), "alpha")
        manager = self.manager(str(self.folder / "notify"))
        agent.environment["NOTIFY_SOCKET"] = manager.name
        agent.start()
        self.assertIn(f"STATUS=measuring for {server.url}", manager.wait_for("READY=1"))
        manager.wait_for("WATCHDOG=1")
        agent.process.child.send_signal(signal.SIGTERM)
        manager.wait_for("STOPPING=1")
        self.assertEqual(agent.process.stop(), 0)

    def test_a_start_that_fails_is_never_ready(self):
        manager = self.manager(f"@fettle-test-fails-{os.getpid()}")
        (self.folder / "taken").touch()
        server = self.server(NOTIFY_SOCKET=manager.name)
        server.data = self.folder / "taken"
        with self.assertRaisesRegex(AssertionError, "the server ended"):
            server.start()
        manager.socket.setblocking(False)
        with self.assertRaises(BlockingIOError):
            manager.socket.recv(4096)


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not here")
class Units(unittest.TestCase):
    def test_systemd_finds_nothing_wrong(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "fettle"
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)
            for role, unit in UNITS.items():
                # The program is not installed here, and manuals are no matter of the unit.
                copy = pathlib.Path(folder) / unit.name
                copy.write_text(unit.read_text().replace("/usr/bin/fettle", str(program)))
                done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""), role)

    def test_the_units_give_away_little(self):
        for role, unit in UNITS.items():
            done = subprocess.run(["systemd-analyze", "security", "--offline=true", str(unit)], capture_output=True,
                                  text=True, env=os.environ | {"SYSTEMD_COLORS": "0"})
            exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
            self.assertTrue(exposure, done.stdout + done.stderr)
            self.assertLessEqual(float(exposure[1]), EXPOSURE[role], done.stdout)


if __name__ == "__main__":
    unittest.main()
