"""A release server on a free port with an administrator's token, for the measurements; and what /proc says of a process."""
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.environ.get("FETTLE_BIN", os.path.join(ROOT, "build/release/bin/fettle"))
PEERS = os.path.join(ROOT, "build/peers")


def tool(name):
    """A program of bench/CMakeLists.txt in the release tree."""
    tree = os.environ.get("FETTLE_TREE", os.path.join(ROOT, "build/release"))
    return os.path.join(tree, "bench", name)


def peer(path):
    """A file of the packages that ./dev unpacks below build/peers, such as "usr/sbin/nginx"; None when it is not there."""
    found = os.path.join(PEERS, path)
    return found if os.path.exists(found) else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers_on(port):
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
        return True
    except OSError:
        return False


def cpu_seconds(pid):
    """Of all threads, those that ended too, in nanoseconds of the scheduler: the ticks of /proc/PID/stat miss what sleeps before
    each tick."""
    scheduled = 2  # what clock_getcpuclockid(3) makes of a process: CPUCLOCK_SCHED below its inverted number
    return time.clock_gettime(~pid << 3 | scheduled)


def children(pid):
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                if int(file.read().rsplit(")", 1)[1].split()[1]) == pid:
                    found.append(int(name))
        except OSError:
            pass  # it has just ended
    return found


def _kib_of(path, name):
    with open(path, encoding="ascii") as file:
        for line in file:
            if line.startswith(name):
                return int(line.split()[1])
    return 0


def resident_kib(pid):
    return _kib_of(f"/proc/{pid}/status", "VmRSS:")


def proportional_kib(pid):
    """Resident, with what is shared with other processes divided among them."""
    return _kib_of(f"/proc/{pid}/smaps_rollup", "Pss:")


def stop_process(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise SystemExit(f"{what} took more than {seconds} s")


class Server:
    """Started at once; `with` stops it."""

    def __init__(self, *arguments, listen="127.0.0.1:0", **environment):
        self.folder = tempfile.mkdtemp(prefix="fettle-bench-")
        ready = os.path.join(self.folder, "ready")
        self.data = os.path.join(self.folder, "server")
        self.log = open(os.path.join(self.folder, "server.log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [PROGRAM, "server", "--data", self.data, "--listen", listen, "--ready-file", ready, *arguments],
            stderr=self.log, stdout=self.log, env=os.environ | environment)
        wait_for(lambda: os.path.exists(ready), 20, "the start of the server")
        with open(ready, encoding="utf-8") as file:
            self.url = json.load(file)["url"]
        self.pid = self.process.pid
        self.token_file = os.path.join(self.folder, "token")
        self.token = self._become_administrator()
        with open(self.token_file, "w", encoding="ascii") as file:
            file.write(self.token + self._pin())

    def _pin(self):
        """What programs append to a token for a server whose certificate is of its own making."""
        if not self.url.startswith("https"):
            return ""
        with self.request("POST", "/api/v1/enrolment-tokens", {}) as answer:
            return "." + json.load(answer)["certificate_pin"].removeprefix("sha256:")

    def _become_administrator(self):
        with open(os.path.join(self.data, "setup-token"), encoding="ascii") as file:
            token = file.read().strip()
        body = {"token": token, "name": "bench", "password": "a long password for a bench"}
        answer = self.request("POST", "/api/v1/setup", body)
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        return self.make_token("bench", ["read", "operate", "admin", "metrics"])

    def make_token(self, name, scopes):
        with self.request("POST", "/api/v1/tokens", {"name": name, "scopes": scopes}, self.cookie) as answer:
            return json.load(answer)["token"]

    def request(self, method, path, body=None, cookie=None):
        headers = {"Content-Type": "application/json", "Origin": self.url}
        if cookie:
            headers["Cookie"] = cookie
        elif getattr(self, "token", None):
            headers["Authorization"] = "Bearer " + self.token
        data = json.dumps(body).encode() if body is not None else None
        return urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers, method=method), timeout=20,
                                      context=ssl._create_unverified_context())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stop_process(self.process)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def row(name, **figures):
    """The load average of the machine stands beside each row: others' work makes all figures worse."""
    print(json.dumps({"row": name, **figures, "load": round(os.getloadavg()[0], 1)}), flush=True)
