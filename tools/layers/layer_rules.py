"""docs/layers.txt as values; the file explains its own lines."""
import dataclasses
import re


@dataclasses.dataclass
class Module:
    level: int
    may_include: list


class Rules:
    def __init__(self):
        self.modules = {}
        self.headers = {}
        self.includes = []
        self.words = []
        self.rules_never = []
        self.never_named = set()

    def problems(self):
        """What is wrong with the rules themselves: unknown modules, edges that do not lead downward."""
        found = []
        for name, module in self.modules.items():
            for target in module.may_include:
                if target not in self.modules:
                    found.append(f"docs/layers.txt: {name} may include '{target}', which is no module")
                elif self.modules[target].level >= module.level:
                    found.append(f"docs/layers.txt: {name} -> {target} does not lead to a lower level")
        for name in self.headers:
            if name not in self.modules:
                found.append(f"docs/layers.txt: header line for '{name}', which is no module")
        return found


def read_rules(path):
    rules = Rules()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        kind, _, rest = line.partition(" ")
        rest = rest.strip()
        subject, colon, listed = re.match(r"(.*?)\s*((?<!:):(?!:)|$)\s*(.*)$", rest).groups()
        if kind == "module" and colon:
            name, level = subject.split()
            rules.modules[name] = Module(int(level), listed.split())
        elif kind == "header" and colon:
            rules.headers.setdefault(subject, []).extend(listed.split())
        elif kind == "include" and colon:
            rules.includes.append((subject, listed.split()))
        elif kind == "word" and colon:
            rules.words.append((subject, listed.split()))
        elif kind == "rules_never":
            rules.rules_never += rest.split()
        elif kind == "never_named":
            rules.never_named |= set(rest.split())
        else:
            raise SystemExit(f"docs/layers.txt:{number}: unreadable: {line}")
    return rules
