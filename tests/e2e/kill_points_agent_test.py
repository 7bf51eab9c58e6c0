#!/usr/bin/env python3
"""The agent, and `fettle exec`, are killed at every point between an order and the end of its run: nothing is done twice, and
what cannot be known is told as that. See kill_points.py."""
import os
import time
import unittest

from harness import eventually
from kill_points import AGENT, EXEC, Bench, KillPointTest


class KillPointsOfTheHost(KillPointTest):
    def test_an_agent_that_is_killed_anywhere(self):
        self.kill_at(AGENT, Bench.kill_agent, benches=2)

    def test_a_command_of_exec_that_is_killed_anywhere(self):
        self.kill_at(EXEC, Bench.kill_exec, benches=2)

    def test_what_a_killed_writer_left_goes(self):
        bench = Bench(self, 0)
        bench.set_up()
        for point in ("spool.hidden", "exec.finished"):
            bench.kill_exec(point, is_exact=True)
        eventually("the file of the other is taken", lambda: not list(bench.spool.glob("*.exec")))
        left = list(bench.spool.glob(".*.new"))
        self.assertEqual(len(left), 1, "a young one stays: its writer may be about to lock it")
        os.utime(left[0], (time.time() - 100,) * 2)
        bench.begin_exec()
        eventually("it goes", lambda: not left[0].exists())


del KillPointTest

if __name__ == "__main__":
    unittest.main()
