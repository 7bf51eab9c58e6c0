#include "fettle/cli/text_table.h"

#include <gtest/gtest.h>

namespace fettle::cli {
namespace {

TEST(TextTable, ColumnsAreAsWideAsTheirWidestCell) {
  TextTable table{{{"NAME"}, {"CPU", Align::right}, {"NOTE"}}, {{"a", "100.0", "x"}, {"longer", "1.0", ""}}};
  EXPECT_EQ(format_table(table, Palette::plain),
            "NAME      CPU  NOTE\n"
            "a       100.0  x\n"
            "longer    1.0\n");
}

TEST(TextTable, CountsCodePointsAndNotBytes) {
  TextTable table{{{"A"}, {"B"}}, {{"äöü", "x"}, {"abcd", "y"}}};
  EXPECT_EQ(format_table(table, Palette::plain), "A     B\näöü   x\nabcd  y\n");
}

TEST(TextTable, AHostileNameCannotSteerTheTerminal) {
  TextTable table{{{"A"}}, {{"x\x1b[2Jy\n"}}};
  std::string text = format_table(table, Palette::plain);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(TextTable, ColoursOnlyWhenAskedAndWithoutMovingColumns) {
  TextTable table{{{"S"}, {"B"}}, {{Cell("online", Colour::green), "x"}}};
  EXPECT_EQ(format_table(table, Palette::plain), "S       B\nonline  x\n");
  EXPECT_EQ(format_table(table, Palette::coloured), "S       B\n\x1b[32monline\x1b[0m  x\n");
}

TEST(TextTable, WithoutRowsThereIsTheHead) {
  EXPECT_EQ(format_table({{{"A"}, {"B"}}, {}}, Palette::plain), "A  B\n");
}

}  // namespace
}  // namespace fettle::cli
