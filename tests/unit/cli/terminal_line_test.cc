#include "fettle/cli/terminal_line.h"

#include <gtest/gtest.h>

namespace fettle::cli {
namespace {

TEST(TerminalLine, ShowsTheLastStateOfALineThatWasWrittenOver) {
  EXPECT_EQ(as_terminal_line("copied 10%\rcopied 50%\r\x1b[Kcopied 100%\r\r"), "copied 100%");
  EXPECT_EQ(as_terminal_line("done\r   \r"), "done");
  EXPECT_EQ(as_terminal_line("\r"), "");
}

TEST(TerminalLine, LeavesColoursAndTitlesOut) {
  EXPECT_EQ(as_terminal_line("\x1b[1;31mred\x1b[0m and \x1b]0;a title\x07plain"), "red and plain");
  EXPECT_EQ(as_terminal_line("\x1b]8;;http://x\x1b\\link"), "link");
}

TEST(TerminalLine, KeepsTabsAndLetsNothingElseSteer) {
  EXPECT_EQ(as_terminal_line("a\tb\t"), "a\tb\t");
  EXPECT_EQ(as_terminal_line("bell\x07 back\x08"), R"(bell\x07 back\x08)");
  for (const char* torn : {"\x1b", "\x1b[", "\x1b[31", "\x1b]0;", "\x1b]0;\x1b"})
    EXPECT_EQ(as_terminal_line(torn).find('\x1b'), std::string::npos) << torn;
  EXPECT_EQ(as_terminal_line(""), "");
}

}  // namespace
}  // namespace fettle::cli
