#!/usr/bin/env python3
"""The server is killed at every point between a due time and the end of its run; its agents live on, so every run comes to its
end as if nothing had been. See kill_points.py."""
import unittest

from kill_points import AGENT, EXEC, SERVER, Bench, KillPointTest, check_all_are_killed_at


class KillPointsOfTheServer(KillPointTest):
    def test_each_point_is_killed_at(self):
        check_all_are_killed_at(self, SERVER, AGENT, EXEC)

    def test_a_server_that_is_killed_anywhere(self):
        self.kill_at(SERVER, Bench.kill_server, benches=4)


del KillPointTest

if __name__ == "__main__":
    unittest.main()
