"""F7: range queries: 30 days of one host, all series; 30 days of one series. Median wall, CPU and bytes of a keep-alive client; beside
it VictoriaMetrics (query_range, nocache) with the same samples. The server keeps its samples for ever here, so that there are some to give."""
import os
import statistics
import time
import urllib.parse

from fettle_server import Server, cpu_seconds, row
from history_peer import Victoria, ask, fill, first_host

HOSTS, DAYS, TIMES = int(os.environ.get("FETTLE_BENCH_HOSTS", "10")), 30, 40


def measure(name, pid, port, path, headers):
    client = ask(port, path, headers)
    for _ in range(3):
        next(client)
    before = cpu_seconds(pid)
    answers = [next(client) for _ in range(TIMES)]
    row(name, wall_ms=round(statistics.median(ms for ms, _ in answers), 2),
        cpu_ms=round((cpu_seconds(pid) - before) * 1000 / TIMES, 2), body_bytes=len(answers[-1][1]))


if __name__ == "__main__":
    os.environ["FETTLE_SERVER_HISTORY_RAW_HOURS"] = "0"
    with Server() as server:
        fill(server, HOSTS, DAYS * 24 * 60)
        host = first_host(server)
        to = int(time.time() * 1000)
        span = DAYS * 86_400_000
        port = int(server.url.rsplit(":", 1)[1])
        headers = {"Authorization": "Bearer " + server.token}
        base = f"/api/v1/hosts/{host['id']}/series?from={to - span}&to={to}&points=720"
        measure("F7 30 days, all series, by the hour", server.pid, port, base, headers)
        measure("F7 30 days, one series, by the hour", server.pid, port, base + "&keys=load.1", headers)
        with Victoria(os.path.join(server.data, "history")) as victoria:
            common = {"start": (to - span) // 1000, "end": to // 1000, "step": "1h", "nocache": 1}
            for title, query in [("all series", '{host="1"}'), ("one series", '{__name__="load.1",host="1"}')]:
                words = urllib.parse.urlencode({**common, "query": f"avg_over_time({query}[1h])"})
                measure(f"F7 VictoriaMetrics, 30 days, {title}, avg_over_time by the hour", victoria.process.pid, victoria.port,
                        "/api/v1/query_range?" + words, {})
