#include "fettle/agent/sense/cpu.h"

#include <unistd.h>

#include <algorithm>

#include "fettle/agent/sense/text_scan.h"

namespace fettle::agent {
namespace {

constexpr std::array<std::string_view, kCpuModes> kModeMetrics = {
    "cpu.user", "cpu.nice", "cpu.system", "cpu.idle", "cpu.iowait", "cpu.irq", "cpu.softirq", "cpu.steal"};
constexpr std::size_t kIdle = 3;
constexpr std::size_t kIowait = 4;

/// False when not even user, nice, system and idle are there (Linux before 2.6 has just these).
bool parse_modes(std::string_view rest, std::array<std::uint64_t, kCpuModes>& modes) {
  std::size_t count = 0;
  modes.fill(0);
  while (count < kCpuModes && take_number(rest, modes[count])) ++count;
  return count >= 4;
}

}  // namespace

void parse_cpu(std::string_view text, CpuTicks& into) {
  into.has_total = false;
  into.cores.clear();
  std::string_view line;
  while (take_line(text, line)) {
    if (!line.starts_with("cpu")) {
      if (into.has_total || !into.cores.empty()) break;  // they stand together, at the beginning
      continue;
    }
    line.remove_prefix(3);
    std::array<std::uint64_t, kCpuModes> modes{};
    if (line.starts_with(' ')) {
      into.has_total = parse_modes(line, modes);
      if (into.has_total) into.total = modes;
      continue;
    }
    std::uint64_t core = 0;
    if (!take_number(line, core) || core > 0xffff || !parse_modes(line, modes)) continue;
    if (into.cores.size() >= kMostCores) continue;
    if (!into.cores.empty() && into.cores.back().core >= core) continue;
    std::uint64_t busy = 0;
    for (std::size_t mode = 0; mode < kCpuModes; ++mode) {
      if (mode != kIdle && mode != kIowait) busy += modes[mode];
    }
    into.cores.push_back({static_cast<std::uint32_t>(core), busy});
  }
}

CpuSource::CpuSource(const std::string& proc)
    : file_(proc + "/stat"),
      ticks_per_second_(static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK)))) {}

bool CpuSource::refresh(ReadBuffer& buffer) {
  const auto text = file_.read_until(buffer, "\nintr");
  is_fresh_ = false;
  if (!text) return false;
  parse_cpu(*text, ticks_);
  if (!ticks_.has_total && ticks_.cores.empty()) return false;
  is_fresh_ = true;
  const bool is_same =
      has_total_ == ticks_.has_total && std::ranges::equal(cores_, ticks_.cores, {}, {}, &CoreTicks::core);
  if (is_same) return false;
  has_total_ = ticks_.has_total;
  cores_.clear();
  for (const CoreTicks& core : ticks_.cores) cores_.push_back(core.core);
  return true;
}

void CpuSource::describe(SeriesList& series) const {
  if (has_total_) {
    for (const std::string_view metric : kModeMetrics) add_counter(series, metric);
  }
  for (const std::uint32_t core : cores_) add_counter(series, "core.busy", std::to_string(core));
}

void CpuSource::append(Values& values) const {
  if (!is_fresh_) {
    values.insert(values.end(), (has_total_ ? kCpuModes : 0) + cores_.size(), wire::kAbsent);
    return;
  }
  const auto core_ms = [this](std::uint64_t ticks) { return wire_number(ticks * 1000 / ticks_per_second_); };
  if (has_total_) {
    for (const std::uint64_t ticks : ticks_.total) values.push_back(core_ms(ticks));
  }
  for (const CoreTicks& core : ticks_.cores) values.push_back(core_ms(core.busy));
}

}  // namespace fettle::agent
