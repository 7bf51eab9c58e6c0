// /proc/loadavg and /proc/uptime: load in hundredths, tasks that are running, seconds since the start.
#pragma once
#include "fettle/agent/sense/source.h"

namespace fettle::agent {

struct Load {
  std::uint64_t one = 0, five = 0, fifteen = 0;  // hundredths
  std::uint64_t running = 0;                     // tasks that run or wait for a core
};
std::optional<Load> parse_load(std::string_view text);
/// Seconds since the kernel started.
std::optional<std::uint64_t> parse_uptime(std::string_view text);

class LoadSource final : public Source {
 public:
  explicit LoadSource(const std::string& proc);
  bool refresh(ReadBuffer& buffer) override;
  void describe(SeriesList& series) const override;
  void append(Values& values) const override;

 private:
  ProcFile load_file_;
  ProcFile uptime_file_;
  std::optional<Load> load_;
  std::optional<std::uint64_t> uptime_;
  bool has_load_ = false;  // was there once: the series stay
  bool has_uptime_ = false;
};

}  // namespace fettle::agent
