#include <gtest/gtest.h>

#include <map>
#include <random>

#include "fettle/archive/archive_reader.h"
#include "fettle/archive/archive_writer.h"
#include "fettle/base/encoding.h"

namespace fettle::archive {
namespace {

class MemoryFile final : public io::File {
 public:
  explicit MemoryFile(std::string content) : content_(std::move(content)) {}
  Result<> append(std::span<const std::uint8_t>) override { return {}; }
  Result<std::vector<std::uint8_t>> read(std::uint64_t offset, std::size_t size) override {
    const std::string part = content_.substr(std::min<std::size_t>(offset, content_.size()), size);
    return std::vector<std::uint8_t>(part.begin(), part.end());
  }
  Result<> sync() override { return {}; }
  Result<> truncate(std::uint64_t) override { return {}; }
  [[nodiscard]] std::uint64_t size() const override { return content_.size(); }

 private:
  std::string content_;
};

using Contents = std::map<std::string, std::string>;

std::string write(const Contents& contents) {
  ArchiveWriter writer;
  std::string out;
  for (const auto& [name, content] : contents) {
    EXPECT_TRUE(writer.begin_file({name, content.size(), 1}));
    for (std::size_t at = 0; at < content.size(); at += 1'000) {
      writer.add(std::string_view(content).substr(at, 1'000));
      out += writer.take();
    }
    writer.end_file();
    EXPECT_EQ(writer.files().back().sha256, sha256(content));
  }
  writer.finish();
  return out + writer.take();
}

Result<Contents> read(const std::string& bytes) {
  MemoryFile file(bytes);
  const auto nothing = [](std::uint64_t, std::uint64_t) {};
  if (auto whole = verify_archive(file, nothing); !whole) return std::unexpected(whole.error());
  Contents contents;
  std::string name;
  const ArchiveSink sink{[&](const TarEntry& entry) -> Result<> {
                           name = entry.name;
                           contents[name].clear();
                           return {};
                         },
                         [&](std::string_view some) -> Result<> {
                           contents[name] += some;
                           return {};
                         },
                         []() -> Result<> { return {}; }};
  if (auto done = read_archive(file, sink, nothing); !done) return std::unexpected(done.error());
  return contents;
}

Contents some_contents(std::mt19937& random) {
  Contents out;
  for (const std::size_t size : {0U, 1U, 511U, 512U, 513U, 300'000U}) {
    std::string content(size, '\0');
    for (char& c : content) c = static_cast<char>(random());
    out["folder/" + std::to_string(size)] = content;
  }
  out["zeros"] = std::string(1'000'000, '\0');
  return out;
}

TEST(Archive, GivesBackWhatWasPutIn) {
  std::mt19937 random(3);
  const Contents contents = some_contents(random);
  const auto found = read(write(contents));
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(*found, contents);
  EXPECT_TRUE(read(write({})).value().empty());
}

TEST(Archive, RefusesEveryDamage) {
  std::mt19937 random(4);
  const std::string whole = write({{"a", "some text"}, {"b", std::string(2'000, 'b')}});
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ (1 << (random() % 8)));
    EXPECT_FALSE(read(broken)) << at;
    EXPECT_FALSE(read(whole.substr(0, at))) << at;
  }
  EXPECT_FALSE(read(whole + '\0'));
  EXPECT_FALSE(read(whole + whole));
}

/// Who can compute the checksum can still not lead the reader out of its folder or astray.
TEST(Archive, RefusesWhatIsNoTarBehindAGoodChecksum) {
  std::string other = "this is no archive";
  other += kTrailerHead;
  other += as_text(sha256(other));
  const auto found = read(other);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::corrupt);
}

TEST(Archive, AnErrorOfTheSinkEndsIt) {
  MemoryFile file(write({{"a", "text"}, {"b", "text"}}));
  int begun = 0;
  const ArchiveSink sink{[&](const TarEntry&) -> Result<> {
                           ++begun;
                           return fail(ErrorCode::unavailable, "disk_full", "full");
                         },
                         [](std::string_view) -> Result<> { return {}; }, []() -> Result<> { return {}; }};
  const auto done = read_archive(file, sink, [](auto, auto) {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "disk_full");
  EXPECT_EQ(begun, 1);
}

}  // namespace
}  // namespace fettle::archive
