#!/usr/bin/env python3
"""A server that starts on a slow disk: nothing is waited for on its loop, and it can be stopped at any moment. Needs strace."""
import re
import unittest

from fake_agent import FakeAgent
from faulty_disk import TracedProcess
from harness import EndToEndTest, eventually

SYNC_DELAY_MS = 300  # of each; no turn of the loop may be as long


class Start(EndToEndTest):
    def start_slowly(self, server, delay_ms=SYNC_DELAY_MS):
        """On a disk each of whose syncs takes a while; without waiting for anything."""
        self.ready = server.folder / "ready"
        self.ready.unlink(missing_ok=True)
        server.process = TracedProcess(server.folder / "slow.log", server.folder / "trace",
                                       f"fsync,fdatasync:delay_exit={delay_ms * 1000}", None, "server", "--data",
                                       server.data, "--listen", "127.0.0.1:0", "--ready-file", self.ready)
        return server.process

    def check_loop(self, process):
        turns = [int(ms) for ms in re.findall(r"(?:slow turn of the loop|a turn of the loop waited long) .*ms=(\d+)", process.output())]
        self.assertEqual([ms for ms in turns if ms >= SYNC_DELAY_MS], [], process.output())

    def test_no_disk_is_waited_for_on_the_loop(self):
        server = self.server()
        for _ in range(2):  # on nothing, and on what is there
            process = self.start_slowly(server)
            eventually("the server serves", lambda: self.ready.exists() or not process.is_running())
            self.assertEqual(process.stop(), 0, process.output())
            self.check_loop(process)

    def test_it_can_be_stopped_before_it_serves(self):
        for moment in ("fettle.db", "fettle.db-wal", "fettle.db.reserve", "setup-token", "journal",
                       "local-enrolment-token"):
            server = self.server(moment)
            process = self.start_slowly(server, 50)
            eventually(moment, lambda: (server.data / moment).exists() or not process.is_running())
            self.assertEqual(process.stop(), 0, f"at {moment}: {process.output()}")
            self.assertNotIn(" error ", process.output(), moment)
        server.process = None
        server.start()  # and what it leaves behind is good
        FakeAgent(server.url).enrol(server.set_up(), "alpha")


if __name__ == "__main__":
    unittest.main()
