#!/usr/bin/env python3
"""What `fettle exec` costs a command (M20): how much later it starts, how much longer it takes, and what becomes of a
gigabyte of output. Nobody listens to what it says.

    bench/exec.py [--program build/release/bin/fettle] [--runs 300]
"""
import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]


def spread(values):
    values = sorted(values)
    return {"least_ms": round(values[0], 2), "p50_ms": round(statistics.median(values), 2),
            "p95_ms": round(values[int(len(values) * 0.95)], 2)}


def times(command, runs):
    """Milliseconds until it began (its own clock, read as the first thing) and until it had ended."""
    started, ended = [], []
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(runs):
        before, began = time.time_ns(), time.monotonic_ns()
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        ended.append((time.monotonic_ns() - began) / 1e6)
        started.append((int(done.stdout) - before) / 1e6)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return {"started": spread(started), "ended": spread(ended), "cpu_ms": round(cpu / runs * 1000, 2)}


def gigabyte(command):
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        while child.stdout.read(1 << 20):
            pass
    return round(time.monotonic() - began, 2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=CHECKOUT / "build/release/bin/fettle")
    parser.add_argument("--runs", type=int, default=300)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as spool:
        wrap = [str(given.program), "exec", "--spool", spool, "--"]
        clock, much = ["date", "+%s%N"], ["head", "-c", "1000000000", "/dev/zero"]
        times(clock, 20), times(wrap + clock, 20)
        figures = {"plain": times(clock, given.runs), "exec": times(wrap + clock, given.runs)}
        figures["plain"]["gigabyte_s"], figures["exec"]["gigabyte_s"] = gigabyte(much), gigabyte(wrap + much)
        print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
