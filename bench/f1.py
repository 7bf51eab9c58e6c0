"""F1: a durable heartbeat of 40 metrics, everything included, in a closed loop over 200 connections, with four heartbeats
of each on the way (as the bar was measured) and with one, in the open and over TLS; beside it VictoriaMetrics, the same 40 samples a heartbeat in posts
of 100 heartbeats and one by one (not durable when it answers)."""
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from fettle_server import Server, answers_on, cpu_seconds, free_port, peer, row, stop_process, tool, wait_for

SECONDS = int(os.environ.get("FETTLE_BENCH_SECONDS", "8"))


def fettle():
    for window, tls in ((4, "off"), (4, "on"), (1, "off"), (1, "on")):
        for _ in range(3):
            with Server(FETTLE_SERVER_TLS=tls) as server:
                print(json.dumps({"tls": tls}), flush=True)
                subprocess.run([tool("bench_ingest"), server.url, server.token_file, str(server.pid), "200", str(SECONDS), "0",
                                str(window)], check=True)


def heartbeat_lines(host, sequence):
    at = time.time_ns() - sequence
    fields = ",".join(f"m{i}={1000 + i * sequence}" for i in range(40))
    return f"host,name=h{host} {fields} {at}\n"


def victoria(per_post):
    program = peer("usr/bin/victoria-metrics") or shutil.which("victoria-metrics")
    if not program:
        row("F1 VictoriaMetrics", missing="package victoria-metrics")
        return
    folder = tempfile.mkdtemp(prefix="fettle-vm-")
    port = free_port()
    process = subprocess.Popen([program, f"-storageDataPath={folder}", f"-httpListenAddr=127.0.0.1:{port}"],
                               stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: answers_on(port), 20, "the start of VictoriaMetrics")
        connection = http.client.HTTPConnection("127.0.0.1", port)
        posts = [("".join(heartbeat_lines(host, n) for host in range(per_post))).encode() for n in range(200)]
        sent, before, end = 0, cpu_seconds(process.pid), time.monotonic() + SECONDS
        while time.monotonic() < end:
            connection.request("POST", "/write", posts[(sent // per_post) % len(posts)])
            connection.getresponse().read()
            sent += per_post
        cpu = cpu_seconds(process.pid) - before
        row("F1 VictoriaMetrics", per_post=per_post, heartbeats=sent, server_cpu_us_each=round(cpu * 1e6 / sent, 2))
    finally:
        stop_process(process)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    fettle()
    victoria(100)
    victoria(1)
    sys.exit(0)
