// A made-up host for simulations and load tests: counters that grow and gauges that wander, from a seed. No
// file, no thread; the same seed and times give the same values.
#pragma once
#include "fettle/agent/sense/sensor.h"
#include "fettle/io/clock.h"
#include "fettle/io/sim/sim_random.h"

namespace fettle::agent {

struct SimHost {
  std::uint64_t seed = 1;
  std::string name = "sim-1";
  unsigned cores = 4;
  unsigned disks = 1;
  unsigned interfaces = 1;
};

class SimSensor final : public Sensor {
 public:
  SimSensor(const io::Clock& clock, const SimHost& host);
  void start() override {}
  Task<void> stop() override;
  void read(Reading& into) override;
  [[nodiscard]] const wire::Inventory& inventory() const override { return inventory_; }

  /// As after a restart of the machine: counters begin at 0 and the boot id is another.
  void reboot();

 private:
  void boot();
  /// A number that wanders between `least` and `most`.
  double wander(double& at, double least, double most);

  const io::Clock& clock_;
  const SimHost host_;
  io::SimRandom random_;
  wire::Inventory inventory_;
  std::shared_ptr<const wire::SeriesSet> set_;  // see Reading
  MonoTime booted_at_;
  MonoTime last_;
  double load_ = 0.3;     // of all cores
  double memory_ = 0.4;   // used
  double disk_ = 0.5;     // used
  double traffic_ = 2e5;  // bytes a second
  Values counters_;       // in order of the counter series
};

}  // namespace fettle::agent
