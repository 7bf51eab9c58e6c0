#include "fettle/metrics/sealer.h"

#include <algorithm>
#include <numeric>

#include "fettle/base/check.h"
#include "fettle/base/encoding.h"
#include "fettle/metrics/catalog.h"
#include "fettle/metrics/compaction.h"
#include "fettle/metrics/seal_rows.h"
#include "fettle/metrics/segment_reader.h"
#include "fettle/metrics/set_meaning.h"
#include "fettle/metrics/varint.h"

namespace fettle::metrics {
namespace {

constexpr std::size_t kValuesAPiece = 1U << 20U;
// What waits to be written, of one host and of all. A segment has 64 MiB.
constexpr std::size_t kHostBytes = 4U << 20U;
constexpr std::size_t kAllBytes = 64U << 20U;
constexpr std::size_t kMostCarryBytes = std::size_t{1} << 30U;

bool is_disk_full(const Error& error) {
  return error.code == ErrorCode::unavailable && error.reason == "disk_full";
}

/// The series as this version reads them.
std::vector<wire::Series> resolved(const std::vector<wire::Series>& series) {
  std::vector<wire::Series> out = series;
  for (wire::Series& one : out) one.kind = metric_info(one.metric, one.kind).kind;
  return out;
}

}  // namespace

struct Sealer::HostWork {
  SeriesSetPtr set;  // of the newest sample, and what it came to
  std::uint64_t layout = 0;
  SeriesPtr series;
  std::shared_ptr<const SetMeaning> meaning;

  std::uint32_t part = 0;
  std::vector<RawRows> raw;  // in the order of the journal
  std::vector<Run> runs;     // too
  std::map<RunKey, std::uint32_t> cores;
  std::size_t bytes = 0;
};

struct Sealer::Seal {
  std::uint64_t segment = 0;
  const SealOrder& order;
  SealOutcome outcome;
  std::map<HostNumber, HostWork> hosts;
  std::map<HostNumber, std::optional<HostCarry>> before;  // to go back to
  std::size_t bytes = 0;
  std::vector<std::int64_t> readings;
};

Sealer::Sealer(io::Files& files, io::Log log, TierPaths paths)
    : files_(files), log_(std::move(log)), paths_(std::move(paths)), writer_(files, paths_.folder) {}

std::string Sealer::carry_path(std::uint64_t segment) const {
  return paths_.folder + "/carry/" + carry_name(segment);
}

Result<Sealer::Opened> Sealer::open() {
  Opened opened;
  if (auto made = files_.make_folders(paths_.folder + "/carry"); !made)
    return std::unexpected(std::move(made).error());
  for (const Tier tier : kTiers)
    if (auto listed = list_packs(tier, opened); !listed) return std::unexpected(std::move(listed).error());
  if (auto read = open_carries(opened); !read) return std::unexpected(std::move(read).error());
  opened.sealed = sealed_;
  opened.newest_ms = newest_ms_;
  return opened;
}

Result<> Sealer::list_packs(Tier tier, Opened& opened) {
  const std::string folder = paths_.folder + "/" + std::string(tier_name(tier));
  if (auto made = files_.make_folders(folder); !made) return made;
  FETTLE_TRY(const std::vector<std::string> names, files_.list(folder));
  std::vector<PackId> ids;
  for (const std::string& name : names)
    if (const auto id = parse_pack_name(tier, name)) ids.push_back(*id);
  std::ranges::sort(ids);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    PackId id = ids[i];
    // Two generations of one period: a crash came while the later was made, or before the earlier was
    // removed.
    while (i + 1 < ids.size() && ids[i + 1].period_ms == id.period_ms) {
      FETTLE_TRY(const PackIndex later, read_index(ids[i + 1]));
      const PackId gone = later.is_complete ? id : ids[i + 1];
      if (later.is_complete) id = ids[i + 1];
      if (auto removed = files_.remove(pack_path(paths_.folder, gone)); !removed) return removed;
      ++i;
    }
    FETTLE_TRY(const auto file, files_.open(pack_path(paths_.folder, id), io::OpenMode::read));
    opened.packs.emplace(id, file->size());
    generations_[{id.tier, id.period_ms}] = id.generation;
  }
  return {};
}

Result<> Sealer::open_carries(Opened& opened) {
  FETTLE_TRY(const std::vector<std::string> names, files_.list(paths_.folder + "/carry"));
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : names)
    if (const auto number = parse_carry_name(name)) numbers.push_back(*number);
  std::ranges::sort(numbers, std::greater<>());
  for (const std::uint64_t number : numbers) {
    FETTLE_TRY(const std::string text, files_.read_all(carry_path(number), kMostCarryBytes));
    auto carries = parse_carries(as_bytes(text));
    if (!carries) continue;
    carries_ = std::move(*carries);
    sealed_ = number;
    for (const auto& [host, carry] : carries_) newest_ms_ = std::max(newest_ms_, carry.at_ms);
    return {};
  }
  if (opened.packs.empty()) return {};
  // What the journal has dropped was sealed; what it still has is sealed again. Without what hosts measured
  // last their next samples have nothing to be compared with; all else is there.
  FETTLE_TRY(sealed_, last_dropped(opened));
  log_.warn("what sealing remembers of hosts is missing; counters begin anew", {{"sealed", sealed_}});
  return {};
}

/// The segment before those that the journal has; where it has none, the newest that is in the packs.
Result<std::uint64_t> Sealer::last_dropped(const Opened& opened) {
  FETTLE_TRY(const std::vector<std::string> names, files_.list(paths_.journal));
  std::optional<std::uint64_t> first;
  for (const std::string& name : names)
    if (const auto number = parse_segment_name(name)) first = std::min(first.value_or(*number), *number);
  if (first) return *first - std::min<std::uint64_t>(*first, 1);
  std::uint64_t newest = 0;
  for (const auto& [id, bytes] : opened.packs) {
    FETTLE_TRY(const PackIndex index, read_index(id));
    for (const auto& group : index.groups)
      for (const PackEntry& entry : *group) newest = std::max(newest, entry.source);
  }
  return newest;
}

Result<PackIndex> Sealer::read_index(const PackId& id) {
  FETTLE_TRY(PackReader reader, PackReader::open(files_, paths_.folder, id));
  return reader.read_index();
}

Result<SealOutcome> Sealer::seal_next(const SealOrder& order) {
  FETTLE_TRY(const std::vector<std::string> names, files_.list(paths_.journal));
  Seal seal{
      .segment = 0, .order = order, .outcome = {}, .hosts = {}, .before = {}, .bytes = 0, .readings = {}};
  for (const std::string& name : names) {
    const auto number = parse_segment_name(name);
    if (number && *number > sealed_ && *number < order.open_segment &&
        (seal.segment == 0 || *number < seal.segment))
      seal.segment = *number;
  }
  if (seal.segment == 0) return std::move(seal.outcome);

  const auto do_it = [&]() -> Result<> {
    if (auto read = read_segment(seal); !read) return read;
    for (auto& [host, work] : seal.hosts)
      if (auto flushed = flush(seal, host, work); !flushed) return flushed;
    FETTLE_TRY(seal.outcome.packs, writer_.commit());
    return write_carries(seal.segment);
  };
  if (auto done = do_it(); !done) {
    for (auto& [host, carry] : seal.before) {
      if (carry)
        carries_[host] = std::move(*carry);
      else
        carries_.erase(host);
    }
    // What was appended and is not taken back is of a segment that is not sealed: nobody reads it.
    auto undone = writer_.take_back();
    if (is_disk_full(done.error()) && !undone) return std::unexpected(std::move(undone).error());
    return std::unexpected(std::move(done).error());
  }
  std::erase_if(layouts_, [](const auto& layout) { return layout.second.expired(); });
  if (order.known)
    std::erase_if(carries_, [&](const auto& one) { return !order.known->contains(one.first); });
  sealed_ = seal.segment;
  seal.outcome.segment = seal.segment;
  seal.outcome.newest_ms = newest_ms_;
  return std::move(seal.outcome);
}

Result<> Sealer::read_segment(Seal& seal) {
  FETTLE_TRY(auto file, files_.open(paths_.journal + "/" + segment_name(seal.segment), io::OpenMode::read));
  SegmentReader reader(std::move(file));
  Result<> outcome;
  SegmentVisitor visitor;
  visitor.checkpoint = [](const Positions&) {};
  visitor.sample = [&](Sample& sample) {
    if (outcome) take(seal, sample, outcome);
  };
  for (;;) {
    FETTLE_TRY(const SegmentReader::State state, reader.read(visitor, kValuesAPiece));
    if (!outcome || state == SegmentReader::State::at_end) return outcome;
  }
}

void Sealer::take(Seal& seal, Sample& sample, Result<>& outcome) {
  if (seal.order.known && !seal.order.known->contains(sample.host)) return;
  const auto known = carries_.find(sample.host);
  if (known != carries_.end() && sample.position <= known->second.position) return;  // written twice
  if (seal.before.find(sample.host) == seal.before.end())
    seal.before.emplace(sample.host, known == carries_.end() ? std::nullopt : std::optional(known->second));
  HostWork& work = seal.hosts[sample.host];
  if (work.set != sample.set) {
    std::vector<wire::Series> series = resolved(sample.set->series);
    work.layout = layout_hash({.id = 0, .boot_id = {}, .series = series});
    std::weak_ptr<const std::vector<wire::Series>>& shared = layouts_[work.layout];
    work.series = shared.lock();
    if (!work.series || *work.series != series) {
      work.series = std::make_shared<const std::vector<wire::Series>>(std::move(series));
      shared = work.series;
    }
    work.meaning = make_set_meaning({.id = 0, .boot_id = {}, .series = *work.series}, "");
    work.set = sample.set;
  }
  HostCarry& carry = carries_[sample.host];
  const RowFact fact = advance(carry, sample, work.series, seal.readings);
  newest_ms_ = std::max(newest_ms_, fact.at_ms);
  ++seal.outcome.samples;
  if (fact.is_flagged) ++seal.outcome.flagged;
  if (carry.cores == 0) carry.cores = work.meaning->core_series;
  if (carry.cores == 0)
    carry.cores = estimate_cores(*work.meaning, seal.readings, sample.values, fact.interval);

  const std::size_t bytes_before = work.bytes;
  const RunKey key{.layout = work.layout, .boot = carry.boot};
  work.cores[key] = carry.cores;
  if (!is_too_old(Tier::raw, period_of(Tier::raw, fact.at_ms), seal.order.now_ms, seal.order.keep)) {
    const std::int64_t hour_ms = period_of(Tier::raw, fact.at_ms);
    if (work.raw.empty() || work.raw.back().hour_ms != hour_ms || work.raw.back().layout != work.layout ||
        work.raw.back().boot != carry.boot) {
      RawRows& rows = work.raw.emplace_back();
      rows.hour_ms = hour_ms;
      rows.layout = work.layout;
      rows.series = work.series;
      rows.boot = carry.boot;
      rows.first_at_ms = rows.last_at_ms = fact.at_ms;
      work.bytes += sizeof(RawRows) + sample.values.size() * sizeof(std::int64_t);
    }
    RawRows& rows = work.raw.back();
    const RowStamp stamp{.at_ms = fact.at_ms, .monotonic_ms = sample.monotonic_ms};
    const auto coded = codec_.encode_row({.stamp = rows.last, .values = rows.values},
                                         {.stamp = stamp, .values = sample.values});
    rows.bytes.insert(rows.bytes.end(), coded.begin(), coded.end());
    rows.last = stamp;
    rows.values = sample.values;
    rows.first_at_ms = std::min(rows.first_at_ms, fact.at_ms);
    rows.last_at_ms = std::max(rows.last_at_ms, fact.at_ms);
    ++rows.rows;
    work.bytes += coded.size();
  } else {
    ++seal.outcome.too_old;
  }

  if (work.runs.empty() || work.runs.back().key != key)
    work.runs.push_back({key, RollupTable(work.series), RollupTable(work.series)});
  Run& run = work.runs.back();
  const std::size_t rows_before = run.minutes.rows().size();
  count_in(run.minutes, fact.at_ms / kMinuteMs * kMinuteMs, sample, seal.readings, fact.interval);
  count_in(run.hours, fact.at_ms / kHourMs * kHourMs, sample, seal.readings, fact.interval);
  if (run.minutes.rows().size() != rows_before)
    work.bytes += 2 * run.minutes.bytes() / run.minutes.rows().size();

  seal.bytes += work.bytes - bytes_before;
  if (work.bytes > kHostBytes) outcome = flush(seal, sample.host, work);
  if (!outcome || seal.bytes <= kAllBytes) return;
  for (auto& [host, waiting] : seal.hosts)
    if (outcome) outcome = flush(seal, host, waiting);
}

Result<> Sealer::flush(Seal& seal, HostNumber host, HostWork& work) {
  if (work.bytes == 0) return {};
  const auto pack_id = [&](Tier tier, std::int64_t period_ms) {
    const auto known = generations_.try_emplace({tier, period_ms}, 0U).first;
    return PackId{.tier = tier, .period_ms = period_ms, .generation = known->second};
  };
  RecordHead head{.kind = RecordKind::piece, .host = host, .part = work.part, .source = seal.segment};
  std::map<PackId, PackWriter::Record> records;
  const auto add = [&](const PackId& id, BlockRows block, const SeriesPtr& series, Stretch times) {
    auto [at, is_new] =
        records.try_emplace(id, PackWriter::Record{.head = head, .blocks = {}, .layouts = {}});
    RecordHead& own = at->second.head;
    own.first_at_ms = is_new ? times.from_ms : std::min(own.first_at_ms, times.from_ms);
    own.last_at_ms = is_new ? times.to_ms : std::max(own.last_at_ms, times.to_ms);
    at->second.blocks.push_back(std::move(block));
    at->second.layouts.push_back(series);
  };

  for (const RawRows& rows : work.raw) {
    Columns columns;
    std::vector<std::uint32_t> all(rows.series->size());
    std::iota(all.begin(), all.end(), 0U);
    const BlockShape shape{.rows = rows.rows, .columns = static_cast<std::uint32_t>(rows.series->size())};
    FETTLE_CHECK(codec_.decode_open(rows.bytes, shape, all, columns), "rows in memory decode");
    BlockRows block{.layout = rows.layout,
                    .boot = rows.boot,
                    .cores = work.cores[{rows.layout, rows.boot}],
                    .rows = rows.rows,
                    .series = shape.columns,
                    .numbers = {}};
    for (const RowStamp& stamp : columns.stamps) block.numbers.push_back(stamp.at_ms);
    for (const RowStamp& stamp : columns.stamps)
      block.numbers.push_back(wrapping_difference(stamp.monotonic_ms, stamp.at_ms));
    block.numbers.insert(block.numbers.end(), columns.values.begin(), columns.values.end());
    add(pack_id(Tier::raw, rows.hour_ms), std::move(block), rows.series, {rows.first_at_ms, rows.last_at_ms});
  }
  for (const Run& run : work.runs) {
    const auto series = std::make_shared<const std::vector<wire::Series>>(run.minutes.series());
    for (const Tier tier : {Tier::minute, Tier::hour}) {
      const RollupTable& table = tier == Tier::minute ? run.minutes : run.hours;
      for (const Stretch& stretch : stretches_of(tier, table)) {
        if (is_too_old(tier, stretch.from_ms, seal.order.now_ms, seal.order.keep)) continue;
        add(pack_id(tier, stretch.from_ms),
            table.to_block(run.key.layout, work.cores[run.key], stretch.from_ms, stretch.to_ms), series,
            stretch);
      }
    }
  }
  for (const auto& [id, record] : records)
    if (auto appended = writer_.append(id, record); !appended) return appended;
  seal.bytes -= std::min(seal.bytes, work.bytes);
  work.raw.clear();
  work.runs.clear();
  work.cores.clear();
  work.bytes = 0;
  ++work.part;
  return {};
}

Result<> Sealer::write_carries(std::uint64_t segment) {
  const std::vector<std::uint8_t> bytes = encode_carries(carries_);
  {
    FETTLE_TRY(const auto file, files_.open(carry_path(segment), io::OpenMode::append_or_create));
    if (file->size() > 0)
      if (auto cut = file->truncate(0); !cut) return cut;
    if (auto appended = file->append(bytes); !appended) {
      ignore(files_.remove(carry_path(segment)), "it is not whole, and is not read");
      return appended;
    }
    if (auto synced = file->sync(); !synced)
      return fail(ErrorCode::io, "history_sync_failed", synced.error().detail);
  }
  const std::string folder = paths_.folder + "/carry";
  if (auto synced = files_.sync_folder(folder); !synced)
    return fail(ErrorCode::io, "history_sync_failed", synced.error().detail);
  auto names = files_.list(folder);
  if (!names) return {};  // they are removed another time
  for (const std::string& name : *names) {
    const auto number = parse_carry_name(name);
    if (number && *number < segment)
      ignore(files_.remove(folder + "/" + name), "a later one counts; removed with the next");
  }
  return {};
}

Result<CompactOutcome> Sealer::compact(const CompactOrder& order) {
  auto done = compact_pack(files_, paths_.folder, order, coder_);
  if (done) generations_[{done->id.tier, done->id.period_ms}] = done->id.generation;
  if (!done && done.error().code == ErrorCode::not_found)
    generations_.erase({order.id.tier, order.id.period_ms});
  return done;
}

Result<> Sealer::drop(const PackId& id) {
  generations_.erase({id.tier, id.period_ms});
  return files_.remove(pack_path(paths_.folder, id));
}

}  // namespace fettle::metrics
