#include "fettle/metrics/pack_writer.h"

#include <algorithm>

namespace fettle::metrics {
namespace {

constexpr std::size_t kBufferBytes = 1U << 20U;
constexpr std::size_t kOpenFiles = 32;  // a fleet writes to three or four; late samples to more

}  // namespace

Result<PackWriter::Pack*> PackWriter::pack_of(const PackId& id) {
  Pack& pack = packs_[id];
  pack.appended.id = id;
  if (!pack.file)
    if (auto opened = open(id, pack); !opened) return std::unexpected(std::move(opened).error());
  return &pack;
}

Result<> PackWriter::open(const PackId& id, Pack& pack) {
  if (auto closed = close_others(id); !closed) return closed;
  const bool is_first = pack.bytes == 0;
  FETTLE_TRY(pack.file, files_.open(pack_path(folder_, id), io::OpenMode::append_or_create));
  if (!is_first) return {};
  PackIndex index;
  if (pack.file->size() > 0) {
    FETTLE_TRY(PackReader reader, PackReader::open(files_, folder_, id));
    FETTLE_TRY(index, reader.read_index());
  } else {
    new_names_.insert(id.tier);
  }
  // A tail that is not whole is what an earlier life did not finish: it is sealed again.
  if (pack.file->size() != index.good_bytes)
    if (auto cut = pack.file->truncate(index.good_bytes); !cut) return cut;
  pack.begin_bytes = pack.bytes = index.good_bytes;
  pack.layouts = *index.layouts;
  return {};
}

Result<> PackWriter::close_others(const PackId& but) {
  if (static_cast<std::size_t>(std::ranges::count_if(
          packs_, [](const auto& pack) { return pack.second.file != nullptr; })) < kOpenFiles)
    return {};
  for (auto& [id, pack] : packs_) {
    if (id == but || !pack.file) continue;
    if (auto flushed = flush(pack); !flushed) return flushed;
    if (auto synced = pack.file->sync(); !synced) return synced;
    pack.file.reset();
  }
  return {};
}

Result<> PackWriter::flush(Pack& pack) {
  if (pack.buffer.empty()) return {};
  auto appended = pack.file->append(pack.buffer);
  pack.buffer.clear();
  return appended;
}

Result<> PackWriter::append(const PackId& id, const Record& record) {
  FETTLE_TRY(Pack * pack, pack_of(id));
  const auto place = [&] { return pack->bytes; };
  for (std::size_t i = 0; i < record.blocks.size(); ++i) {
    const std::uint64_t layout = record.blocks[i].layout;
    if (!pack->layouts.emplace(layout, place()).second) continue;
    pack->appended.layouts.emplace(layout, place());
    const std::size_t before = pack->buffer.size();
    append_layout(layout, *record.layouts[i], coder_, pack->buffer);
    pack->bytes += pack->buffer.size() - before;
  }
  const std::uint64_t offset = place();
  const std::size_t before = pack->buffer.size();
  append_blocks(record.head, record.blocks, id.tier, coder_, pack->buffer);
  pack->bytes += pack->buffer.size() - before;
  const auto head = parse_head(std::span(pack->buffer).subspan(before));
  pack->appended.group.push_back({.host = head->host,
                                  .part = head->part,
                                  .source = head->source,
                                  .offset = offset,
                                  .meta_bytes = head->meta_bytes,
                                  .is_chunk = head->kind == RecordKind::chunk});
  return pack->buffer.size() >= kBufferBytes ? flush(*pack) : Result<>{};
}

Result<std::vector<AppendedPack>> PackWriter::commit() {
  const auto finish = [this]() -> Result<> {
    for (auto& [id, pack] : packs_) {
      if (!pack.file) continue;  // synced when it was closed
      if (auto flushed = flush(pack); !flushed) return flushed;
      if (auto synced = pack.file->sync(); !synced)
        // Final whatever the reason: what a failed sync has lost cannot be known (R2).
        return fail(ErrorCode::io, "history_sync_failed", synced.error().detail);
    }
    for (const Tier tier : new_names_)
      if (auto synced = files_.sync_folder(folder_ + "/" + std::string(tier_name(tier))); !synced)
        return fail(ErrorCode::io, "history_sync_failed", synced.error().detail);
    return {};
  };
  if (auto finished = finish(); !finished) return std::unexpected(std::move(finished).error());
  std::vector<AppendedPack> out;
  for (auto& [id, pack] : packs_) {
    pack.appended.good_bytes = pack.bytes;
    out.push_back(std::move(pack.appended));
  }
  packs_.clear();
  new_names_.clear();
  return out;
}

Result<> PackWriter::take_back() {
  Result<> outcome;
  for (auto& [id, pack] : packs_) {
    pack.buffer.clear();
    auto undo = [&]() -> Result<> {
      if (!pack.file) {
        FETTLE_TRY(pack.file, files_.open(pack_path(folder_, id), io::OpenMode::append_or_create));
      }
      if (auto cut = pack.file->truncate(pack.begin_bytes); !cut) return cut;
      return pack.file->sync();
    };
    if (auto undone = undo(); !undone && outcome) outcome = undone;
  }
  packs_.clear();
  new_names_.clear();
  return outcome;
}

}  // namespace fettle::metrics
