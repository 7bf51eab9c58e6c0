#!/usr/bin/env python3
"""Checks that the sources keep to docs/layers.txt: check.py [CHECKOUT].

Modules include only what they may, downward and without cycles; third parties, clocks, threads and coroutine
starts stay in their files; rules files include no I/O; each module has a README that can be read at once. Long
files are listed as a hint and fail nothing.
"""
import fnmatch
import pathlib
import re
import sys

from layer_rules import read_rules

LONG_FILE_LINES = 400
README_LINES = 60
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
# Comments, strings and character literals; a digit separator is no literal.
NOISE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def matches(path, patterns):
    return any(fnmatch.fnmatchcase(path, pattern.replace("**", "*")) and
               ("**" in pattern or path.count("/") == pattern.count("/")) for pattern in patterns)


class Checker:
    def __init__(self, checkout):
        self.root = checkout / "src" / "fettle"
        self.rules = read_rules(checkout / "docs" / "layers.txt")
        self.problems = []
        self.edges = {}
        self.long_files = []
        self.file_count = 0

    def complain(self, path, line, text):
        self.problems.append(f"src/fettle/{path}:{line}: {text}")

    def check(self):
        self.problems += self.rules.problems()
        for file in sorted(self.root.rglob("*")):
            if file.suffix in (".h", ".cc"):
                self.check_file(file)
        for module in sorted({file.relative_to(self.root).parts[0] for file in self.root.glob("*/**/*.cc")}):
            self.check_readme(module)
        self.check_cycles()

    def check_readme(self, module):
        file = self.root / module / "README.md"
        if not file.exists():
            self.complain(f"{module}/README.md", 1, "a module says what it is for, and this one has no README")
        elif (lines := len(file.read_text(encoding="utf-8").splitlines())) > README_LINES:
            self.complain(f"{module}/README.md", lines, f"a README has at most {README_LINES} lines")

    def check_file(self, file):
        path = file.relative_to(self.root).as_posix()
        module = path.split("/")[0]
        text = file.read_text(encoding="utf-8")
        self.file_count += 1
        if text.count("\n") > LONG_FILE_LINES:
            self.long_files.append((text.count("\n"), path))
        if file.stem in self.rules.never_named:
            self.complain(path, 1, f"'{file.stem}' says nothing about what lives in the file")
        if module not in self.rules.modules:
            self.complain(path, 1, f"module '{module}' is not in docs/layers.txt")
            return
        without_comments = NOISE.sub(lambda m: m.group(0) if m.group(0)[0] == '"' else blank(m), text)
        for match in INCLUDE.finditer(without_comments):
            self.check_include(path, module, text.count("\n", 0, match.start(2)) + 1, match.group(2))
        self.check_words(path, NOISE.sub(blank, text))

    def check_include(self, path, module, line, included):
        own = included.removeprefix("fettle/") if included.startswith("fettle/") else None
        if own is not None:
            target = own.split("/")[0]
            may = self.rules.modules[module].may_include
            if target != module:
                # What a single header is allowed for is no edge between modules.
                if target in may:
                    self.edges.setdefault(module, {}).setdefault(target, f"{path}:{line}")
                elif own not in self.rules.headers.get(module, ()):
                    self.complain(path, line, f"{module} may not include {target} ({included})")
        for prefix, allowed in self.rules.includes:
            if own is None and (included == prefix or included == prefix + ".h" or
                                (included.startswith(prefix) and not prefix.isidentifier()) or
                                included.startswith(prefix + "/")):
                if not matches(path, allowed):
                    self.complain(path, line, f"<{included}> is allowed only in {' '.join(allowed) or 'no file'}")
        if re.search(r"_rules\.(h|cc)$", path):
            name = own or included
            for pattern in self.rules.rules_never:
                if name.startswith(pattern) or fnmatch.fnmatchcase(name, pattern):
                    self.complain(path, line, f"rules decide without I/O and may not include {included}")
                    break

    def check_words(self, path, code):
        for word, allowed in self.rules.words:
            if matches(path, allowed):
                continue
            for match in re.finditer(r"(?<![\w:])" + re.escape(word) + r"\b" if "::" in word
                                     else r"\b" + re.escape(word) + r"\b", code):
                self.complain(path, code.count("\n", 0, match.start()) + 1,
                              f"'{word}' is allowed only in {' '.join(allowed) or 'no file'}")

    def check_cycles(self):
        done, trail = set(), []

        def visit(module):
            if module in trail:
                ring = trail[trail.index(module):] + [module]
                self.problems.append("modules include each other in a ring: " + " -> ".join(ring))
                return
            if module in done:
                return
            trail.append(module)
            for target in sorted(self.edges.get(module, {})):
                visit(target)
            trail.pop()
            done.add(module)

        for module in sorted(self.edges):
            visit(module)


def main():
    checkout = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    checker = Checker(checkout)
    checker.check()
    for lines, path in sorted(checker.long_files, reverse=True):
        print(f"hint: src/fettle/{path} has {lines} lines; has a second idea moved in?")
    for problem in checker.problems:
        print(problem)
    modules = len(checker.rules.modules)
    if checker.file_count == 0:
        print("there is no source file")
        return 1
    verdict = "break" if checker.problems else "keep to"
    print(f"{checker.file_count} files of {modules} modules {verdict} docs/layers.txt")
    return 1 if checker.problems else 0


if __name__ == "__main__":
    sys.exit(main())
