#!/usr/bin/env python3
"""The package on a Debian with systemd as its first process: installed, enrolled, restarted, upgraded, removed; and a host
without the package, which the command of the page installs.

  real_systemd.py ROOT PACKAGE NEWER_PACKAGE     needs root, for namespaces; ROOT is a folder that debootstrap made, with
                                                 systemd, dbus and curl, and is left as it is

It shares the network of this program, which is one of its own, so that the server is asked as a browser beside it would.
"""
import contextlib
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import machine  # noqa: E402
from api import Api  # noqa: E402
from harness import PASSWORD, PERSON, Server, eventually  # noqa: E402

URL = "http://127.0.0.1:8420"
BOTH = ("fettle-server", "fettle-agent")
UNIT_SECONDS, LOOK_SECONDS, WATCHDOG_SECONDS = 60, 90, 30
MOST_EXPOSED = {"fettle-server": 1.2, "fettle-agent": 1.4}
POLICY = """
[commands.who]
argv = ["/usr/bin/id"]
[commands.home]
argv = ["/bin/sh", "-c", "touch /root/x /etc/x /usr/x /var/tmp/x; ls -d /root/x /etc/x /usr/x; true"]
"""
# What a container manager does before it starts the first process. Shared, or no service gets its credentials.
BOOT = """set -e
mount -t tmpfs machine "$2" && cd "$2" && mkdir upper work root
mount -t overlay machine -o "lowerdir=$1,upperdir=upper,workdir=work" root && cd root
mount -t proc proc proc && mount -t sysfs -o ro sysfs sys && mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty; do touch dev/$node && mount --bind /dev/$node dev/$node; done
mkdir dev/pts dev/shm && mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts && ln -s pts/ptmx dev/ptmx
mount -t tmpfs tmpfs dev/shm && ln -s /proc/self/fd dev/fd && mount -t tmpfs -o mode=755 tmpfs run
mount -t cgroup2 cgroup2 sys/fs/cgroup
mkdir -p mnt && hostname standing && pivot_root . mnt && cd / && umount -l /mnt && mount --make-rshared /
exec env -i container=fettle-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init --log-target=null
"""


class Debian:
    def __init__(self, root, folder):
        outer = subprocess.Popen(["unshare", "--pid", "--fork", "--kill-child", "--mount", "--uts", "--ipc", "--cgroup",
                                  "--propagation", "private", "bash", "-c", BOOT, "boot", root, folder], stdin=subprocess.DEVNULL)
        self.outer = outer
        children = pathlib.Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        self.first = eventually("there is a first process", lambda: children.read_text().split())[0]
        eventually("the system has started", lambda: self.ask("systemctl is-system-running") in ("running", "degraded"), UNIT_SECONDS)

    def run(self, command):
        return subprocess.run(["nsenter", "-t", self.first, "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--root",
                               "env", "-i", "HOME=/root", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                               "bash", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, cwd="/")

    def ask(self, command):
        return self.run(command).stdout.strip()

    def must(self, command):
        done = self.run(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def property(self, unit, name):
        return self.ask(f"systemctl show --value -p {name} {unit}")

    def check_clean(self):
        # The users stay, so that nobody else gets their numbers; so does what systemd remembers of the units.
        elsewhere = " -o ".join(f"-path {path}" for path in ("/proc", "/root", "/var/log", "/var/lib/systemd"))
        left = self.ask(f"find / -xdev \\( {elsewhere} \\) -prune -o -iname '*fettle*' -print")
        print("left after purge:", left or "nothing")
        assert not left, left
        assert self.ask("systemctl --no-legend list-units 'fettle*'; systemctl --no-legend --failed | grep fettle") == ""

    def end(self):
        self.outer.send_signal(signal.SIGKILL)
        self.outer.wait()


def said(what):
    print(f"--- {what}", flush=True)


class Life:
    def __init__(self, debian):
        self.debian = debian

    def are_active(self):
        eventually("both are active", lambda: all(self.debian.ask(f"systemctl is-active {unit}") == "active" for unit in BOTH),
                   UNIT_SECONDS)

    def log_in(self):
        def try_to():
            try:
                self.api = Api(URL)
                self.api.post("/api/v1/session", {"name": PERSON, "password": PASSWORD}, expect=200)
                return True
            except OSError:
                return False
        eventually("the server answers", try_to)

    def host(self):
        return self.api.get(f"/api/v1/hosts/{self.id}")

    def is_live(self):
        """Online, with a heartbeat that came after now."""
        now = self.host()["last_seen_at"]
        eventually("the host is live", lambda: self.host()["state"] == "online" and self.host()["last_seen_at"] != now, UNIT_SECONDS)

    def install(self, package):
        print(self.debian.must(f"dpkg --install {package}").splitlines()[-1])
        for unit in BOTH:
            assert self.debian.ask(f"systemctl is-active {unit}") == "inactive", f"{unit} is started by nobody"
        self.debian.must("systemctl enable --now fettle-server")
        assert "become the administrator" in self.debian.ask("journalctl -u fettle-server")
        self.api = Api(URL)
        token = self.debian.must("cat /var/lib/fettle/server/setup-token")
        self.api.post("/api/v1/setup", {"token": token, "name": PERSON, "password": PASSWORD}, expect=201)

    def enrol(self):
        command = self.api.post("/api/v1/enrolment-tokens", {}, expect=201)["install_command"]
        print(self.debian.must(f"cd /root && {{ {command}\n}}"))
        self.are_active()
        [host] = eventually("it is a host", lambda: self.api.list("/api/v1/hosts"))
        self.id = host["id"]
        self.is_live()

    def scores(self):
        for unit, most in MOST_EXPOSED.items():
            line = self.debian.ask(f"systemd-analyze security --no-pager {unit} | tail -1")
            print(f"{unit}: {line}")
            score = float(re.search(r"level for \S+: ([\d.]+)", line).group(1))
            assert score <= most, f"{unit} is more exposed than {most}"

    def senses(self):
        """Nothing that is measured is lost to the hardening of the unit."""
        self.debian.run("systemd-run --unit=broken /bin/false")
        eventually("the failed unit is told", lambda: "broken.service" in (self.host().get("units") or {}).get("failed", []), LOOK_SECONDS)
        layout = json.dumps(self.api.get(f"/api/v1/hosts/{self.id}/layout"))
        inside = {name for name in ("cpu.", "memory.", "load", "pressure", "disk", "net", "mount", "processes", "units.failed", "uptime")
                  if name in layout}
        print("measured:", ", ".join(sorted(inside)))
        for name in ("cpu.", "memory.", "load", "net", "mount", "processes", "units.failed"):
            assert name in inside, f"{name} is not measured under the unit"

    def run_of(self, body):
        run = self.api.post("/api/v1/runs", body | {"target_kind": "host", "target_id": self.id}, expect=202)["id"]
        eventually("the run ends", lambda: not self.api.get(f"/api/v1/runs/{run}")["is_live"], UNIT_SECONDS)
        return self.api.get(f"/api/v1/runs/{run}"), self.log_of(run)

    def log_of(self, run):
        return "\n".join(line["text"] for line in self.api.get(f"/api/v1/runs/{run}/log?limit=1000")["lines"])

    def work(self):
        self.debian.must(f"cat >>/etc/fettle/agent-policy.toml <<'END'\n{POLICY}END\nsystemctl restart fettle-agent")
        self.are_active()
        self.is_live()
        run, log = self.run_of({"plan": "command", "parameters": {"name": "who"}})
        assert run["state"] == "completed" and "(fettle-agent)" in log, (run, log)
        run, log = self.run_of({"plan": "command", "parameters": {"name": "home"}})
        for path in ("/root/x", "/etc/x", "/usr/x"):
            assert self.debian.run(f"[ ! -e {path} ]").returncode == 0, f"a command wrote {path}: {log}"
        run, log = self.run_of({"plan": "host-check"})
        print("host-check:", run["state"])
        self.debian.must("useradd -m someone 2>/dev/null; runuser -u someone -- fettle exec --name theirs -- echo told")
        self.debian.must("fettle exec --name ours -- echo told")

        def told():
            runs = [run["id"] for run in self.api.list("/api/v1/runs") if run["plan"] == "exec"]
            return [run for run in runs if self.log_of(run) == "told"]
        eventually("what fettle exec ran is told", lambda: len(told()) == 2, UNIT_SECONDS)

    def restarts(self):
        self.debian.must("systemctl restart fettle-server fettle-agent")
        self.are_active()
        self.log_in()
        self.is_live()
        self.debian.must("systemctl reload fettle-server")
        self.is_live()
        # A server that hangs: the watchdog ends it, and another begins.
        for unit in BOTH:
            self.debian.must(f"systemctl reset-failed; kill -STOP $(systemctl show --value -p MainPID {unit})")
        for unit, seconds in zip(BOTH, (WATCHDOG_SECONDS, 2 * WATCHDOG_SECONDS)):
            eventually(f"{unit} was started again", lambda unit=unit: self.debian.property(unit, "NRestarts") == "1", 2 * seconds)
        self.are_active()
        self.log_in()
        self.is_live()

    def upgrade(self, package):
        before = {unit: self.debian.property(unit, "MainPID") for unit in BOTH}
        first = self.host()["enrolled_at"]
        print(self.debian.must(f"dpkg --install {package}").splitlines()[-1])
        self.are_active()
        for unit in BOTH:
            assert self.debian.property(unit, "MainPID") != before[unit], f"{unit} goes on with the old program"
        self.log_in()
        self.is_live()
        assert self.host()["enrolled_at"] == first
        assert "[commands.who]" in self.debian.must("cat /etc/fettle/agent-policy.toml"), "what someone wrote stays"

    def go(self):
        stays = "/var/lib/fettle/server /var/lib/fettle/agent/identity.json /etc/fettle/agent-policy.toml /etc/fettle/fettle.toml"
        self.debian.must("dpkg --remove fettle")
        for unit in BOTH:
            assert self.debian.ask(f"systemctl is-active {unit}") in ("inactive", "unknown"), f"{unit} still runs"
        self.debian.must(f"ls -d {stays} && ! pgrep -x fettle && ! command -v fettle")
        self.debian.must("dpkg --purge fettle")
        self.debian.check_clean()


def life_by_script(debian, folder):
    """A machine that gets program, user and unit from install.sh, is upgraded by it and rid of all by it."""
    server = Server(pathlib.Path(folder) / "server").start()
    try:
        api = server.set_up()
        command = api.post("/api/v1/enrolment-tokens", {}, expect=201)["install_command"]
        print(debian.must(f"cd /root && {{ {command}\n}}"))

        def is_live():
            [host] = api.list("/api/v1/hosts")
            return host["state"] == "online" and host["id"]
        host = eventually("the host is live", is_live, UNIT_SECONDS)
        assert debian.ask("systemctl is-enabled fettle-agent") == "enabled"
        assert debian.property("fettle-agent", "User") == "fettle-agent"
        before = debian.property("fettle-agent", "MainPID")
        print(debian.must("cd /root && sh fettle-install.sh </dev/null"))
        assert debian.property("fettle-agent", "MainPID") not in (before, "0"), "the agent goes on with the old program"
        assert eventually("the host is live again", is_live, UNIT_SECONDS) == host
        print(debian.must("cd /root && sh fettle-install.sh --uninstall --purge"))
        debian.check_clean()
    finally:
        server.process.stop()


def main():
    root, package, newer = (str(pathlib.Path(word).resolve()) for word in sys.argv[1:4])
    if reason := machine.in_own_network():
        sys.exit(f"no systemd here: {reason}")
    began = time.monotonic()
    with system(root) as (debian, _):
        for name, path in (("old.deb", package), ("new.deb", newer)):
            with open(path, "rb") as file:
                subprocess.run(["nsenter", "-t", debian.first, "--mount", "--root", "sh", "-c", f"cat >/root/{name}"],
                               stdin=file, check=True, cwd="/")
        life = Life(debian)
        for what, act in (("install", lambda: life.install("/root/old.deb")), ("enrol", life.enrol), ("scores", life.scores),
                          ("sensors", life.senses), ("commands and exec", life.work), ("restarts and watchdog", life.restarts),
                          ("upgrade", lambda: life.upgrade("/root/new.deb")), ("remove and purge", life.go)):
            said(what)
            act()
        version = debian.ask("systemctl --version").splitlines()[0]
    with system(root) as (debian, folder):
        said("by the script of the page, without the package")
        life_by_script(debian, folder)
    print(f"package, script and units hold under {version}, {time.monotonic() - began:.0f} s")


@contextlib.contextmanager
def system(root):
    with tempfile.TemporaryDirectory(prefix="fettle-systemd-") as folder:
        inside = pathlib.Path(folder) / "system"
        inside.mkdir()
        debian = Debian(root, str(inside))
        try:
            yield debian, folder
        except AssertionError:
            for unit in BOTH:
                print(debian.ask(f"systemctl status --no-pager {unit}; journalctl -b --no-pager -u {unit} | tail -20"))
            raise
        finally:
            debian.end()


if __name__ == "__main__":
    main()
