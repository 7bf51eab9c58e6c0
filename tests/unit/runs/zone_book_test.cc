#include "fettle/runs/zone_book.h"

#include <gtest/gtest.h>

#include "fettle/io/sim/sim_disk.h"
#include "fettle/io/sim/sim_files.h"
#include "fettle/io/sim/sim_loop.h"
#include "tests/support/zone_files.h"

namespace fettle::runs {
namespace {

struct ZoneBookTest : ::testing::Test {
  ZoneBookTest() { EXPECT_TRUE(files.make_folders("/zones/Made")); }
  void put(const std::string& name) {
    const auto bytes = fettle::test::zone_bytes(fettle::test::kZoneFolder + "/Europe/Berlin");
    EXPECT_TRUE(files.write_atomically("/zones/" + name,
                                       {reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  }
  Result<ZonePtr> find(const std::string& name) { return loop.run(book.find(name)); }

  io::SimLoop loop{5};
  io::SimDisk disk{loop.random().stream(1)};
  io::SimFiles files{disk};
  std::unique_ptr<io::WorkQueue> workers = loop.make_work_queue("worker", 1, 64);
  ZoneBook book{{loop, *workers, files, "/zones"}};
};

TEST_F(ZoneBookTest, TakesNoCopiesOfZones) {
  for (const char* folder : {"posix", "right"}) {
    EXPECT_TRUE(files.make_folders("/zones/" + std::string(folder)));
    put(std::string(folder) + "/Made");
    const auto found = find(std::string(folder) + "/Made");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().reason, "unknown_zone");
    EXPECT_NE(found.error().detail.find("right/"), std::string::npos);
  }
  EXPECT_EQ(book.size(), 1U);  // UTC
}

TEST_F(ZoneBookTest, LetsGoOfWhatWasNotAskedForTheLongest) {
  for (std::size_t i = 0; i <= ZoneBook::kMostZones; ++i) put("Made/z" + std::to_string(i));
  ASSERT_TRUE(find("Made/z0"));
  for (std::size_t i = 1; i <= ZoneBook::kMostZones; ++i) {
    ASSERT_TRUE(find("Made/z" + std::to_string(i))) << i;
    ASSERT_TRUE(find("Made/z0")) << i;
    ASSERT_LE(book.size(), ZoneBook::kMostZones);
  }
  EXPECT_NE(book.known("Made/z0"), nullptr);
  EXPECT_NE(book.known("UTC"), nullptr);
  EXPECT_EQ(book.known("Made/z1"), nullptr);
  EXPECT_NE(book.known("Made/z" + std::to_string(ZoneBook::kMostZones)), nullptr);
  EXPECT_TRUE(find("Made/z1"));  // and reads it again
}

TEST_F(ZoneBookTest, ForgetsInTheEndWhatNobodyUses) {
  put("Made/used");
  put("Made/looked_at");
  ASSERT_TRUE(find("Made/looked_at"));
  for (std::uint64_t i = 0; i <= ZoneBook::kRoundsKept; ++i) {
    ASSERT_TRUE(find("Made/used"));
    loop.run(book.refresh());
  }
  EXPECT_NE(book.known("Made/used"), nullptr);
  EXPECT_EQ(book.known("Made/looked_at"), nullptr);
  EXPECT_NE(book.known("UTC"), nullptr);
}

}  // namespace
}  // namespace fettle::runs
