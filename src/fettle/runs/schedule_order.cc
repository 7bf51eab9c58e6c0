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

/// What was offered when the schedule was made may be gone from the policy file of the host.
std::string why_not_offered(const Plan& plan, const RunOrder& order) {
  if (!plan.check_offer) return {};
  const auto offered = plan.check_offer(order.target, order.parameters);
  if (offered) return {};
  const Error& error = offered.error();
  return "its host does not offer this: " + (error.fields.empty() ? error.detail : error.fields[0].detail);
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
  const RunOrder order = order_of(runs, schedule);
  const auto checked = runs.check_start(order);
  if (checked) return {why_not_offered(*runs.find_plan(settings.plan), order), {}, {}};
  const Error& error = checked.error();
  if (error.code == ErrorCode::unavailable)
    return {{}, error.reason == "host_offline" ? "the host is away" : error.detail, {}};
  if (error.code == ErrorCode::conflict) return {{}, {}, error.detail};
  return {error.detail, {}, {}};
}

}  // namespace fettle::runs
