"""A server that turned hostile after a host joined it: completes the handshake, then says everything that the protocol has
and much that it has not. What it does follows from a seed."""
import random

from agent_door import AgentDoor, hear, say
from fake_agent import ACK, HEARTBEAT, SETTINGS, WELCOME, field


class HostileServer(AgentDoor):
    patience_seconds = 5

    def __init__(self, server_id, seed, interval_ms):
        self.random, self.interval_ms = random.Random(seed), interval_ms
        self.rounds = 0
        self.heartbeats = 0
        super().__init__(server_id)

    def left(self):
        self.rounds += 1

    def talk(self, client):
        say(client, field(WELCOME, field(2, field(1, self.interval_ms))))
        for _ in range(100):
            say(client, self._anything())
            if self.random.random() < 0.02:
                self._count(client)
        self._count(client)

    def _count(self, client):
        self.heartbeats += HEARTBEAT in hear(client)

    def _anything(self):
        chance, pick = self.random.random(), self.random
        if chance < 0.3:
            return field(SETTINGS, field(1, pick.choice([0, 1, 10, 999, 1000, 5000, 60_000, 60_001, 2**31, 2**32 - 1])))
        if chance < 0.4:
            return field(ACK, field(1, field(1, pick.randrange(3)) + field(2, pick.randrange(50))))
        if chance < 0.8:  # commands that some version may know, with bodies of strings and bytes
            words = [b"/bin/sh", b"-c", b"touch /tmp/fettle-was-here", b"rclone::exec", b"../../etc/passwd", pick.randbytes(40)]
            return field(pick.randrange(1, 60), b"".join(field(pick.randrange(1, 9), pick.choice(words)) for _ in range(pick.randrange(4))))
        return pick.randbytes(pick.randrange(100))
