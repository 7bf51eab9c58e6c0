// What an agent can carry out: plans by name, each an ordered list of steps with their functions. The server
// orders by name (wire/host_plans.h); what is not here does not exist for it.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "fettle/agent/act/run_course.h"
#include "fettle/base/time.h"
#include "fettle/io/task.h"

namespace fettle::agent {

enum class LineLevel : std::uint32_t { debug = 0, info = 1, warning = 2, error = 3 };  // as on the wire

/// What a step sees of its run. Lives as long as the step.
class StepTools {
 public:
  virtual ~StepTools() = default;
  [[nodiscard]] virtual const std::string& run_id() const = 0;
  [[nodiscard]] virtual const std::string& parameters() const = 0;  // JSON object
  [[nodiscard]] virtual bool is_dry() const = 0;
  /// 0: none was asked for.
  [[nodiscard]] virtual Seconds deadline() const = 0;
  virtual void log(LineLevel level, std::string text) = 0;
  /// Waits while more was logged than the disk has taken; for whoever logs without end.
  virtual Task<void> room() = 0;
  virtual void count(const std::string& name, std::int64_t value) = 0;
  /// `call` is made when the run is to end; at once when that was before. Empty: no more.
  virtual void on_cancel(std::function<void()> call) = 0;
};

using StepFunction = std::function<Task<StepEnd>(StepTools&)>;

struct HostTask {
  std::string name;
  /// Is cancelled when the run is to end, or at the deadline: 1 hour where the order names none.
  StepFunction function;
  /// It keeps its deadline itself, and heeds StepTools::on_cancel: a program gets its time to end.
  bool ends_by_itself = false;
  /// Which one it keeps then, for whoever looks on; null: what was asked for.
  std::function<Seconds(const std::string& parameters, Seconds asked)> deadline_of = {};
};

struct HostPlan {
  std::string name;
  std::vector<HostTask> tasks;
  /// Why the policy or the parameters rule it out, before anything is taken; empty: they do not.
  std::function<std::string(const std::string& parameters)> why_refused;
};

}  // namespace fettle::agent
