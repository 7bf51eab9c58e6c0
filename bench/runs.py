"""A run of 30 steps: statements and commits of the store, messages and bytes for pages that look (bench_runs.cc says how)."""
import pathlib
import subprocess

PROGRAM = pathlib.Path(__file__).resolve().parents[1] / "build/release/bench/bench_runs"

print(subprocess.run([PROGRAM], check=True, capture_output=True, text=True).stdout.strip())
