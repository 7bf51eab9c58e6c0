// What the agent costs its host: processor time and memory from the kernel, the rest as the agent tells it.
#pragma once
#include "fettle/agent/sense/sensor.h"

namespace fettle::agent {

/// Resident pages: the second number of /proc/self/statm.
std::optional<std::uint64_t> parse_resident_pages(std::string_view statm);

class OwnCostSource final : public Source {
 public:
  explicit OwnCostSource(const std::string& proc);
  void tell(const OwnFigures& own) { own_ = own; }
  bool refresh(ReadBuffer& buffer) override;
  void describe(SeriesList& series) const override;
  void append(Values& values) const override;

 private:
  ProcFile statm_;
  const std::uint64_t page_bytes_;
  OwnFigures own_;
  std::int64_t cpu_us_ = wire::kAbsent;
  std::int64_t memory_ = wire::kAbsent;
};

}  // namespace fettle::agent
