#include "fettle/metrics/block.h"

#include <zstd.h>

#include "fettle/base/check.h"
#include "fettle/metrics/varint.h"

namespace fettle::metrics {
namespace {

// First byte of a sealed block.
constexpr std::uint8_t kPlain = 0;
constexpr std::uint8_t kZstd = 1;
constexpr int kZstdLevel = 1;  // 2 and 3 buy nothing on these columns (measured)

std::size_t most_bytes(BlockShape shape) {
  return (std::size_t{shape.columns} + 2) * shape.rows * kMaxVarintBytes;
}

/// Behind `count` numbers, or nullptr.
const std::uint8_t* skip_varints(const std::uint8_t* in, const std::uint8_t* end, std::size_t count) {
  for (; count != 0 && in != end; ++in) count -= *in < 0x80 ? 1 : 0;
  return count == 0 ? in : nullptr;
}

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

struct BlockCodec::Impl {
  std::unique_ptr<ZSTD_CCtx, FreeCompressor> compressor{ZSTD_createCCtx()};
  std::unique_ptr<ZSTD_DCtx, FreeDecompressor> decompressor{ZSTD_createDCtx()};
  std::vector<std::uint8_t> plain, packed;
  std::vector<std::int64_t> row;

  std::uint8_t* room(std::size_t bytes) {
    if (plain.size() < bytes) plain.resize(bytes);
    return plain.data();
  }
};

BlockCodec::BlockCodec() : impl_(std::make_unique<Impl>()) {
  FETTLE_CHECK(impl_->compressor && impl_->decompressor, "zstd contexts");
}
BlockCodec::~BlockCodec() = default;

std::span<const std::uint8_t> BlockCodec::encode_row(const Row& before, const Row& row) {
  std::uint8_t* const begin =
      impl_->room(most_bytes({.rows = 1, .columns = static_cast<std::uint32_t>(row.values.size())}));
  std::uint8_t* out = put_delta(begin, row.stamp.at_ms, before.stamp.at_ms);
  out = put_delta(out, row.stamp.monotonic_ms, before.stamp.monotonic_ms);
  if (before.values.empty()) {
    for (const std::int64_t value : row.values) out = put_delta(out, value, 0);
  } else {
    FETTLE_CHECK(before.values.size() == row.values.size());
    for (std::size_t i = 0; i < row.values.size(); ++i) out = put_delta(out, row.values[i], before.values[i]);
  }
  return {begin, out};
}

std::span<const std::uint8_t> BlockCodec::encode_sealed(const Columns& columns, BlockShape shape) {
  FETTLE_CHECK(columns.stamps.size() == shape.rows &&
               columns.values.size() == std::size_t{shape.rows} * shape.columns);
  std::uint8_t* const begin = impl_->room(most_bytes(shape));
  std::uint8_t* out = begin;
  std::int64_t before = 0;
  for (const RowStamp& stamp : columns.stamps) {
    out = put_delta(out, stamp.at_ms, before);
    before = stamp.at_ms;
  }
  before = 0;
  for (const RowStamp& stamp : columns.stamps) {  // the two clocks drift apart slowly: mostly zeros
    const std::int64_t apart = wrapping_difference(stamp.monotonic_ms, stamp.at_ms);
    out = put_delta(out, apart, before);
    before = apart;
  }
  for (std::size_t i = 0; i < shape.columns; ++i) {
    before = 0;
    for (const std::int64_t value : columns.column(i)) {
      out = put_delta(out, value, before);
      before = value;
    }
  }
  const auto plain_bytes = static_cast<std::size_t>(out - begin);
  std::vector<std::uint8_t>& packed = impl_->packed;
  packed.resize(1 + ZSTD_compressBound(plain_bytes));
  std::size_t size = ZSTD_compressCCtx(impl_->compressor.get(), packed.data() + 1, packed.size() - 1, begin,
                                       plain_bytes, kZstdLevel);
  packed[0] = kZstd;
  if (ZSTD_isError(size) != 0 || size >= plain_bytes) {
    std::copy(begin, out, packed.begin() + 1);
    size = plain_bytes;
    packed[0] = kPlain;
  }
  return std::span(packed).first(1 + size);
}

bool BlockCodec::decode_open(std::span<const std::uint8_t> bytes, BlockShape shape,
                             std::span<const std::uint32_t> wanted, Columns& out) {
  out.stamps.clear();
  if (bytes.size() < (std::size_t{shape.columns} + 2) * shape.rows) return false;
  out.stamps.resize(shape.rows);
  out.values.resize(wanted.size() * shape.rows);
  impl_->row.assign(shape.columns, 0);
  RowStamp stamp;
  const std::uint8_t* in = bytes.data();
  const std::uint8_t* const end = in + bytes.size();
  for (std::size_t r = 0; r < shape.rows; ++r) {
    if ((in = get_delta(in, end, stamp.at_ms)) == nullptr) return false;
    if ((in = get_delta(in, end, stamp.monotonic_ms)) == nullptr) return false;
    out.stamps[r] = stamp;
    for (std::int64_t& value : impl_->row)
      if ((in = get_delta(in, end, value)) == nullptr) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i) out.values[i * shape.rows + r] = impl_->row[wanted[i]];
  }
  return in == end;
}

bool BlockCodec::decode_sealed(std::span<const std::uint8_t> bytes, BlockShape shape,
                               std::span<const std::uint32_t> wanted, Columns& out) {
  out.stamps.clear();
  if (bytes.empty() || bytes[0] > kZstd) return false;
  const std::uint8_t* in = bytes.data() + 1;
  const std::uint8_t* end = bytes.data() + bytes.size();
  if (bytes[0] == kZstd) {
    const auto size = ZSTD_getFrameContentSize(in, bytes.size() - 1);  // its error values are huge
    if (size > most_bytes(shape)) return false;
    std::uint8_t* const plain = impl_->room(size);
    if (ZSTD_decompressDCtx(impl_->decompressor.get(), plain, size, in, bytes.size() - 1) != size)
      return false;
    in = plain;
    end = plain + size;
  }
  if (static_cast<std::size_t>(end - in) < (std::size_t{shape.columns} + 2) * shape.rows) return false;

  out.stamps.resize(shape.rows);
  out.values.resize(wanted.size() * shape.rows);
  std::int64_t value = 0;
  for (RowStamp& stamp : out.stamps) {
    if ((in = get_delta(in, end, value)) == nullptr) return false;
    stamp.at_ms = value;
  }
  value = 0;
  for (RowStamp& stamp : out.stamps) {
    if ((in = get_delta(in, end, value)) == nullptr) return false;
    stamp.monotonic_ms = wrapping_sum(stamp.at_ms, value);
  }
  std::uint32_t column = 0;
  std::int64_t* to = out.values.data();
  for (const std::uint32_t next : wanted) {
    if ((in = skip_varints(in, end, std::size_t{next - column} * shape.rows)) == nullptr) return false;
    value = 0;
    for (std::size_t r = 0; r < shape.rows; ++r) {
      if ((in = get_delta(in, end, value)) == nullptr) return false;
      *to++ = value;
    }
    column = next + 1;
  }
  return skip_varints(in, end, std::size_t{shape.columns - column} * shape.rows) == end;
}

}  // namespace fettle::metrics
