#include "fettle/upkeep/other_tasks.h"

#include <fmt/format.h>

#include "fettle/upkeep/retention.h"

namespace fettle::upkeep {
namespace {

using runs::StepContext;
using runs::StepOutcome;

struct Absent {
  HostId id;
  EnvironmentId environment;
  std::string name;
  WallTime since;
};

events::ConditionClaim claim_of(const Absent& host, std::chrono::days after) {
  return {.key = {host.id.text(), std::string(events::kAbsentKind), ""},
          .environment = host.environment,
          .source_kind = "host",
          .source_name = host.name,
          .severity = events::ConditionSeverity::warning,
          .title = "Not seen for a long time",
          .message =
              fmt::format("{} was not seen for more than {}, since {}. Remove it if it will not come back.",
                          host.name, amount(after.count(), "day", "days"), format_time(host.since)),
          .fields = {}};
}

/// Only flagged: that a machine is switched off does not say that it is gone.
Task<Result<StepOutcome>> flag_absent(AbsentGround ground, std::chrono::days after, StepContext& step) {
  const WallTime limit = ground.clock.wall_now() - after;
  std::vector<Absent> absent;
  std::vector<HostId> present;
  ground.roster.for_each([&](fleet::LiveHost& host) {
    const WallTime seen = host.last_seen().value_or(host.row.enrolled_at);
    if (host.link == nullptr && seen < limit) {
      absent.push_back({host.row.id, host.row.environment, host.row.name, seen});
    } else {
      present.push_back(host.row.id);
    }
  });
  step.set_counter(kSeen, static_cast<std::int64_t>(absent.size() + present.size()));
  step.set_counter(kEligible, static_cast<std::int64_t>(absent.size()));
  for (const Absent& host : absent)
    step.log(runs::LogLevel::warning, "not seen for a long time",
             {{"host", host.id.text()}, {"name", host.name}, {"since", format_time(host.since)}});
  const auto count = static_cast<std::int64_t>(absent.size());
  if (step.is_dry()) co_return StepOutcome{fmt::format("would flag {}", amount(count, "host", "hosts"))};
  for (const Absent& host : absent) ground.conditions.open_condition(claim_of(host, after));
  for (const HostId& id : present)
    ground.conditions.close_condition({id.text(), std::string(events::kAbsentKind), ""});
  step.set_counter("flagged", count);
  if (count == 0) co_return StepOutcome{"every host was seen lately"};
  co_return StepOutcome{fmt::format("{} not seen for {}", amount(count, "host", "hosts"),
                                    amount(after.count(), "day", "days"))};
}

Task<Result<StepOutcome>> look_at_answers(std::function<RememberedAnswers()> look, StepContext& step) {
  const RememberedAnswers answers = look();
  step.set_counter(kSeen, static_cast<std::int64_t>(answers.kept));
  step.set_counter("held_bytes", static_cast<std::int64_t>(answers.bytes));
  co_return StepOutcome{fmt::format("{} of at most {}, in memory; they go by themselves",
                                    amount(static_cast<std::int64_t>(answers.kept), "answer", "answers"),
                                    answers.most)};
}

}  // namespace

runs::PlanTask absent_hosts_task(AbsentGround ground, std::chrono::days after) {
  runs::PlanTask task{
      .name = "absent_hosts",
      .title = "Flag hosts that were not seen for a long time",
      .why_skipped = {},
      .function = [ground, after](StepContext& step) { return flag_absent(ground, after, step); }};
  if (after.count() == 0)
    task.why_skipped = [] { return std::string("never flagged (upkeep.absent_days = 0)"); };
  return task;
}

runs::PlanTask idempotency_task(std::function<RememberedAnswers()> look) {
  return {.name = "idempotency_keys",
          .title = "Look at the answers that are kept for repeated requests",
          .why_skipped = {},
          .function = [look = std::move(look)](StepContext& step) { return look_at_answers(look, step); }};
}

}  // namespace fettle::upkeep
