#include "fettle/metrics/block.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <random>

namespace fettle::metrics {
namespace {

struct Rows {
  std::vector<RowStamp> stamps;
  std::vector<std::vector<std::int64_t>> values;
};

std::int64_t any_number(std::mt19937_64& random) {
  if (random() % 10 == 0) return std::numeric_limits<std::int64_t>::min();
  if (random() % 10 == 0) return std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(random() >> random() % 64);
}

Rows random_rows(std::mt19937_64& random, BlockShape shape) {
  Rows rows;
  for (std::uint32_t r = 0; r < shape.rows; ++r) {
    rows.stamps.push_back({any_number(random), any_number(random)});
    auto& row = rows.values.emplace_back();
    for (std::uint32_t c = 0; c < shape.columns; ++c)
      row.push_back(r > 0 && random() % 2 == 0 ? rows.values[r - 1][c] : any_number(random));
  }
  return rows;
}

std::vector<std::uint8_t> encode_open(BlockCodec& codec, const Rows& rows) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t r = 0; r < rows.stamps.size(); ++r) {
    const BlockCodec::Row before =
        r == 0 ? BlockCodec::Row{} : BlockCodec::Row{rows.stamps[r - 1], rows.values[r - 1]};
    const auto coded = codec.encode_row(before, {rows.stamps[r], rows.values[r]});
    bytes.insert(bytes.end(), coded.begin(), coded.end());
  }
  return bytes;
}

void expect_columns(const Columns& columns, const Rows& rows, const std::vector<std::uint32_t>& wanted) {
  ASSERT_EQ(columns.stamps.size(), rows.stamps.size());
  for (std::size_t r = 0; r < rows.stamps.size(); ++r) {
    ASSERT_EQ(columns.stamps[r].at_ms, rows.stamps[r].at_ms);
    ASSERT_EQ(columns.stamps[r].monotonic_ms, rows.stamps[r].monotonic_ms);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      ASSERT_EQ(columns.column(i)[r], rows.values[r][wanted[i]]);
  }
}

TEST(BlockCodec, GivesBackWhatWasPutInOpenAndSealed) {
  std::mt19937_64 random(7);
  BlockCodec codec;
  Columns columns;
  for (int i = 0; i < 400; ++i) {
    const BlockShape shape{.rows = 1 + static_cast<std::uint32_t>(random() % 130),
                           .columns = static_cast<std::uint32_t>(random() % 50)};
    const Rows rows = random_rows(random, shape);
    std::vector<std::uint32_t> all(shape.columns);
    std::iota(all.begin(), all.end(), 0U);
    std::vector<std::uint32_t> some = all;
    std::erase_if(some, [&](std::uint32_t) { return random() % 3 != 0; });

    const auto open = encode_open(codec, rows);
    ASSERT_TRUE(codec.decode_open(open, shape, some, columns));
    expect_columns(columns, rows, some);
    ASSERT_TRUE(codec.decode_open(open, shape, all, columns));
    expect_columns(columns, rows, all);

    const auto coded = codec.encode_sealed(columns, shape);
    const std::vector<std::uint8_t> sealed(coded.begin(), coded.end());
    ASSERT_TRUE(codec.decode_sealed(sealed, shape, some, columns));
    expect_columns(columns, rows, some);
    ASSERT_TRUE(codec.decode_sealed(sealed, shape, all, columns));
    expect_columns(columns, rows, all);
  }
}

TEST(BlockCodec, RefusesWhatIsCutOrHasAnotherShape) {
  std::mt19937_64 random(8);
  BlockCodec codec;
  Columns columns;
  const BlockShape shape{.rows = 20, .columns = 10};
  const Rows rows = random_rows(random, shape);
  std::vector<std::uint32_t> all(shape.columns);
  std::iota(all.begin(), all.end(), 0U);
  const auto open = encode_open(codec, rows);
  for (std::size_t size = 0; size < open.size(); ++size)
    EXPECT_FALSE(codec.decode_open(std::span(open).first(size), shape, all, columns));
  ASSERT_TRUE(codec.decode_open(open, shape, all, columns));
  const auto coded = codec.encode_sealed(columns, shape);
  const std::vector<std::uint8_t> sealed(coded.begin(), coded.end());
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(codec.decode_sealed(std::span(sealed).first(size), shape, all, columns));
  EXPECT_FALSE(codec.decode_sealed(sealed, {.rows = 19, .columns = 10}, all, columns));
  EXPECT_FALSE(codec.decode_sealed(sealed, {.rows = 21, .columns = 10}, all, columns));
  EXPECT_FALSE(codec.decode_open(open, {.rows = 21, .columns = 10}, all, columns));
}

}  // namespace
}  // namespace fettle::metrics
