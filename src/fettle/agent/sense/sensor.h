// What an agent measures: the host through /proc, or a made-up one for simulations. Loop thread.
#pragma once
#include <memory>

#include "fettle/agent/sense/source.h"
#include "fettle/io/task.h"

namespace fettle::agent {

/// `values` in the order of `set->series`. Pass the last one back in: nothing is allocated then.
struct Reading {
  std::shared_ptr<const wire::SeriesSet>
      set;  // shared: records of the outbox refer to it for as long as they live
  Values values;
};

class Sensor {
 public:
  virtual ~Sensor() = default;
  virtual void start() = 0;
  virtual Task<void> stop() = 0;
  /// Measures now. Never blocks: what may block is done aside, and its last values are given.
  virtual void read(Reading& into) = 0;
  /// As it is known at present.
  [[nodiscard]] virtual const wire::Inventory& inventory() const = 0;
};

}  // namespace fettle::agent
