#!/usr/bin/env python3
"""What an agent carries out (act/): real programs by order of a server that a test plays. Links are cut, the agent is
killed, and whatever it is ordered, it does what its policy names and nothing else."""
import json
import os
import pathlib
import random
import shutil
import tempfile
import unittest

from harness import Agent, EndToEndTest, Server, eventually
from work_server import CANCELLED, COMPLETED, COMPLETED_WITH_WARNINGS, FAILED, INTERRUPTED, WorkServer

COUNT_KILLS = int(os.environ.get("FETTLE_KILLS", "6"))


def run_id(number):
    return f"run_01935e2f00007000{number:016x}"


@unittest.skipIf(os.geteuid() != 0, "only root can make a policy file")
class Work(EndToEndTest):
    @classmethod
    def setUpClass(cls):
        """One host is enrolled; each test has a copy of it."""
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
        identity = json.loads((self.host.data / "identity.json").read_text())
        self.work = WorkServer(identity["server_id"])
        self.addCleanup(self.work.end)
        self.marks = self.folder / "marks"
        self.marks.mkdir()

    def script(self, name, text):
        path = self.folder / name
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return path

    def start(self, **commands):
        """Each keyword is a command of the policy: the text of its script."""
        lines = []
        for name, text in commands.items():
            lines.append(f'[commands.{name}]\nargv = ["{self.script(name + ".sh", text)}", "an argument"]\n'
                         f'environment = ["MARKS={self.marks}"]\n')
        self.policy = self.folder / "policy.toml"
        self.policy.write_text("".join(lines))
        self.policy.chmod(0o644)
        self.start_again()

    def start_again(self):
        self.host.start("--policy", self.policy, "--server", self.work.url)
        eventually("the agent is linked", lambda: self.work.client)

    def order(self, number, name, **more):
        """Repeated until it is answered, as a server does."""
        run = run_id(number)

        def is_answered():
            if not self.work.answers(run):
                self.work.order(run, name, **more)
            return self.work.answers(run)
        return eventually("the order is answered", is_answered)

    def end_of(self, number):
        return eventually("the run ends", lambda: self.work.is_over_with(run_id(number)))

    def test_a_command_runs_and_its_output_is_told(self):
        self.start(hello='echo "hello $1 in $(pwd)"; echo oops >&2; printf "no newline"; env | sort > "$MARKS/env"; exit 3')
        self.assertEqual(self.order(1, "hello")[0], "")
        last = self.end_of(1)
        self.assertEqual((last.phase, last.exit_code, last.message), (FAILED, 3, "ended with exit code 3"))
        self.assertEqual(sorted(self.work.log(run_id(1)).split("\n")), ["", "hello an argument in /", "no newline", "oops"])
        variables = {line.split("=")[0] for line in (self.marks / "env").read_text().splitlines()}
        self.assertEqual(variables - {"PWD", "SHLVL", "_", "OLDPWD"}, {"PATH", "LANG", "HOME", "USER", "LOGNAME", "MARKS",
                                                                       "FETTLE_RUN_ID"})
        self.assertIn(f"FETTLE_RUN_ID={run_id(1)}\n", (self.marks / "env").read_text())
        # Again under the same id: nothing begins.
        (self.marks / "env").unlink()
        eventually("it is rid of", lambda: not list((self.host.data / "runs").glob("*.run")))
        self.work.taken.clear()
        self.assertIn("carried out before", self.order(1, "hello")[0])
        self.assertFalse((self.marks / "env").exists())
        self.assertEqual(self.work.faults, [])

    def test_a_host_check_tells_numbers(self):
        self.start(hello="true")
        self.order(1, "", plan="host-check", parameters="{}", steps=("clock", "disk", "units", "outbox", "policy"))
        last = self.end_of(1)
        self.assertIn(last.phase, (COMPLETED, COMPLETED_WITH_WARNINGS))

    def test_cancel_and_deadline_end_the_whole_group(self):
        self.start(long='sleep 1000 & echo $! > "$MARKS/child"; echo ready; wait')
        child = self.marks / "child"
        for number, end, phase in [(1, lambda: self.work.cancel(run_id(1)), CANCELLED), (2, lambda: None, FAILED)]:
            child.unlink(missing_ok=True)
            self.order(number, "long", deadline=1 if phase == FAILED else 0)
            eventually("it runs", lambda: "ready" in self.work.log(run_id(number)))
            pid = int(child.read_text())
            end()
            self.assertEqual(self.end_of(number).phase, phase)
            eventually("its child has gone", lambda: not os.path.exists(f"/proc/{pid}") or
                       ") Z " in pathlib.Path(f"/proc/{pid}/stat").read_text())

    def test_a_lost_link_changes_nothing(self):
        lines = 16
        self.start(steps=f'i=0; while [ $i -lt {lines} ]; do i=$((i+1)); echo "line $i"; sleep 0.2; done')
        self.order(1, "steps")
        run = run_id(1)
        for _ in range(2):
            eventually("it is linked", lambda: self.work.client)
            known = len(self.work.log(run))
            eventually("a line more", lambda: len(self.work.log(run)) > known or self.work.is_over_with(run))
            self.work.cut()
        self.assertEqual(self.end_of(1).phase, COMPLETED)
        self.assertEqual(self.work.log(run), "".join(f"line {i}\n" for i in range(1, lines + 1)))
        self.assertEqual(self.work.faults, [])

    def test_killed_at_any_moment_it_runs_once_and_comes_to_an_end(self):
        """From before the order to after the result; the moments come from a seed."""
        seed = int(os.environ.get("FETTLE_SEED", "7"))
        print(f"seed {seed}")
        chance = random.Random(seed)
        self.start(once='echo begun >> "$MARKS/$PPID-begun"; i=0; while [ $i -lt 20 ]; do echo "line $i"; i=$((i+1)); sleep 0.01; done')
        for number in range(1, COUNT_KILLS + 1):
            run = run_id(number)
            before = len(list(self.marks.iterdir()))
            self.work.order(run, "once")
            stop = chance.uniform(0, 0.5)
            try:
                self.host.process.child.wait(stop)
            except Exception:  # the moment has come
                pass
            self.host.process.kill()
            self.start_again()
            answered = self.order(number, "once")
            if not (answered[-1] and "carried out before" in answered[-1]):
                self.end_of(number)
            begun = sum(path.read_text().count("begun") for path in self.marks.iterdir())
            self.assertLessEqual(begun - before, 1, f"seed {seed}, run {number}")
            for path in self.marks.iterdir():
                path.unlink()
        self.assertEqual(self.work.faults, [], f"seed {seed}")

    def test_killed_in_the_middle_it_says_interrupted_and_its_program_has_gone(self):
        self.start(long='echo $$ > "$MARKS/pid"; echo ready; exec sleep 1000')
        self.order(1, "long")
        eventually("it runs", lambda: "ready" in self.work.log(run_id(1)))
        pid = int((self.marks / "pid").read_text())
        self.host.process.kill()
        self.start_again()
        self.assertEqual(self.end_of(1).phase, INTERRUPTED)
        eventually("the program has gone", lambda: not os.path.exists(f"/proc/{pid}") or
                   ") Z " in pathlib.Path(f"/proc/{pid}/stat").read_text())
        self.assertEqual(self.work.faults, [])

    def test_a_stop_says_interrupted_before_it_ends(self):
        self.start(long='echo ready; exec sleep 1000')
        self.order(1, "long")
        eventually("it runs", lambda: "ready" in self.work.log(run_id(1)))
        self.assertEqual(self.host.process.stop(), 0)
        self.assertEqual(self.work.last(run_id(1)).phase, INTERRUPTED)

    def test_a_hostile_server_has_nothing_run_that_the_policy_does_not_name(self):
        self.start(hello='touch "$MARKS/ran"')
        bad = [dict(name="other"), dict(name="hello", plan="shell"), dict(name="hello", plan=""), dict(name="hello", steps=()),
               dict(name="", parameters='{"argv": ["/usr/bin/touch", "%s/owned"]}' % self.marks),
               dict(name="", parameters='{"name": ["hello"]}'), dict(name="", parameters="[" * 1000),
               dict(name="", parameters='{"name": "hello", "name": "other"}'), dict(name="../hello"), dict(name="hello;id")]
        for number, order in enumerate(bad, 1):
            self.assertNotEqual(self.order(number, **order)[0], "", order)
        for run in ["", "run_", "run_" + "g" * 32, "../../../../tmp/fettle-was-here", "x" * 500]:
            self.work.taken.clear()
            self.work.order(run, "hello")
            eventually("it is refused", lambda: self.work.taken)
        self.assertEqual(list(self.marks.iterdir()), [])
        self.assertEqual([path.name for path in (self.host.data / "runs").iterdir()], [])
        self.assertTrue(self.host.process.is_running())


if __name__ == "__main__":
    unittest.main()
