"""F4, fan-out by topic: 1,000 hosts of 40 series sampled every 5 s, and 500 pages that each watch the fleet, the events and one
host. The server's share of a core with and without the pages, and the bytes that each page gets. The 50 watched hosts that may
send every second do so, and that is counted as the pages' cost."""
import json
import os
import resource
import selectors
import socket
import subprocess
import time
import urllib.parse

from fettle_server import Server, cpu_seconds, row, stop_process, tool

HOSTS = int(os.environ.get("FETTLE_BENCH_HOSTS", "1000"))
PAGES = int(os.environ.get("FETTLE_BENCH_PAGES", "500"))
SECONDS = int(os.environ.get("FETTLE_BENCH_SECONDS", "20"))
PERIOD = 5
STREAMS_OF_ONE_TOKEN = 20  # what the server allows


def host_ids(server):
    ids, cursor = [], ""
    while True:
        query = {"limit": 500, **({"cursor": cursor} if cursor else {})}
        with server.request("GET", "/api/v1/hosts?" + urllib.parse.urlencode(query)) as answer:
            page = json.load(answer)
        ids += [host["id"] for host in page["items"]]
        cursor = page.get("next_cursor")
        if not cursor:
            return ids


def open_pages(server, ids):
    url = urllib.parse.urlsplit(server.url)
    tokens = [server.make_token(f"page {n}", ["read"]) for n in range(-(-PAGES // STREAMS_OF_ONE_TOKEN))]
    pages = []
    for number in range(PAGES):
        stream = socket.create_connection((url.hostname, url.port))
        topics = f"fleet,events,host:{ids[number % len(ids)]}"
        stream.sendall(f"GET /api/v1/stream?topics={topics} HTTP/1.1\r\nHost: {url.netloc}\r\nAccept: text/event-stream\r\n"
                       f"Authorization: Bearer {tokens[number // STREAMS_OF_ONE_TOKEN]}\r\n\r\n".encode())
        head = stream.recv(4096)
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"a stream was refused: {head[:200]}")
        stream.setblocking(False)
        pages.append(stream)
    return pages


def read_for(pages, seconds):
    """Bytes and frames that came in that time over all pages."""
    total = frames = 0
    with selectors.DefaultSelector() as ready:
        for page in pages:
            ready.register(page, selectors.EVENT_READ)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in ready.select(left):
                data = key.fileobj.recv(1 << 16)
                if not data:
                    raise SystemExit("a stream was closed")
                total += len(data)
                frames += data.count(b"\nevent:")
    return total, frames


def share(server, act):
    cpu, began = cpu_seconds(server.pid), time.monotonic()
    result = act()
    return (cpu_seconds(server.pid) - cpu) / (time.monotonic() - began), result


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with Server() as server:
        agents = subprocess.Popen([tool("bench_hosts"), server.url, server.token_file, str(HOSTS), "0"], stdout=subprocess.PIPE)
        try:
            agents.stdout.readline()  # all are there
            time.sleep(2 * PERIOD)
            alone, _ = share(server, lambda: time.sleep(SECONDS))
            pages = open_pages(server, host_ids(server))
            read_for(pages, 2 * PERIOD)  # what a page gets once, and the hosts that change their pace
            watched, (total, frames) = share(server, lambda: read_for(pages, SECONDS))
            row("F4", hosts=HOSTS, pages=PAGES, core_percent_ingest=round(100 * alone, 2),
                core_percent_beyond_ingest=round(100 * (watched - alone), 2),
                bytes_a_second_each_page=round(total / PAGES / SECONDS), messages_a_second_each_page=round(frames / PAGES / SECONDS, 2))
            for page in pages:
                page.close()
        finally:
            stop_process(agents)
