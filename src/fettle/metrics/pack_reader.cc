#include "fettle/metrics/pack_reader.h"

#include <algorithm>
#include <numeric>

namespace fettle::metrics {
namespace {

// Heads lie some hundred bytes to some hundred KiB apart; small records are read many at a time.
constexpr std::size_t kWindowBytes = 16U << 10U;

bool is_before(const PackEntry& a, const PackEntry& b) {
  return a.host != b.host ? a.host < b.host : a.offset < b.offset;
}

}  // namespace

void PackIndex::add_group(PackGroup group) {
  std::ranges::sort(group, is_before);
  records += group.size();
  groups.push_back(std::make_shared<const PackGroup>(std::move(group)));
}

std::vector<PackEntry> PackIndex::entries_of(HostNumber host, std::uint64_t sealed) const {
  std::vector<PackEntry> chunks;
  std::vector<PackEntry> pieces;
  for (const auto& group : groups) {
    auto at = std::ranges::lower_bound(*group, host, {}, &PackEntry::host);
    for (; at != group->end() && at->host == host; ++at) {
      if (!at->is_chunk && at->source <= sealed) pieces.push_back(*at);
      if (!at->is_chunk || at->source > sealed) continue;
      if (!chunks.empty() && chunks.front().source < at->source) chunks.clear();
      if (chunks.empty() || chunks.front().source == at->source) chunks.push_back(*at);
    }
  }
  if (!chunks.empty())
    std::erase_if(pieces, [&](const PackEntry& piece) { return piece.source <= chunks.front().source; });
  const auto name = [](const PackEntry& entry) { return std::pair(entry.source, entry.part); };
  // Of the same name the last in the file counts.
  std::ranges::sort(
      pieces, {}, [](const PackEntry& entry) { return std::tuple(entry.source, entry.part, entry.offset); });
  std::vector<PackEntry> out = std::move(chunks);
  for (std::size_t i = 0; i < pieces.size(); ++i)
    if (i + 1 == pieces.size() || name(pieces[i]) != name(pieces[i + 1])) out.push_back(pieces[i]);
  return out;
}

std::vector<HostNumber> PackIndex::hosts() const {
  std::vector<HostNumber> out;
  for (const auto& group : groups)
    for (const PackEntry& entry : *group)
      if (out.empty() || out.back() != entry.host) out.push_back(entry.host);
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

std::size_t PackIndex::bytes() const {
  return sizeof(PackIndex) + records * sizeof(PackEntry) + layouts->size() * 64;
}

Result<PackReader> PackReader::open(io::Files& files, const std::string& folder, const PackId& id) {
  FETTLE_TRY(auto file, files.open(pack_path(folder, id), io::OpenMode::read));
  return PackReader(std::move(file), id.tier);
}

Result<PackIndex> PackReader::read_index() {
  PackIndex index;
  PackGroup group;
  auto layouts = std::make_shared<LayoutOffsets>();
  const std::uint64_t size = file_->size();
  std::vector<std::uint8_t> window;
  std::uint64_t window_at = 0;
  for (std::uint64_t at = 0; at + kHeadBytes <= size;) {
    if (at < window_at || at + kHeadBytes > window_at + window.size()) {
      FETTLE_TRY(window, file_->read(at, kWindowBytes));
      window_at = at;
    }
    const auto head = parse_head(std::span(window).subspan(at - window_at));
    if (!head || head->bytes() > size - at) break;
    switch (head->kind) {
      case RecordKind::layout:
        layouts->emplace(head->source, at);
        break;
      case RecordKind::piece:
      case RecordKind::chunk:
        group.push_back({.host = head->host,
                         .part = head->part,
                         .source = head->source,
                         .offset = at,
                         .meta_bytes = head->meta_bytes,
                         .is_chunk = head->kind == RecordKind::chunk});
        break;
      case RecordKind::complete:
        index.is_complete = true;
        break;
    }
    at += head->bytes();
    index.good_bytes = at;
  }
  index.layouts = std::move(layouts);
  if (!group.empty()) index.add_group(std::move(group));
  return index;
}

Result<std::vector<std::uint8_t>> PackReader::read_exactly(std::uint64_t offset, std::size_t size) {
  FETTLE_TRY(auto bytes, file_->read(offset, size));
  if (bytes.size() != size)
    return fail(ErrorCode::corrupt, "history_corrupt", "a file of the history is shorter than it was");
  return bytes;
}

Result<std::vector<StoredBlock>> PackReader::blocks_of(const PackEntry& entry) {
  FETTLE_TRY(const auto bytes, read_exactly(entry.offset, kHeadBytes + entry.meta_bytes));
  const auto head = parse_head(bytes);
  if (!head || head->meta_bytes != entry.meta_bytes || head->host != entry.host)
    return fail(ErrorCode::corrupt, "history_corrupt", "a record of the history is not where it was");
  return parse_blocks(*head, std::span(bytes).subspan(kHeadBytes), tier_, entry.offset + bytes.size());
}

Result<std::vector<wire::Series>> PackReader::layout_at(std::uint64_t offset, ColumnCoder& coder) {
  FETTLE_TRY(const auto bytes, read_exactly(offset, kHeadBytes));
  const auto head = parse_head(bytes);
  if (!head || head->kind != RecordKind::layout)
    return fail(ErrorCode::corrupt, "history_corrupt", "a layout of the history is not where it was");
  FETTLE_TRY(const auto meta, read_exactly(offset + kHeadBytes, head->meta_bytes));
  return parse_layout(*head, meta, coder);
}

Result<> PackReader::decode(const StoredBlock& block, std::span<const std::uint32_t> wanted,
                            ColumnCoder& coder, std::vector<std::int64_t>& out) {
  const ColumnShape shape = block_shape(tier_, block.rows, block.series);
  const std::size_t of_series = std::size_t{shape.per_series} * shape.rows;
  std::vector<std::int64_t> columns;
  out.clear();
  std::uint64_t offset = block.offset;
  std::uint32_t first = 0;
  for (const Frame& frame : block.frames) {
    const auto begin = std::ranges::lower_bound(wanted, first);
    const bool is_needed = frame.series == 0 || (begin != wanted.end() && *begin < first + frame.series);
    if (is_needed) {
      FETTLE_TRY(const auto bytes, read_exactly(offset, frame.bytes));
      if (auto decoded = coder.decode(bytes, frame, shape, columns); !decoded) return decoded;
      if (frame.series == 0) out = columns;
      for (auto at = begin; at != wanted.end() && *at < first + frame.series; ++at) {
        const auto from = columns.begin() + static_cast<std::ptrdiff_t>((*at - first) * of_series);
        out.insert(out.end(), from, from + static_cast<std::ptrdiff_t>(of_series));
      }
    }
    offset += frame.bytes;
    first += frame.series;
  }
  return {};
}

Result<BlockRows> PackReader::decode_all(const StoredBlock& block, ColumnCoder& coder) {
  BlockRows rows{.layout = block.layout,
                 .boot = block.boot,
                 .cores = block.cores,
                 .rows = block.rows,
                 .series = block.series,
                 .numbers = {}};
  std::vector<std::uint32_t> all(block.series);
  std::iota(all.begin(), all.end(), 0U);
  if (auto decoded = decode(block, all, coder, rows.numbers); !decoded)
    return std::unexpected(std::move(decoded).error());
  return rows;
}

}  // namespace fettle::metrics
