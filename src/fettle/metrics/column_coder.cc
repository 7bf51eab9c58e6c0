#include "fettle/metrics/column_coder.h"

#include <zstd.h>

#include "fettle/base/check.h"
#include "fettle/base/encoding.h"
#include "fettle/metrics/varint.h"

namespace fettle::metrics {
namespace {

constexpr int kZstdLevel = 1;  // 2 and 3 buy nothing on these columns (measured)
// Smaller frames compress worse, larger ones cost whoever wants one series.
constexpr std::size_t kFrameBytes = 4096;

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

std::unexpected<Error> not_a_frame() {
  return fail(ErrorCode::corrupt, "history_corrupt", "a frame of the history is damaged");
}

}  // namespace

struct ColumnCoder::Impl {
  std::unique_ptr<ZSTD_CCtx, FreeCompressor> compressor{ZSTD_createCCtx()};
  std::unique_ptr<ZSTD_DCtx, FreeDecompressor> decompressor{ZSTD_createDCtx()};
  std::vector<std::uint8_t> plain;

  /// Appends what `plain` packs to.
  std::size_t pack(std::span<const std::uint8_t> bytes, std::vector<std::uint8_t>& out) {
    const std::size_t begin = out.size();
    out.resize(begin + ZSTD_compressBound(bytes.size()));
    const std::size_t size = ZSTD_compressCCtx(compressor.get(), out.data() + begin, out.size() - begin,
                                               bytes.data(), bytes.size(), kZstdLevel);
    FETTLE_CHECK(ZSTD_isError(size) == 0, "zstd has the room that it asked for");
    out.resize(begin + size);
    return size;
  }
  /// Into `plain`; false when it is not packed bytes, or more than `most_bytes`.
  bool unpack(std::span<const std::uint8_t> packed, std::size_t most_bytes) {
    const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());  // its error values are huge
    if (size > most_bytes) return false;
    plain.resize(size);
    return ZSTD_decompressDCtx(decompressor.get(), plain.data(), size, packed.data(), packed.size()) == size;
  }
};

ColumnCoder::ColumnCoder() : impl_(std::make_unique<Impl>()) {
  FETTLE_CHECK(impl_->compressor && impl_->decompressor, "zstd contexts");
}
ColumnCoder::~ColumnCoder() = default;

std::vector<Frame> ColumnCoder::encode(std::span<const std::int64_t> numbers, const ColumnShape& shape,
                                       std::vector<std::uint8_t>& body) {
  FETTLE_CHECK(numbers.size() == shape.numbers() && numbers.size() <= kMaxBlockNumbers && shape.rows > 0);
  std::vector<std::uint8_t>& plain = impl_->plain;
  std::vector<Frame> frames;
  plain.clear();
  const auto put_columns = [&](std::size_t first, std::size_t count) {
    for (std::size_t column = first; column < first + count; ++column) {
      std::int64_t before = 0;
      const std::size_t begin = plain.size();
      plain.resize(begin + shape.rows * kMaxVarintBytes);
      std::uint8_t* out = plain.data() + begin;
      for (const std::int64_t value : numbers.subspan(column * shape.rows, shape.rows)) {
        out = put_delta(out, value, before);
        before = value;
      }
      plain.resize(static_cast<std::size_t>(out - plain.data()));
    }
  };
  const auto end_frame = [&](std::uint32_t series) {
    const std::size_t begin = body.size();
    const std::size_t size = impl_->pack(plain, body);
    frames.push_back({.series = series,
                      .bytes = static_cast<std::uint32_t>(size),
                      .crc = crc32c(std::span(body).subspan(begin))});
    plain.clear();
  };
  put_columns(0, shape.shared);
  end_frame(0);
  std::uint32_t waiting = 0;
  for (std::uint32_t series = 0; series < shape.series; ++series) {
    put_columns(shape.shared + std::size_t{series} * shape.per_series, shape.per_series);
    ++waiting;
    if (plain.size() >= kFrameBytes) end_frame(std::exchange(waiting, 0U));
  }
  if (waiting > 0) end_frame(waiting);
  return frames;
}

Result<> ColumnCoder::decode(std::span<const std::uint8_t> bytes, const Frame& frame,
                             const ColumnShape& shape, std::vector<std::int64_t>& out) {
  const std::size_t columns = frame.series == 0 ? shape.shared : std::size_t{frame.series} * shape.per_series;
  const std::size_t count = columns * shape.rows;
  if (bytes.size() != frame.bytes || count > kMaxBlockNumbers || crc32c(bytes) != frame.crc ||
      !impl_->unpack(bytes, count * kMaxVarintBytes) || impl_->plain.size() < count)
    return not_a_frame();
  out.resize(count);
  const std::uint8_t* in = impl_->plain.data();
  const std::uint8_t* const end = in + impl_->plain.size();
  std::int64_t* to = out.data();
  for (std::size_t column = 0; column < columns; ++column) {
    std::int64_t value = 0;
    for (std::uint32_t row = 0; row < shape.rows; ++row) {
      if ((in = get_delta(in, end, value)) == nullptr) return not_a_frame();
      *to++ = value;
    }
  }
  if (in != end) return not_a_frame();
  return {};
}

std::vector<std::uint8_t> ColumnCoder::pack_text(std::span<const std::uint8_t> plain) {
  std::vector<std::uint8_t> out;
  impl_->pack(plain, out);
  return out;
}

Result<std::vector<std::uint8_t>> ColumnCoder::unpack_text(std::span<const std::uint8_t> packed,
                                                           std::size_t most_bytes) {
  if (!impl_->unpack(packed, most_bytes)) return not_a_frame();
  return impl_->plain;
}

}  // namespace fettle::metrics
