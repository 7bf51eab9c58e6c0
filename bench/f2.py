"""F2: the same heartbeat, paced: 1,000 connections, 2,000 a second (what 10,000 hosts send at 5 s)."""
import os
import subprocess

from fettle_server import Server, tool

SECONDS = int(os.environ.get("FETTLE_BENCH_SECONDS", "10"))

if __name__ == "__main__":
    for _ in range(3):
        with Server() as server:
            subprocess.run([tool("bench_ingest"), server.url, server.token_file, str(server.pid), "1000", str(SECONDS), "2000"],
                           check=True)
