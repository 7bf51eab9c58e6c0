// /proc/stat: time of all cores by mode, and how long each core was busy.
#pragma once
#include <array>

#include "fettle/agent/sense/source.h"

namespace fettle::agent {

inline constexpr std::size_t kCpuModes = 8;  // user nice system idle iowait irq softirq steal

struct CoreTicks {
  std::uint32_t core = 0;
  std::uint64_t busy = 0;
};

/// In ticks of the kernel (sysconf(_SC_CLK_TCK) a second). Time of guests is part of user and nice.
struct CpuTicks {
  std::array<std::uint64_t, kCpuModes> total{};
  bool has_total = false;
  std::vector<CoreTicks> cores;  // those that are on, in ascending order, at most kMostCores
};

/// Modes that an older kernel does not have stay 0; a line that cannot be read is left out. Reuses `into`.
void parse_cpu(std::string_view text, CpuTicks& into);

class CpuSource final : public Source {
 public:
  explicit CpuSource(const std::string& proc);
  bool refresh(ReadBuffer& buffer) override;
  void describe(SeriesList& series) const override;
  void append(Values& values) const override;

 private:
  ProcFile file_;
  const std::uint64_t ticks_per_second_;
  CpuTicks ticks_;
  std::vector<std::uint32_t> cores_;  // as described
  bool has_total_ = false;            // as described
  bool is_fresh_ = false;
};

}  // namespace fettle::agent
