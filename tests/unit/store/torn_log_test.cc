// A write-ahead log whose bits changed or whose end is missing: the store opens, and what stands before the
// damage is whole (23 in the list of invariants). On real files.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/store/store_fixture.h"

namespace fettle::store {
namespace {

constexpr std::int64_t kRows = 40;

struct Image {
  std::string database;
  std::string log;
  std::vector<std::uint64_t> ends;  // of the log behind each row
};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_file(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// The files as SIGKILL would leave them after so many rows, each a commit of its own.
Image make_image() {
  StoreFixture f;
  EXPECT_TRUE(f.open().has_value());
  Image image;
  for (std::int64_t key = 0; key < kRows; ++key) {
    const auto written = f.loop.run(
        f.store->write([key](Session& session) -> void { session.execute(kInsert, {key, key * 7}); }));
    EXPECT_TRUE(written.has_value());
    image.ends.push_back(std::filesystem::file_size(f.options().path + "-wal"));
  }
  image.database = read_file(f.options().path);
  image.log = read_file(f.options().path + "-wal");
  return image;
}

/// How many rows a store finds behind this log, which must be the first ones; it can be written to as well.
std::int64_t rows_behind(const Image& image, std::string_view log) {
  StoreFixture f;
  write_file(f.options().path, image.database);
  write_file(f.options().path + "-wal", log);
  const auto opened = f.open();
  EXPECT_TRUE(opened.has_value()) << opened.error().detail;
  if (!opened) return -1;
  const auto rows = f.loop.run(f.store->read([](Session& session) {
    std::int64_t count = 0;
    session.query("SELECT key, value FROM number ORDER BY key", {}, [&](const Row& row) {
      EXPECT_EQ(row.integer(0), count);
      EXPECT_EQ(row.integer(1), count * 7);
      ++count;
    });
    return count;
  }));
  const auto written =
      f.loop.run(f.store->write([](Session& session) -> void { session.execute(kInsert, {kRows + 1, 1}); }));
  EXPECT_TRUE(written.has_value());
  return rows.value_or(-1);
}

std::int64_t rows_before(const Image& image, std::size_t at) {
  return std::ranges::count_if(image.ends, [at](std::uint64_t end) { return end <= at; });
}

TEST(TornLog, WhatStandsBeforeAFlippedBitSurvives) {
  const Image image = make_image();
  ASSERT_EQ(rows_behind(image, image.log), kRows);
  constexpr std::size_t kStep = 3'001;  // a prime, so that every part of a frame has its turn
  for (std::size_t at = 0; at < image.log.size(); at += kStep) {
    std::string log = image.log;
    log[at] = static_cast<char>(log[at] ^ (1 << (at % 8)));
    const std::int64_t rows = rows_behind(image, log);
    ASSERT_GE(rows, rows_before(image, at)) << "flipped at " << at;
    ASSERT_LT(rows, kRows) << "a flipped bit at " << at << " is never taken for a good one";
  }
}

TEST(TornLog, WhatStandsBeforeTheCutSurvives) {
  const Image image = make_image();
  constexpr std::size_t kStep = 4'507;
  for (std::size_t at = 0; at < image.log.size(); at += kStep) {
    ASSERT_EQ(rows_behind(image, std::string_view(image.log).substr(0, at)), rows_before(image, at))
        << "cut at " << at;
  }
}

}  // namespace
}  // namespace fettle::store
