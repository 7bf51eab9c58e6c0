#include "fettle/upkeep/history_tasks.h"

#include <fmt/format.h>

#include "fettle/base/byte_text.h"
#include "fettle/upkeep/retention.h"

namespace fettle::upkeep {
namespace {

using metrics::PackId;
using metrics::Tier;
using metrics::Tiers;
using runs::LogLevel;
using runs::StepContext;
using runs::StepOutcome;

constexpr const char* kMissing = "upkeep.rollup_missing";

Task<Result<StepOutcome>> seal(HistoryGround ground, StepContext& step) {
  const auto waiting = static_cast<std::int64_t>(ground.tiers.waiting_segments());
  step.set_counter(kSeen, waiting);
  step.set_counter(kEligible, waiting);
  if (step.is_dry())
    co_return StepOutcome{fmt::format("would seal {}", amount(waiting, "segment", "segments"))};
  std::int64_t sealed = 0;
  while (!step.is_cancelled() && sealed < waiting) {
    // False also where the history is at it itself at this moment: then it goes on without us.
    FETTLE_CO_TRY(const bool is_sealed, co_await ground.tiers.seal_next());
    if (!is_sealed) break;
    step.set_counter("sealed", ++sealed);
    step.progress(static_cast<double>(sealed) / static_cast<double>(waiting));
  }
  if (sealed == 0) co_return StepOutcome{"everything is sealed"};
  co_return StepOutcome{fmt::format("sealed {}", amount(sealed, "segment", "segments"))};
}

struct Hole {
  PackId raw;
  Tier missing = Tier::minute;
  metrics::HostNumber host = 0;
};

/// Hosts whose samples of an hour are there and whose minutes or hours of it are not. Younger periods may
/// still be on their way, and those that are kept for less long than samples are gone rightly.
class RollupCheck {
 public:
  RollupCheck(HistoryGround ground, StepContext& step)
      : ground_(ground), step_(step), hosts_(ground.hosts()) {}

  Task<Result<std::vector<Hole>>> find() {
    std::vector<Hole> holes;
    for (const Tiers::StoredPack& pack : ground_.tiers.packs()) {
      if (step_.is_cancelled()) break;
      if (pack.is_damaged) ++damaged;
      ++seen;
      if (pack.id.tier != Tier::raw || pack.is_too_old) continue;
      FETTLE_CO_TRY(const auto hosts, co_await hosts_of(pack.id));
      for (const Tier tier : {Tier::minute, Tier::hour}) {
        FETTLE_CO_TRY(const auto rolled, co_await rolled_up(tier, pack.id.period_ms));
        if (!rolled) continue;
        for (const metrics::HostNumber host : hosts)
          if (hosts_.contains(host) && !rolled->contains(host)) holes.push_back({pack.id, tier, host});
      }
    }
    co_return holes;
  }

  std::int64_t seen = 0, damaged = 0;

 private:
  using Hosts = std::set<metrics::HostNumber>;

  Task<Result<Hosts>> hosts_of(PackId id) {
    auto index = co_await ground_.tiers.read_index(id);
    if (!index) {
      // Replaced or dropped since it was listed.
      if (index.error().code == ErrorCode::not_found) co_return Hosts();
      co_return std::unexpected(std::move(index).error());
    }
    const auto hosts = (*index)->hosts();
    co_return Hosts(hosts.begin(), hosts.end());
  }

  /// None: it is too old, or was replaced meanwhile, so that nothing can be said.
  Task<Result<std::optional<Hosts>>> rolled_up(Tier tier, std::int64_t at_ms) {
    const std::int64_t period_ms = metrics::period_of(tier, at_ms);
    const std::int64_t now_ms = unix_ms(ground_.clock.wall_now());
    if (metrics::is_too_old(tier, period_ms, now_ms, ground_.tiers.keep())) co_return std::optional<Hosts>();
    const auto known = known_.find({tier, period_ms});
    if (known != known_.end()) co_return std::optional(known->second);
    Hosts hosts;
    for (const Tiers::StoredPack& pack : ground_.tiers.packs()) {
      if (pack.id.tier != tier || pack.id.period_ms != period_ms) continue;
      FETTLE_CO_TRY(hosts, co_await hosts_of(pack.id));
    }
    known_[{tier, period_ms}] = hosts;
    co_return std::optional(std::move(hosts));
  }

  HistoryGround ground_;
  StepContext& step_;
  Hosts hosts_;
  std::map<std::pair<Tier, std::int64_t>, Hosts> known_;
};

void judge_holes(HistoryGround ground, StepContext& step, const std::vector<Hole>& holes) {
  if (holes.empty()) return ground.doubts.close(kMissing, "");
  constexpr std::size_t kNamed = 20;
  for (std::size_t i = 0; i < std::min(holes.size(), kNamed); ++i)
    step.log(LogLevel::error, "samples without a roll-up",
             {{"file", metrics::pack_name(holes[i].raw)},
              {"tier", std::string(metrics::tier_name(holes[i].missing))},
              {"host", std::to_string(holes[i].host)}});
  ground.doubts.open(
      {.kind = kMissing,
       .target = "",
       .title = "Roll-ups of the history are missing",
       .message = fmt::format("{} of a host are there as samples and not as roll-ups; the log of "
                              "the run names them.",
                              amount(static_cast<std::int64_t>(holes.size()), "hour", "hours")),
       .severity = events::ConditionSeverity::error});
}

Task<Result<StepOutcome>> verify(HistoryGround ground, StepContext& step) {
  RollupCheck check(ground, step);
  FETTLE_CO_TRY(const std::vector<Hole> holes, co_await check.find());
  step.set_counter(kSeen, check.seen);
  step.set_counter("missing", static_cast<std::int64_t>(holes.size()));
  step.set_counter("damaged", check.damaged);
  if (!step.is_cancelled()) judge_holes(ground, step, holes);
  std::int64_t rounds = 0;
  constexpr std::int64_t kMostRounds = 1'000;  // what is left is there in six hours too
  while (!step.is_dry() && !step.is_cancelled() && rounds < kMostRounds) {
    FETTLE_CO_TRY(const bool has_more, co_await ground.tiers.compact_next());
    if (!has_more) break;
    step.set_counter("caught_up", ++rounds);
  }
  const bool is_bad = !holes.empty() || check.damaged > 0;
  co_return StepOutcome{
      fmt::format("looked at {}{}", amount(check.seen, "file", "files"),
                  is_bad ? fmt::format(": {} missing, {} damaged",
                                       amount(static_cast<std::int64_t>(holes.size()), "roll-up", "roll-ups"),
                                       amount(check.damaged, "file", "files"))
                         : ""),
      is_bad};
}

Task<Result<StepOutcome>> drop(HistoryGround ground, metrics::TierSet tiers, std::string name,
                               StepContext& step) {
  std::int64_t seen = 0, eligible = 0, eligible_bytes = 0;
  bool has_older = false;
  std::optional<std::int64_t> oldest_ms;
  const auto today = std::chrono::floor<std::chrono::days>(ground.clock.wall_now());
  for (const Tiers::StoredPack& pack : ground.tiers.packs()) {
    if (!tiers[metrics::index_of(pack.id.tier)]) continue;
    ++seen;
    oldest_ms = std::min(oldest_ms.value_or(INT64_MAX), pack.id.period_ms);
    if (pack.is_too_old) {
      ++eligible;
      eligible_bytes += static_cast<std::int64_t>(pack.bytes);
    }
    // By the calendar, a day more than there should be: a history that nothing comes to keeps its end.
    const std::int64_t keep_ms = ground.tiers.keep()[metrics::index_of(pack.id.tier)];
    const auto kept_days = std::chrono::ceil<std::chrono::days>(Millis(keep_ms)) + std::chrono::days(1);
    const WallTime end = wall_from_unix_ms(metrics::period_end(pack.id.tier, pack.id.period_ms));
    const bool is_older = keep_ms > 0 && end < today - kept_days;
    has_older = has_older || (is_older && ground.tiers.is_receiving());
  }
  step.set_counter(kSeen, seen);
  step.set_counter(kEligible, eligible);
  step.set_counter(kDeleted, 0);
  if (oldest_ms) step.set_counter(kOldestLeft, *oldest_ms);
  judge_eligible(ground.doubts, step, name, eligible, has_older);
  if (step.is_dry())
    co_return StepOutcome{fmt::format("would remove {}, {}", amount(eligible, "file", "files"),
                                      format_bytes(static_cast<double>(eligible_bytes)))};
  FETTLE_CO_TRY(const Tiers::Dropped dropped, co_await ground.tiers.drop_old(tiers));
  step.set_counter(kDeleted, static_cast<std::int64_t>(dropped.packs));
  step.set_counter(kBytes, static_cast<std::int64_t>(dropped.bytes));
  oldest_ms.reset();
  for (const Tiers::StoredPack& pack : ground.tiers.packs())
    if (tiers[metrics::index_of(pack.id.tier)])
      oldest_ms = std::min(oldest_ms.value_or(INT64_MAX), pack.id.period_ms);
  if (oldest_ms) step.set_counter(kOldestLeft, *oldest_ms);
  if (dropped.packs == 0) co_return StepOutcome{"nothing to remove"};
  co_return StepOutcome{
      fmt::format("removed {}", amount(static_cast<std::int64_t>(dropped.packs), "file", "files"))};
}

Task<Result<StepOutcome>> find_orphans(HistoryGround ground, StepContext& step) {
  const std::set<metrics::HostNumber> there = ground.hosts();
  std::int64_t seen = 0, orphans = 0, files = 0;
  for (const Tiers::StoredPack& pack : ground.tiers.packs()) {
    if (step.is_cancelled()) break;
    auto index = co_await ground.tiers.read_index(pack.id);
    if (!index && index.error().code == ErrorCode::not_found) continue;
    if (!index) co_return std::unexpected(std::move(index).error());
    const auto hosts = (*index)->hosts();
    const auto gone = std::ranges::count_if(hosts, [&](auto host) { return !there.contains(host); });
    seen += static_cast<std::int64_t>(hosts.size());
    orphans += gone;
    if (gone > 0) ++files;
    // They go when the file is written anew, which is when its period is over.
    if (gone > 0 && !step.is_dry()) ground.tiers.rewrite(pack.id);
  }
  step.set_counter(kSeen, seen);
  step.set_counter(kEligible, orphans);
  if (orphans == 0) co_return StepOutcome{"no history of hosts that are gone"};
  if (step.is_dry())
    co_return StepOutcome{fmt::format("would write {} anew", amount(files, "file", "files"))};
  std::int64_t rewritten = 0;
  while (!step.is_cancelled() && rewritten < files) {
    FETTLE_CO_TRY(const bool has_more, co_await ground.tiers.compact_next());
    if (!has_more) break;
    ++rewritten;
  }
  std::int64_t left = 0;
  for (const Tiers::StoredPack& pack : ground.tiers.packs()) {
    auto index = co_await ground.tiers.read_index(pack.id);
    if (!index) continue;
    const auto hosts = (*index)->hosts();
    left += std::ranges::count_if(hosts, [&](auto host) { return !there.contains(host); });
  }
  step.set_counter(kDeleted, std::max<std::int64_t>(0, orphans - left));
  co_return StepOutcome{left == 0 ? fmt::format("removed the history of {}", amount(orphans, "host", "hosts"))
                                  : fmt::format("{} wait for the end of their period",
                                                amount(left, "series of a host", "series of hosts"))};
}

}  // namespace

std::vector<runs::PlanTask> history_tasks(HistoryGround ground) {
  const auto drops = [ground](std::string name, std::string title, metrics::TierSet tiers) {
    return runs::PlanTask{
        .name = name,
        .title = std::move(title),
        .why_skipped = {},
        .function = [ground, tiers, name](StepContext& step) { return drop(ground, tiers, name, step); }};
  };
  std::vector<runs::PlanTask> out;
  out.push_back({.name = "seal_chunks",
                 .title = "Seal metric chunks that were left open",
                 .why_skipped = {},
                 .function = [ground](StepContext& step) { return seal(ground, step); }});
  out.push_back({.name = "verify_rollups",
                 .title = "Verify roll-ups and catch up",
                 .why_skipped = {},
                 .function = [ground](StepContext& step) { return verify(ground, step); }});
  out.push_back(drops("raw_retention", "Remove old samples", {true, false, false}));
  out.push_back(drops("rollup_retention", "Remove old roll-ups", {false, true, true}));
  out.push_back({.name = "orphan_series",
                 .title = "Remove the history of hosts that are gone",
                 .why_skipped = {},
                 .function = [ground](StepContext& step) { return find_orphans(ground, step); }});
  const metrics::TierKeep& keep = ground.tiers.keep();
  if (keep[0] == 0) out[2].why_skipped = [] { return kept_for_ever("server.history_raw_hours"); };
  if (keep[1] == 0 && keep[2] == 0)
    out[3].why_skipped = [] { return kept_for_ever("server.history_minute_days and history_hour_days"); };
  return out;
}

}  // namespace fettle::upkeep
