#!/usr/bin/env python3
"""`fettle exec` (M20): the command behaves as if it had been started without us, whatever becomes of what is told about
it; and what is told arrives, with server or agent away, and once."""
import json
import os
import pathlib
import pty
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from harness import PROGRAM, Agent, EndToEndTest, Server, clean_environment, eventually
from work_server import COMPLETED, FAILED, INTERRUPTED, WorkServer, text


def state_of(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


class ExecTest(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.spool = self.folder / "spool"
        self.spool.mkdir()

    def arguments(self, *command, flags=()):
        return [PROGRAM, "exec", "--spool", str(self.spool), *flags, "--", *map(str, command)]

    def begin(self, *command, flags=(), **how):
        child = subprocess.Popen(self.arguments(*command, flags=flags), env=clean_environment(**how.pop("environment", {})), **how)
        self.addCleanup(lambda: (child.kill() if child.poll() is None else None, child.wait(),
                                 [stream.close() for stream in (child.stdin, child.stdout, child.stderr) if stream]))
        return child

    def run_it(self, *command, flags=(), **how):
        how = dict(capture_output=True, timeout=60) | how
        return subprocess.run(self.arguments(*command, flags=flags), env=clean_environment(), **how)

    def sh(self, script, **how):
        return self.run_it("sh", "-c", script, **how)

    def spooled(self):
        return sorted(self.spool.glob("*.exec"))


class Faithful(ExecTest):
    """The command's own behaviour."""

    def test_exit_code_output_and_input_are_its_own(self):
        for code in (0, 1, 3, 75, 126, 127, 200, 255):
            self.assertEqual(self.sh(f"exit {code}").returncode, code)
        done = self.sh("cat; echo out; echo err >&2; printf 'no newline \\377'", input=b"in\n")
        self.assertEqual((done.stdout, done.stderr), (b"in\nout\nno newline \xff", b"err\n"))
        done = self.run_it("printf", "%s|", "", "-x", "--", "two words", "[a,b]", "{}", "%%", "$(id)", "--name", "a,b")
        self.assertEqual(done.stdout, b"|-x|--|two words|[a,b]|{}|%%|$(id)|--name|a,b|")
        self.assertEqual(self.run_it("server").returncode, 127, "no word of it is taken for one of ours")

    def test_one_that_cannot_be_run_gives_what_a_shell_gives(self):
        done = self.run_it("/nowhere/program")
        self.assertEqual(done.returncode, 127)
        self.assertIn(b"/nowhere/program", done.stderr)
        plain = self.folder / "plain"
        plain.write_text("x")
        self.assertEqual(self.run_it(plain).returncode, 126)

    def test_one_that_a_signal_ends_gives_128_and_its_number(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGPIPE):
            self.assertEqual(self.sh(f"ulimit -c 0; kill -{int(number)} $$").returncode, 128 + number)

    def test_signals_are_handed_on(self):
        for name in ("INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "ALRM", "WINCH"):
            child = self.begin("sh", "-c", f"trap 'echo got {name}; exit 9' {name}; echo ready; while :; do sleep 0.01; done",
                               stdout=subprocess.PIPE)
            self.assertEqual(child.stdout.readline(), b"ready\n")
            child.send_signal(getattr(signal, "SIG" + name))
            self.assertEqual(child.stdout.read(), f"got {name}\n".encode())
            self.assertEqual(child.wait(20), 9)

    def test_it_stops_and_goes_on_with_its_command(self):
        # A group of its own: in one without a parent outside nothing stops for SIGTSTP (POSIX, orphaned process group).
        child = self.begin("sh", "-c", "echo $$; while :; do sleep 0.01; done", stdout=subprocess.PIPE, process_group=0)
        pid = int(child.stdout.readline())
        child.send_signal(signal.SIGTSTP)
        eventually("the command stands still", lambda: state_of(pid) == "T")
        eventually("and so do we", lambda: state_of(child.pid) == "T")
        child.send_signal(signal.SIGCONT)
        eventually("it goes on", lambda: state_of(pid) != "T" and state_of(child.pid) != "T")
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(20), 128 + signal.SIGTERM)

    def test_signals_that_were_ignored_stay_so_and_others_are_not(self):
        script = "trap; grep -E '^Sig(Blk|Ign)' /proc/self/status"
        plain = subprocess.run(["sh", "-c", script], capture_output=True, env=clean_environment())
        self.assertEqual(self.sh(script).stdout, plain.stdout)
        nohup = subprocess.run(["nohup", *self.arguments("sh", "-c", script)], capture_output=True, stdin=subprocess.DEVNULL,
                               env=clean_environment())
        wanted = subprocess.run(["nohup", "sh", "-c", script], capture_output=True, stdin=subprocess.DEVNULL)
        self.assertEqual(nohup.stdout, wanted.stdout)

    def test_a_reader_that_goes_ends_it_as_without_us(self):
        child = self.begin("sh", "-c", "trap 'kill $!' EXIT; yes; echo $? >&2", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(child.stdout.readline(), b"y\n")
        child.stdout.close()
        self.assertIn(b"141", child.stderr.read())
        child.wait(20)

    def test_a_terminal_is_the_commands_own(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        child = self.begin("sh", "-c", "test -t 0 && test -t 1 && test -t 2 && tty", stdin=theirs, stdout=theirs, stderr=theirs)
        name = os.ttyname(theirs)
        os.close(theirs)
        self.assertEqual(child.wait(20), 0)
        self.assertEqual(os.read(ours, 100).decode().strip(), name)

    def test_a_file_is_the_commands_own_and_read_afterwards(self):
        target = self.folder / "out"
        target.write_bytes(b"before\n")
        with open(target, "ab") as file:
            done = self.sh("echo one; echo two >&2; test -f /dev/stdout", stdout=file, stderr=file, capture_output=False)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(target.read_bytes(), b"before\none\ntwo\n")
        content = self.spooled()[0].read_bytes()
        self.assertIn(b"one\ntwo\n", content)
        self.assertNotIn(b"before", content)

    def test_much_output_to_a_file_changes_nothing_and_is_told_in_part(self):
        """More than one frame of the spool may hold, and more than is kept at all."""
        target = self.folder / "out"
        for size in (3_000_000, 7_000_000):
            with open(target, "wb") as file:
                done = self.run_it("sh", "-c", f"head -c {size} /dev/zero; echo last >&2; exit 3", stdout=file, stderr=file,
                                   capture_output=False)
            self.assertEqual((done.returncode, target.stat().st_size, target.read_bytes()[-5:]), (3, size + 5, b"last\n"))
            kept = eventually("its end is told", lambda: self.spooled() and b"last\n" in self.spooled()[-1].read_bytes()) \
                and self.spooled()[-1].stat().st_size
            self.assertLess(abs(kept - min(size, (4 << 20) + (256 << 10))), 64 << 10)

    def test_who_tells_may_die_and_the_command_does_not_notice(self):
        target = self.folder / "out"
        with open(target, "wb") as file:
            child = self.begin("sh", "-c", "echo ready; read line; echo $line; exit 7", stdin=subprocess.PIPE, stdout=file, stderr=file)
            eventually("it runs, and that is told", lambda: target.read_bytes() == b"ready\n" and self.spooled())
            names = {pid: pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() for pid in self.children(child.pid)}
            tellers = [pid for pid, name in names.items() if name.startswith(os.fsencode(PROGRAM) + b"\0")]
            self.assertEqual(len(tellers), 1)
            os.kill(tellers[0], signal.SIGKILL)
            child.communicate(b"go\n", timeout=20)
        self.assertEqual((child.returncode, target.read_bytes()), (7, b"ready\ngo\n"))

    @staticmethod
    def children(pid):
        return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def test_a_closed_stream_stays_closed(self):
        for closing in ("<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"):
            answers = []
            for words in (["sh", "-c"], self.arguments("sh", "-c")):
                answer = self.folder / "answer"
                # The descriptors of the shell itself: `ls` and redirections have others.
                look = f"ls /proc/$$/fd >{answer} 2>/dev/null </dev/null; exit 5"
                done = subprocess.run(["sh", "-c", f'exec "$@" {closing}', "sh", *words, look], env=clean_environment(), timeout=60,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                self.assertEqual(done.returncode, 5, closing)
                answers.append({number for number in answer.read_text().split() if number in "012"})
            self.assertEqual(*answers, closing)
        self.assertEqual(len(self.spooled()), 5)

    def test_a_device_is_the_commands_own(self):
        with open("/dev/full", "w") as full:
            done = self.run_it("sh", "-c", "echo x && exit 9; exit 6", stdout=full, stderr=subprocess.DEVNULL, capture_output=False)
        self.assertEqual(done.returncode, 6, "it learns that nothing was written")

    def test_a_spool_is_found_from_the_working_folder(self):
        done = subprocess.run([PROGRAM, "exec", "--spool", "spool", "--", "sh", "-c", "cd /; exit 4"], cwd=self.folder, env=clean_environment())
        self.assertEqual((done.returncode, len(self.spooled())), (4, 1))
        done = subprocess.run([PROGRAM, "exec", "--", "true"], cwd=self.spool, env=clean_environment(FETTLE_EXEC_SPOOL="../spool"))
        self.assertEqual((done.returncode, len(self.spooled())), (0, 2))

    def test_both_streams_into_one_pipe_keep_their_order(self):
        script = "i=0; while [ $i -lt 200 ]; do echo $i; echo $i >&2; i=$((i+1)); done"
        done = self.sh(script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, capture_output=False)
        self.assertEqual(done.stdout.decode().split(), [str(i // 2) for i in range(400)])

    def test_descriptors_are_handed_on(self):
        lock = self.folder / "lock"
        with open(lock, "w") as file:
            os.set_inheritable(file.fileno(), True)
            done = self.sh(f"echo held >&{file.fileno()}", pass_fds=[file.fileno()])
        self.assertEqual((done.returncode, lock.read_text()), (0, "held\n"))

    def test_what_it_leaves_running_keeps_its_output_and_nobody_waits_for_it(self):
        child = self.begin("sh", "-c", "(sleep 0.5; echo late) & echo early", stdout=subprocess.PIPE)
        self.assertEqual(child.wait(20), 0)
        self.assertEqual(child.stdout.read(), b"early\nlate\n")

    def test_a_gigabyte_goes_through_and_memory_stays_small(self):
        child = self.begin("head", "-c", "1000000000", "/dev/zero", stdout=subprocess.PIPE)
        size = most = 0
        while True:
            block = child.stdout.read(1 << 20)
            size += len(block)
            if size % (100 << 20) < 1 << 20 and child.poll() is None:
                status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
                most = max(most, int(status.partition("VmHWM:")[2].split()[0]))
            if not block:
                break
        self.assertEqual((child.wait(20), size), (0, 1_000_000_000))
        self.assertLess(most, 64 * 1024, "KiB")
        eventually("the rest is counted", lambda: self.spooled() and self.spooled()[0].stat().st_size > 4 << 20)
        self.assertLess(self.spooled()[0].stat().st_size, 6 << 20)

    def test_one_that_writes_byte_by_byte_fills_no_spool(self):
        script = "import os\nfor i in range(600000): os.write(1, b'.')\nos.write(1, b'end')"
        self.assertEqual(self.run_it("/usr/bin/python3", "-c", script, stdout=subprocess.DEVNULL, stderr=None,
                                     capture_output=False).returncode, 0)
        eventually("all of it is in the spool", lambda: self.spooled() and self.spooled()[0].read_bytes().rfind(b"end") > 0)
        self.assertLess(self.spooled()[0].stat().st_size, 3 << 20)

    def test_arguments_are_told_unless_they_are_to_be_hidden(self):
        self.assertEqual(self.run_it("true", "--password", "geheim").returncode, 0)
        self.assertEqual(self.run_it("true", "--password", "geheim", flags=["--hide-arguments"]).returncode, 0)
        eventually("both are in the spool", lambda: len(self.spooled()) == 2)
        told, hidden = (path.read_bytes() for path in self.spooled())
        self.assertIn(b"true --password geheim", told)
        self.assertIn(b"true (2 arguments)", hidden)
        self.assertNotIn(b"geheim", hidden)

    def test_a_deadline_ends_it(self):
        done = self.run_it("sleep", "1000", flags=["--deadline", "1"])
        self.assertEqual(done.returncode, 128 + signal.SIGINT)
        self.assertIn(b"ended by signal 2 (SIGINT) after its deadline", self.spooled()[0].read_bytes())
        done = self.run_it("sh", "-c", "trap 'exit 0' INT; while :; do sleep 0.01; done", flags=["--deadline", "1"])
        self.assertEqual(done.returncode, 0)
        self.assertTrue(any(b"ended with exit code 0 after its deadline" in file.read_bytes() for file in self.spooled()))

    @unittest.skipUnless(os.getuid() == 0, "only root can be another user")
    def test_a_user_who_may_have_few_processes_gets_the_commands_own_end(self):
        self.folder.chmod(0o755)
        self.spool.chmod(0o1777)
        for most in range(2, 8):  # we and the command are two; the rest is for threads and for who tells
            done = self.run_it("sh", "-c", "echo out; exit 7", user=54_321, group=54_321, extra_groups=[],
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (most, most)))
            self.assertEqual((done.returncode, done.stdout, done.stderr), (7, b"out\n", b""), f"{most} processes")
        eventually("the last is told", lambda: any(b"out" in file.read_bytes() for file in self.spooled()))

    def test_wrong_use_runs_nothing(self):
        for flags in ([], ["--"], ["true"], ["--", ""], ["--deadline", "x", "--", "true"], ["--what", "--", "true"], ["--check", "--", "true"]):
            done = subprocess.run([PROGRAM, "exec", *flags], capture_output=True, env=clean_environment())
            self.assertEqual(done.returncode, 2)


class FailsOpen(ExecTest):
    """Nothing to tell it to: the command does not notice."""

    def quick(self, **how):
        began = time.monotonic()
        done = self.sh("echo fine; exit 4", **how)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (4, b"fine\n", b""))
        # Half a second is the promise; the rest is what a busy machine may take.
        self.assertLess(time.monotonic() - began, 5)

    def test_no_spool(self):
        shutil.rmtree(self.spool)
        self.quick()

    def test_a_spool_that_is_none(self):
        for make in (lambda: self.spool.write_text("x"), lambda: os.mkfifo(self.spool), lambda: self.spool.symlink_to("nowhere")):
            if self.spool.is_dir():
                self.spool.rmdir()
            self.spool.unlink(missing_ok=True)
            make()
            self.quick()

    def test_a_spool_that_is_full_of_files(self):
        for number in range(2001):
            (self.spool / f"{number}").touch()
        self.quick()
        self.assertEqual(self.spooled(), [])

    @unittest.skipUnless(os.geteuid() == 0, "only root can give up rights")
    def test_no_permission(self):
        self.folder.chmod(0o755)
        self.spool.chmod(0o700)
        self.quick(user=65534, group=65534, extra_groups=[])

    @unittest.skipUnless(shutil.which("unshare") and os.geteuid() == 0, "needs a namespace of mounts")
    def test_a_full_disk(self):
        script = ('mount -t tmpfs -o size=64k tmpfs "$1" && head -c 1M /dev/zero > "$1/fill" 2>/dev/null; shift; exec "$@"')
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", str(self.spool),
                               *self.arguments("sh", "-c", "echo fine; exit 4")], capture_output=True, env=clean_environment())
        self.assertEqual((done.returncode, done.stdout), (4, b"fine\n"))

    @unittest.skipUnless(shutil.which("strace"), "strace is not here")
    def test_a_disk_that_does_not_answer(self):
        """What asks the disk of the spool gets no answer for a minute; the command has ended long before."""
        mark = self.folder / "mark"
        child = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=statfs,fstatfs",
                                  "-e", "inject=statfs,fstatfs:delay_enter=60000000", "sh", "-c", '"$@"; echo $? > "$0"', str(mark),
                                  *self.arguments("sh", "-c", "exit 4")], env=clean_environment(), start_new_session=True)
        try:
            eventually("the command has ended", lambda: mark.exists() and mark.read_text() == "4\n")
            self.assertIsNone(child.poll(), "the disk still does not answer")
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait(20)


@unittest.skipIf(os.geteuid() != 0, "the policy file of the agent is root's")
class Told(ExecTest):
    """What arrives at the server."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="fettle-e2e-", ignore_cleanup_errors=True)
        cls.addClassCleanup(folder.cleanup)
        server = Server(pathlib.Path(folder.name) / "server").start()
        cls.addClassCleanup(lambda: server.process.kill())
        host = Agent(pathlib.Path(folder.name) / "agent")
        host.enrol(server, server.set_up(), "alpha")
        server.process.stop()
        cls.enrolled = host.data

    def setUp(self):
        super().setUp()
        self.host = self.agent()
        shutil.copytree(self.enrolled, self.host.data)
        self.work = WorkServer(json.loads((self.host.data / "identity.json").read_text())["server_id"])
        self.addCleanup(self.work.end)
        self.spool = self.host.data / "exec"
        self.spool.mkdir(exist_ok=True)

    def start(self):
        self.host.start("--server", self.work.url)
        eventually("the agent is linked", lambda: self.work.client)

    def runs(self):
        return sorted({text(opened, 1) for opened in self.work.opened})

    def opened(self):
        return eventually("a run is told", lambda: self.work.opened)[0]

    def end_of(self, run):
        last = eventually("its end is told", lambda: self.work.is_over_with(run))
        eventually("the file has gone", lambda: not self.spooled())
        self.assertEqual(self.work.faults, [])
        return last

    def test_a_command_is_a_run_with_its_log_and_told_while_it_lasts(self):
        self.start()
        child = self.begin("sh", "-c", "echo one; echo two >&2; read line; echo three; exit 3", stdin=subprocess.PIPE,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, flags=["--name", "nightly", "--expect", "30 2 * * *"],
                           environment={"TZ": ":Europe/Berlin"})
        opened = self.opened()
        self.assertEqual((text(opened, 2), text(opened, 5)), ("nightly", "uid 0 (root)"))
        self.assertEqual(json.loads(text(opened, 6)), {"timing": "30 2 * * *", "zone": "Europe/Berlin"})
        run = text(opened, 1)
        eventually("what it wrote so far is told", lambda: "one\ntwo\n" == self.work.log(run))
        child.communicate(b"go\n", timeout=20)
        last = self.end_of(run)
        self.assertEqual((child.returncode, last.phase, last.exit_code, self.work.log(run)), (3, FAILED, 3, "one\ntwo\nthree\n"))

    def test_with_server_and_agent_away_it_is_told_later_and_once(self):
        for number in range(3):
            self.assertEqual(self.sh(f"echo {number}", flags=["--name", f"job {number}"]).returncode, 0)
        eventually("all is in the spool", lambda: len(self.spooled()) == 3)
        self.start()
        eventually("all are told", lambda: len(self.runs()) == 3)
        for number, run in enumerate(self.runs()):
            self.assertEqual(self.end_of(run).phase, COMPLETED)
            self.assertEqual(self.work.log(run), f"{number}\n")
        eventually("the agent knows that all were heard", lambda: not list((self.host.data / "runs").glob("*.run")))
        self.assertEqual(self.host.process.stop(), 0)
        self.work.opened.clear()
        self.start()
        self.assertEqual(self.sh("true").returncode, 0)
        eventually("only the new one is told", lambda: len(self.runs()) == 1)

    def check(self, *flags):
        done = subprocess.run([PROGRAM, "exec", "--check", *flags], capture_output=True, env=clean_environment(), timeout=60)
        self.assertEqual(done.stderr, b"")
        return done.returncode, done.stdout.decode()

    def test_it_says_whether_what_is_told_would_arrive(self):
        code, said = self.check("--spool", str(self.folder / "nowhere"))
        self.assertEqual(code, 1)
        self.assertIn(f"{self.folder}/nowhere: No such file", said)
        code, said = self.check("--spool", str(self.spool))
        self.assertEqual(code, 1)
        self.assertIn(str(self.spool), said)
        self.assertIn("nobody took away", said)
        self.assertEqual(list(self.spool.iterdir()), [])
        self.start()
        code, said = self.check("--spool", str(self.spool))
        self.assertEqual(code, 0)
        self.assertIn("an agent follows it", said)
        self.assertEqual((list(self.spool.iterdir()), self.work.opened), ([], []))
        doctor = subprocess.run([PROGRAM, "doctor", "agent", "--data", str(self.host.data)], capture_output=True, env=clean_environment(),
                                timeout=60).stdout.decode()
        self.assertRegex(doctor, rf"ok +exec spool +{self.spool}")
        self.assertRegex(doctor, "ok +exec agent +an agent follows it")

    def test_an_agent_that_is_killed_goes_on_where_it_was(self):
        self.start()
        child = self.begin("sh", "-c", "i=0; while [ $i -lt 60 ]; do echo line $i; i=$((i+1)); sleep 0.05; done",
                           stdout=subprocess.DEVNULL)
        run = text(self.opened(), 1)
        for _ in range(2):
            eventually("lines come", lambda: self.work.log(run).count("\n") > 2)
            self.host.process.kill()
            self.start()
        self.assertEqual(child.wait(20), 0)
        self.assertEqual(self.end_of(run).phase, COMPLETED)
        self.assertEqual(self.work.log(run), "".join(f"line {i}\n" for i in range(60)))

    def test_an_end_that_nobody_told_is_interrupted(self):
        self.start()
        child = self.begin("sh", "-c", "echo ready; exec sleep 1000", stdout=subprocess.DEVNULL)
        run = text(self.opened(), 1)
        command = int(pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()[0])
        child.kill()
        self.assertEqual(self.end_of(run).phase, INTERRUPTED)
        os.kill(command, signal.SIGKILL)

    def test_whatever_lies_in_the_spool_harms_nothing(self):
        secret = self.folder / "secret"
        secret.write_text("the secret of another user")
        name = f"run_01935e2f00007000{7:016x}"
        (self.spool / "no id.exec").write_bytes(b"x")
        (self.spool / (name[:-1] + "1.exec")).write_bytes(os.urandom(5000))
        (self.spool / (name[:-1] + "2.exec")).symlink_to(secret)
        os.link(secret, self.spool / (name[:-1] + "3.exec"))
        os.mkfifo(self.spool / (name[:-1] + "4.exec"))
        (self.spool / (name[:-1] + "5.exec")).touch()
        (self.spool / (name[:-1] + "6.exec")).mkdir()
        (self.spool / "left.alone").touch()
        self.start()
        self.assertEqual(self.sh("echo good").returncode, 0)
        self.assertEqual(eventually("the good one is told", lambda: self.work.is_over_with(text(self.opened(), 1))).phase, COMPLETED)
        self.assertEqual(len(self.runs()), 1)
        self.assertEqual(secret.read_text(), "the secret of another user")
        eventually("the rest has gone", lambda: sorted(path.name for path in self.spool.iterdir()) ==
                   sorted(["left.alone", name[:-1] + "6.exec"]))
        self.assertTrue(self.host.process.is_running())


if __name__ == "__main__":
    unittest.main()
