"""Schedules: 10,000 that are due every minute, all at once and spread over most of it, on a store of their own; and 10,000 of which
none is due. How late runs begin, how long the loop is held, what it costs."""
import json
import subprocess
import sys
import tempfile

from fettle_server import tool

MINUTES = int(sys.argv[1]) if len(sys.argv) > 1 else 2


def measure(name, schedules, jitter_seconds, minutes):
    with tempfile.TemporaryDirectory(prefix="fettle-bench-") as folder:
        done = subprocess.run([tool("bench_schedules"), folder, str(schedules), str(jitter_seconds), str(minutes)],
                              stdout=subprocess.PIPE, text=True, check=True)
    print(json.dumps({"row": name} | json.loads(done.stdout)), flush=True)


if __name__ == "__main__":
    measure("10,000 due at once", 10_000, 0, MINUTES)
    measure("10,000 spread over 50 s of each minute", 10_000, 50, MINUTES)
