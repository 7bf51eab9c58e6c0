#!/usr/bin/env python3
"""Five hosts that join a server over TLS by the command of the page, and are left running beside a simulated fleet.

  namespace_fleet.py [MINUTES]      default 60; needs root, for network namespaces

Every minute: all five are online, no process is another one than at the start, no log has a line of an error. In the
middle one host loses its network for two minutes. At the end: no host was said to be offline but that one, no host has
a hole in what it measured, not even that one, and a table says what each process took.
"""
import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import machine  # noqa: E402
from harness import PASSWORD, PERSON, Process, Server, eventually  # noqa: E402

NAMES = ("db-1", "web-1", "web-2", "worker-1", "edge-1")
WITHOUT_SYSTEMD = "edge-1"
CUT, CUT_MINUTES = "worker-1", 2
CUT_REPEATS = 5  # so many times as long must a run be to hold a cut and time to come back
SIMULATED_HOSTS = 20
HISTORY_MINUTES = 1440
START_SECONDS = 120
HEARTBEAT_MS = 5_000  # the default
SETTLED_MS = 60_000  # what is younger may be on its way
TICKS = os.sysconf("SC_CLK_TCK")
# What an agent that lost its network, or has not reached its server yet, may say.
BAD_LINE = re.compile(r"^\S+ (error|fatal) |terminate called|Sanitizer|FETTLE_CHECK")


class Watched:
    """A process whose memory and processor time are read each minute. Proportional is what it shares with others of the
    same program divided among them; its own is what no file stands behind."""

    def __init__(self, name, pid, log):
        self.name, self.pid, self.log = name, pid, log
        self.resident_kib, self.proportional_kib, self.own_kib = [], [], []
        self.began_cpu, self.began_at = self.cpu_seconds(), time.monotonic()
        self.born = self._stat()[19]
        self.read_lines = 0

    def _stat(self):
        return pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()

    def cpu_seconds(self):
        fields = self._stat()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def look(self):
        """What is wrong with it, one sentence each."""
        try:
            fields = self._stat()
        except OSError:
            return [f"{self.name}: process {self.pid} is gone"]
        if fields[0] == "Z" or fields[19] != self.born:
            return [f"{self.name}: process {self.pid} ended"]
        memory = pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        for name, kept in (("Rss", self.resident_kib), ("Pss", self.proportional_kib), ("Pss_Anon", self.own_kib)):
            kept.append(int(re.search(rf"^{name}:\s+(\d+)", memory, re.M).group(1)))
        lines = self.log().splitlines()
        wrong = [f"{self.name} says: {line}" for line in lines[self.read_lines:] if BAD_LINE.search(line)]
        self.read_lines = len(lines)
        return wrong

    def row(self):
        cpu = 100 * (self.cpu_seconds() - self.began_cpu) / (time.monotonic() - self.began_at)
        memory = (self.resident_kib[0], self.resident_kib[-1], max(self.resident_kib), self.proportional_kib[-1],
                  self.own_kib[0], self.own_kib[-1])
        return f"{self.name:<12}" + "".join(f"{kib / 1024:>12.1f}" for kib in memory) + f"{cpu:>10.3f}"


class Fleet:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.hosts, self.watched, self.wrong = {}, [], []
        self.server = Server(self.folder / "server", FETTLE_SERVER_TLS="auto")
        self.server.listen = f"{machine.SERVER_ADDRESS}:8420"
        self.simulation = None

    def begin(self, minutes):
        self.server.start()
        self.api = self.server.set_up()
        print(f"{self.server.url}, {PERSON} / {PASSWORD}; enter: nsenter -t {self.server.process.child.pid} --net", flush=True)
        log = self.server.process.output
        self.watched.append(Watched("server", self.server.process.child.pid, log))
        for name in NAMES:
            self.install(name)
        eventually("all five are online", lambda: self.offline() == [], START_SECONDS)
        for name, host in self.hosts.items():
            [pid] = host.processes()
            self.watched.append(Watched(name, pid, lambda host=host: host.must("cat /run/agent.log")))
        self.simulate(minutes)

    def install(self, name):
        """By the command as the page shows it, and by what that says where there is no systemd."""
        host = self.hosts[name] = machine.Machine(self.folder, with_systemd=name != WITHOUT_SYSTEMD, name=name)
        command = self.api.post("/api/v1/enrolment-tokens", {}, expect=201)["install_command"]
        done = host.run(command, timeout=START_SECONDS)
        print(f"--- {name}\n{done.stdout}{done.stderr}", flush=True)
        assert done.returncode == 0, f"{name} is not installed: {command}"
        if name == WITHOUT_SYSTEMD:
            by_hand = re.search(r"^fettle: +(/\S*fettle agent .*)$", done.stdout, re.M).group(1)
            host.must(f"setsid runuser -u fettle-agent -- {by_hand} >/run/agent.log 2>&1 </dev/null &")

    def simulate(self, minutes):
        answer = self.api.post("/api/v1/tokens", {"name": "simulation", "scopes": ["admin"]}, expect=201)
        pin = self.api.post("/api/v1/enrolment-tokens", {}, expect=201)["certificate_pin"]
        self.simulation = Process(self.folder / "simulation.log", "simulate", "--hosts", SIMULATED_HOSTS, "--history",
                                  HISTORY_MINUTES, "--keep", "--seconds", (minutes + 5) * 60, "--url", self.server.url,
                                  FETTLE_TOKEN=answer["token"], FETTLE_PIN=pin)
        self.watched.append(Watched("simulation", self.simulation.child.pid, self.simulation.output))

    def offline(self):
        states = {host["name"]: host["state"] for host in self.api.list("/api/v1/hosts")}
        return [name for name in NAMES if states.get(name) != "online"]

    def run(self, minutes):
        cut_at = minutes // 2 if minutes >= CUT_MINUTES * CUT_REPEATS else None
        began, began_ms = time.monotonic(), int(time.time() * 1000)
        for minute in range(1, minutes + 1):
            is_cut = cut_at is not None and cut_at < minute <= cut_at + CUT_MINUTES
            if minute - 1 in (cut_at, cut_at and cut_at + CUT_MINUTES):
                self.hosts[CUT].plug("down" if is_cut else "up")
                # The address stays; the route does too, since it came with the address.
            time.sleep(max(0.0, began + minute * 60 - time.monotonic()))
            expected = [CUT] if is_cut else []
            if (offline := self.offline()) != expected:
                self.wrong.append(f"minute {minute}: not online are {offline}, expected {expected}")
            for one in self.watched:
                self.wrong += [f"minute {minute}: {what}" for what in one.look()]
            print(f"minute {minute}: {len(self.wrong)} things wrong; server {self.watched[0].resident_kib[-1] / 1024:.1f} MiB"
                  f"{', without ' + CUT if is_cut else ''}", flush=True)
        self.look_back(began_ms)

    def look_back(self, began_ms):
        """What the server has to show for the whole time: every heartbeat of every host, and who was said to be offline."""
        step_ms = 2 * HEARTBEAT_MS  # each has a heartbeat, whatever the moments
        first_ms = (began_ms // step_ms + 1) * step_ms
        ends_ms = (int(time.time() * 1000) - SETTLED_MS) // step_ms * step_ms
        points = (ends_ms - first_ms) // step_ms
        names = {host["id"]: host["name"] for host in self.api.list("/api/v1/hosts") if host["name"] in NAMES}
        for host, name in names.items():
            [series] = self.api.get(f"/api/v1/hosts/{host}/series?from={first_ms}&to={ends_ms}&points={points}"
                                    "&keys=memory.available")["series"]
            holes = series["mean"].count(None)
            print(f"{name}: {holes} holes in {len(series['mean'])} points")
            if holes or len(series["mean"]) < points - 1:
                self.wrong.append(f"{name}: {holes} holes in {len(series['mean'])} points of {points}")
        offline = [names[event["source"]["id"]] for event in self.api.list("/api/v1/events?type=host.offline")
                   if event["source"]["id"] in names]
        print(f"said to be offline: {', '.join(offline) or 'nobody'}")
        if offline not in ([], [CUT]):
            self.wrong.append(f"said to be offline: {offline}")

    def table(self):
        heads = ("first", "last", "most", "share last", "own first", "own last")
        print(f"{'MiB':<12}" + "".join(f"{head:>12}" for head in heads) + f"{'CPU %':>10}")
        for one in self.watched:
            print(one.row())
        events = self.api.list("/api/v1/events")
        counts = {kind: sum(event["type"] == kind for event in events) for kind in sorted({event["type"] for event in events})}
        print("events:", ", ".join(f"{kind} {count}" for kind, count in counts.items()))

    def keep_logs(self):
        for name, host in self.hosts.items():
            (self.folder / f"{name}.agent").write_text(host.run("cat /run/agent.log").stdout)

    def end(self):
        for process in (self.simulation, self.server.process):
            if process:
                process.stop()
        for host in self.hosts.values():
            for pid in host.processes():
                os.kill(pid, signal.SIGKILL)
            host.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", nargs="?", type=int, default=60)
    minutes = parser.parse_args().minutes
    if reason := machine.in_own_network():
        sys.exit(f"no fleet here: {reason}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    with tempfile.TemporaryDirectory(prefix="fettle-fleet-", ignore_cleanup_errors=True) as folder:
        fleet = Fleet(folder)
        try:
            fleet.begin(minutes)
            fleet.run(minutes)
            fleet.table()
        except KeyboardInterrupt:
            fleet.wrong.append("stopped by hand")
        finally:
            fleet.keep_logs()
            fleet.end()
            print(subprocess.run("grep -h ' warn ' server/server.log simulation.log *.agent | cut -d' ' -f2-8 | sort | uniq -c",
                                 shell=True, cwd=folder, capture_output=True, text=True).stdout, end="")
    print("\n".join(fleet.wrong) or f"{minutes} minutes, nothing went wrong")
    sys.exit(1 if fleet.wrong else 0)


if __name__ == "__main__":
    main()
