"""F7: range queries: 30 days of one host, all series; 30 days of one series. Median wall, CPU and bytes of a keep-alive client; beside
it VictoriaMetrics (query_range, nocache) with the same samples: means alone, and with the least and the greatest value, as Fettle
gives them unless one asks for less. The server keeps its samples for ever here, so that there are some to give."""
import gzip
import os
import statistics
import time
import urllib.parse

from fettle_server import Server, cpu_seconds, row
from history_peer import Victoria, ask, fill, first_host

HOSTS, DAYS, TIMES = int(os.environ.get("FETTLE_BENCH_HOSTS", "10")), 30, 40


def measure(name, pid, port, paths, headers):
    """Paths are asked one after the other; gzip_bytes is what the bodies take with gzip's usual level, as a browser gets them."""
    clients = [ask(port, path, headers) for path in paths]
    for _ in range(3):
        for client in clients:
            next(client)
    before = cpu_seconds(pid)
    answers = [[next(client) for client in clients] for _ in range(TIMES)]
    row(name, wall_ms=round(statistics.median(sum(ms for ms, _ in one) for one in answers), 2),
        cpu_ms=round((cpu_seconds(pid) - before) * 1000 / TIMES, 2), body_bytes=sum(len(body) for _, body in answers[-1]),
        gzip_bytes=sum(len(gzip.compress(body, 6)) for _, body in answers[-1]))


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
        measure("F7 30 days, all series, by the hour", server.pid, port, [base], headers)
        measure("F7 30 days, one series, by the hour", server.pid, port, [base + "&keys=load.1"], headers)
        measure("F7 30 days, all series, means alone by the hour", server.pid, port, [base + "&values=mean"], headers)
        measure("F7 30 days, one series, means alone by the hour", server.pid, port, [base + "&keys=load.1&values=mean"], headers)
        with Victoria(os.path.join(server.data, "history")) as victoria:
            common = {"start": (to - span) // 1000, "end": to // 1000, "step": "1h", "nocache": 1}
            for title, query in [("all series", '{host="1"}'), ("one series", '{__name__="load.1",host="1"}')]:
                def path(function):
                    return "/api/v1/query_range?" + urllib.parse.urlencode({**common, "query": f"{function}({query}[1h])"})

                for what, functions in [("means", ["avg_over_time"]),
                                        ("least, mean and greatest", ["min_over_time", "avg_over_time", "max_over_time"])]:
                    measure(f"F7 VictoriaMetrics, 30 days, {title}, {what} by the hour", victoria.process.pid, victoria.port,
                            [path(function) for function in functions], {})
