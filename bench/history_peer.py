"""A server with a past in its history, and VictoriaMetrics with the same samples, for F6 and F7."""
import http.client
import json
import os
import shutil
import subprocess
import tempfile
import time

from fettle_server import PROGRAM, answers_on, free_port, peer, stop_process, tool, wait_for


def figure(server, name):
    with server.request("GET", "/metrics") as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
    return 0


def fill(server, hosts, minutes):
    """Hosts with so many minutes behind them, until all of it is sealed. They stay, offline."""
    fleet = subprocess.Popen(
        [PROGRAM, "simulate", "--hosts", str(hosts), "--seconds", "3600", "--history", str(minutes), "--keep", "--url", server.url],
        env={**os.environ, "FETTLE_TOKEN": server.token}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    dense = min(minutes, 60)
    expected = hosts * (dense * 12 + minutes - dense)
    try:
        wait_for(lambda: time.sleep(1) or figure(server, "fettle_history_sealed_heartbeats_total") >= expected, 600, "sealing the past")
    finally:
        stop_process(fleet)


def tier_bytes(server, tier):
    return int(figure(server, f'fettle_history_bytes{{tier="{tier}"}}'))


class Victoria:
    """With the raw samples of a history folder; `with` stops it. None of it where the package is missing."""

    def __init__(self, history):
        program = peer("usr/bin/victoria-metrics") or shutil.which("victoria-metrics")
        if not program:
            raise SystemExit("the package victoria-metrics is missing")
        self.folder = tempfile.mkdtemp(prefix="fettle-vm-")
        self.port = free_port()
        self.process = subprocess.Popen(
            [program, f"-storageDataPath={self.folder}", f"-httpListenAddr=127.0.0.1:{self.port}", "-retentionPeriod=24"],
            stderr=subprocess.DEVNULL)
        wait_for(lambda: answers_on(self.port), 20, "the start of VictoriaMetrics")
        with tempfile.TemporaryFile() as lines:
            done = subprocess.run([tool("history_export"), history], stdout=lines, stderr=subprocess.PIPE, check=True)
            self.samples = int(done.stderr)
            lines.seek(0)
            batch = []
            for line in lines:
                batch.append(line)
                if len(batch) == 500:
                    self._post("/api/v1/import", b"".join(batch))
                    batch = []
            self._post("/api/v1/import", b"".join(batch))
        self._post("/internal/force_flush")
        self._post("/internal/force_merge")
        time.sleep(5)  # it says nothing when it has merged

    def _post(self, path, body=b""):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("POST", path, body)
        connection.getresponse().read()
        connection.close()

    def bytes(self):
        return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(os.path.join(self.folder, "data")) for name in names)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stop_process(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


def ask(port, path, headers):
    """A keep-alive client that asks the same again; wall time in ms and the body of each."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while True:
        began = time.monotonic()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body[:300]}")
        yield (time.monotonic() - began) * 1000, body


def first_host(server):
    with server.request("GET", "/api/v1/hosts") as answer:
        return json.load(answer)["items"][0]
