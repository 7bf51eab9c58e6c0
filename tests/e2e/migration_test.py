#!/usr/bin/env python3
"""A database of an earlier schema, and a server that is killed while it brings it up to date: afterwards there is the old schema or
the new one, with every row, and the copy from before (invariant 40). FETTLE_MIGRATION_SEED sets the moments."""
import os
import pathlib
import random
import re
import sqlite3
import subprocess
import time
import unittest

from harness import CHECKOUT, PROGRAM, EndToEndTest, clean_environment, eventually

OLD = 5  # before hosts had states of their own: a migration that also writes rows
EVENTS, HOSTS = 40_000, 2_000  # enough that a copy takes its time
KILLS, MOST_KILLS = 8, 40
SEED = int(os.environ.get("FETTLE_MIGRATION_SEED", str(int(time.time()))))
SOURCES = CHECKOUT / "src/fettle"


def released_migrations():
    """Number and SQL of each, as they stand in the sources; what is released does not change."""
    listed = re.findall(r'\{(\d+), "[^"]+", ([\w:]+)::(\w+)\(\)\}', (SOURCES / "app/migrations.cc").read_text())
    assert [int(number) for number, _, _ in listed] == list(range(1, len(listed) + 1)), listed
    found = []
    for number, module, function in listed:
        texts = [source.read_text() for source in (SOURCES / module.split("::")[0]).glob("*.cc")]
        matches = (re.search(rf'\b{function}\(\) {{[^}}]*?R"sql\((.*?)\)sql"', text, re.DOTALL) for text in texts)
        match = next(filter(None, matches), None)
        assert match, f"the SQL of {module}::{function} is not one raw string"
        found.append((int(number), match[1]))
    return found


def write_row(database, table, **given):
    """A row with something in each column that must have something."""
    for _, name, kind, needed, default, key in database.execute(f"PRAGMA table_info({table})"):
        if name not in given and needed and default is None and not (key and kind == "INTEGER"):
            given[name] = {"INTEGER": 0, "TEXT": "", "BLOB": b"", "REAL": 0.0}[kind]
    database.execute(f"INSERT INTO {table} ({', '.join(given)}) VALUES ({', '.join('?' * len(given))})", list(given.values()))


class Migration(EndToEndTest):
    def setUp(self):
        super().setUp()
        print(f"FETTLE_MIGRATION_SEED={SEED}")
        self.random = random.Random(SEED)
        self.migrations = released_migrations()
        self.newest = self.migrations[-1][0]

    def make_old_database(self, path):
        path.parent.mkdir(mode=0o700, parents=True)
        database = sqlite3.connect(path)
        application = int(re.search(r"kApplicationId = (0x[0-9A-Fa-f]+|\d+)", (SOURCES / "store/migrations.h").read_text())[1], 0)
        database.execute(f"PRAGMA application_id={application}")
        database.execute("CREATE TABLE schema_history (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT")
        for number, sql in self.migrations[:OLD]:
            database.executescript(sql)
            database.execute("INSERT INTO schema_history VALUES (?, 'released')", (number,))
        database.execute(f"PRAGMA user_version={OLD}")
        environment = database.execute("SELECT id FROM environment WHERE name = 'default'").fetchone()[0]
        for number in range(1, HOSTS + 1):
            write_row(database, "host", id=f"host_{number:032x}", environment_id=environment, name=f"web-{number}",
                      public_key=number.to_bytes(32, "big"), state="offline", state_since=number)
        for number in range(1, EVENTS + 1):
            write_row(database, "event", id=f"event_{number:032x}", at=number, environment_id=environment, type="host.online",
                      severity="info", message="x" * 300)
        database.commit()
        database.close()

    def version_of(self, path):
        """Its schema, after it was found whole with all that was in it."""
        database = sqlite3.connect(path)
        try:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",), path)
            version = database.execute("PRAGMA user_version").fetchone()[0]
            self.assertEqual([n for (n,) in database.execute("SELECT number FROM schema_history ORDER BY number")],
                             list(range(1, version + 1)), path)
            self.assertEqual(database.execute("SELECT count(*), sum(state_since) FROM host").fetchone(),
                             (HOSTS, HOSTS * (HOSTS + 1) // 2), path)
            self.assertEqual(database.execute("SELECT count(*) FROM event WHERE at <= ?", (EVENTS,)).fetchone(), (EVENTS,), path)
            if version >= OLD + 1:
                states = database.execute("SELECT count(*) FROM host_state WHERE at = host_number").fetchone()
                self.assertEqual(states, (HOSTS,), "what the migration itself writes")
            return version
        finally:
            database.close()

    def test_a_kill_anywhere_leaves_the_old_or_the_new(self):
        server = self.server()
        path = server.data / "fettle.db"
        self.make_old_database(path)
        old = path.read_bytes()
        copy = pathlib.Path(f"{path}.before-{OLD + 1}")
        seen = []

        def is_copied():
            return copy.exists() and copy.stat().st_size > len(old) // 2

        # The migration lasts for a tenth of a second: each pair of kills waits longer, and they go on until one came early enough.
        while len(seen) < KILLS or (OLD not in seen and len(seen) < MOST_KILLS):
            moment = is_copied if len(seen) % 2 else copy.exists
            child = subprocess.Popen([PROGRAM, "server", "--data", server.data, "--listen", "127.0.0.1:0"],
                                     env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            eventually("it has begun", lambda: child.poll() is not None or moment(), pause=0.001)
            self.assertIsNone(child.poll(), "it ended by itself")
            later = time.monotonic() + self.random.uniform(0, 0.06 * (len(seen) % KILLS // 2))
            eventually("a moment later", lambda: time.monotonic() >= later, pause=0.001)
            child.kill()
            child.wait()
            version = self.version_of(path)
            self.assertIn(version, (OLD, self.newest))
            seen.append(version)
            if version == self.newest:
                self.assertEqual(self.version_of(copy), OLD, "the copy from before")
                for file in path.parent.glob("fettle.db*"):
                    file.unlink()
                path.write_bytes(old)
            copy.unlink(missing_ok=True)
        print(f"schemas after the kills: {seen}")
        self.assertIn(OLD, seen, "no kill came early enough to say anything")
        server.start()
        api = server.set_up()
        self.assertEqual(len(api.list("/api/v1/hosts")), HOSTS)
        self.assertEqual(server.process.stop(), 0)
        self.assertEqual(self.version_of(path), self.newest)
        self.assertEqual(self.version_of(copy), OLD, "the copy from before")


if __name__ == "__main__":
    unittest.main()
