#include "fettle/io/trusted_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace fettle::io {
namespace {

namespace fs = std::filesystem;

/// A folder of root's, in /tmp (which is sticky).
class TrustedFile : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can make what root alone may change";
    std::string name = (fs::temp_directory_path() / "fettle-trusted-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    std::ofstream(path()) << "text";
    ASSERT_EQ(::chmod(path().c_str(), 0644), 0);
  }
  void TearDown() override {
    if (!folder.empty()) fs::remove_all(folder);
  }
  [[nodiscard]] std::string path() const { return folder + "/file"; }
  [[nodiscard]] std::string why(const std::string& file) const {
    const auto text = read_trusted_file(file, 100);
    return text ? "" : text.error().reason;
  }
  std::string folder;
};

TEST_F(TrustedFile, IsReadWhenOnlyRootCanChangeIt) {
  EXPECT_EQ(read_trusted_file(path(), 100).value(), "text");
  EXPECT_EQ(read_trusted_file(path(), 3).error().reason, "file_too_large");
  EXPECT_EQ(read_trusted_file(path() + "x", 100).error().code, ErrorCode::not_found);
}

TEST_F(TrustedFile, CountsForNothingWhenOthersMayWriteIt) {
  for (const mode_t mode : {0664U, 0646U, 0666U}) {
    ASSERT_EQ(::chmod(path().c_str(), mode), 0);
    const auto text = read_trusted_file(path(), 100);
    ASSERT_FALSE(text) << mode;
    EXPECT_EQ(text.error().code, ErrorCode::forbidden);
    EXPECT_NE(text.error().detail.find("chmod go-w " + path()), std::string::npos);
  }
}

TEST_F(TrustedFile, CountsForNothingWhenItIsNotRoots) {
  ASSERT_EQ(::chown(path().c_str(), 65534, 65534), 0);
  EXPECT_EQ(why(path()), "file_not_trusted");
}

TEST_F(TrustedFile, CountsForNothingBelowAFolderThatOthersMayChange) {
  const std::string inner = folder + "/inner";
  fs::create_directory(inner);
  fs::rename(path(), inner + "/file");
  EXPECT_EQ(why(inner + "/file"), "");
  ASSERT_EQ(::chmod(folder.c_str(), 0777), 0);
  EXPECT_EQ(why(inner + "/file"), "file_not_trusted") << "the folder between could be exchanged";
  ASSERT_EQ(::chmod(folder.c_str(), 01777), 0);
  EXPECT_EQ(why(inner + "/file"), "") << "names of root's stay in a sticky folder";
  ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
  ASSERT_EQ(::chown(folder.c_str(), 65534, 65534), 0);
  EXPECT_EQ(why(inner + "/file"), "file_not_trusted");
}

TEST_F(TrustedFile, IsTheOneBehindALink) {
  const std::string link = folder + "/link";
  fs::create_symlink(path(), link);
  EXPECT_EQ(why(link), "");
  ASSERT_EQ(::chmod(path().c_str(), 0666), 0);
  EXPECT_EQ(why(link), "file_not_trusted");
}

TEST_F(TrustedFile, IsAFile) {
  EXPECT_EQ(why(folder), "file_not_trusted");
  const std::string pipe = folder + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(why(pipe), "file_not_trusted") << "and nobody waits for a writer";
}

}  // namespace
}  // namespace fettle::io
