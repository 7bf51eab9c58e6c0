"""F5, memory of a running server: idle; for each connected host, with and without an hour of 40 series behind it; for each open
stream. Resident memory of the process before and after, divided by how many came; what the kernel keeps for sockets is not in
it."""
import json
import os
import resource
import socket
import subprocess
import time
import urllib.parse

from fettle_server import Server, proportional_kib, resident_kib, row, stop_process, tool, wait_for

HOSTS = int(os.environ.get("FETTLE_BENCH_HOSTS", "1000"))
STREAMS = int(os.environ.get("FETTLE_BENCH_STREAMS", "1000"))
HOUR = 3600
STREAMS_OF_ONE_TOKEN = 20  # what the server allows
SETTLED_SECONDS = 6  # one heartbeat of each host, and the ticks and sweeps of a quiet server


def settled(server):
    time.sleep(SETTLED_SECONDS)
    return resident_kib(server.pid), proportional_kib(server.pid)


def figures_of(server):
    """The server's own figures, by name."""
    with server.request("GET", "/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, value in (line.split(" ")[:2] for line in lines if line and line[0] not in "#")}


def idle():
    with Server() as server:
        resident, proportional = settled(server)
        row("F5 idle", resident_mib=round(resident / 1024, 1), proportional_mib=round(proportional / 1024, 1))


def with_hosts(past_seconds):
    with Server() as server:
        before, _ = settled(server)
        hosts = subprocess.Popen([tool("bench_hosts"), server.url, server.token_file, str(HOSTS), str(past_seconds)],
                                 stdout=subprocess.PIPE, text=True)
        try:
            line = hosts.stdout.readline()
            if not line:
                raise SystemExit("bench_hosts ended early")
            said = json.loads(line)
            after, _ = settled(server)
            own = figures_of(server)
            row("F5 hosts", hosts=HOSTS, heartbeats_each=round(said["heartbeats"] / HOSTS), dials=said["dials"],
                resident_kib_each=round((after - before) / HOSTS, 1), resident_mib=round(after / 1024, 1),
                ring_kib_each=round(own["fettle_ring_bytes"] / 1024 / HOSTS, 1),
                stream_window_kib_each=round(own["fettle_stream_window_bytes"] / 1024 / HOSTS, 1))
        finally:
            stop_process(hosts)


def open_stream(address, token):
    stream = socket.create_connection(address)
    stream.sendall(f"GET /api/v1/stream?topics=fleet,events HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n"
                   f"Authorization: Bearer {token}\r\nAccept: text/event-stream\r\n\r\n".encode())
    return stream


def with_streams():
    with Server() as server:
        tokens = []
        for number in range(-(-STREAMS // STREAMS_OF_ONE_TOKEN)):
            tokens.append(server.make_token(f"reader {number}", ["read"]))
        before, _ = settled(server)
        url = urllib.parse.urlsplit(server.url)
        streams = [open_stream((url.hostname, url.port), tokens[i // STREAMS_OF_ONE_TOKEN]) for i in range(STREAMS)]
        try:
            for stream in streams:
                head = stream.recv(4096)
                if not head.startswith(b"HTTP/1.1 200"):
                    raise SystemExit(f"a stream was refused: {head[:200]}")
            wait_for(lambda: figures_of(server)["fettle_stream_connections"] == STREAMS, 10, "opening all streams")
            after, _ = settled(server)
            row("F5 streams", streams=STREAMS, resident_kib_each=round((after - before) / STREAMS, 2))
        finally:
            for stream in streams:
                stream.close()


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    idle()
    with_hosts(0)
    with_hosts(HOUR)
    with_streams()
