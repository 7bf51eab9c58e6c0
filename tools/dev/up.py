#!/usr/bin/env python3
"""./dev up: a server on loopback and an agent for this machine, in the foreground, until Ctrl-C.

up.py PROGRAM FOLDER: data lies in FOLDER/server and FOLDER/agent and is used again by the next start.
"""
import ctypes
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

PREFERRED_PORT = 8420
READY_SECONDS = 30
STOP_SECONDS = 15
PR_SET_PDEATHSIG = 1


def fail(text):
    sys.exit(f"dev up: {text}")


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def choose_port():
    if is_free(PREFERRED_PORT):
        return PREFERRED_PORT
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return port


class Child:
    """A process of ours: in a group of its own, so that Ctrl-C reaches only us and we stop things in order."""

    def __init__(self, name, arguments, log_path):
        self.name, self.log_path = name, log_path
        parent = os.getpid()
        libc = ctypes.CDLL(None)

        def end_with_parent():
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

        with open(log_path, "ab") as log:
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, preexec_fn=end_with_parent)

    def has_ended(self):
        return self.process.poll() is not None

    def last_words(self):
        lines = self.log_path.read_text(errors="replace").splitlines()[-12:]
        return "\n".join("    " + line for line in lines)

    def stop(self):
        if self.has_ended():
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"The {self.name} did not stop within {STOP_SECONDS} s and is killed; see {self.log_path}.")
            self.process.kill()
            self.process.wait()


def wait_until_ready(server, ready_file):
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.has_ended():
            if "data_in_use" in server.last_words():
                fail(f"its data is in use, by another ./dev up or by a server that was started by hand:\n{server.last_words()}")
            fail(f"the server ended at once (code {server.process.returncode}):\n{server.last_words()}")
        text = ready_file.read_text() if ready_file.exists() else ""
        if text.endswith("\n"):
            return json.loads(text)
        time.sleep(0.02)
    fail(f"the server was not ready within {READY_SECONDS} s:\n{server.last_words()}")


def enrol(program, url, folder):
    """Makes this machine a host, once; the server leaves a token for exactly this in its data folder."""
    token_file = folder / "server" / "local-enrolment-token"
    if not token_file.exists():
        fail(f"{folder}/agent has no identity, and the server makes a token for this machine only while it has no host.\n"
             f"Add it as a host on the page ({url}), or remove {folder}/ to begin anew.")
    done = subprocess.run([program, "enroll", url, "--token-file", token_file, "--data", folder / "agent"],
                          capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        fail(f"this machine could not be enrolled:\n{done.stderr.strip()}")


def run(program, folder):
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ready_file = folder / "server.ready"
    ready_file.unlink(missing_ok=True)
    children = []
    try:
        port = choose_port()
        server = Child("server", [program, "server", "--data", folder / "server", "--listen", f"127.0.0.1:{port}",
                                  "--ready-file", ready_file], folder / "server.log")
        children.append(server)
        ready = wait_until_ready(server, ready_file)
        # Only now: a second ./dev up with the same data ends before it comes to this.
        if port != PREFERRED_PORT:
            print(f"Port {PREFERRED_PORT} is taken; the server listens on {port} this time.")
        if not (folder / "agent" / "identity.json").exists():
            enrol(program, ready["url"], folder)
        agent = Child("agent", [program, "agent", "--data", folder / "agent", "--server", ready["url"]],
                      folder / "agent.log")
        children.append(agent)
        print(f"\n    {ready.get('setup_url') or ready['url']}\n")
        print(f"Open this link. Data and logs are in {folder}/; Ctrl-C stops server and agent.", flush=True)
        while True:
            for child in children:
                if child.has_ended():
                    fail(f"the {child.name} ended (code {child.process.returncode}):\n{child.last_words()}")
            time.sleep(0.2)
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for child in reversed(children):
            child.stop()


def main():
    def interrupt(_number, _frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    run(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))


if __name__ == "__main__":
    main()
