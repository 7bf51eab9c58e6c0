// What an agent measures: the host through /proc, or a made-up one for simulations. Loop thread.
#pragma once
#include <functional>
#include <memory>

#include "fettle/agent/sense/source.h"
#include "fettle/base/time.h"
#include "fettle/io/task.h"

namespace fettle::agent {

/// `values` in the order of `set->series`. Pass the last one back in: nothing is allocated then.
struct Reading {
  std::shared_ptr<const wire::SeriesSet>
      set;  // shared: records of the outbox refer to it for as long as they live
  Values values;
};

/// What the agent knows of itself and the sensor cannot find out.
struct OwnFigures {
  std::uint64_t sent_bytes = 0;
  std::uint64_t outbox_records = 0, outbox_bytes = 0, outbox_dropped = 0;
  Millis interval{0};
};

class Sensor {
 public:
  virtual ~Sensor() = default;
  virtual void start() = 0;
  virtual Task<void> stop() = 0;
  /// What read() tells of the agent from now on.
  virtual void tell(const OwnFigures& own) = 0;
  /// Measures now. Never blocks: what may block is done aside, and its last values are given.
  virtual void read(Reading& into) = 0;
  /// As it is known at present.
  [[nodiscard]] virtual const wire::Inventory& inventory() const = 0;
  /// Called when the inventory has changed in a way that should not wait for the next heartbeat (a unit
  /// failed).
  virtual void on_news(std::function<void()> call) = 0;
};

}  // namespace fettle::agent
