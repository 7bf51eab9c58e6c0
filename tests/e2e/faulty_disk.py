"""A server under strace: its disk fails on command, and afterwards one knows what was synced, so that the loss of all that
was not (a power cut) can be played on its files."""
import collections
import os
import re
import subprocess

from harness import PROGRAM, Process, clean_environment

CALLS = "write,pwrite64,ftruncate,fdatasync,fsync"
LINE = re.compile(r"^(\d+) +(\d+\.\d+) (.*)$")
CALL = re.compile(r"^(\w+)\((\d+)<(.*?)>(?:, )?(.*?)\) += (-?\d+)(.*)$")
UNFINISHED = re.compile(r"^(.*?) *<unfinished \.\.\.>$")
RESUMED = re.compile(r"^<\.\.\. \w+ resumed>(.*)$")


class TracedProcess(Process):
    """`fault` is what strace takes after "inject=", or None; `path` restricts both to one file."""

    def __init__(self, log_path, trace_path, fault, path, *arguments, **environment):
        self.log_path, self.trace_path = log_path, trace_path
        command = ["strace", "-D", "-f", "-ttt", "-y", "-s", "0", "-o", trace_path, "-e", f"trace={CALLS}"]
        command += ["-e", f"inject={fault}"] if fault else []
        command += ["-P", path] if path else []
        with open(log_path, "ab") as log:
            self.child = subprocess.Popen([*map(str, command), PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                          stdout=log, stderr=log, env=clean_environment(**environment))


class Trace:
    """What strace has written about one life of a server, once that is over."""

    def __init__(self, path):
        self.injected_at = self.ended_at = None
        self.written = collections.defaultdict(int)  # path -> end of what was written
        self.synced = collections.defaultdict(int)   # path -> how much of that is durable
        begun = {}
        with open(path, errors="replace") as lines:
            for line in lines:
                match = LINE.match(line)
                if not match:
                    continue
                thread, at, text = match[1], float(match[2]), match[3]
                if text.startswith("+++"):
                    self.ended_at = at
                elif unfinished := UNFINISHED.match(text):
                    begun[thread] = unfinished[1]
                else:
                    if resumed := RESUMED.match(text):
                        text = begun.pop(thread, "") + resumed[1]
                    self._take(at, text)

    def _take(self, at, text):
        call = CALL.match(text)
        if not call:
            return
        name, path, arguments, result, rest = call[1], call[3], call[4], int(call[5]), call[6]
        if "INJECTED" in rest:
            self.injected_at = self.injected_at or at
        if result < 0:
            return
        if name == "write":
            self.written[path] += result
        elif name == "pwrite64":
            self.written[path] = max(self.written[path], int(arguments.split(", ")[-1]) + result)
        elif name == "ftruncate":
            self.written[path] = int(arguments)
        else:
            self.synced[path] = self.written[path]

    def cut_power(self, folder):
        """Takes from the files that only grow what no sync had made durable. How many bytes."""
        lost = 0
        for path, end in self.written.items():
            is_ours = path.startswith(str(folder)) and (path.endswith(".journal") or path.endswith("-wal"))
            if is_ours and os.path.exists(path) and os.path.getsize(path) == end > self.synced[path]:
                lost += end - self.synced[path]
                os.truncate(path, self.synced[path])
        return lost
