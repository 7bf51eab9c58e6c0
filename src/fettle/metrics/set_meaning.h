// What the numbers of a series set mean: how each becomes the value that is shown, and which of them make the
// summary of a host. Pure; shared by all hosts with the same series.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "fettle/metrics/history.h"
#include "fettle/metrics/rate_rules.h"

namespace fettle::metrics {

struct Conversion {
  double scale = 1;
  bool is_counter = false;
  bool is_percent = false;  // clamped to 0..100
  bool divide_by_cores = false;
};

struct SetMeaning {
  std::shared_ptr<const Layout> layout;  // shared with every Latest and RangeAnswer that was handed out
  std::vector<Conversion> conversions;
  std::uint32_t core_series = 0;  // how many cores report for themselves; 0: unknown
  std::size_t bytes = 0;          // of memory, the layout's texts included

  static constexpr std::uint32_t kNoColumn = 0xFFFFFFFF;
  struct Mount {
    std::uint32_t label_of = kNoColumn, total = kNoColumn, used = kNoColumn, available = kNoColumn;
  };
  std::vector<std::uint32_t> cpu_columns;  // all modes
  std::vector<std::uint32_t> busy_columns, rx_columns, tx_columns;
  std::uint32_t memory_total = kNoColumn, memory_available = kNoColumn;
  std::uint32_t agent_cpu = kNoColumn, agent_memory = kNoColumn;
  std::vector<Mount> mounts;
};

std::shared_ptr<const SetMeaning> make_set_meaning(const wire::SeriesSet& set, std::string layout_id);
/// Identifies layouts: series and kinds in order, without the boot.
std::uint64_t layout_hash(const wire::SeriesSet& set);

double shown_gauge(const Conversion& conversion, std::int64_t raw);
/// `cores` at least 1.
double shown_counter(const Conversion& conversion, double rate, std::uint32_t cores);

/// Cores by what all modes together counted in an interval; 0 when that says nothing. For agents that do not
/// report single cores.
std::uint32_t estimate_cores(const SetMeaning& meaning, std::span<const std::int64_t> before,
                             std::span<const std::int64_t> after, const Interval& interval);

Summary make_summary(const SetMeaning& meaning, const Latest& latest);

/// True for an interface whose traffic is its own. Bridges, tunnels, virtual pairs and VLANs carry what a
/// physical one carries again.
bool is_primary_interface(std::string_view name);

}  // namespace fettle::metrics
