#include "fettle/metrics/pack_format.h"

#include "fettle/base/check.h"
#include "fettle/base/encoding.h"
#include "fettle/metrics/byte_reader.h"

namespace fettle::metrics {
namespace {

constexpr std::string_view kMagic = "FTP1";
constexpr std::size_t kMaxLayoutBytes = 16U << 20U;

std::unexpected<Error> damaged(std::string detail) {
  return fail(ErrorCode::corrupt, "history_corrupt", std::move(detail));
}

void append_head(const RecordHead& head, std::vector<std::uint8_t>& out) {
  const std::size_t begin = out.size();
  out.insert(out.end(), kMagic.begin(), kMagic.end());
  put_fixed(out, static_cast<std::uint32_t>(head.kind));
  put_fixed(out, head.host);
  put_fixed(out, head.part);
  put_fixed(out, head.source);
  put_fixed(out, head.first_at_ms);
  put_fixed(out, head.last_at_ms);
  put_fixed(out, head.meta_bytes);
  put_fixed(out, head.body_bytes);
  put_fixed(out, head.meta_crc);
  put_fixed(out, crc32c(std::span(out).subspan(begin)));
  FETTLE_CHECK(out.size() - begin == kHeadBytes);
}

void append_record(RecordHead head, std::span<const std::uint8_t> meta, std::span<const std::uint8_t> body,
                   std::vector<std::uint8_t>& out) {
  FETTLE_CHECK(meta.size() <= kMaxMetaBytes && body.size() <= kMaxBodyBytes, "a record has a bound");
  head.meta_bytes = static_cast<std::uint32_t>(meta.size());
  head.body_bytes = static_cast<std::uint32_t>(body.size());
  head.meta_crc = crc32c(meta);
  append_head(head, out);
  out.insert(out.end(), meta.begin(), meta.end());
  out.insert(out.end(), body.begin(), body.end());
}

/// Reads one block of a meta; false when it does not add up.
bool read_block(ByteReader& reader, Tier tier, StoredBlock& block) {
  block.layout = reader.fixed64();
  block.boot = reader.text();
  const std::uint64_t cores = reader.number();
  const std::uint64_t rows = reader.number();
  const std::uint64_t series = reader.number();
  const std::uint64_t count = reader.number();
  if (!reader.is_good || cores > 0xFFFFFFFF || rows == 0 || rows > kMaxBlockNumbers ||
      series > kMaxBlockNumbers || count == 0 || count > series + 1)
    return false;
  block.cores = static_cast<std::uint32_t>(cores);
  block.rows = static_cast<std::uint32_t>(rows);
  block.series = static_cast<std::uint32_t>(series);
  if (block_shape(tier, block.rows, block.series).numbers() > kMaxBlockNumbers) return false;
  std::uint64_t covered = 0;
  for (std::uint64_t i = 0; i < count && reader.is_good; ++i) {
    const std::uint64_t of = reader.number();
    const std::uint64_t bytes = reader.number();
    const std::uint64_t crc = reader.number();
    if (of > series || bytes > kMaxBodyBytes || crc > 0xFFFFFFFF || (i == 0) != (of == 0)) return false;
    covered += of;
    block.frames.push_back({.series = static_cast<std::uint32_t>(of),
                            .bytes = static_cast<std::uint32_t>(bytes),
                            .crc = static_cast<std::uint32_t>(crc)});
  }
  return reader.is_good && covered == series;
}

}  // namespace

std::uint64_t RecordHead::bytes() const {
  return kHeadBytes + std::uint64_t{meta_bytes} + body_bytes;
}

std::optional<RecordHead> parse_head(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kHeadBytes || as_text(bytes.first(kMagic.size())) != kMagic) return std::nullopt;
  if (get_fixed<std::uint32_t>(bytes.subspan(52)) != crc32c(bytes.first(52))) return std::nullopt;
  RecordHead head{.kind = static_cast<RecordKind>(get_fixed<std::uint32_t>(bytes.subspan(4))),
                  .host = get_fixed<std::uint32_t>(bytes.subspan(8)),
                  .part = get_fixed<std::uint32_t>(bytes.subspan(12)),
                  .source = get_fixed<std::uint64_t>(bytes.subspan(16)),
                  .first_at_ms = get_fixed<std::int64_t>(bytes.subspan(24)),
                  .last_at_ms = get_fixed<std::int64_t>(bytes.subspan(32)),
                  .meta_bytes = get_fixed<std::uint32_t>(bytes.subspan(40)),
                  .body_bytes = get_fixed<std::uint32_t>(bytes.subspan(44)),
                  .meta_crc = get_fixed<std::uint32_t>(bytes.subspan(48))};
  if (head.meta_bytes > kMaxMetaBytes || head.body_bytes > kMaxBodyBytes) return std::nullopt;
  return head;
}

ColumnShape block_shape(Tier tier, std::uint32_t rows, std::uint32_t series) {
  constexpr std::uint32_t kRawShared = 2, kRollupShared = 3, kRollupColumns = 5;
  return {.rows = rows,
          .shared = tier == Tier::raw ? kRawShared : kRollupShared,
          .series = series,
          .per_series = tier == Tier::raw ? 1 : kRollupColumns};
}

void append_blocks(RecordHead head, std::span<const BlockRows> blocks, Tier tier, ColumnCoder& coder,
                   std::vector<std::uint8_t>& out) {
  std::vector<std::uint8_t> meta;
  std::vector<std::uint8_t> body;
  append_varint(meta, blocks.size());
  for (const BlockRows& block : blocks) {
    const ColumnShape shape = block_shape(tier, block.rows, block.series);
    const std::vector<Frame> frames = coder.encode(block.numbers, shape, body);
    put_fixed(meta, block.layout);
    append_text(meta, block.boot);
    append_varint(meta, block.cores);
    append_varint(meta, block.rows);
    append_varint(meta, block.series);
    append_varint(meta, frames.size());
    for (const Frame& frame : frames) {
      append_varint(meta, frame.series);
      append_varint(meta, frame.bytes);
      append_varint(meta, frame.crc);
    }
  }
  append_record(head, meta, body, out);
}

void append_layout(std::uint64_t layout, const std::vector<wire::Series>& series, ColumnCoder& coder,
                   std::vector<std::uint8_t>& out) {
  std::vector<std::uint8_t> plain;
  append_varint(plain, series.size());
  for (const wire::Series& one : series) {
    append_text(plain, one.metric);
    append_text(plain, one.label);
    plain.push_back(static_cast<std::uint8_t>(one.kind));
  }
  append_record({.kind = RecordKind::layout, .source = layout}, coder.pack_text(plain), {}, out);
}

void append_complete(std::uint64_t source, std::vector<std::uint8_t>& out) {
  append_record({.kind = RecordKind::complete, .source = source}, {}, {}, out);
}

Result<std::vector<StoredBlock>> parse_blocks(const RecordHead& head, std::span<const std::uint8_t> meta,
                                              Tier tier, std::uint64_t body_offset) {
  if (crc32c(meta) != head.meta_crc) return damaged("a record of the history is damaged");
  ByteReader reader(meta);
  const std::uint64_t count = reader.number();
  if (!reader.is_good || count > meta.size()) return damaged("a record of the history makes no sense");
  std::vector<StoredBlock> blocks(static_cast<std::size_t>(count));
  std::uint64_t offset = body_offset;
  for (StoredBlock& block : blocks) {
    if (!read_block(reader, tier, block)) return damaged("a block of the history makes no sense");
    block.offset = offset;
    for (const Frame& frame : block.frames) offset += frame.bytes;
  }
  if (!reader.is_done() || offset - body_offset != head.body_bytes)
    return damaged("a record of the history has another length than it says");
  return blocks;
}

Result<std::vector<wire::Series>> parse_layout(const RecordHead& head, std::span<const std::uint8_t> meta,
                                               ColumnCoder& coder) {
  if (crc32c(meta) != head.meta_crc) return damaged("a layout of the history is damaged");
  FETTLE_TRY(const std::vector<std::uint8_t> plain, coder.unpack_text(meta, kMaxLayoutBytes));
  ByteReader reader(plain);
  const std::uint64_t count = reader.number();
  if (!reader.is_good || count > plain.size() / 3) return damaged("a layout of the history makes no sense");
  std::vector<wire::Series> series(static_cast<std::size_t>(count));
  for (wire::Series& one : series) {
    one.metric = reader.text();
    one.label = reader.text();
    const std::uint64_t kind = reader.number();
    if (kind > static_cast<std::uint64_t>(wire::SeriesKind::unknown))
      return damaged("a layout of the history makes no sense");
    one.kind = static_cast<wire::SeriesKind>(kind);
  }
  if (!reader.is_done()) return damaged("a layout of the history makes no sense");
  return series;
}

}  // namespace fettle::metrics
