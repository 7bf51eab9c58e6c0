"""Machines for tests: each is a network namespace joined to that of the test by a pair of virtual cables, and a root file
system of its own above the real one (an overlay in memory), so that what installs itself there changes nothing here.

The test runs itself again in a namespace of its own (`in_own_network`), which is where its servers live.
"""
import os
import pathlib
import select
import shutil
import socket
import subprocess
import sys
import threading
import uuid

OWN_NETWORK = "FETTLE_TEST_OWN_NETWORK"
SERVER_ADDRESS = "10.77.0.1"

# A service manager of a dozen lines: knows one unit at a time and starts its ExecStart as its User.
SYSTEMCTL = """#!/bin/sh
set -eu
echo "$*" >>/run/systemctl.log
verb=$1; shift
[ "${1-}" != --now ] || shift
unit=/etc/systemd/system/${1-} pid=/run/${1-}.pid
stop() {
  [ -e "$pid" ] || return 0
  old=$(cat "$pid"); rm -f "$pid"
  kill "$old" 2>/dev/null || return 0
  # As a service manager does: what comes next finds nobody in its folder. One that has ended has no program any more.
  for _ in $(seq 100); do [ -e "/proc/$old/exe" ] || return 0; sleep 0.1; done
  kill -9 "$old"
}
case $verb in
  disable) stop ;;
  restart)
    stop
    user=$(sed -n 's/^User=//p' "$unit") start=$(sed -n 's/^ExecStart=//p' "$unit")
    setsid setpriv --reuid "$user" --regid "$user" --clear-groups $start >/run/agent.log 2>&1 </dev/null &
    echo $! >"$pid" ;;
esac
"""


def why_not():
    """Why there can be no machine here, or nothing."""
    if os.geteuid() != 0:
        return "only root makes network namespaces"
    for tool in ("unshare", "nsenter", "ip", "useradd", "runuser", "setpriv", "hostname", "curl"):
        if not shutil.which(tool):
            return f"{tool} is not here"
    probe = subprocess.run(["unshare", "--net", "--mount", "sh", "-c",
                            "mount -t tmpfs t /mnt && mkdir /mnt/u /mnt/w /mnt/m && "
                            "mount -t overlay o -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/m"],
                           capture_output=True, text=True)
    return f"no namespaces or no overlay: {probe.stderr.strip()}" if probe.returncode else None


def in_own_network():
    """Runs this program again in a network namespace of its own, unless that was done; says openly when it cannot be."""
    reason = why_not()
    if OWN_NETWORK in os.environ:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        # With an address of its own: else a bridge takes that of one of its cables, and when that machine ends the others
        # go on sending to what is no longer there.
        subprocess.run(["ip", "link", "add", "cables", "address", "02:00:00:00:00:01", "type", "bridge"], check=True)
        subprocess.run(["ip", "address", "add", f"{SERVER_ADDRESS}/24", "dev", "cables"], check=True)
        subprocess.run(["ip", "link", "set", "cables", "up"], check=True)
    elif reason is None:
        os.environ[OWN_NETWORK] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", "--propagation", "private", sys.executable, *sys.argv])
    return reason


class Machine:
    """A host without Fettle. Its files are those of this system; what it writes is gone with it."""

    count = 1

    def __init__(self, folder, with_systemd=True, name=None):
        Machine.count += 1
        self.name = name or f"machine-{Machine.count}"
        self.address = f"10.77.0.{Machine.count}"
        self.root = pathlib.Path(folder) / f"machine-{Machine.count}"
        self.root.mkdir()
        self.process = None  # for EndToEndTest, which looks for one
        script = f"""mount -t tmpfs machine {self.root} && cd {self.root} && mkdir upper work root &&
            mount -t overlay machine -o lowerdir=/,upperdir=upper,workdir=work root &&
            mount -t proc proc root/proc && mount --rbind /dev root/dev && mount -t tmpfs run root/run &&
            ip link set lo up && hostname {self.name} && echo ready && exec cat"""
        self.keeper = subprocess.Popen(["unshare", "--uts", "--net", "--mount", "--propagation", "private", "sh", "-c", script],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.keeper.stdout.readline() == "ready\n", "the machine does not start"
        self.cable = f"m{Machine.count}"
        for command in (f"ip link add {self.cable} type veth peer name eth0 netns {self.keeper.pid}",
                        f"ip link set {self.cable} master cables", f"ip link set {self.cable} up"):
            subprocess.run(command.split(), check=True)
        self.write("/etc/machine-id", uuid.uuid4().hex)
        self.must(f"ip address add {self.address}/24 dev eth0 && ip link set eth0 up")
        if with_systemd:
            self.write("/usr/local/sbin/systemctl", SYSTEMCTL, 0o755)
            self.must("mkdir -p /run/systemd/system")

    def run(self, command, timeout=60, **environment):
        """A command line as someone types it there, as root in an empty folder."""
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"} | environment
        inside = f"mkdir -p /root/typed && cd /root/typed && {{ {command}\n}}"
        return subprocess.run(["nsenter", "-t", str(self.keeper.pid), "--uts", "--net", "--mount", "chroot", f"{self.root}/root", "sh", "-c", inside],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, env=environment)

    def must(self, command, **environment):
        done = self.run(command, **environment)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def write(self, path, content, mode=0o644):
        command = f"cat >{path} <<'END-OF-FILE'\n{content}\nEND-OF-FILE\nchmod {mode:o} {path}"
        self.must(command)

    def plug(self, position):
        """The cable into the host (up), or out of it (down)."""
        subprocess.run(["ip", "link", "set", self.cable, position], check=True)

    def processes(self):
        """Of the program that was installed here, by process id: other machines have one of the same name."""
        own = os.readlink(f"/proc/{self.keeper.pid}/ns/net")
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(entry / "ns/net") == own and os.readlink(entry / "exe").endswith("/bin/fettle"):
                    found.append(int(entry.name))
            except OSError:
                pass  # it ended meanwhile, or belongs to the kernel
        return found

    def end(self):
        self.run("for f in /run/*.pid; do [ ! -e $f ] || kill -9 $(cat $f); done")
        self.keeper.stdin.close()
        self.keeper.stdout.close()
        self.keeper.wait(10)


class Relay:
    """What stands before a server that listens on loopback: takes connections on the cables and passes bytes on."""

    def __init__(self, target):
        self.target = target
        self.door = socket.create_server((SERVER_ADDRESS, 0))
        self.port = self.door.getsockname()[1]
        self.taker = threading.Thread(target=self._take, daemon=True)
        self.taker.start()

    def _take(self):
        while True:
            try:
                client, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client):
        with client:
            try:
                server = socket.create_connection(self.target())
            except OSError:
                return
            with server:
                while True:
                    for one in select.select([client, server], [], [])[0]:
                        try:
                            data = one.recv(65536)
                            if not data:
                                return
                            (server if one is client else client).sendall(data)
                        except OSError:
                            return

    def end(self):
        self.door.shutdown(socket.SHUT_RDWR)  # ends the wait of accept
        self.taker.join(10)
        self.door.close()
