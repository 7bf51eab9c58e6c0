#include "fettle/runs/host_openings.h"

#include <algorithm>

#include "fettle/io/kill_points.h"
#include "fettle/runs/engine.h"
#include "fettle/runs/expectation_rules.h"
#include "fettle/runs/host_run_rules.h"
#include "fettle/runs/run_repo.h"
#include "fettle/wire/opened_id.h"

namespace fettle::runs {
namespace {

constexpr Seconds kAfterFailure{1};
constexpr Seconds kBetweenOpenings{1};  // while a host begins more than is opened at once

}  // namespace

HostOpenings::HostOpenings(const RunGround& ground, fleet::Fleet& fleet, RunBook& book, Hooks hooks)
    : ground_(ground),
      fleet_(fleet),
      book_(book),
      hooks_(std::move(hooks)),
      tasks_(ground_.loop, ground_.log) {}

void HostOpenings::take(const fleet::LiveHost& host, const RunId& id, const wire::RunOpened& opened) {
  if (book_.find(id) != nullptr || opening_.contains(id)) return;
  if (!wire::may_be_opened(id.uuid())) {
    ground_.log.warn("a host names a run of its own like one of a schedule; it is not recorded",
                     {{"host", host.row.id}, {"name", host.row.name}, {"run", id}});
    return;
  }
  Pace& pace =
      paces_.try_emplace(host.row.id, Pace{.filled = ground_.clock.mono_now(), .waiting = {}}).first->second;
  if (pace.waiting.size() >= kMostToOpen) {
    ground_.log.warn("a host begins more runs than are recorded",
                     {{"host", host.row.id}, {"name", host.row.name}, {"run", id}});
    return;
  }
  opening_[id] = {host.row.id, {}};
  pace.waiting.push_back(opened);
  if (!std::exchange(pace.is_opening, true)) tasks_.spawn("runs.open_waiting", open_waiting(host.row.id));
}

bool HostOpenings::keeps(const HostId& host, const RunId& id, wire::RunReport& report) {
  const auto at = opening_.find(id);
  if (at == opening_.end()) return false;
  auto& reports = at->second.reports;
  if (at->second.host == host && reports.size() < kMostReports) reports.push_back(std::move(report));
  return true;
}

void HostOpenings::forget(const HostId& host) {
  const auto pace = paces_.extract(host);
  if (!pace) return;
  for (const wire::RunOpened& opened : pace.mapped().waiting) opening_.erase(*RunId::parse(opened.run_id));
}

std::size_t HostOpenings::waiting() const {
  std::size_t out = 0;
  for (const auto& [host, pace] : paces_) out += pace.waiting.size();
  return out;
}

void HostOpenings::sweep() {
  const MonoTime now = ground_.clock.mono_now();
  std::erase_if(paces_, [&](const auto& one) {
    return !one.second.is_opening && now - one.second.filled > Seconds(kMostOpenedAtOnce);
  });
}

bool HostOpenings::may_open(const HostId& host, Pace& pace) const {
  const MonoTime now = ground_.clock.mono_now();
  const double seconds = std::chrono::duration<double>(now - pace.filled).count();
  pace.tokens = std::min<double>(kMostOpenedAtOnce, pace.tokens + seconds * kOpenedPerSecond);
  pace.filled = now;
  if (pace.tokens < 1 || book_.size() >= Engine::kMostLive) return false;
  const auto own = std::ranges::count_if(book_.of_host(host), [&](const RunId& id) {
    return book_.find(id)->run.target.kind == kCommandTarget;
  });
  if (static_cast<std::size_t>(own) >= kMostOwn) return false;
  pace.tokens -= 1;
  return true;
}

/// One a host: opens what it began, in order, as fast as it may.
Task<void> HostOpenings::open_waiting(HostId host) {
  struct Leave {  // however it ends: the next that is told begins another
    HostOpenings& all;
    HostId host;
    ~Leave() {
      const auto at = all.paces_.find(host);
      if (at != all.paces_.end()) at->second.is_opening = false;
    }
  };
  const Leave leave{*this, host};
  for (;;) {
    const auto at = paces_.find(host);
    const fleet::LiveHost* there = fleet_.roster().find(host);
    if (at == paces_.end() || there == nullptr || at->second.waiting.empty()) co_return;
    Pace& pace = at->second;
    if (may_open(host, pace)) {
      const wire::RunOpened opened = std::move(pace.waiting.front());
      pace.waiting.pop_front();
      tasks_.spawn("runs.open", open_run(host, make_opened(opened, *RunId::parse(opened.run_id), there->row,
                                                           ground_.clock.wall_now())));
    } else {
      co_await ground_.clock.sleep_for(kBetweenOpenings);
    }
  }
}

/// Until it is stored: its reports would be taken for those of a run that nobody knows.
Task<void> HostOpenings::open_run(HostId host, Run opened) {
  enum class Fate : std::uint8_t { stored, there_already, of_another, host_gone };
  const auto run = std::make_shared<const Run>(std::move(opened));  // shared with what follows the commit
  auto* self = this;
  for (;;) {
    auto stored = co_await ground_.store.write(
        [self, host, run](store::Session& session) {
          if (const auto there = run_repo::find(session, run->id)) {
            const bool is_its_own = there->target.host == host && there->target.kind == kCommandTarget;
            return is_its_own ? Fate::there_already : Fate::of_another;
          }
          // It may have moved, or gone, since the run was told.
          const auto place = run_repo::place_of_host(session, host);
          if (!place) return Fate::host_gone;
          auto placed = std::make_shared<Run>(*run);
          placed->target.environment = *place;
          run_repo::insert(session, *placed);
          io::reach(io::KillPoint::opened_written);
          const auto noted = expectation_repo::note(session, *placed);
          session.after_commit([self, placed, noted] {
            io::reach(io::KillPoint::opened_committed);
            self->book_.add(*placed, nullptr);
            self->hooks_.on_stored(*placed);
            self->tell_expectation(*placed, noted);
          });
          return Fate::stored;
        },
        store::Priority::essential);
    if (stored && *stored == Fate::of_another)
      ground_.log.warn("a host gives a run of its own the id of another run; it is not recorded",
                       {{"host", host}, {"run", run->id}});
    if (stored) break;
    co_await ground_.clock.sleep_for(kAfterFailure);
  }
  const auto opening = opening_.extract(run->id);
  fleet::LiveHost* there = opening ? fleet_.roster().find(host) : nullptr;
  if (there == nullptr) co_return;
  for (wire::RunReport& report : opening.mapped().reports) hooks_.on_report(*there, report);
}

/// What is wrong with what was expected: that is for the run's log, the command knows nothing of it.
void HostOpenings::tell_expectation(const Run& run, expectation_repo::Noted noted) {
  std::string why;
  if (noted == expectation_repo::Noted::too_many)
    why = "only " + std::to_string(kMostExpectations) + " commands of one host are expected";
  if (const auto times = expected_times(run)) {
    if (const auto timing = parse_expected(*times); !timing) why = timing.error();
  }
  if (why.empty()) return;
  book_.log(run.id, {ground_.clock.wall_now(), LogLevel::warning, 0, "--expect is of no effect: " + why, {}});
}

}  // namespace fettle::runs
