"""What one host costs the server, at 10, 100, 1,000 and 10,000 hosts of 40 series: CPU for one heartbeat when about 800 are on the
way at any time (F1), and paced at 5 s the share of a core, memory and journal. --draw writes docs/screenshots/cost.svg."""
import json
import os
import resource
import subprocess
import sys
import time

from fettle_server import ROOT, Server, resident_kib, row, tool

FLEETS = [int(n) for n in os.environ.get("FETTLE_BENCH_FLEETS", "10,100,1000,10000").split(",")]
SECONDS = int(os.environ.get("FETTLE_BENCH_SECONDS", "20"))
PERIOD = 5
ON_THE_WAY = 800  # as in F1: 200 connections with four each


def ingest(server, hosts, rate, window):
    return json.loads(subprocess.run(
        [tool("bench_ingest"), server.url, server.token_file, str(server.pid), str(hosts), str(SECONDS), str(rate), str(window)],
        check=True, capture_output=True, text=True).stdout)


def written(server):
    with server.request("GET", "/metrics") as answer:
        figures = dict(line.split()[:2] for line in answer.read().decode().splitlines() if line.startswith("fettle_journal_"))
    return float(figures["fettle_journal_written_bytes_total"]), float(figures["fettle_journal_records_total"])


def measure(hosts):
    with Server() as server:
        busy = ingest(server, hosts, 0, min(64, max(1, ON_THE_WAY // hosts)))
    with Server() as server:
        time.sleep(2)
        memory = resident_kib(server.pid)
        paced = ingest(server, hosts, max(1, hosts // PERIOD), 1)
        memory = resident_kib(server.pid) - memory
        journal, records = written(server)
    figures = {"hosts": hosts, "us_each_heartbeat": busy["server_cpu_us_each"], "busy_per_second": busy["per_second"],
               "paced_core_percent": paced["server_core_percent"], "paced_ack_p99_ms": paced["ack_p99_ms"],
               "kib_each_host": round(memory / hosts, 1), "journal_bytes_each_heartbeat": round(journal / max(1, records))}
    row("cost", **figures)
    return figures


def draw(rows, path):
    """CPU for a heartbeat over the number of hosts, both axes logarithmic."""
    import math
    width, height, left, top, right, bottom = 640, 300, 60, 24, 20, 44
    most = max(r["us_each_heartbeat"] for r in rows)
    decades = max(2, math.ceil(math.log10(most)))
    def x(hosts):
        return left + (width - left - right) * (math.log10(hosts) - 1) / (math.log10(max(FLEETS)) - 1)
    def y(us):
        return height - bottom - (height - top - bottom) * math.log10(max(1, us)) / decades
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="#fff"/>',
             '<text x="60" y="16" fill="#333">Server CPU for one durable heartbeat of 40 samples (µs), by connected hosts</text>']
    for power in range(decades + 1):
        parts.append(f'<line x1="{left}" x2="{width - right}" y1="{y(10 ** power):.1f}" y2="{y(10 ** power):.1f}" stroke="#ddd"/>'
                     f'<text x="{left - 8}" y="{y(10 ** power) + 4:.1f}" text-anchor="end" fill="#555">{10 ** power}</text>')
    points = " ".join(f'{x(r["hosts"]):.1f},{y(r["us_each_heartbeat"]):.1f}' for r in rows)
    parts.append(f'<polyline points="{points}" fill="none" stroke="#2563a8" stroke-width="2"/>')
    for r in rows:
        parts.append(f'<circle cx="{x(r["hosts"]):.1f}" cy="{y(r["us_each_heartbeat"]):.1f}" r="4" fill="#2563a8"/>'
                     f'<text x="{x(r["hosts"]):.1f}" y="{y(r["us_each_heartbeat"]) - 10:.1f}" text-anchor="middle" fill="#333">'
                     f'{r["us_each_heartbeat"]:.3g}</text>'
                     f'<text x="{x(r["hosts"]):.1f}" y="{height - 22}" text-anchor="middle" fill="#555">{r["hosts"]:,}</text>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join([*parts, "</svg>", ""]))


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    rows = [measure(hosts) for hosts in FLEETS]
    if "--draw" in sys.argv:
        draw(rows, os.path.join(ROOT, "docs/screenshots/cost.svg"))
