#include "fettle/fleet/watch_rules.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace fettle::fleet {
namespace {

using Id = WatchKindId;

constexpr std::uint32_t kNone = 0xFFFFFFFF;
constexpr std::size_t kMostWatches = 1'000;  // of one host: an agent can claim any number of mounts
constexpr int kOtherMajor = 100;

/// The columns of one metric, by label.
class Columns {
 public:
  explicit Columns(const metrics::Layout& layout) {
    for (std::uint32_t i = 0; i < layout.entries.size(); ++i) {
      const auto& entry = layout.entries[i];
      at_[entry.metric].emplace_back(entry.label, i);
    }
    for (auto& [metric, columns] : at_) std::ranges::sort(columns);
  }
  using Labelled = std::pair<std::string_view, std::uint32_t>;
  [[nodiscard]] const std::vector<Labelled>& all(std::string_view metric) const {
    static const std::vector<Labelled> kEmpty;
    const auto found = at_.find(metric);
    return found == at_.end() ? kEmpty : found->second;
  }
  [[nodiscard]] std::uint32_t find(std::string_view metric, std::string_view label = {}) const {
    const auto& columns = all(metric);
    const auto found = std::ranges::lower_bound(columns, label, {}, &Labelled::first);
    return found != columns.end() && found->first == label ? found->second : kNone;
  }

 private:
  std::map<std::string_view, std::vector<Labelled>> at_;
};

class Planner {
 public:
  explicit Planner(const Columns& columns) : columns_(columns) { plan_.targets.emplace_back(); }

  void add(Id kind, WatchFormula formula, std::uint32_t a, std::uint32_t b = 0, std::string_view target = {},
           float factor = 1) {
    if (a == kNone || b == kNone || plan_.watches.size() >= kMostWatches) return;
    if (plan_.targets.back() != target) plan_.targets.emplace_back(target);
    if (kind == Id::disk_space) plan_.disks.push_back(static_cast<std::uint32_t>(plan_.watches.size()));
    plan_.watches.push_back(
        {.a = a,
         .b = b,
         .factor = factor,
         .formula = formula,
         .kind = kind,
         .target = static_cast<std::uint16_t>(target.empty() ? 0 : plan_.targets.size() - 1)});
  }
  void add_disks() {
    for (const auto& [label, used] : columns_.all("mount.used")) {
      const std::uint32_t available = columns_.find("mount.available", label);
      if (available != kNone) {
        add(Id::disk_space, WatchFormula::df, used, available, label);
      } else {
        add(Id::disk_space, WatchFormula::share, used, columns_.find("mount.total", label), label);
      }
    }
    for (const auto& [label, used] : columns_.all("mount.inodes_used"))
      add(Id::disk_inodes, WatchFormula::share, used, columns_.find("mount.inodes_total", label), label);
  }
  void add_each(Id kind, std::string_view metric) {
    for (const auto& [label, column] : columns_.all(metric)) add(kind, WatchFormula::value, column, 0, label);
  }
  WatchPlan take() { return std::move(plan_); }

 private:
  const Columns& columns_;
  WatchPlan plan_;
};

std::optional<std::pair<int, int>> parse_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  int major = 0, minor = 0;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, major);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return std::nullopt;
  if (std::from_chars(first.ptr + 1, end, minor).ec != std::errc{}) return std::nullopt;
  return std::pair(major, minor);
}

}  // namespace

WatchPlan make_watch_plan(const metrics::Layout& layout, std::uint32_t cores) {
  const Columns columns(layout);
  Planner planner(columns);
  planner.add_disks();
  planner.add(Id::memory_available, WatchFormula::share_below, columns.find("memory.available"),
              columns.find("memory.total"));
  planner.add(Id::memory_thrashing, WatchFormula::if_used, columns.find("pressure.memory.full"),
              columns.find("swap.used"));
  planner.add(Id::memory_pressure, WatchFormula::value, columns.find("pressure.memory.some"));
  planner.add(Id::cpu_load, WatchFormula::value, columns.find("load.5"), 0, {},
              1.0F / static_cast<float>(std::max(cores, 1U)));
  planner.add(Id::cpu_pressure, WatchFormula::value, columns.find("pressure.cpu.some"));
  planner.add(Id::io_pressure, WatchFormula::value, columns.find("pressure.io.full"));
  planner.add_each(Id::temperature, "temperature.celsius");
  planner.add(Id::units_failed, WatchFormula::value, columns.find("units.failed"));
  return planner.take();
}

std::optional<int> decide_versions_behind(std::string_view agent, std::string_view server) {
  const auto theirs = parse_version(agent), ours = parse_version(server);
  if (!theirs || !ours) return std::nullopt;
  if (theirs->first != ours->first) return theirs->first < ours->first ? kOtherMajor : 0;
  return std::max(ours->second - theirs->second, 0);
}

}  // namespace fettle::fleet
