#include "fettle/runs/schedule_order.h"

namespace fettle::runs {
namespace {

RunOrder order_of(const RunService& runs, const Schedule& schedule) {
  const ScheduleSettings& settings = schedule.settings;
  RunOrder order;
  order.plan = settings.plan;
  order.target = runs.find_target(settings.target.kind, settings.target.id).value_or(settings.target);
  order.actor = {"schedule", schedule.id.text(), settings.name, {}};
  order.parameters = settings.parameters;
  return order;
}

}  // namespace

RunOrder order_of(const RunService& runs, const Schedule& schedule, Instant nominal, std::int32_t fold) {
  RunOrder order = order_of(runs, schedule);
  order.occurrence = Occurrence{schedule.id, WallTime(nominal), fold};
  return order;
}

Readiness readiness(const RunService& runs, const Schedule& schedule) {
  const ScheduleSettings& settings = schedule.settings;
  if (runs.find_plan(settings.plan) == nullptr)
    return {"this version of the server has no plan " + settings.plan, {}, {}};
  if (!runs.find_target(settings.target.kind, settings.target.id)) return {"its target is gone", {}, {}};
  const auto checked = runs.check_start(order_of(runs, schedule));
  if (checked) return {};
  const Error& error = checked.error();
  if (error.code == ErrorCode::unavailable)
    return {{}, error.reason == "host_offline" ? "the host is away" : error.detail, {}};
  if (error.code == ErrorCode::conflict) return {{}, {}, error.detail};
  return {error.detail, {}, {}};
}

}  // namespace fettle::runs
