// What goes of a spool that holds too much.
#include "fettle/agent/act/spool_excess.h"

#include <gtest/gtest.h>

namespace fettle::agent {
namespace {

using Names = std::vector<std::string>;

TEST(SpoolExcess, NothingGoesOfWhatFits) {
  EXPECT_EQ(decide_excess({}, {.files = 0, .bytes = 0}), Names());
  EXPECT_EQ(decide_excess({{"a", 1, 10}, {"b", 2, 10}}, {.files = 2, .bytes = 20}), Names());
}

TEST(SpoolExcess, TheNewestOfWhoeverHasMostGoes) {
  const std::vector<io::SpoolFile> files{{"a", 1, 1}, {"b", 2, 1}, {"c", 1, 1}, {"d", 1, 1}, {"e", 2, 1}};
  EXPECT_EQ(decide_excess(files, {.files = 4, .bytes = 100}), Names{"d"});
  EXPECT_EQ(decide_excess(files, {.files = 2, .bytes = 100}).size(), 3U);
  EXPECT_EQ(decide_excess(files, {.files = 0, .bytes = 100}).size(), 5U);
}

TEST(SpoolExcess, ByBytesWhenTheseAreTooMany) {
  const std::vector<io::SpoolFile> files{{"a", 1, 1}, {"b", 1, 1}, {"c", 1, 1}, {"d", 2, 100}};
  EXPECT_EQ(decide_excess(files, {.files = 10, .bytes = 50}), Names{"d"});
}

TEST(SpoolExcess, OneWhoFillsItCostsOthersNothing) {
  std::vector<io::SpoolFile> files;
  for (int i = 0; i < 5000; ++i) files.push_back({"a" + std::to_string(10'000 + i), 1000, 0});
  files.push_back({"z", 0, 1'000'000});
  const Names gone = decide_excess(files);
  EXPECT_EQ(gone.size(), files.size() - io::kMostSpoolFiles);
  EXPECT_EQ(std::ranges::find(gone, "z"), gone.end());
}

}  // namespace
}  // namespace fettle::agent
