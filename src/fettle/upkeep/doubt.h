// Whoever finds that something lasting is wrong says so here: a condition of the server opens, and closes
// with the next run that finds it right. Values and a callback; filled by `app`'s conditions, in tests by a
// list.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "fettle/events/condition.h"

namespace fettle::upkeep {

struct Doubt {
  std::string kind;    // "upkeep.nothing_eligible"
  std::string target;  // the task
  std::string title;   // a few words without numbers
  std::string message;
  events::ConditionSeverity severity = events::ConditionSeverity::warning;
};

class Doubts {
 public:
  virtual ~Doubts() = default;
  virtual void open(const Doubt& doubt) = 0;
  virtual void close(const std::string& kind, const std::string& target) = 0;
};

}  // namespace fettle::upkeep
