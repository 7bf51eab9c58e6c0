#include "fettle/archive/tar_header.h"

#include <gtest/gtest.h>

namespace fettle::archive {
namespace {

TEST(TarHeader, ReadsWhatItWrote) {
  const std::string long_name = std::string(120, 'd') + "/" + std::string(99, 'f');
  for (const TarEntry& entry : {TarEntry{"a", 0, 0}, TarEntry{"journal/0001.journal", 511, 1'795'823'718},
                                TarEntry{long_name, 1ULL << 20U, 1}, TarEntry{"large", (1ULL << 33U) - 1, 1},
                                TarEntry{"huge", 1ULL << 40U, 1}}) {
    const auto header = tar_header(entry);
    ASSERT_TRUE(header) << entry.name;
    const auto read = parse_tar_header({header->data(), header->size()});
    ASSERT_TRUE(read && *read) << entry.name;
    EXPECT_EQ((*read)->name, entry.name);
    EXPECT_EQ((*read)->size, entry.size);
    EXPECT_EQ((*read)->modified, entry.modified);
  }
  EXPECT_FALSE(tar_header({std::string(101, 'x'), 0, 0})) << "it would be cut";
}

TEST(TarHeader, RefusesNamesThatLeadOut) {
  for (const char* name : {"", "/etc/passwd", "../a", "a/../b", "a//b", "./a", "a/", "a\nb"}) {
    EXPECT_FALSE(is_safe_name(name)) << name;
  }
  EXPECT_TRUE(is_safe_name("history/host_1/2026.chunk"));
}

TEST(TarHeader, NoticesEveryChangedByte) {
  const auto header = tar_header({"journal/1", 42, 1}).value();
  for (std::size_t at = 0; at < header.size(); ++at) {
    auto broken = header;
    broken[at] = static_cast<char>(broken[at] ^ 1);
    const auto read = parse_tar_header({broken.data(), broken.size()});
    EXPECT_FALSE(read && *read) << at;
  }
  EXPECT_FALSE(*parse_tar_header(std::string(kTarBlock, '\0')));
  EXPECT_FALSE(parse_tar_header("short"));
}

}  // namespace
}  // namespace fettle::archive
