"""A server made by a test that gives a real agent its orders: completes the handshake, acknowledges what it is told to
acknowledge, and keeps all that it hears of runs (src/fettle/wire/agent.proto)."""
import threading

from agent_door import AgentDoor, hear, say
from fake_agent import ACK, HEARTBEAT, WELCOME, field, parse

ORDER, TAKEN, CANCEL, REPORT, REPORT_ACK, HELD, OPENED = range(15, 22)
RUNNING, COMPLETED, COMPLETED_WITH_WARNINGS, FAILED, CANCELLED, INTERRUPTED = range(1, 7)


def text(fields, number):
    return fields.get(number, [b""])[0].decode()


def number(fields, index):
    return fields.get(index, [0])[0]


class Report:
    def __init__(self, fields):
        self.run, self.epoch, self.sequence = text(fields, 1), number(fields, 2), number(fields, 3)
        self.phase, self.message = number(fields, 5), text(fields, 6)
        self.exit_code = number(fields, 8) >> 1 if 7 in fields else None
        self.steps = [parse(step) for step in fields.get(9, [])]
        self.lines = [parse(line) for line in fields.get(10, [])]

    def key(self):
        return (self.phase, self.message, self.exit_code, tuple(text(line, 4) for line in self.lines))


class WorkServer(AgentDoor):
    def __init__(self, server_id):
        self.acknowledges = True
        self.taken, self.held, self.opened = [], [], []
        self.reports = {}  # run -> sequence -> Report
        self.faults = []
        self.heartbeats = 0
        self.lock = threading.Lock()
        super().__init__(server_id)

    # ---- what a test asks

    def order(self, run, name, plan="command", epoch=1, steps=("command",), deadline=0, parameters=None):
        body = field(1, run) + field(2, epoch) + field(3, plan)
        body += field(4, parameters if parameters is not None else '{"name": "%s"}' % name)
        body += b"".join(field(6, step) for step in steps) + (field(8, deadline) if deadline else b"")
        self.say(field(ORDER, body))

    def cancel(self, run, epoch=1):
        self.say(field(CANCEL, field(1, run) + field(2, epoch)))

    def say(self, payload):
        """False when no agent is there."""
        client = self.client
        if not client:
            return False
        try:
            say(client, payload)
            return True
        except OSError:
            return False

    def last(self, run):
        with self.lock:
            reports = self.reports.get(run, {})
            return reports[max(reports)] if reports else None

    def is_over_with(self, run):
        last = self.last(run)
        return last if last and last.phase > RUNNING else None

    def log(self, run):
        with self.lock:
            reports = self.reports.get(run, {})
            return "".join(text(line, 4) + "\n" for index in sorted(reports) for line in reports[index].lines)

    def answers(self, run):
        return [text(taken, 3) for taken in self.taken if text(taken, 1) == run]

    # ---- the link

    def talk(self, client):
        say(client, field(WELCOME, field(2, field(1, 1000)) + field(3, 1)))
        self.client = client
        while True:
            self._take(hear(client))

    def _take(self, message):
        for kind, bodies in message.items():
            fields = parse(bodies[0])
            if kind == HEARTBEAT:
                self.heartbeats += 1
                self.say(field(ACK, field(1, fields[1][0])))
            elif kind == TAKEN:
                self.taken.append(fields)
            elif kind == HELD:
                self.held.append([parse(run) for run in fields.get(2, [])])
            elif kind == OPENED:
                self.opened.append(fields)
            elif kind == REPORT:
                self._take_report(Report(fields))

    def _take_report(self, report):
        with self.lock:
            known = self.reports.setdefault(report.run, {})
            if report.sequence in known and known[report.sequence].key() != report.key():
                self.faults.append(f"two reports {report.sequence} of {report.run}")
            if report.sequence > len(known) + 1:
                self.faults.append(f"no report before {report.sequence} of {report.run}")
            known[report.sequence] = report
        if self.acknowledges:
            self.say(field(REPORT_ACK, field(1, report.run) + field(2, report.epoch) + field(3, report.sequence)))
