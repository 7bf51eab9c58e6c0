"""F6: bytes a sample of the raw tier, all in, for an hour of samples each 5 s; beside it VictoriaMetrics with the same samples."""
import os

from fettle_server import Server, row
from history_peer import Victoria, fill, tier_bytes

HOSTS = int(os.environ.get("FETTLE_BENCH_HOSTS", "50"))

if __name__ == "__main__":
    with Server() as server:
        fill(server, HOSTS, 60)
        size = tier_bytes(server, "raw")
        with Victoria(os.path.join(server.data, "history")) as victoria:
            row("F6 raw tier", samples=victoria.samples, bytes_a_sample=round(size / victoria.samples, 3))
            row("F6 VictoriaMetrics", bytes_a_sample=round(victoria.bytes() / victoria.samples, 3))
