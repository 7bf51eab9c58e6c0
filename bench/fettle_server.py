"""A release server on a free port with an administrator's token, for the measurements; and what /proc says of a process."""
import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.environ.get("FETTLE_BIN", os.path.join(ROOT, "build/release/bin/fettle"))


def tool(name):
    """A program of bench/CMakeLists.txt in the release tree."""
    tree = os.environ.get("FETTLE_TREE", os.path.join(ROOT, "build/release"))
    return os.path.join(tree, "bench", name)


def cpu_seconds(pid):
    """Of all threads that live, in nanoseconds of the scheduler (proc(5), schedstat): the ticks of /proc/PID/stat miss what
    sleeps before each tick. A process of one thread or of several, but not one whose threads come and go."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        except FileNotFoundError:
            pass
    return total / 1e9


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise SystemExit(f"{what} took more than {seconds} s")


class Server:
    """Started at once; `with` stops it."""

    def __init__(self, *arguments):
        self.folder = tempfile.mkdtemp(prefix="fettle-bench-")
        ready = os.path.join(self.folder, "ready")
        self.data = os.path.join(self.folder, "server")
        self.log = open(os.path.join(self.folder, "server.log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [PROGRAM, "server", "--data", self.data, "--listen", "127.0.0.1:0", "--ready-file", ready, *arguments],
            stderr=self.log, stdout=self.log)
        wait_for(lambda: os.path.exists(ready), 20, "the start of the server")
        with open(ready, encoding="utf-8") as file:
            self.url = json.load(file)["url"]
        self.pid = self.process.pid
        self.token_file = os.path.join(self.folder, "token")
        self.token = self._become_administrator()
        with open(self.token_file, "w", encoding="ascii") as file:
            file.write(self.token)

    def _become_administrator(self):
        with open(os.path.join(self.data, "setup-token"), encoding="ascii") as file:
            token = file.read().strip()
        body = {"token": token, "name": "bench", "password": "a long password for a bench"}
        answer = self.request("POST", "/api/v1/setup", body)
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        answer = self.request("POST", "/api/v1/tokens",
                              {"name": "bench", "scopes": ["read", "operate", "admin", "metrics"]}, cookie)
        return json.load(answer)["token"]

    def request(self, method, path, body=None, cookie=None):
        headers = {"Content-Type": "application/json", "Origin": self.url}
        if cookie:
            headers["Cookie"] = cookie
        elif getattr(self, "token", None):
            headers["Authorization"] = "Bearer " + self.token
        data = json.dumps(body).encode() if body is not None else None
        return urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers, method=method), timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def row(name, **figures):
    print(json.dumps({"row": name, **figures}), flush=True)
