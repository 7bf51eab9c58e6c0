// The series of what the slow probe found: mounts and the number of processes. Keeps the last values until
// the next probe has ended, however long that takes. Loop thread.
#pragma once
#include "fettle/agent/sense/slow_probe.h"
#include "fettle/agent/sense/source.h"

namespace fettle::agent {

class SlowSource final : public Source {
 public:
  /// What a probe brought; seen from the next refresh() on.
  void take(SlowReading reading);
  bool refresh(ReadBuffer& buffer) override;
  void describe(SeriesList& series) const override;
  void append(Values& values) const override;

 private:
  SlowReading now_;
  bool has_processes_ = false;
  bool is_other_ = false;
};

}  // namespace fettle::agent
