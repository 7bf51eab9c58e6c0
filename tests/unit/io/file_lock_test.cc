#include "fettle/io/file_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "fettle/io/system_files.h"

namespace fettle::io {
namespace {

class FileLockTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "fettle-lock-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  [[nodiscard]] std::string path() const { return root_ + "/lock"; }
  std::string root_;
};

TEST_F(FileLockTest, NamesWhoHoldsIt) {
  const auto first = FileLock::take(path());
  ASSERT_TRUE(first);
  const auto second = FileLock::take(path());  // another open file: as another process would
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_EQ(second.error().detail, path() + " is locked by process " + std::to_string(::getpid()));
}

TEST_F(FileLockTest, NamesNobodyWhoIsNotThere) {
  SystemFiles files;
  for (const std::string text : {"", "4194304999\n", "999999999\n", "-1\n", "0\n", "nobody\n"}) {
    auto held = FileLock::take(path());
    ASSERT_TRUE(held);
    // Written over in place: a full disk or a foreign hand has left this there.
    auto file = files.open(path(), OpenMode::append_or_create).value();
    ASSERT_TRUE(file->truncate(0));
    ASSERT_TRUE(file->append(std::vector<std::uint8_t>(text.begin(), text.end())));
    EXPECT_EQ(FileLock::take(path()).error().detail, path() + " is locked by another process") << text;
  }
}

TEST_F(FileLockTest, IsFreeWhenItsHolderHasGone) {
  {
    ASSERT_TRUE(FileLock::take(path()));
  }
  EXPECT_TRUE(FileLock::take(path()));
  EXPECT_EQ(FileLock::take(root_ + "/none/lock").error().code, ErrorCode::io);
}

}  // namespace
}  // namespace fettle::io
