#!/usr/bin/env python3
"""`fettle backup-self` and `restore-self`: a copy taken under load misses nothing that was acknowledged before it began,
a damaged one is refused, and whatever interrupts either leaves nothing half."""
import contextlib
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
import unittest

from fake_agent import FakeAgent
from harness import PROGRAM, EndToEndTest, Process, clean_environment, eventually, run_program
from journal import check_whole, read_journal

SEED = int(os.environ.get("FETTLE_BACKUP_SEED", str(int(time.time()))))
AGENTS = 5


class Beating(threading.Thread):
    """Fake agents that send as fast as they are acknowledged, and know what was."""

    def __init__(self, agents):
        super().__init__(daemon=True)
        self.agents, self.is_over, self.fault = agents, False, None

    def run(self):
        try:
            while not self.is_over:
                for agent in self.agents:
                    agent.beat()
                for agent in self.agents:
                    agent.wait_acknowledged()
        except Exception as fault:  # told by stop()
            self.fault = fault

    def stop(self):
        self.is_over = True
        self.join()
        assert self.fault is None, self.fault


class SelfBackup(EndToEndTest):
    def setUp(self):
        super().setUp()
        print(f"FETTLE_BACKUP_SEED={SEED}")
        self.random = random.Random(SEED)

    def served(self):
        server = self.server().start()
        api = server.set_up()
        token = api.post("/api/v1/tokens", {"name": "backup", "scopes": ["admin"]}, expect=201)["token"]
        return server, api, token

    def check_restored(self, archive, acknowledged, hosts):
        """Restored into a new folder, the copy serves, and has every host and all that was acknowledged."""
        restored = self.server("restored-" + archive.stem)
        done = run_program("restore-self", archive, "--data", restored.data, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse(pathlib.Path(f"{restored.data}.restoring").exists())
        restored.start()
        api = restored.log_in()
        self.assertLessEqual(hosts.keys(), {host["id"] for host in api.list("/api/v1/hosts")})
        samples, _ = read_journal(restored.data)
        check_whole(self, samples, {hosts[host_id]: place for host_id, place in acknowledged.items()})
        self.assertEqual(restored.process.stop(), 0)

    def test_a_copy_taken_under_load_misses_nothing(self):
        server, api, token = self.served()
        agents = [FakeAgent(server.url).enrol(api, f"fake-{i}").connect() for i in range(AGENTS)]
        hosts = {host["id"]: host["number"] for host in api.list("/api/v1/hosts")}
        load = self.agent("load")
        load.process = Process(self.folder / "load.log", "simulate", "--hosts", 50, "--seconds", 600, "--url",
                               server.url, FETTLE_TOKEN=token)
        beating = Beating(agents)
        beating.start()
        eventually("the fleet is there", lambda: len(api.list("/api/v1/hosts")) == AGENTS + 50, seconds=60)
        for name, where, more in (("by-folder", ("--data", server.data), {}),
                                  ("by-api", ("--url", server.url), {"FETTLE_TOKEN": token})):
            acknowledged = {agent.host_id: agent.acknowledged for agent in agents}
            self.assertTrue(all(place > (1, 0) for place in acknowledged.values()))
            archive = self.folder / f"{name}.tar.zst"
            done = run_program("backup-self", archive, *where, **more)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(archive.stat().st_mode & 0o777, 0o600)
            self.check_restored(archive, acknowledged, hosts)
        beating.stop()
        for agent in agents:
            agent.close()
        self.assertEqual(list(server.data.glob(".copy-*")), [], "nothing is left beside the data")
        self.assertEqual(load.process.stop(), 0)
        entries = [entry["action"] for entry in api.list("/api/v1/audit")]
        self.assertEqual(entries.count("backup.read"), 1)
        self.assertEqual(list(self.folder.glob("*.part")), [])

    def test_what_is_not_in_it(self):
        server, api, token = self.served()
        (server.data / "master-key").write_text("ab" * 32 + "\n")
        archive, key = self.folder / "copy.tar.zst", self.folder / "key"
        done = run_program("backup-self", archive, "--data", server.data, "--key-file", key)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((key.read_text(), key.stat().st_mode & 0o777), ("ab" * 32 + "\n", 0o600))
        target = self.folder / "restored"
        done = run_program("restore-self", archive, "--data", target)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"It needs the master key [0-9a-f]{16}: put it at .*/master-key")
        for name in ("lock", "setup-token", "local-enrolment-token", "master-key", "fettle.db.reserve", "fettle.db-wal"):
            self.assertFalse((target / name).exists(), name)
        self.assertTrue((target / "server-id").exists())
        # Without the key it does not start where something is sealed with it, and makes no other.
        sealed = self.server("sealed")
        done = run_program("restore-self", archive, "--data", sealed.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        with contextlib.closing(sqlite3.connect(sealed.data / "fettle.db")) as database, database:
            database.execute("INSERT INTO person_totp SELECT id, x'00', 1, 1, 1 FROM person LIMIT 1")
        done = run_program("server", "--data", sealed.data, "--listen", "127.0.0.1:0", timeout=20)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("the second factors of 1 person are sealed with a master key", done.stderr)
        self.assertFalse((sealed.data / "master-key").exists())
        shutil.copy(key, sealed.data / "master-key")
        sealed.start()
        self.assertEqual(sealed.process.stop(), 0)
        # The key that was kept goes back with it; another one is refused and nothing stays.
        other = self.folder / "other"
        other.write_text("cd" * 32 + "\n")
        done = run_program("restore-self", archive, "--data", self.folder / "b", "--key-file", other)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("wrong_master_key", done.stderr)
        self.assertFalse((self.folder / "b").exists())
        self.assertEqual(run_program("restore-self", archive, "--data", self.folder / "b", "--key-file", key).returncode, 0)
        self.assertEqual((self.folder / "b/master-key").read_text(), "ab" * 32 + "\n")
        # Nothing is written over.
        done = run_program("backup-self", archive, "--data", server.data)
        self.assertEqual((done.returncode, "file_exists" in done.stderr), (1, True))
        done = run_program("restore-self", archive, "--data", self.folder / "b")
        self.assertEqual((done.returncode, "folder_not_empty" in done.stderr), (1, True))
        # Who may not administer the server gets no copy of it.
        reader = api.post("/api/v1/tokens", {"name": "reader", "scopes": ["read"]}, expect=201)["token"]
        done = run_program("backup-self", self.folder / "c", "--url", server.url, FETTLE_TOKEN=reader)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(list(self.folder.glob("c")) + list(self.folder.glob("*.part")), [])

    def test_a_damaged_copy_is_refused(self):
        server, _, _ = self.served()
        archive = self.folder / "copy.tar.zst"
        self.assertEqual(run_program("backup-self", archive, "--data", server.data).returncode, 0)
        whole = archive.read_bytes()
        broken, target = self.folder / "broken", self.folder / "target"
        target.mkdir()
        places = [0, 5, len(whole) - 1, len(whole) - 33, len(whole) - 48] + [self.random.randrange(len(whole)) for _ in range(20)]
        variants = [whole[:at] + bytes([whole[at] ^ 1 << self.random.randrange(8)]) + whole[at + 1:] for at in places]
        variants += [b"", whole[:100], whole[:-1], whole[:-48], whole + b"\0", whole + whole]
        for variant in variants:
            broken.write_bytes(variant)
            done = run_program("restore-self", broken, "--data", target)
            self.assertEqual((done.returncode, done.stdout), (1, ""), f"{done.stderr} {len(variant)}")
            self.assertIn("bad_archive", done.stderr)
            self.assertEqual(list(target.iterdir()), [])
        self.assertEqual(run_program("restore-self", archive, "--data", target).returncode, 0)

    def test_a_kill_leaves_nothing_half(self):
        server, _, _ = self.served()
        (server.data / "large").write_bytes(self.random.randbytes(48 << 20))  # what does not compress takes its time
        archive, target = self.folder / "copy.tar.zst", self.folder / "restored"
        for _ in range(3):
            child = subprocess.Popen([PROGRAM, "backup-self", archive, "--data", server.data], env=clean_environment(),
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            part = self.folder / "copy.tar.zst.part"
            eventually("it has begun", lambda: child.poll() is not None or (part.exists() and part.stat().st_size > 0))
            child.send_signal(signal.SIGKILL)
            child.wait()
            self.assertTrue(child.returncode == 0 or not archive.exists())
            archive.unlink(missing_ok=True)
        self.assertEqual(run_program("backup-self", archive, "--data", server.data).returncode, 0)
        self.assertEqual(list(self.folder.glob(".copy-*")) + list(self.folder.glob("*.part")), [])
        beside = pathlib.Path(f"{target}.restoring")
        for _ in range(3):
            child = subprocess.Popen([PROGRAM, "restore-self", archive, "--data", target], env=clean_environment(),
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            eventually("it has begun", lambda: child.poll() is not None or (beside.exists() and any(beside.iterdir())))
            child.send_signal(signal.SIGKILL)
            child.wait()
            self.assertTrue(child.returncode == 0 or not target.exists())
            shutil.rmtree(target, ignore_errors=True)
        self.assertEqual(run_program("restore-self", archive, "--data", target).returncode, 0)
        self.assertFalse(beside.exists())
        digest = [hashlib.sha256((folder / "large").read_bytes()).hexdigest() for folder in (server.data, target)]
        self.assertEqual(digest[0], digest[1])

    def test_a_full_disk_is_told(self):
        server, _, _ = self.served()
        (server.data / "large").write_bytes(self.random.randbytes(8 << 20))
        archive = self.folder / "copy.tar.zst"
        self.assertEqual(run_program("backup-self", archive, "--data", server.data).returncode, 0)
        disk = self.folder / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True).returncode:
            self.skipTest("may not mount here")
        try:
            for line in ("backup-self", disk / "copy", "--data", server.data), ("restore-self", archive, "--data", disk / "data"):
                done = run_program(*line)
                self.assertEqual(done.returncode, 75, done.stderr)
                self.assertIn("disk_full", done.stderr)
                self.assertEqual(list(disk.iterdir()), [])
        finally:
            subprocess.run(["umount", str(disk)], check=True)

    def test_a_newer_copy_is_refused(self):
        import sqlite3
        server, _, _ = self.served()
        self.assertEqual(server.process.stop(), 0)
        with sqlite3.connect(server.data / "fettle.db") as database:
            database.execute("PRAGMA user_version=9999")
        database.close()
        archive = self.folder / "copy.tar.zst"
        self.assertEqual(run_program("backup-self", archive, "--data", server.data).returncode, 0)
        done = run_program("restore-self", archive, "--data", self.folder / "restored")
        self.assertEqual((done.returncode, "backup_newer" in done.stderr), (1, True), done.stderr)
        self.assertFalse((self.folder / "restored").exists())


class AdminReset(EndToEndTest):
    def test_a_forgotten_password(self):
        server = self.server().start()
        before = server.set_up()
        done = run_program("admin", "reset", "--data", server.data)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(str(server.process.child.pid), done.stderr, "says who holds the folder")
        self.assertEqual(server.process.stop(), 0)
        done = run_program("admin", "reset", "--data", server.data, "--public-url", "http://127.0.0.1:1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^http://127\.0\.0\.1:1/setup#token=fst_[0-9a-f]{40}&reset\n$")
        token = done.stdout.split("token=")[1].split("&")[0]
        server.start()
        self.assertNotIn(token, server.process.output())
        api = server.api()
        self.assertEqual(api.get("/api/v1/setup")["needed"], False, "the page asks people to log in as ever")
        body = {"token": token, "name": "ADA", "password": "another long password"}
        api.post("/api/v1/setup", body | {"token": "fst_" + "0" * 40}, expect=401)
        api.post("/api/v1/setup", body, expect=201)
        self.assertTrue(api.get("/api/v1/session")["server_administrator"])
        before.get("/api/v1/session", expect=401)
        server.api().post("/api/v1/setup", body, expect=409)
        self.assertFalse((server.data / "admin-reset-token").exists())
        self.assertEqual([entry["action"] for entry in api.list("/api/v1/audit") if "token" not in entry["action"]][:3],
                         ["session.start", "person.reset", "admin.reset"])

    def test_where_there_is_nothing_to_reset(self):
        done = run_program("admin", "reset", "--data", self.folder / "none")
        self.assertEqual((done.returncode, (self.folder / "none").exists()), (4, False), done.stderr)
        server = self.server().start()
        self.assertEqual(server.process.stop(), 0)
        done = run_program("admin", "reset", "--data", server.data)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("not_set_up", done.stderr)


if __name__ == "__main__":
    unittest.main()
