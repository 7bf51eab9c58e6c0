// /proc/pressure (PSI): how long tasks waited for processor, memory or disk, in microseconds since the start.
// Kernels without it, or with it switched off, have no such series.
#pragma once
#include <array>

#include "fettle/agent/sense/source.h"

namespace fettle::agent {

struct Pressure {
  std::optional<std::uint64_t> some_us, full_us;
};
Pressure parse_pressure(std::string_view text);

class PressureSource final : public Source {
 public:
  explicit PressureSource(const std::string& proc);
  bool refresh(ReadBuffer& buffer) override;
  void describe(SeriesList& series) const override;
  void append(Values& values) const override;

 private:
  static constexpr std::size_t kSeries = 5;
  ProcFile cpu_, memory_, io_;
  std::array<std::optional<std::uint64_t>, kSeries> now_;
  std::array<bool, kSeries> was_there_{};
};

}  // namespace fettle::agent
