"""F13, start: a server with 1,000 hosts, 10 million rows in its event log and an hour of samples in its journal, killed and started
again: the time until its first answer, and until the last hour is in memory. Each figure is the best and the worst of the starts."""
import os
import re
import signal
import sqlite3
import subprocess
import time
import urllib.request

from fettle_server import PROGRAM, Server, free_port, resident_kib, row, wait_for

HOSTS = int(os.environ.get("FETTLE_BENCH_HOSTS", "1000"))
EVENTS = int(os.environ.get("FETTLE_BENCH_EVENTS", "10000000"))
STARTS = int(os.environ.get("FETTLE_BENCH_STARTS", "3"))
INDEXES = ("event_by_environment", "event_by_source", "event_by_time")

# A year of them, as long as those of a real log.
FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
INSERT INTO event (id, at, type, severity, environment_id, source_kind, source_id, source_name, message, fields)
SELECT printf('event_%032x', i), :now - 31536000000 + i * (31536000000 / :rows), 'host.online', 'info', environment.id, 'host', host.id, host.name,
  host.name || ' is online', '{"reason":"heartbeats came again"}'
FROM n JOIN host ON host.number = 1 + i % :hosts JOIN environment ON environment.id = host.environment_id"""


def fill_events(path):
    database = sqlite3.connect(path)
    database.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-400000;")
    made = [sql for name, sql in database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index'") if name in INDEXES]
    for name in INDEXES:
        database.execute(f"DROP INDEX IF EXISTS {name}")
    database.execute(FILL, {"rows": EVENTS, "now": int(time.time() * 1000), "hosts": HOSTS})
    for sql in made:
        database.execute(sql)
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def answers(url):
    try:
        with urllib.request.urlopen(f"{url}/livez", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def start(server, port):
    """Seconds until the first answer and until the journal is read, as its log says; and what it read."""
    log = os.path.join(server.folder, "start.log")
    with open(log, "w", encoding="utf-8") as file:
        began = time.monotonic()
        server.process = subprocess.Popen([PROGRAM, "server", "--data", server.data, "--listen", f"127.0.0.1:{port}"],
                                          stdout=file, stderr=file)
    while not answers(f"http://127.0.0.1:{port}"):
        time.sleep(0.002)
    first = time.monotonic() - began

    def text():
        with open(log, encoding="utf-8") as read:
            return read.read()

    wait_for(lambda: "journal read" in text(), 120, "the journal")
    return first, time.monotonic() - began, int(re.search(r"journal read .*?samples=(\d+)", text())[1])


if __name__ == "__main__":
    port = free_port()
    with Server(listen=f"127.0.0.1:{port}") as server:
        fleet = subprocess.Popen([PROGRAM, "simulate", "--keep", "--hosts", str(HOSTS), "--seconds", "600", "--history", "60",
                                  "--url", server.url], env=os.environ | {"FETTLE_TOKEN": server.token}, stdout=subprocess.DEVNULL)

        def heartbeats():
            with server.request("GET", "/metrics") as answer:
                return float(re.search(r"^fettle_heartbeats_total (\S+)", answer.read().decode(), re.MULTILINE)[1])

        wait_for(lambda: heartbeats() >= HOSTS * 720, 600, "an hour of samples")
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        fleet.kill()
        fleet.wait()
        fill_events(os.path.join(server.data, "fettle.db"))
        firsts, filled = [], []
        for _ in range(STARTS):
            first, full, samples = start(server, port)
            firsts.append(first * 1000)
            filled.append(full)
            memory = resident_kib(server.process.pid) // 1024
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
        size = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(server.data) for name in names)
        row("F13", hosts=HOSTS, events=EVENTS, samples=samples, data_mb=size // 1_000_000, starts=STARTS,
            first_answer_ms=f"{min(firsts):.0f}..{max(firsts):.0f}", hour_in_memory_s=f"{min(filled):.1f}..{max(filled):.1f}",
            resident_mib=memory)
