"""F8, the agent at 5 s beside node exporter scraped every 5 s (gzip, one connection kept), both of this machine and at the same
time: CPU for each sample, share of a core, memory, bytes. Once as the machine is, and once in a network namespace with so many
interfaces more that the agent sends 200 values. FETTLE_BENCH_SECONDS is how long is measured (default 120)."""
import http.client
import json
import os
import re
import subprocess
import sys
import time

from fettle_server import (PROGRAM, Server, answers_on, cpu_seconds, free_port, peer, proportional_kib, resident_kib, row,
                           stop_process, wait_for)

SECONDS = int(os.environ.get("FETTLE_BENCH_SECONDS", "120"))
INTERVAL_SECONDS = 5
WARM_UP_SECONDS = 17  # the first looks at mounts, and two heartbeats at the server's interval
PAIRS = 11  # of interfaces: 8 values each, 22 of them beside what a small machine has
ACCEPT = "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"  # as Prometheus asks


class Agent:
    def __init__(self, server):
        self.server = server
        with server.request("POST", "/api/v1/enrolment-tokens", {}) as answer:
            made = json.load(answer)
        data = os.path.join(server.folder, "agent")
        subprocess.run([PROGRAM, "enroll", server.url, made["token"], "--data", data], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        with server.request("GET", f"/api/v1/enrolment-tokens/{made['id']}") as answer:
            self.host = json.load(answer)["host_id"]
        self.process = subprocess.Popen([PROGRAM, "agent", "--data", data], stderr=subprocess.DEVNULL)

    def series(self):
        with self.server.request("GET", f"/api/v1/hosts/{self.host}/layout") as answer:
            return len(json.load(answer)["series"])

    def heartbeats(self):
        with self.server.request("GET", "/metrics") as answer:
            return int(re.search(r"^fettle_heartbeats_total (\d+)", answer.read().decode(), re.M)[1])

    def sent_bytes(self):
        """On its connection, as the kernel counts them: messages with their frames, without the headers of TCP and IP."""
        port = self.server.url.rsplit(":", 1)[1].strip("/")
        said = subprocess.run(["ss", "-tinH", "state", "established", "dst", f"127.0.0.1:{port}"], check=True, text=True,
                              capture_output=True).stdout
        return sum(map(int, re.findall(r"bytes_sent:(\d+)", said)))


class Exporter:
    """Its metrics are counted as samples: what does not begin with #."""

    def __init__(self):
        self.port = free_port()
        self.process = subprocess.Popen([peer("usr/bin/prometheus-node-exporter"), f"--web.listen-address=127.0.0.1:{self.port}"],
                                        stderr=subprocess.DEVNULL)
        wait_for(lambda: answers_on(self.port), 10, "the start of node exporter")
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port)
        self.samples = len([line for line in self.scrape({}).decode().splitlines() if line and line[0] != "#"])

    def scrape(self, headers):
        self.connection.request("GET", "/metrics", headers={"Accept": ACCEPT, **headers})
        return self.connection.getresponse().read()


def measure(where):
    with Server() as server:
        agent = Agent(server)
        exporter = Exporter() if peer("usr/bin/prometheus-node-exporter") else None
        try:
            scrapes, scraped_bytes = 0, 0
            end = time.monotonic() + WARM_UP_SECONDS
            while time.monotonic() < end:
                time.sleep(INTERVAL_SECONDS)
                if exporter:
                    exporter.scrape({"Accept-Encoding": "gzip"})
            beats, sent = agent.heartbeats(), agent.sent_bytes()
            agent_cpu, exporter_cpu = cpu_seconds(agent.process.pid), exporter and cpu_seconds(exporter.process.pid)
            began = time.monotonic()
            while time.monotonic() < began + SECONDS:
                time.sleep(INTERVAL_SECONDS)
                if exporter:
                    scraped_bytes += len(exporter.scrape({"Accept-Encoding": "gzip"}))
                    scrapes += 1
            wall = time.monotonic() - began
            agent_cpu = cpu_seconds(agent.process.pid) - agent_cpu
            beats, sent, series = agent.heartbeats() - beats, agent.sent_bytes() - sent, agent.series()
            tell(f"F8 agent, {where}", agent.process.pid, agent_cpu, wall, beats, series, sent)
            if exporter:
                exporter_cpu = cpu_seconds(exporter.process.pid) - exporter_cpu
                tell(f"F8 node exporter, {where}", exporter.process.pid, exporter_cpu, wall, scrapes, exporter.samples,
                     scraped_bytes)
            else:
                row("F8 node exporter", missing="package prometheus-node-exporter below build/peers")
        finally:
            stop_process(agent.process)
            if exporter:
                stop_process(exporter.process)


def tell(name, pid, cpu, wall, times, values, size):
    row(name, values=values, times=times, us_a_sample=round(cpu * 1e6 / times / values, 2), us_each_time=round(cpu * 1e6 / times),
        core_percent=round(100 * cpu / wall, 4), resident_mib=round(resident_kib(pid) / 1024, 1),
        proportional_mib=round(proportional_kib(pid) / 1024, 1), bytes_each_time=round(size / times))


def add_interfaces():
    """Of the namespace, gone with it."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for number in range(PAIRS):
        names = f"lan{2 * number}", f"lan{2 * number + 1}"
        subprocess.run(["ip", "link", "add", names[0], "type", "veth", "peer", "name", names[1]], check=True)
        for name in names:
            subprocess.run(["ip", "link", "set", name, "up"], check=True)


if __name__ == "__main__":
    if "--with-interfaces" in sys.argv:
        add_interfaces()
        measure("many interfaces")
    else:
        measure("this machine")
        namespace = ["--net"] if os.geteuid() == 0 else ["--net", "--user", "--map-root-user"]
        subprocess.run(["unshare", *namespace, sys.executable, os.path.abspath(__file__), "--with-interfaces"], check=True)
