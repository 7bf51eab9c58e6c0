"""Runs one of bench/browser/*.mjs with the program under test; their worlds and browser are those of tests/browser."""
import os
import subprocess

from fettle_server import PROGRAM, ROOT


def measure(name):
    tests = os.path.join(ROOT, "tests/browser")
    if not os.path.isdir(os.path.join(tests, "node_modules")):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=tests, check=True)
    subprocess.run(["node", os.path.join(ROOT, "bench/browser", name)], check=True, env={**os.environ, "FETTLE_BIN": PROGRAM})
