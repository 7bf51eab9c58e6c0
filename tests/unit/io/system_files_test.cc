#include "fettle/io/system_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace fettle::io {
namespace {

class SystemFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "fettle-files-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  static std::vector<std::uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }
  [[nodiscard]] static unsigned mode_of(const std::string& path) {
    struct stat found{};
    EXPECT_EQ(::stat(path.c_str(), &found), 0);
    return found.st_mode & 0777U;
  }
  std::string root_;
  SystemFiles files_;
};

TEST_F(SystemFilesTest, AppendsReadsTruncatesAndKeepsItsSize) {
  const std::string path = root_ + "/a";
  {
    auto file = files_.open(path, OpenMode::append_or_create).value();
    ASSERT_TRUE(file->append(bytes("hello ")).has_value());
    ASSERT_TRUE(file->append(bytes("world")).has_value());
    ASSERT_TRUE(file->sync().has_value());
    EXPECT_EQ(file->size(), 11U);
    EXPECT_EQ(file->read(6, 100).value(), bytes("world"));
    EXPECT_EQ(file->read(11, 100).value(), bytes(""));
    EXPECT_EQ(file->read(1000, 1).value(), bytes(""));
    ASSERT_TRUE(file->truncate(5).has_value());
  }
  auto again = files_.open(path, OpenMode::append_or_create).value();
  EXPECT_EQ(again->size(), 5U);
  ASSERT_TRUE(again->append(bytes("!")).has_value());
  EXPECT_EQ(files_.read_all(path, 100).value(), "hello!");
  EXPECT_EQ(mode_of(path), 0600U);
}

TEST_F(SystemFilesTest, ErrorsSayWhatIsWrong) {
  EXPECT_EQ(files_.open(root_ + "/none", OpenMode::read).error().code, ErrorCode::not_found);
  EXPECT_EQ(files_.read_all(root_ + "/none", 10).error().code, ErrorCode::not_found);
  ASSERT_TRUE(files_.write_atomically(root_ + "/big", std::string(100, 'x')).has_value());
  EXPECT_EQ(files_.read_all(root_ + "/big", 99).error().code, ErrorCode::too_large);
  EXPECT_EQ(files_.read_all(root_ + "/big", 100).value().size(), 100U);
  EXPECT_FALSE(files_.make_folders(root_ + "/big/sub").has_value());
}

TEST_F(SystemFilesTest, AFullDiskHasItsOwnReason) {
  // Source: full(4), every write to /dev/full fails with ENOSPC.
  auto full = files_.open("/dev/full", OpenMode::append_or_create).value();
  const auto written = full->append(bytes("x"));
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::unavailable);
  EXPECT_EQ(written.error().reason, "disk_full");
}

TEST_F(SystemFilesTest, WritesAtomicallyAndLeavesNothingAside) {
  const std::string path = root_ + "/state";
  for (const std::string content : {"one", "", "three"}) {
    ASSERT_TRUE(files_.write_atomically(path, content).has_value());
    EXPECT_EQ(files_.read_all(path, 100).value(), content);
  }
  EXPECT_EQ(files_.list(root_).value(), std::vector<std::string>{"state"});
  EXPECT_EQ(mode_of(path), 0600U);
}

TEST_F(SystemFilesTest, FoldersListAndRemove) {
  ASSERT_TRUE(files_.make_folders(root_ + "/x/y/z").has_value());
  ASSERT_TRUE(files_.make_folders(root_ + "/x/y/z").has_value());
  EXPECT_EQ(mode_of(root_ + "/x/y"), 0700U);
  for (const char* name : {"b", "a", "c"}) {
    ASSERT_TRUE(files_.write_atomically(root_ + "/x/" + name, "1").has_value());
  }
  EXPECT_EQ(files_.list(root_ + "/x").value(), (std::vector<std::string>{"a", "b", "c", "y"}));
  ASSERT_TRUE(files_.remove(root_ + "/x/b").has_value());
  ASSERT_TRUE(files_.remove(root_ + "/x/b").has_value()) << "already gone is no error";
  ASSERT_TRUE(files_.sync_folder(root_ + "/x").has_value());
  EXPECT_EQ(files_.list(root_ + "/x").value(), (std::vector<std::string>{"a", "c", "y"}));
  EXPECT_TRUE(files_.list(root_ + "/nowhere").value().empty());
  EXPECT_GT(files_.free_bytes(root_).value(), 0U);
}

}  // namespace
}  // namespace fettle::io
