"""F12: 10,000 agents lose their server at the same moment (SIGKILL) and come back to its next start: the time from the first
answer until all are served, and the memory at most."""
import os
import resource
import signal
import subprocess
import time

from fettle_server import PROGRAM, Server, answers_on, cpu_seconds, free_port, row, stop_process, tool, wait_for

HOSTS = int(os.environ.get("FETTLE_BENCH_HOSTS", "10000"))
AWAY = float(os.environ.get("FETTLE_BENCH_AWAY", "20"))
LONGEST = 600


def figure(server, name):
    try:
        with server.request("GET", "/metrics") as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.split()[1])
    except OSError:
        pass
    return 0.0


def peak_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) // 1024


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    port = free_port()
    with Server(listen=f"127.0.0.1:{port}") as server:
        agents = subprocess.Popen([tool("bench_hosts"), server.url, server.token_file, str(HOSTS), "0"], stdout=subprocess.PIPE)
        try:
            agents.stdout.readline()  # all are there
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            time.sleep(AWAY)
            began = time.monotonic()
            server.process = subprocess.Popen([PROGRAM, "server", "--data", server.data, "--listen", f"127.0.0.1:{port}"],
                                              stderr=server.log, stdout=server.log)
            server.pid = server.process.pid
            wait_for(lambda: answers_on(port), 60, "the start of the server")
            first = time.monotonic()
            half = None
            while (links := figure(server, "fettle_agent_links")) < HOSTS:
                if half is None and links >= HOSTS / 2:
                    half = time.monotonic() - first
                if time.monotonic() - first > LONGEST:
                    raise SystemExit(f"{links} of {HOSTS} came back within {LONGEST} s")
                time.sleep(0.25)
            row("F12", hosts=HOSTS, away_s=AWAY, answers_after_s=round(first - began, 2), half_back_s=round(half or 0, 1),
                all_back_s=round(time.monotonic() - first, 1), server_cpu_s=round(cpu_seconds(server.pid), 1),
                server_peak_mib=peak_mib(server.pid))
        finally:
            stop_process(agents)
