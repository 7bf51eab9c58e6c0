"""A server and an agent of which one is killed at named points (src/fettle/io/kill_points.h, docs/decisions/0017), again and
again, while runs of every kind are begun: by people, by schedules, by the server itself, by `fettle exec`. After each kill
the work comes to its end, and is held against what was promised.

FETTLE_POINT_KILLS is how often each point kills; FETTLE_POINT_SEED chooses their order and how soon after the point."""
import collections
import http.client
import os
import random
import re
import signal
import subprocess
import threading
import time
import unittest

from api import Api
from harness import CHECKOUT, PROGRAM, EndToEndTest, clean_environment, eventually

KILLS = int(os.environ.get("FETTLE_POINT_KILLS", "5"))
SEED = int(os.environ.get("FETTLE_POINT_SEED", str(int(time.time()))))
WAIT = 90
GOOD = ("completed", "completed_with_warnings")
LOST_TOUCH = (OSError, http.client.HTTPException)


def all_points():
    """As the program knows them."""
    text = (CHECKOUT / "src/fettle/io/kill_points.cc").read_text()
    return re.findall(r'^    \{\w+, "([a-z._]+)"\},$', text, re.MULTILINE)


def check_all_are_killed_at(test, *groups):
    known = all_points()
    assert len(known) > 30, known
    test.assertEqual(sorted(point for group in groups for point in group), sorted(known))


# What work reaches a point: a run that a person begins, a schedule, the server's own upkeep, a command of the host.
SERVER = {
    "due.decided": "schedule", "pending.decided": "pending", "run.written": "schedule", "run.committed": "schedule",
    "order.sent": "run",
    "taken.arrived": "run", "taken.written": "run", "taken.committed": "run",
    "step.arrived": "run", "step.written": "run", "step.committed": "run",
    "result.arrived": "run", "result.written": "run", "result.committed": "run", "result.acknowledged": "schedule",
    "opened.written": "exec", "opened.committed": "exec",
    "own.step_begun": "own", "own.step_ended": "own", "own.end_written": "own", "own.end_committed": "own",
}
AGENT = {
    "order.received": "run", "order.kept": "run", "order.answered": "run",
    "program.starting": "run", "program.started": "run", "program.ended": "run",
    "step.kept": "run", "result.kept": "run", "result.sending": "run", "result.known": "run", "result.remembered": "run",
    "spooled.kept": "exec", "spooled.going": "exec",
}
EXEC = {point: "exec" for point in ("exec.started", "exec.told", "exec.ended", "exec.finished",
                                    "spool.hidden", "spool.shown", "spool.written")}

# How a run ends, and how often its command was carried out, when nothing was under way at its beginning and the process dies at
# the very point. A later death may find it further on: see Bench.check_run.
EXPECTED = {
    "order.received": ("completed", (1,)),
    "order.kept": ("interrupted", (0,)), "order.answered": ("interrupted", (0,)), "program.starting": ("interrupted", (0,)),
    "program.started": ("interrupted", (0, 1)), "step.kept": ("interrupted", (0, 1)), "program.ended": ("interrupted", (1,)),
    "own.step_begun": ("interrupted", ()), "own.step_ended": ("interrupted", ()), "own.end_written": ("interrupted", ()),
    "own.end_committed": ("completed", ()),
    "exec.started": (None, (1,)), "exec.told": ("interrupted", (1,)), "exec.ended": ("interrupted", (1,)),
    "exec.finished": ("completed", (1,)),
    "spool.hidden": (None, (1,)), "spool.shown": ("any", (1,)), "spool.written": ("completed", (1,)),
}
for reached in (*SERVER, *AGENT):
    EXPECTED.setdefault(reached, ("completed", (1,)))


class Bench:
    """One server and one agent of it, and all that they were asked to do."""

    def __init__(self, test, number):
        self.test = test
        self.chance = random.Random(f"{SEED} {number}")
        self.server = test.server(f"server-{number}")
        self.host = test.agent(f"agent-{number}")
        self.folder = test.folder
        self.marks = self.folder / f"marks-{number}"
        self.note = self.folder / f"note-{number}"
        self.script = self.folder / f"command-{number}.sh"
        self.policy = self.folder / f"policy-{number}.toml"
        self.execs = {}  # by name: how it must end, and whether it was killed
        self.expected = {}  # by run: how it must end
        self.strict = None  # what the run that is begun next must come to
        self.seen = set()
        self.accepted = set()
        self.agent_died = False  # since all was idle last
        self.kills = collections.Counter()
        self.ends = collections.Counter()
        self.count = 0

    def set_up(self):
        self.server.start()
        person = self.server.set_up()
        token = person.post("/api/v1/tokens", {"name": "test", "scopes": ["admin"]}, expect=201)["token"]
        self.api = Api(self.server.url, token)
        self.id = self.host.enrol(self.server, person, "alpha")
        self.script.write_text(f'#!/bin/sh\necho "$FETTLE_RUN_ID" >> {self.marks}\necho one\nsleep ${{1:-0.1}}\necho two\n')
        self.script.chmod(0o755)
        self.policy.write_text(f'[commands.mark]\nargv = ["{self.script}"]\n[commands.slow]\nargv = ["{self.script}", "3"]\n')
        self.policy.chmod(0o644)
        self.spool = self.host.data / "exec"
        self.host.start("--policy", self.policy)
        eventually("the agent looks into its spool", self.spool.is_dir)
        self.wait_idle()

    # ---- deaths

    def arming(self, point, is_exact):
        self.note.unlink(missing_ok=True)
        delay = 0 if is_exact else self.chance.choice((200, 1_000, 5_000, 20_000, 60_000))
        return {"FETTLE_KILL_AT": f"{point}:1:{delay}:{self.note}"}

    def check_death(self, child, point):
        """It ended as it was to, and where."""
        self.test.assertEqual(child.returncode, -signal.SIGKILL, point)
        self.test.assertEqual(self.note.read_text(), point + "\n")
        self.kills[point] += 1

    def kill_server(self, point):
        self.wait_idle()
        is_exact = self.chance.random() < 0.6
        # The agent tries again the later the more often it has lost its server, and at once when it is new.
        self.test.assertEqual(self.host.process.stop(), 0)
        self.server.process.kill()
        self.server.launch(**self.arming(point, is_exact))
        eventually("the server serves", self.server.is_ready)
        self.host.start("--policy", self.policy)
        self.work_until_death(self.server.process.child, point, is_exact)
        self.server.start()

    def kill_agent(self, point):
        self.wait_idle()
        is_exact = self.chance.random() < 0.6
        self.host.process.kill()
        self.host.environment = self.arming(point, is_exact)
        self.host.start("--policy", self.policy)
        self.work_until_death(self.host.process.child, point, is_exact)
        self.agent_died = True
        # It may die once more while it tells what became of that.
        other = self.chance.choice(list(AGENT))
        self.host.environment = self.arming(other, True) if self.chance.random() < 0.3 else {}
        self.host.start("--policy", self.policy)

        def is_over():
            if not self.host.process.is_running():
                self.check_death(self.host.process.child, other)
                self.expected.clear()
                self.begin_agent_anew()
            return self.is_idle()
        eventually(f"all is over after {point}", is_over, WAIT)
        if self.host.environment:
            self.begin_agent_anew()

    def begin_agent_anew(self):
        self.host.process.kill()
        self.host.environment = {}
        self.host.start("--policy", self.policy)

    def work_until_death(self, child, point, is_exact):
        kind = (SERVER | AGENT)[point]
        begin = {"run": self.begin_run, "schedule": self.begin_schedule, "own": self.begin_own,
                 "exec": self.begin_exec, "pending": self.begin_pending}[kind]
        self.strict = EXPECTED[point] if is_exact else None
        deadline = time.monotonic() + WAIT
        is_begun = False
        while child.poll() is None:
            assert time.monotonic() < deadline, f"{point} was not reached\n{self.host.process.output()[-2000:]}"
            if not is_begun:
                is_begun = self.ask(begin)
            time.sleep(0.01)
        self.strict = None
        self.check_death(child, point)

    def ask(self, what):
        """Nothing, when whoever is asked is not there (any more)."""
        try:
            return what()
        except LOST_TOUCH:
            return None

    # ---- work

    def begin_run(self, command="mark"):
        body = {"plan": "command", "target_kind": "host", "target_id": self.id, "parameters": {"name": command}}
        answer = self.api.request("POST", "/api/v1/runs", body)
        self.test.assertIn(answer.status, (202, 503), f"no lock stays: {answer}")
        if answer.status != 202:
            return False
        run = answer.json()["id"]
        self.accepted.add(run)
        self.expected[run] = self.strict
        return True

    def begin_own(self):
        answer = self.api.request("POST", "/api/v1/maintenance/run", {})
        self.test.assertIn(answer.status, (202, 409, 503), answer)  # it begins by itself, too
        if answer.status != 202:
            return False
        self.accepted.add(answer.json()["id"])
        self.expected[answer.json()["id"]] = self.strict
        return True

    def begin_schedule(self):
        """One that is due in a second or two."""
        self.count += 1
        body = {"name": f"s{self.count}", "plan": "command", "target_kind": "host", "target_id": self.id,
                "parameters": {"name": "mark"}, "timing": f"every 1m offset {(int(time.time()) + 2) % 60}s"}
        self.api.post("/api/v1/schedules", body, expect=201)
        return True

    def begin_pending(self):
        """One whose host is busy when it is due."""
        return self.begin_run("slow") and self.begin_schedule()

    def begin_exec(self):
        name, done = self.run_exec()
        self.test.assertEqual((done.returncode, done.stdout), (0, b"one\ntwo\n"))
        self.execs[name] = EXPECTED["exec.finished"]
        return True

    def run_exec(self, **environment):
        self.count += 1
        name = f"e{self.count}"
        script = f"echo {name} >> {self.marks}; echo one; sleep 0.1; echo two"
        done = subprocess.run([PROGRAM, "exec", "--spool", self.spool, "--name", name, "--", "sh", "-c", script],
                              capture_output=True, env=clean_environment(**environment))
        return name, done

    def kill_exec(self, point, is_exact=None):
        if len(self.execs) >= 30:  # an agent tells no more than so many at once, and then one a second
            self.wait_idle()
        if is_exact is None:
            is_exact = self.chance.random() < 0.6
        name, done = self.run_exec(**self.arming(point, is_exact))
        is_ours = point.startswith("exec.")  # else the process that writes the spool dies, and nobody notices
        eventually(f"{point} was reached", self.note.exists)
        if is_ours and (is_exact or done.returncode != 0):
            self.test.assertEqual(done.returncode, -signal.SIGKILL, point)
        else:
            self.test.assertEqual((done.returncode, done.stdout), (0, b"one\ntwo\n"), point)
        self.test.assertEqual(self.note.read_text(), point + "\n")
        self.kills[point] += 1
        self.execs[name] = EXPECTED[point] if is_exact else ("any", (1,))
        eventually("the command itself goes on to its end", lambda: self.marked(name) == 1)

    # ---- what has become of it

    def marked(self, run):
        return self.marks.read_text().split().count(run) if self.marks.exists() else 0

    def list_some(self, path):
        return self.api.get(path + ("&" if "?" in path else "?") + "limit=50")["items"]

    def is_idle(self):
        """Nothing is under way on either side, and nothing waits."""
        if any((self.host.data / "runs").glob("*.run")) or any(self.spool.glob("*.exec")):
            return False
        return self.ask(lambda: not self.api.list("/api/v1/runs?state=live") and not self.api.list("/api/v1/pending-runs")
                        and self.api.get(f"/api/v1/hosts/{self.id}")["state"] == "online")

    def wait_idle(self):
        """And holds all that was begun against what was promised."""
        eventually("all is over", self.is_idle, WAIT)
        for schedule in self.api.list("/api/v1/schedules"):
            if schedule["plan"] == "command":
                self.check_schedule(schedule)
        eventually("all is over", self.is_idle, WAIT)
        runs = {run["id"]: run for kind in ("command", "exec", "server-upkeep") for run in
                self.list_some(f"/api/v1/runs?plan={kind}")}
        self.test.assertEqual(sorted(self.accepted - runs.keys()), [], "what was accepted is there")
        names = collections.Counter(run["title"] for run in runs.values() if run["plan"] == "exec")
        for run in runs.values():
            if run["id"] not in self.seen:
                self.seen.add(run["id"])
                self.check_run(run, names)
        for name, (state, _) in self.execs.items():
            if state in ("completed", "interrupted"):
                self.test.assertEqual(names[name], 1, f"{name} is told once")
        self.accepted.clear()
        self.expected.clear()
        self.execs.clear()
        self.agent_died = False

    def check_schedule(self, schedule):
        """Each due time has one end, and the first of them one run."""
        def has_run():
            rows = [row for row in self.api.list(f"/api/v1/ledger?schedule_id={schedule['id']}")
                    if row["outcome"] in ("ran", "late")]
            runs = self.api.list(f"/api/v1/runs?schedule_id={schedule['id']}")
            times = collections.Counter(run["nominal_at"] for run in runs)
            self.test.assertLessEqual(set(times.values()), {1}, "a due time has one run")
            return runs and {run["id"] for run in runs} == {row["run_id"] for row in rows}
        eventually("what was due has run", has_run, WAIT)
        self.api.delete(f"/api/v1/schedules/{schedule['id']}")

    def check_run(self, run, names):
        state, what = run["state"], (run["id"], run["plan"], run["state"], run["message"])
        self.ends[run["plan"] + " " + state] += 1
        wanted = self.expected.get(run["id"])
        if run["plan"] == "server-upkeep":
            self.test.assertIn(state, (*GOOD, "interrupted"), what)
            if wanted:
                self.test.assertIn(state, GOOD if wanted[0] == "completed" else (wanted[0],), what)
            return
        mark = run["title"] if run["plan"] == "exec" else run["id"]
        if run["plan"] == "exec":
            wanted = self.execs.get(run["title"], ("any", (1,)))
            self.test.assertEqual(names[run["title"]], 1, what)
            self.test.assertIsNotNone(wanted[0], f"nothing was told of it: {what}")
            may_be_cut = wanted[0] in ("any", "interrupted")
        else:
            may_be_cut = self.agent_died
        times = self.marked(mark)
        self.test.assertLessEqual(times, 1, what)
        self.test.assertIn(state, ("completed", "interrupted") if may_be_cut else ("completed",), what)
        if state == "completed":
            self.test.assertEqual((times, run["exit_code"]), (1, 0), what)
            lines = self.api.get(f"/api/v1/runs/{run['id']}/log?limit=1000")["lines"]
            self.test.assertEqual([line["text"] for line in lines if line["step"] == 1], ["one", "two"], what)
        else:
            self.test.assertTrue(run["message"], what)
        if wanted and wanted[0] != "any":
            self.test.assertEqual(state, wanted[0], what)
            self.test.assertIn(times, wanted[1], what)

    def finish(self):
        """No lock is left, and both can be stopped."""
        self.host.environment = {}
        self.wait_idle()
        eventually("a run of the host begins", self.begin_run)
        eventually("a run of the server begins", self.begin_own)
        self.wait_idle()
        self.test.assertEqual(self.host.process.stop(), 0)
        self.test.assertEqual(self.server.process.stop(), 0)


@unittest.skipIf(os.geteuid() != 0, "only root can make a policy file")
class KillPointTest(EndToEndTest):
    def kill_at(self, points, how, benches):
        """Each of the points so often, in any order, on several benches at a time."""
        print(f"FETTLE_POINT_SEED={SEED} FETTLE_POINT_KILLS={KILLS}")
        left = [point for point in points for _ in range(KILLS)]
        random.Random(SEED).shuffle(left)
        faults, done = [], []

        def work(bench):
            point = "set up"
            try:
                bench.set_up()
                while left and not faults:
                    point = left.pop()
                    how(bench, point)
                if not faults:
                    point = "finish"
                    bench.finish()
                done.append(bench)
            except Exception as fault:  # of a thread: told by the test
                faults.append(f"{point}: {type(fault).__name__}: {fault}")
        threads = [threading.Thread(target=work, args=(Bench(self, number),)) for number in range(benches)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(faults, [])
        kills = sum((bench.kills for bench in done), collections.Counter())
        ends = sum((bench.ends for bench in done), collections.Counter())
        print(f"{sum(kills.values())} kills at {len(kills)} points; ends: {dict(sorted(ends.items()))}")
        self.assertTrue(all(kills[point] >= KILLS for point in points), kills)
