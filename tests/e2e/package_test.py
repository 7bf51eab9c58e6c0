#!/usr/bin/env python3
"""The Debian package: made, installed beside nothing, upgraded, removed and purged, in a root of its own."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import machine
from harness import EndToEndTest, PROGRAM

WHY_NOT = machine.in_own_network()
TREE = pathlib.Path(PROGRAM).resolve().parents[1]
if WHY_NOT is None:
    for tool in ("cpack", "dpkg-deb", "dpkg"):
        WHY_NOT = WHY_NOT or (None if shutil.which(tool) else f"{tool} is not here")
    WHY_NOT = WHY_NOT or (None if (TREE / "CPackConfig.cmake").exists() else "the program is not in a build tree")


@unittest.skipIf(WHY_NOT, WHY_NOT or "")
class Package(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="fettle-package-")
        cls.addClassCleanup(folder.cleanup)
        made = subprocess.run(["cpack", "-G", "DEB", "--config", str(TREE / "CPackConfig.cmake"), "-B", folder.name,
                               "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip"],  # quicker than what ships
                              capture_output=True, text=True, env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"})
        assert made.returncode == 0, made.stdout + made.stderr
        (cls.package,) = pathlib.Path(folder.name).glob("*.deb")

    def test_what_is_in_it(self):
        listed = subprocess.run(["dpkg-deb", "--contents", str(self.package)], capture_output=True, text=True, check=True).stdout
        for line in listed.splitlines():
            self.assertIn(" root/root ", line)
            self.assertRegex(line, r"^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x) ", "nobody else can write to it")
        for path in ("./usr/bin/fettle", "./usr/lib/systemd/system/fettle-server.service", "./usr/lib/sysusers.d/fettle.conf",
                     "./usr/lib/tmpfiles.d/fettle.conf", "./etc/fettle/fettle.toml", "./etc/fettle/agent-policy.toml",
                     "./usr/share/man/man1/fettle.1.gz", "./usr/share/doc/fettle/copyright"):
            self.assertIn(path + "\n", listed)
        self.assertLess(self.package.stat().st_size, 20_000_000)

    def test_its_life(self):
        host = machine.Machine(self.folder, with_systemd=False)
        self.addCleanup(host.end)
        host.must(f"dpkg --install --force-depends {self.package}")
        self.assertEqual(host.must("stat -c '%n %U %a' /var/lib/fettle /var/lib/fettle/server /var/lib/fettle/agent /etc/fettle/agent-policy.toml"),
                         "/var/lib/fettle root 755\n/var/lib/fettle/server fettle 700\n/var/lib/fettle/agent fettle-agent 700\n"
                         "/etc/fettle/agent-policy.toml root 644\n")
        host.must("fettle config check && fettle agent policy check && fettle version")
        host.must("[ ! -e /etc/systemd/system/multi-user.target.wants/fettle-agent.service ]")
        # What someone changed stays over an upgrade, and the postinst can be run again.
        host.must("echo '# ours' >>/etc/fettle/fettle.toml; runuser -u fettle -- touch /var/lib/fettle/server/kept")
        host.must(f"dpkg --install --force-depends {self.package} && dpkg-reconfigure fettle 2>/dev/null; /var/lib/dpkg/info/fettle.postinst configure 0.0.1")
        self.assertIn("# ours", host.must("cat /etc/fettle/fettle.toml"))
        host.must("dpkg --remove fettle && [ ! -e /usr/bin/fettle ] && [ -e /var/lib/fettle/server/kept ] && [ -e /etc/fettle/fettle.toml ]")
        host.must("mkdir -p /etc/systemd/system/multi-user.target.wants && cd /etc/systemd/system/multi-user.target.wants && "
                  "ln -s /lib/systemd/system/fettle-agent.service /lib/systemd/system/fettle-server.service .")
        host.must("dpkg --purge fettle && [ ! -e /var/lib/fettle ] && [ ! -e /etc/fettle ] && [ ! -e /var/spool/fettle ]")
        self.assertEqual(host.must("ls /etc/systemd/system/multi-user.target.wants | grep fettle || true"), "", "none stays enabled")


if __name__ == "__main__":
    unittest.main()
