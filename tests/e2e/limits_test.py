#!/usr/bin/env python3
"""Few files may be open: connections are refused before the store and the journal go short."""
import http.client
import os
import resource
import socket
import unittest

from harness import EndToEndTest, eventually

FILES = 320
KEPT_FOR_THE_DISK = 200  # of the 256 that the server keeps; it has some open already


class Limits(EndToEndTest):
    def test_connections_leave_files_for_the_disk(self):
        started = self.server().start()
        api = started.set_up()
        pid = started.process.child.pid
        host, port = started.listen.split(":")
        crowd = [socket.create_connection((host, int(port))) for _ in range(250)]
        self.addCleanup(lambda: [one.close() for one in crowd])
        for one in crowd:
            one.settimeout(5)
        # The last came when all places were taken.
        with self.assertRaises(ConnectionResetError):
            crowd[-1].recv(1)
        self.assertLess(len(os.listdir(f"/proc/{pid}/fd")), FILES - KEPT_FOR_THE_DISK)
        for one in crowd:
            one.close()

        def has_room():
            try:
                return api.request("POST", "/api/v1/enrolment-tokens", {}).status == 201
            except (ConnectionError, http.client.HTTPException):
                return False

        eventually("there is room again", has_room)
        self.assertEqual(started.process.stop(), 0)
        self.assertIn("allows fewer connections", started.process.output())


if __name__ == "__main__":
    # What this process starts has it as its hard limit, too.
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    unittest.main()
