#include "fettle/agent/sense/proc_sensor.h"

#include <set>

#include "fettle/agent/sense/cpu.h"
#include "fettle/agent/sense/disks.h"
#include "fettle/agent/sense/failed_units.h"
#include "fettle/agent/sense/interfaces.h"
#include "fettle/agent/sense/load.h"
#include "fettle/agent/sense/memory.h"
#include "fettle/agent/sense/pressure.h"
#include "fettle/base/check.h"
#include "fettle/base/text.h"

namespace fettle::agent {

HostCounters::HostCounters(const std::string& proc, std::string boot_id) : boot_id_(std::move(boot_id)) {
  sources_.push_back(std::make_unique<LoadSource>(proc));
  sources_.push_back(std::make_unique<MemorySource>(proc));
  sources_.push_back(std::make_unique<PressureSource>(proc));
  sources_.push_back(std::make_unique<CpuSource>(proc));
  sources_.push_back(std::make_unique<DiskSource>(proc));
  sources_.push_back(std::make_unique<InterfaceSource>(proc));
  auto own = std::make_unique<OwnCostSource>(proc);
  own_ = own.get();
  sources_.push_back(std::move(own));
  auto slow = std::make_unique<SlowSource>();
  slow_ = slow.get();
  sources_.push_back(std::move(slow));
}

void HostCounters::rebuild() {
  auto set = std::make_shared<wire::SeriesSet>();
  set->boot_id = boot_id_;
  for (const auto& source : sources_) source->describe(set->series);
  FETTLE_CHECK(set->series.size() <= wire::kMaxSeries);
  // Names that were cleaned may have become equal; a series is known by its name, so they are told apart
  // again.
  std::set<std::pair<std::string, std::string>> names;
  for (wire::Series& series : set->series) {
    const std::string label = series.label;
    for (int number = 2; !names.emplace(series.metric, series.label).second; ++number) {
      const std::string suffix = "#" + std::to_string(number);
      series.label = std::string(truncate_utf8(label, wire::kMaxText - suffix.size())) + suffix;
    }
  }
  set->id = wire::series_set_id(*set);
  set_ = std::move(set);
}

void HostCounters::read(Reading& into) {
  bool has_changed = !set_;
  for (const auto& source : sources_) {
    if (source->refresh(buffer_)) has_changed = true;
  }
  if (has_changed) rebuild();
  into.set = set_;
  into.values.clear();
  into.values.reserve(set_->series.size());
  for (const auto& source : sources_) source->append(into.values);
  FETTLE_CHECK(into.values.size() == set_->series.size(), "a source gave more or fewer values than series");
}

ProcSensor::ProcSensor(io::Loop& loop, io::Clock& clock, io::Log log, MachineRoots roots,
                       MountWatch::ReadSpace read_space, std::map<std::string, std::string> labels)
    : loop_(loop),
      clock_(clock),
      log_(std::move(log)),
      roots_(std::move(roots)),
      labels_(std::move(labels)),
      probe_(std::make_shared<SlowProbe>(roots_.proc, roots_.sys,
                                         [root = roots_.root] { return ask_failed_units(root); })),
      queue_(loop.make_work_queue("agent.sense", 1, 2)),
      tasks_(loop, log_),
      mounts_(loop, clock, log_, tasks_, std::move(read_space),
              [this](std::vector<MountReading> found) { counters_->take_mounts(std::move(found)); }) {}

void ProcSensor::start() {
  take_machine(read_machine(roots_));
  inventory_at_ = clock_.mono_now();
  counters_.emplace(roots_.proc, inventory_.boot_id);
  probe_when_due();
}

Task<void> ProcSensor::stop() {
  co_await tasks_.stop();
}

void ProcSensor::read(Reading& into) {
  if (is_probing_ && clock_.mono_now() - *probed_at_ >= kProbeIsLate) counters_->expire_slow();
  if (mounts_.is_late()) counters_->expire_mounts();
  counters_->read(into);
  probe_when_due();
}

void ProcSensor::probe_when_due() {
  const MonoTime now = clock_.mono_now();
  if (is_probing_) {
    if (now - *probed_at_ >= kProbeIsStuck && !has_complained_) {
      has_complained_ = true;
      log_.warn("this machine does not answer: processes, temperatures and units have no values", {});
    }
    mounts_.ask();
    return;
  }
  // A heartbeat that comes a little early must not wait for the next one.
  if (probed_at_ && now - *probed_at_ < kBetweenProbes - kBetweenProbes / 8) return;
  probed_at_ = now;
  is_probing_ = true;
  if (has_points_) mounts_.ask();
  const bool with_inventory = now - inventory_at_ >= kBetweenInventories;
  if (with_inventory) inventory_at_ = now;
  tasks_.spawn("agent.probe", probe(with_inventory));
}

Task<void> ProcSensor::probe(bool with_inventory) {
  struct Answer {
    SlowReading slow;
    std::optional<wire::Inventory> machine;
  };
  auto answer = co_await io::offload(loop_, *queue_, [probe = probe_, roots = roots_, with_inventory] {
    Answer found;
    if (with_inventory) found.machine = read_machine(roots);
    found.slow = probe->run();
    return found;
  });
  is_probing_ = false;
  if (std::exchange(has_complained_, false)) log_.info("this machine answers again", {});
  if (!answer) {
    log_.warn("processes and temperatures could not be looked at", {{"error", answer.error()}});
    co_return;
  }
  if (answer->machine) take_machine(std::move(*answer->machine));
  take_units(answer->slow.units);
  mounts_.set_points(answer->slow.mount_points);
  // The first time there was nothing to ask before.
  if (!std::exchange(has_points_, true)) mounts_.ask();
  counters_->take(std::move(answer->slow));
}

void ProcSensor::take_machine(wire::Inventory machine) {
  // The kernel derives its start from the wall clock, so it moves when that is set; the first answer stays.
  if (machine.boot_id == inventory_.boot_id && inventory_.booted_at_ms > 0)
    machine.booted_at_ms = inventory_.booted_at_ms;
  machine.units = std::move(inventory_.units);
  machine.labels = labels_;
  inventory_ = std::move(machine);
}

void ProcSensor::take_units(const std::optional<wire::UnitStates>& units) {
  // A bus that is silent for once says nothing of the units; what was known stays.
  if (!units || units == inventory_.units) return;
  inventory_.units = units;
  on_news_();
}

}  // namespace fettle::agent
