"""F10, the JSON API: a single host and a list of 50, requests for each CPU second of the server, by wrk over 32 connections; nginx
with a file of the same size beside it."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

from fettle_server import Server, answers_on, children, cpu_seconds, free_port, peer, row, stop_process, tool, wait_for

SECONDS = int(os.environ.get("FETTLE_BENCH_SECONDS", "5"))
CONNECTIONS = 32
HOSTS = 50

NGINX = """
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
daemon off;
events {{ worker_connections 1000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 100000000;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; default_type application/json; }}
}}
"""


def load(url, token=None):
    """Requests a second as wrk counts them; a request that was not answered well ends the measurement."""
    libraries = os.path.dirname(peer("usr/lib/x86_64-linux-gnu/libluajit-5.1.so.2"))
    command = [peer("usr/bin/wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    command += ["-H", f"Authorization: Bearer {token}"] if token else []
    said = subprocess.run([*command, url], env={**os.environ, "LD_LIBRARY_PATH": libraries}, check=True, capture_output=True,
                          text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    return int(re.search(r"(\d+) requests in", said).group(1))


def measure(name, pids, url, token=None, **more):
    before, began = sum(map(cpu_seconds, pids)), time.monotonic()
    requests = load(url, token)
    cpu, wall = sum(map(cpu_seconds, pids)) - before, time.monotonic() - began
    row(f"F10 {name}", requests_a_cpu_second=round(requests / cpu), requests_a_second=round(requests / wall), **more)


def measure_nginx(size):
    folder = tempfile.mkdtemp(prefix="fettle-nginx-")
    try:
        os.mkdir(os.path.join(folder, "files"))
        os.chmod(folder, 0o755)
        with open(os.path.join(folder, "files", "host.json"), "wb") as file:
            file.write(b"x" * size)
        port = free_port()
        with open(os.path.join(folder, "nginx.conf"), "w", encoding="ascii") as file:
            file.write(("user root;" if os.geteuid() == 0 else "") + NGINX.format(folder=folder, port=port))
        nginx = subprocess.Popen([peer("usr/sbin/nginx"), "-e", os.path.join(folder, "error.log"), "-p", folder, "-c",
                                  os.path.join(folder, "nginx.conf")])
        try:
            wait_for(lambda: answers_on(port) and children(nginx.pid), 10, "the start of nginx")
            measure("nginx, a file", children(nginx.pid), f"http://127.0.0.1:{port}/host.json", bytes=size)
        finally:
            stop_process(nginx)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def size_of(server, path):
    with server.request("GET", path) as answer:
        return len(answer.read())


if __name__ == "__main__":
    if not peer("usr/bin/wrk"):
        raise SystemExit("wrk is not below build/peers: ./dev bench f10 brings it")
    with Server() as server:
        agents = subprocess.Popen([tool("bench_hosts"), server.url, server.token_file, str(HOSTS), "0"], stdout=subprocess.PIPE)
        try:
            agents.stdout.readline()
            with server.request("GET", "/api/v1/hosts?limit=50") as answer:
                one = json.load(answer)["items"][0]["id"]
            single, listed = f"/api/v1/hosts/{one}", "/api/v1/hosts?limit=50"
            for _ in range(2):
                measure("single host", [server.pid], server.url + single, server.token, bytes=size_of(server, single))
                measure("list of 50", [server.pid], server.url + listed, server.token, bytes=size_of(server, listed))
            if peer("usr/sbin/nginx"):
                measure_nginx(size_of(server, single))
        finally:
            stop_process(agents)
