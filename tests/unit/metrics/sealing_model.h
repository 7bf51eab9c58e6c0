// What tiers must hold, worked out the plain way from all samples in the order of the journal; and what they
// hold, read from their packs.
#pragma once
#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "fettle/metrics/catalog.h"
#include "fettle/metrics/pack_reader.h"
#include "fettle/metrics/rollup.h"

namespace fettle::metrics::testing {

using CellKey = std::tuple<HostNumber, std::string, std::int64_t>;  // host, series, start of the row
using Cells = std::map<CellKey, RollupCell>;
using RawRow = std::tuple<HostNumber, std::int64_t, std::int64_t, std::map<std::string, std::int64_t>>;

struct Content {
  Cells minutes, hours;
  std::multiset<RawRow> raw;
};

/// One host as somebody with pencil and paper would follow it.
struct PaperHost {
  bool has_any = false;
  std::string boot;
  std::int64_t monotonic_ms = 0, elapsed_ms = 0;
  std::map<std::string, std::int64_t> readings;
};

inline void count_on_paper(Content& paper, PaperHost& host, const Sample& sample) {
  std::int64_t at_ms = sample.sampled_at_ms;
  if (at_ms < 0 || at_ms > sample.received_at_ms + 300'000) at_ms = sample.received_at_ms;
  std::map<std::string, std::int64_t> values;
  for (std::size_t i = 0; i < sample.values.size(); ++i)
    values[series_key(sample.set->series[i])] = sample.values[i];
  paper.raw.emplace(sample.host, at_ms, sample.monotonic_ms, values);

  const bool is_same_boot = host.has_any && host.boot == sample.set->boot_id;
  const std::int64_t elapsed_ms = sample.monotonic_ms - host.monotonic_ms;
  const bool is_late = is_same_boot && elapsed_ms < 0 && elapsed_ms >= -60'000;
  const std::int64_t usual_ms =
      host.elapsed_ms > 0 ? std::min<std::int64_t>(host.elapsed_ms, 60'000) : 60'000;
  const bool is_comparable = is_same_boot && elapsed_ms >= 100;
  const bool is_gap = elapsed_ms > std::max<std::int64_t>(3 * usual_ms, 15'000);
  for (std::size_t i = 0; i < sample.values.size(); ++i) {
    const wire::Series& series = sample.set->series[i];
    const std::string key = series_key(series);
    for (const auto& [cells, step_ms] :
         {std::pair(&paper.minutes, 60'000), std::pair(&paper.hours, 3'600'000)}) {
      const CellKey place{sample.host, key, at_ms / step_ms * step_ms};
      if (series.kind == wire::SeriesKind::gauge) {
        if (values[key] == wire::kAbsent) continue;
        RollupCell& cell = (*cells)[place];
        cell.low = cell.count == 0 ? values[key] : std::min(cell.low, values[key]);
        cell.high = cell.count == 0 ? values[key] : std::max(cell.high, values[key]);
        cell.total += values[key];
        cell.last = values[key];
        ++cell.count;
        continue;
      }
      const auto before = host.readings.find(key);
      if (!is_comparable || is_gap || before == host.readings.end()) continue;
      if (values[key] < 0 || before->second < 0) continue;
      std::int64_t increase = values[key] - before->second;
      if (increase < 0) {
        constexpr std::int64_t kWrap = 1LL << 32;
        increase += kWrap;
        if (before->second >= kWrap || before->second < kWrap / 4 * 3 || values[key] >= kWrap / 4 ||
            increase > elapsed_ms * 125'000)
          continue;
      }
      const std::int64_t rate = increase * 1'000'000 / elapsed_ms;
      RollupCell& cell = (*cells)[place];
      cell.low = cell.count == 0 ? rate : std::min(cell.low, rate);
      cell.high = cell.count == 0 ? rate : std::max(cell.high, rate);
      cell.total += increase;
      cell.last += elapsed_ms;
      ++cell.count;
    }
  }
  if (is_late) return;
  host.has_any = true;
  host.elapsed_ms = is_comparable ? elapsed_ms : 0;
  host.boot = sample.set->boot_id;
  host.monotonic_ms = sample.monotonic_ms;
  host.readings = std::move(values);
}

/// The first place where two differ; empty when they do not.
inline std::string difference(const Cells& kept, const Cells& paper) {
  const auto text = [](const Cells& cells, const CellKey& key) {
    const auto found = cells.find(key);
    if (found == cells.end()) return std::string("nothing");
    const RollupCell& cell = found->second;
    return fmt::format("low {} high {} total {} last {} count {}", cell.low, cell.high, cell.total, cell.last,
                       cell.count);
  };
  for (const Cells* cells : {&kept, &paper})
    for (const auto& [key, cell] : *cells)
      if (text(kept, key) != text(paper, key))
        return fmt::format("host {} {} at {}: kept {}, on paper {}", std::get<0>(key), std::get<1>(key),
                           std::get<2>(key), text(kept, key), text(paper, key));
  return {};
}

/// All that a reader sees of the packs in `folder`, at the newest generation of each.
inline Content read_packs(io::Files& files, const std::string& folder,
                          const std::map<PackId, std::uint64_t>& packs, std::uint64_t sealed) {
  Content content;
  ColumnCoder coder;
  for (const auto& [id, bytes] : packs) {
    PackReader reader = PackReader::open(files, folder, id).value();
    const PackIndex index = reader.read_index().value();
    for (const HostNumber host : index.hosts()) {
      for (const PackEntry& entry : index.entries_of(host, sealed)) {
        for (const StoredBlock& stored : reader.blocks_of(entry).value()) {
          const auto series = reader.layout_at(index.layouts->at(stored.layout), coder).value();
          const BlockRows block = reader.decode_all(stored, coder).value();
          const ColumnShape shape = block_shape(id.tier, block.rows, block.series);
          for (std::uint32_t r = 0; r < block.rows; ++r) {
            if (id.tier == Tier::raw) {
              std::map<std::string, std::int64_t> values;
              for (std::size_t s = 0; s < series.size(); ++s)
                values[series_key(series[s])] = block.numbers[(2 + s) * block.rows + r];
              content.raw.emplace(host, block.numbers[r], block.numbers[r] + block.numbers[block.rows + r],
                                  values);
              continue;
            }
            for (std::uint32_t s = 0; s < block.series; ++s) {
              const RollupCell cell = cell_of(block.numbers, shape, s, r, series[s].kind);
              if (cell.count == 0) continue;
              Cells& cells = id.tier == Tier::minute ? content.minutes : content.hours;
              add_cell(cells[{host, series_key(series[s]), block.numbers[r]}], cell, series[s].kind);
            }
          }
        }
      }
    }
  }
  return content;
}

}  // namespace fettle::metrics::testing
