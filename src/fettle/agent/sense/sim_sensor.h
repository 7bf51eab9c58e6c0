// A made-up host for simulations and load tests: counters that grow and gauges that wander around levels of
// their own, from a seed. No file, no thread; the same seed and times give the same values.
#pragma once
#include <map>

#include "fettle/agent/sense/sensor.h"
#include "fettle/agent/sense/sim_course.h"
#include "fettle/io/clock.h"
#include "fettle/io/sim/sim_random.h"

namespace fettle::agent {

struct SimHost {
  std::uint64_t seed = 1;
  std::string name = "sim-1";
  unsigned cores = 4;
  unsigned disks = 1;
  unsigned interfaces = 1;
  unsigned mounts = 1;                        // "/" and up to two more
  std::map<std::string, std::string> labels;  // as of the agent's configuration
  Seconds up_for{0};                          // how long the machine has been running when it is made
};

class SimSensor final : public Sensor {
 public:
  SimSensor(const io::Clock& clock, const SimHost& host);
  void start() override {}
  Task<void> stop() override;
  void tell(const OwnFigures& own) override { own_ = own; }
  void on_news(std::function<void()> call) override { on_news_ = std::move(call); }
  void read(Reading& into) override { read_at(clock_.mono_now(), into); }
  /// As it was then. Times only ever go forward; the first one may lie before now.
  void read_at(MonoTime at, Reading& into);
  [[nodiscard]] const wire::Inventory& inventory() const override { return inventory_; }

  /// As after a restart of the machine: counters begin at 0 and the boot id is another.
  void reboot();
  /// As if systemd had said so.
  void set_units(wire::UnitStates units);

 private:
  /// What sets this host apart from others: where its numbers are drawn back to.
  struct Character {
    double busy, user, system, softirq;  // shares: of all cores, and of what is busy
    double memory, disk, disk_per_hour;  // shares in use, and how fast the disk fills
    double traffic;                      // the logarithm of bytes a second
    std::int64_t memory_bytes, disk_bytes;
  };
  void take_character();
  [[nodiscard]] std::size_t mount_count() const;
  void boot(Seconds up_for);
  void step(double seconds);
  void read_gauges(MonoTime at, Values& values) const;
  void read_counters(double seconds, Values& values);

  const io::Clock& clock_;
  const SimHost host_;
  OwnFigures own_;
  std::function<void()> on_news_ = [] {};
  io::SimRandom random_;
  Character character_{};
  wire::Inventory inventory_;
  std::shared_ptr<const wire::SeriesSet> set_;  // see Reading
  MonoTime booted_at_;
  MonoTime last_;
  Bursts bursts_;
  Wander busy_, waiting_, memory_, traffic_;
  Average load_1_, load_5_, load_15_;
  double disk_ = 0;
  std::vector<double> core_parts_;  // of the work, 1 on average
  std::vector<double> counters_;    // in order of the counter series, with what is not yet a whole one
};

}  // namespace fettle::agent
