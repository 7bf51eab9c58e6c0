#!/usr/bin/env python3
"""The layer checker against small trees that break one rule each."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECKER = pathlib.Path(__file__).with_name("check.py")
RULES = """
module base 0:
module io 1: base
module feature 3: base io
module other 3: base
header other: feature/value.h
include sqlite3 : io/sqlite*
include boost/asio : io/**
word co_spawn : io/scope.cc
word system_clock : io/**
rules_never io/ *_repo.h fstream
never_named utils
"""


class LayerChecker(unittest.TestCase):
    def run_on(self, files, rules=RULES):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "docs").mkdir()
            (root / "docs/layers.txt").write_text(rules)
            readmes = {f"{name.split('/')[0]}/README.md": "# what it is for\n" for name in files if "/" in name}
            for name, text in (readmes | files).items():
                if text is None:
                    continue
                file = root / "src/fettle" / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            done = subprocess.run([sys.executable, CHECKER, root], capture_output=True, text=True)
            return done.returncode, done.stdout + done.stderr

    def assert_refused(self, files, text, rules=RULES):
        code, output = self.run_on(files, rules)
        self.assertEqual(code, 1, output)
        self.assertIn(text, output)

    def assert_kept(self, files):
        code, output = self.run_on(files)
        self.assertEqual(code, 0, output)

    def test_accepts_edges_that_lead_downward(self):
        self.assert_kept({"base/a.h": "#include <string>\n", "io/b.cc": '#include "fettle/base/a.h"\n',
                          "feature/c.cc": '#include "fettle/io/b.h"\n#include "fettle/feature/d.h"\n'})

    def test_wants_a_short_readme_for_each_module(self):
        self.assert_refused({"base/a.cc": "", "base/README.md": None}, "base/README.md:1: a module says what it is for")
        self.assert_refused({"base/in/a.cc": "", "base/README.md": "x\n" * 61}, "a README has at most 60 lines")
        self.assert_kept({"base/a.cc": "", "base/README.md": "x\n" * 60})

    def test_refuses_an_upward_edge_and_names_the_line(self):
        self.assert_refused({"base/a.h": '\n#include "fettle/io/b.h"\n'}, "base/a.h:2: base may not include io")

    def test_refuses_a_sideways_edge(self):
        self.assert_refused({"feature/a.cc": '#include "fettle/other/b.h"\n'}, "feature may not include other")

    def test_allows_only_the_named_header_beyond_the_edges(self):
        self.assert_kept({"other/a.cc": '#include "fettle/feature/value.h"\n'})
        self.assert_refused({"other/a.cc": '#include "fettle/feature/service.h"\n'}, "other may not include feature")

    def test_refuses_an_unknown_module(self):
        self.assert_refused({"surprise/a.cc": "int a;\n"}, "module 'surprise' is not in docs/layers.txt")

    def test_refuses_rules_that_lead_upward_or_in_a_ring(self):
        self.assert_refused({"base/a.h": ""}, "does not lead to a lower level",
                            "module base 0: io\nmodule io 1: base\n")
        self.assert_refused({"a/x.h": '#include "fettle/b/x.h"\n', "b/x.h": '#include "fettle/a/x.h"\n'},
                            "a -> b -> a", "module a 1: b\nmodule b 1: a\n")

    def test_refuses_third_parties_outside_their_adapter(self):
        self.assert_refused({"feature/a.cc": "#include <sqlite3.h>\n"}, "<sqlite3.h> is allowed only in io/sqlite*")
        self.assert_refused({"io/other.cc": "#include <sqlite3.h>\n"}, "io/other.cc:1")
        self.assert_refused({"base/a.h": "  #  include  <boost/asio/post.hpp>\n"}, "allowed only in io/**")
        self.assert_kept({"io/sqlite_session.cc": "#include <sqlite3.h>\n",
                          "io/sim/deep.cc": "#include <boost/asio/post.hpp>\n"})

    def test_refuses_words_in_code_but_not_in_comments_and_literals(self):
        self.assert_refused({"feature/a.cc": "int x;\nboost::asio::co_spawn(x);\n"}, "a.cc:2: 'co_spawn'")
        self.assert_refused({"base/a.cc": "auto t = std::chrono::system_clock::now();\n"}, "'system_clock'")
        self.assert_kept({"feature/a.cc": '// co_spawn\n/* system_clock\n co_spawn */\nauto s = "co_spawn";\n',
                          "io/scope.cc": "co_spawn(x);\n", "base/b.cc": "int co_spawn_count = 1'000;\n"})

    def test_sees_code_after_a_digit_separator_and_a_raw_string(self):
        self.assert_refused({"base/a.cc": "int a = 1'000; co_spawn(a); int b = 2'000;\n"}, "'co_spawn'")
        self.assert_refused({"base/a.cc": 'auto a = R"(")"; co_spawn(a);\n'}, "'co_spawn'")

    def test_refuses_io_in_rules(self):
        self.assert_refused({"feature/x_rules.cc": '#include "fettle/io/files.h"\n'}, "rules decide without I/O")
        self.assert_refused({"feature/x_rules.h": "#include <fstream>\n"}, "rules decide without I/O")
        self.assert_refused({"feature/x_rules.h": '#include "fettle/feature/x_repo.h"\n'}, "rules decide without I/O")
        self.assert_kept({"feature/x_rules.h": '#include "fettle/base/time.h"\n#include <vector>\n'})

    def test_refuses_names_that_say_nothing(self):
        self.assert_refused({"base/utils.h": ""}, "'utils' says nothing")

    def test_long_files_are_a_hint_and_no_failure(self):
        code, output = self.run_on({"base/long.cc": "int a;\n" * 401})
        self.assertEqual(code, 0)
        self.assertIn("hint: src/fettle/base/long.cc has 401 lines", output)

    def test_an_empty_tree_does_not_pass(self):
        self.assert_refused({}, "there is no source file")

    def test_refuses_unreadable_rules(self):
        self.assert_refused({"base/a.h": ""}, "docs/layers.txt:1: unreadable", "modul base 0:\n")


if __name__ == "__main__":
    unittest.main()
