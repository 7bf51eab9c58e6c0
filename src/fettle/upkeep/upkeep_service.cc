#include "fettle/upkeep/upkeep_service.h"

#include "fettle/base/check.h"
#include "fettle/upkeep/upkeep_plan.h"

namespace fettle::upkeep {
namespace {

constexpr const char* kOverdue = "upkeep.overdue";
constexpr std::chrono::minutes kBetweenLooks{5};

}  // namespace

UpkeepService::UpkeepService(ServiceGround ground, UpkeepSettings settings)
    : ground_(std::move(ground)), settings_(std::move(settings)), tasks_(ground_.loop, ground_.log) {
  FETTLE_CHECK(settings_.interval >= kLeastInterval, "upkeep more often than it may run");
}

Task<Result<>> UpkeepService::load() {
  well_since_ = ground_.clock.mono_now();
  ground_.runs.on_changed([this](const runs::Run& run) { changed(run); });
  // What ended in a life before and was not counted there.
  auto counted =
      co_await ground_.store.write([](store::Session& session) { upkeep_repo::count_up(session); });
  // On a full disk they are counted later.
  if (!counted && counted.error().reason != "disk_full")
    co_return std::unexpected(std::move(counted).error());
  FETTLE_CO_TRY(totals_, co_await ground_.store.read(upkeep_repo::totals));
  FETTLE_CO_TRY(last_, co_await ground_.store.read(upkeep_repo::last_run));
  co_return Result<>{};
}

void UpkeepService::start() {
  if (!settings_.is_on) {
    ground_.doubts.close(kOverdue, "");
    return;
  }
  next_at_ = ground_.clock.wall_now() + kFirstAfter;
  tasks_.spawn("upkeep.schedule", run_forever(ground_.clock.mono_now() + kFirstAfter));
  tasks_.spawn("upkeep.watch", watch_forever());
}

Task<void> UpkeepService::stop() {
  co_await tasks_.stop();
}

runs::RunOrder UpkeepService::order(access::Actor actor) const {
  const auto target =
      ground_.runs.find_target(std::string(runs::kServerTarget), std::string(runs::kServerTarget));
  FETTLE_CHECK(target, "the server is a target");
  runs::RunOrder order;
  order.plan = kPlanName;
  order.target = *target;
  order.actor = std::move(actor);
  return order;
}

Task<Result<runs::Run>> UpkeepService::run_now(access::Actor actor, bool is_dry,
                                               std::optional<std::string> request) {
  runs::RunOrder wanted = order(std::move(actor));
  wanted.is_dry = is_dry;
  wanted.request = std::move(request);
  return ground_.runs.start(std::move(wanted));
}

/// The times stand fast, whatever is started by hand between them.
Task<void> UpkeepService::run_forever(MonoTime due) {
  for (;;) {
    co_await ground_.clock.sleep_until(due);
    due += settings_.interval;
    next_at_ =
        ground_.clock.wall_now() + std::chrono::floor<WallTime::duration>(due - ground_.clock.mono_now());
    auto run = co_await ground_.runs.start(order({"server", std::string(runs::kServerTarget), "server", ""}));
    if (run) continue;
    if (run.error().reason == "target_busy") {
      // One that somebody started by hand does the same.
      ground_.log.info("upkeep runs already", {{"error", run.error()}});
    } else {
      ground_.log.warn("upkeep did not start", {{"error", run.error()}});
    }
  }
}

Task<void> UpkeepService::watch_forever() {
  for (;;) {
    co_await ground_.clock.sleep_for(kBetweenLooks);
    judge_overdue();
  }
}

void UpkeepService::judge_overdue() {
  const auto limit = overdue_after(settings_.interval);
  if (ground_.clock.mono_now() - well_since_ <= limit) return;
  ground_.doubts.open({.kind = kOverdue,
                       .target = "",
                       .title = "Upkeep of the server is overdue",
                       .message = "No run of it has ended for more than " + std::to_string(limit.count()) +
                                  " hours; what is old stays, and the database grows."});
}

const runs::Run* UpkeepService::live() const {
  const runs::Run* run =
      ground_.runs.holder(std::string(runs::kServerTarget), std::string(runs::kServerTarget));
  return run != nullptr && run->plan == kPlanName ? run : nullptr;
}

void UpkeepService::changed(const runs::Run& run) {
  if (run.plan != kPlanName || run.is_live()) return;
  last_ = run;
  tasks_.spawn("upkeep.totals", count_up());
  if (run.is_dry || run.state == runs::RunState::cancelled) return;
  well_since_ = ground_.clock.mono_now();
  ground_.doubts.close(kOverdue, "");
}

Task<void> UpkeepService::count_up() {
  auto counted = co_await ground_.store.write([](store::Session& session) {
    upkeep_repo::count_up(session);
    return upkeep_repo::totals(session);
  });
  // Else the next end of a run counts this one too.
  if (counted) totals_ = std::move(*counted);
}

}  // namespace fettle::upkeep
