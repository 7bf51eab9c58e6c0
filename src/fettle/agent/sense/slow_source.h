// The series of what the slow probe found: mounts, temperatures, the numbers of processes and of failed
// units. Keeps the last values until the next probe has ended, or until they are too old to be called new.
// Loop thread.
#pragma once
#include "fettle/agent/sense/mount_watch.h"
#include "fettle/agent/sense/slow_probe.h"
#include "fettle/agent/sense/source.h"

namespace fettle::agent {

class SlowSource final : public Source {
 public:
  /// What a probe brought; seen from the next refresh() on.
  void take(SlowReading reading);
  void take_mounts(std::vector<MountReading> mounts);
  /// What there is was not looked at in time: until it is taken again its values are absent.
  void expire() { is_expired_ = true; }
  void expire_mounts() { are_mounts_expired_ = true; }
  bool refresh(ReadBuffer& buffer) override;
  void describe(SeriesList& series) const override;
  void append(Values& values) const override;

 private:
  SlowReading now_;
  std::vector<MountReading> mounts_;
  bool has_processes_ = false;
  bool has_units_ = false;
  bool is_expired_ = false;
  bool are_mounts_expired_ = false;
  bool is_other_ = false;
};

}  // namespace fettle::agent
