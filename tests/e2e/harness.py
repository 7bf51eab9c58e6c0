"""Real servers and agents for tests: processes in temporary folders on free ports, ended when the test ends.

The program under test is FETTLE_BIN, or the release build of this checkout.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from api import Api

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("FETTLE_BIN", str(CHECKOUT / "build/release/bin/fettle"))
PERSON, PASSWORD = "ada", "a long enough password"
WAIT_SECONDS = 20
STOP_SECONDS = 20  # R5: server and agent end within this


def eventually(what, ask, seconds=WAIT_SECONDS, pause=0.02):
    """Asks again and again until the answer is truthy, and gives that answer; fails by name after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(pause)


def clean_environment(**extra):
    """The environment of this process without what would configure the program."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FETTLE_")}
    return kept | extra


def run_program(*arguments, timeout=60, **environment):
    """One command to its end."""
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                          env=clean_environment(**environment))


class Process:
    """A program that runs until it is stopped; its output is kept in a file beside its data."""

    def __init__(self, log_path, *arguments, **environment):
        self.log_path = log_path
        with open(log_path, "ab") as log:
            self.child = subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=log, env=clean_environment(**environment))

    def is_running(self):
        return self.child.poll() is None

    def output(self):
        return pathlib.Path(self.log_path).read_text(errors="replace")

    def stop(self):
        """Asks it to end, as a service manager would; its exit code."""
        if self.is_running():
            self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not end within {STOP_SECONDS} s:\n{self.output()[-4000:]}")

    def kill(self):
        if self.is_running():
            self.child.kill()
        self.child.wait()


class Server:
    """A server with a folder of its own. It can be started again on the same data and the same port."""

    def __init__(self, folder, **environment):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.environment = environment
        self.listen = "127.0.0.1:0"
        self.process = None
        self.ready = None

    def launch(self, **more):
        """Begins, and does not wait until it serves; see is_ready."""
        (self.folder / "ready").unlink(missing_ok=True)
        self.process = Process(self.folder / "server.log", "server", "--data", self.data, "--listen", self.listen,
                               "--ready-file", self.folder / "ready", **self.environment, **more)

    def is_ready(self):
        file = self.folder / "ready"
        text = file.read_text() if file.exists() else ""
        return text.endswith("\n") and json.loads(text)

    def start(self):
        self.launch()

        def serves():
            assert self.process.is_running(), f"the server ended:\n{self.process.output()[-4000:]}"
            return self.is_ready()

        self.ready = eventually("the server serves", serves)
        self.listen = self.url.split("://")[1].rstrip("/")
        return self

    @property
    def url(self):
        return self.ready["url"]

    def api(self):
        """Nobody yet; see Api.log_in and Api.bearer."""
        return Api(self.url)

    def set_up(self):
        """The first person, signed in."""
        api = self.api()
        token = (self.data / "setup-token").read_text().strip()
        api.post("/api/v1/setup", {"token": token, "name": PERSON, "password": PASSWORD}, expect=201)
        return api

    def log_in(self):
        api = self.api()
        api.post("/api/v1/session", {"name": PERSON, "password": PASSWORD}, expect=200)
        return api


class Agent:
    """An enrolled agent with a folder of its own."""

    def __init__(self, folder, **environment):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.environment = environment
        self.process = None

    def enrol(self, server, api, name):
        """Through a token of `api`; the host's id."""
        token = api.post("/api/v1/enrolment-tokens", {}, expect=201)["token"]
        done = run_program("enroll", server.url, token, "--data", self.data, "--name", name)
        assert done.returncode == 0, done.stderr
        return next(host["id"] for host in api.list("/api/v1/hosts") if host["name"] == name)

    def start(self, *arguments):
        self.process = Process(self.folder / "agent.log", "agent", "--data", self.data, *arguments, **self.environment)
        return self

    def copy_data(self, target):
        """What a snapshot of its disk would hold: the agent stands still meanwhile, and no file changes or goes."""
        pid = self.process.child.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            state = pathlib.Path(f"/proc/{pid}/stat")
            eventually("the agent stands still", lambda: state.read_text().rpartition(")")[2].split()[0] == "T")
            shutil.copytree(self.data, target)
        finally:
            os.kill(pid, signal.SIGCONT)


class EndToEndTest(unittest.TestCase):
    """A temporary folder, and an end for every process that the test began."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fettle-e2e-", ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.begun = []
        self.addCleanup(self._end_all)

    def _end_all(self):
        result = self._outcome.result
        failed = any(getattr(test, "test_case", test) is self for test, _ in [*result.failures, *result.errors])
        for thing in self.begun:
            if thing.process:
                thing.process.kill()
                if failed:
                    print(f"--- the last of {thing.process.log_path}\n{thing.process.output()[-3000:]}")

    def server(self, name="server", **environment):
        server = Server(self.folder / name, **environment)
        self.begun.append(server)
        return server

    def agent(self, name="agent", **environment):
        agent = Agent(self.folder / name, **environment)
        self.begun.append(agent)
        return agent
