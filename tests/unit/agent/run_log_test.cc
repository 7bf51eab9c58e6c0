// Output as lines, and how much of it stays.
#include <gtest/gtest.h>

#include "fettle/agent/act/line_splitter.h"
#include "fettle/agent/act/log_bound.h"
#include "fettle/base/text.h"
#include "fettle/io/sim/sim_random.h"

namespace fettle::agent {
namespace {

using Lines = std::vector<std::string>;

Lines split_all(std::string_view text, std::size_t piece) {
  LineSplitter splitter;
  Lines lines;
  const auto keep = [&lines](std::string line) { lines.push_back(std::move(line)); };
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
    splitter.add(text.substr(0, piece), keep);
  splitter.end(keep);
  return lines;
}

TEST(LineSplitter, LinesAreTheSameHoweverTheBytesCome) {
  const std::string text = "one\r\n\n\ttwo\xc3\xa4\xff\nprogress 1\rprogress 2\nno end";
  const Lines expected{"one", "", "\ttwo\xc3\xa4\xef\xbf\xbd", "progress 1\rprogress 2", "no end"};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) EXPECT_EQ(split_all(text, piece), expected);
  EXPECT_TRUE(split_all("", 1).empty());
  EXPECT_EQ(split_all("\n", 1), Lines{""});
}

TEST(LineSplitter, ALineWithoutEndComesInBoundedParts) {
  io::SimRandom random(3);
  for (const std::string_view unit : {"a", "\xc3\xa4", "\xff", "\xf0\x9f\x98\x80"}) {
    std::string text;
    while (text.size() < 100'000) text += unit;
    std::string joined;
    for (const std::string& line : split_all(text, 1 + random.below(9'000))) {
      EXPECT_LE(line.size(), wire::kMaxLineText);
      EXPECT_TRUE(is_valid_utf8(line));
      joined += line;
    }
    EXPECT_EQ(joined, unit == "\xff" ? repair_utf8(text) : text);
  }
}

TEST(LogBound, KeepsTheBeginningAndTheEnd) {
  LogBound bound({.first_bytes = 1000, .last_bytes = 500});
  std::size_t kept = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto line = bound.add({.at_ms = i, .step = 1, .text = "line " + std::to_string(i)});
    if (line) {
      EXPECT_EQ(line->text, "line " + std::to_string(kept++));
    }
  }
  auto last = bound.end();
  ASSERT_GE(last.size(), 2U);
  EXPECT_EQ(last.back().text, "line 999");
  const std::size_t dropped = 1000 - kept - (last.size() - 1);
  EXPECT_TRUE(last.front().text.starts_with("(" + std::to_string(dropped) + " lines with "));
  EXPECT_EQ(bound.dropped_lines(), dropped);
}

TEST(LogBound, WhatFitsStaysAsItIs) {
  LogBound bound({.first_bytes = 1000, .last_bytes = 500});
  EXPECT_TRUE(bound.add({.text = std::string(900, 'x')}));
  EXPECT_FALSE(bound.add({.text = std::string(200, 'y')}));
  EXPECT_FALSE(bound.add({.text = "z"})) << "behind one that waits";
  const auto last = bound.end();
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last.back().text, "z");
}

}  // namespace
}  // namespace fettle::agent
