#include "fettle/upkeep/upkeep_repo.h"

#include <algorithm>

#include "fettle/access/builtin.h"
#include "fettle/base/check.h"
#include "fettle/runs/run_json.h"
#include "fettle/runs/run_log_repo.h"
#include "fettle/runs/run_repo.h"
#include "fettle/runs/run_rules.h"
#include "fettle/upkeep/upkeep_plan.h"

namespace fettle::upkeep::upkeep_repo {
namespace {

constexpr std::string_view kTotals =
    "SELECT runs, failed, duration_ms, counters, last_run FROM upkeep_total WHERE id = 1";
constexpr std::string_view kSetTotals =
    "UPDATE upkeep_total SET runs = ?1, failed = ?2, duration_ms = ?3, counters = ?4, last_run = ?5 WHERE id "
    "= 1";

constexpr std::size_t kMostUncounted = 20;  // more than can end between two looks
constexpr std::size_t kRunsOfLog = 10;

struct Stored {
  UpkeepTotals totals;
  std::string last_run;
};

Stored stored(store::Session& session) {
  return session
      .query_one(kTotals, {},
                 [](const store::Row& row) {
                   auto counters = runs::parse_counters(row.text(3));
                   FETTLE_CHECK(counters, "totals that this module did not write");
                   return Stored{{row.integer(0), row.integer(1), row.integer(2), std::move(*counters)},
                                 row.text(4)};
                 })
      .value_or(Stored{});
}

std::vector<runs::Run> newest(store::Session& session, std::size_t most) {
  runs::run_repo::Question question;
  question.environments = {access::kSystemEnvironment};
  question.target_kind = question.target_id = std::string(runs::kServerTarget);
  question.plan = kPlanName;
  question.limit = most;
  return runs::run_repo::list(session, question).runs;
}

void add(UpkeepTotals& totals, const runs::Run& run) {
  ++totals.runs;
  if (runs::verdict_of(run) == runs::Verdict::bad) ++totals.failed;
  if (run.started_at && run.ended_at)
    totals.duration_ms += std::max<std::int64_t>(0, unix_ms(*run.ended_at) - unix_ms(*run.started_at));
  for (const auto& [name, value] : runs::sum_counters(run)) {
    // What is left, and what is there each time anew, has no sum.
    if (name.starts_with("oldest") || name.starts_with("newest") || name.starts_with("held")) continue;
    std::int64_t& sum = totals.counters[name];
    if (__builtin_add_overflow(sum, value, &sum)) sum = INT64_MAX;
  }
}

}  // namespace

UpkeepTotals totals(store::Session& session) {
  return stored(session).totals;
}

std::int64_t count_up(store::Session& session) {
  Stored now = stored(session);
  std::vector<runs::Run> uncounted;
  for (runs::Run& run : newest(session, kMostUncounted)) {
    if (run.id.text() == now.last_run) break;
    if (!run.is_live()) uncounted.push_back(std::move(run));
  }
  if (uncounted.empty()) return 0;
  for (const runs::Run& run : uncounted)
    if (!run.is_dry) add(now.totals, run);
  session.execute(kSetTotals, {now.totals.runs, now.totals.failed, now.totals.duration_ms,
                               runs::counters_json(now.totals.counters), uncounted.front().id.text()});
  return static_cast<std::int64_t>(uncounted.size());
}

std::optional<runs::Run> last_run(store::Session& session) {
  for (runs::Run& run : newest(session, 2))
    if (!run.is_live()) return std::move(run);
  return std::nullopt;
}

std::vector<LoggedLine> newest_lines(store::Session& session, std::size_t most) {
  std::vector<std::vector<LoggedLine>> by_run;
  std::size_t count = 0;
  for (const runs::Run& run : newest(session, kRunsOfLog)) {
    if (count >= most) break;
    runs::run_log_repo::Question question;
    question.limit = most - count;
    std::vector<LoggedLine> lines;
    for (runs::NumberedLine& line : runs::run_log_repo::read(session, run.id, question).lines)
      lines.push_back({run.id, std::move(line)});
    count += lines.size();
    by_run.push_back(std::move(lines));
  }
  std::vector<LoggedLine> out;
  for (auto lines = by_run.rbegin(); lines != by_run.rend(); ++lines)
    std::ranges::move(*lines, std::back_inserter(out));
  return out;
}

std::int64_t count_lines(store::Session& session) {
  std::int64_t count = 0;
  for (const runs::Run& run : newest(session, kRunsOfLog))
    count += runs::run_log_repo::extent(session, run.id).last;
  return count;
}

}  // namespace fettle::upkeep::upkeep_repo
