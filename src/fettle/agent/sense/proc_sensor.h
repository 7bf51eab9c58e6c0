// The host as it is. Files that the kernel answers from memory are read inline on the loop: measured, 3 to 8
// microseconds a file and 50 for all, far below what may hold a loop, and a thread would add a hop to each
// heartbeat. Processes, temperatures, units and the inventory are looked at on a work queue with one thread,
// one look at a time; mounts on another (MountWatch).
#pragma once
#include <vector>

#include "fettle/agent/sense/machine.h"
#include "fettle/agent/sense/own_cost.h"
#include "fettle/agent/sense/sensor.h"
#include "fettle/agent/sense/slow_source.h"
#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/io/task_scope.h"
#include "fettle/io/work_queue.h"

namespace fettle::agent {

/// The series of a host, without the loop: for tests and measurements too.
class HostCounters {
 public:
  HostCounters(const std::string& proc, std::string boot_id);
  void read(Reading& into);
  /// What the slow probe found.
  void take(SlowReading reading) { slow_->take(std::move(reading)); }
  void take_mounts(std::vector<MountReading> mounts) { slow_->take_mounts(std::move(mounts)); }
  /// The slow probe is late, or the round of the mounts.
  void expire_slow() { slow_->expire(); }
  void expire_mounts() { slow_->expire_mounts(); }
  void tell(const OwnFigures& own) { own_->tell(own); }

 private:
  void rebuild();
  std::string boot_id_;
  ReadBuffer buffer_;
  std::vector<std::unique_ptr<Source>> sources_;
  SlowSource* slow_ = nullptr;                  // one of sources_
  OwnCostSource* own_ = nullptr;                // one of sources_
  std::shared_ptr<const wire::SeriesSet> set_;  // see Reading
};

class ProcSensor final : public Sensor {
 public:
  /// start() comes before read() and inventory().
  /// `labels` are those of the agent's configuration.
  ProcSensor(io::Loop& loop, io::Clock& clock, io::Log log, MachineRoots roots = {},
             MountWatch::ReadSpace read_space = read_mount_space,
             std::map<std::string, std::string> labels = {});
  void start() override;
  Task<void> stop() override;
  void tell(const OwnFigures& own) override { counters_->tell(own); }
  void read(Reading& into) override;
  [[nodiscard]] const wire::Inventory& inventory() const override { return inventory_; }
  void on_news(std::function<void()> call) override { on_news_ = std::move(call); }

  static constexpr Nanos kBetweenProbes = Seconds(5);
  static constexpr Nanos kBetweenInventories = Seconds(600);
  static constexpr Nanos kProbeIsLate = Seconds(15);  // from then on its last values are not called new
  static constexpr Nanos kProbeIsStuck = Seconds(60);

 private:
  void probe_when_due();
  Task<void> probe(bool with_inventory);
  void take_machine(wire::Inventory machine);
  void take_units(const std::optional<wire::UnitStates>& units);

  io::Loop& loop_;
  io::Clock& clock_;
  io::Log log_;
  const MachineRoots roots_;
  const std::map<std::string, std::string> labels_;
  std::function<void()> on_news_ = [] {};
  wire::Inventory inventory_;
  std::optional<HostCounters> counters_;  // from start() on
  std::shared_ptr<SlowProbe> probe_;      // shared with a job that may hang past stop()
  std::unique_ptr<io::WorkQueue> queue_;
  bool is_probing_ = false;
  bool has_complained_ = false;
  bool has_points_ = false;            // it is known which mounts there are
  std::optional<MonoTime> probed_at_;  // when the last probe began
  MonoTime inventory_at_{};
  io::TaskScope tasks_;
  MountWatch mounts_;
};

}  // namespace fettle::agent
