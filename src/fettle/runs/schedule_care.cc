#include "fettle/runs/schedule_care.h"

#include <algorithm>

#include "fettle/runs/cron_rules.h"
#include "fettle/runs/ledger_repo.h"
#include "fettle/runs/schedule_overdue.h"
#include "fettle/runs/schedule_repo.h"

namespace fettle::runs {
namespace {

/// Schedules whose due times are computed anew in one write.
constexpr std::size_t kBatch = 64;

const std::string& zone_name(const LiveSchedule& live) {
  return live.timing.zone ? *live.timing.zone : live.row.settings.time_zone;
}

std::vector<ScheduleId> ids_of(const ScheduleBook& book) {
  std::vector<ScheduleId> out;
  out.reserve(book.size());
  for (const auto& [id, live] : book.all()) out.push_back(id);
  return out;
}

}  // namespace

Task<ZonePtr> ScheduleCare::zone_of(Zones& zones, std::string name) {
  if (const auto known = zones.find(name); known != zones.end()) co_return known->second;
  auto found = co_await zones_.find(name);
  co_return zones.insert_or_assign(name, found ? std::move(*found) : nullptr).first->second;
}

Task<void> ScheduleCare::look_after() {
  ignore(co_await zones_.refresh(), "what changed is seen below");
  Zones zones;
  std::vector<ScheduleId> changed;
  std::size_t looked = 0;
  for (const ScheduleId& id : ids_of(book_)) {
    if (++looked % kSchedulesPerTurn == 0) co_await ground_.clock.sleep_for(kTurnPause);
    LiveSchedule* live = book_.find(id);
    if (live == nullptr) continue;
    const ZonePtr zone = co_await zone_of(zones, zone_name(*live));
    live = book_.find(id);
    if (live == nullptr) continue;
    if (live->zone == nullptr) {
      mend(*live, zone);
    } else if (zone != nullptr && zone != live->zone) {
      changed.push_back(id);
    }
    tell_overdue(ground_.conditions, *live, ground_.clock.wall_now());
  }
  if (!changed.empty()) co_await take_zones(std::move(changed), std::move(zones));
}

/// A zone that was not there when the schedule was read may have come.
void ScheduleCare::mend(LiveSchedule& live, const ZonePtr& zone) {
  if (zone == nullptr) return;
  auto timing = parse_timing(live.row.settings.timing, schedule_seed(live.row.id));
  if (!timing) return;
  ground_.log.info("a schedule can run again", {{"schedule", live.row.id}, {"zone", zone->name()}});
  Schedule row = live.row;
  book_.put(std::move(row), std::move(*timing), zone);
}

Task<void> ScheduleCare::take_zones(std::vector<ScheduleId> ids, Zones zones) {
  ground_.log.info("time zones have other rules now; due times are computed anew",
                   {{"schedules", ids.size()}});
  for (std::size_t at = 0; at < ids.size(); at += kBatch) {
    const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = ids.begin() + static_cast<std::ptrdiff_t>(std::min(at + kBatch, ids.size()));
    // The next pass takes those that are left.
    if (!co_await take_zones_of_some({begin, end}, zones)) co_return;
  }
}

/// What the new rules say of the past has not been due: only what comes counts. What waits, waits. That is
/// written down before the new rules are looked at, or the sweep would run what they put into the past.
Task<bool> ScheduleCare::take_zones_of_some(std::vector<ScheduleId> ids, const Zones& zones) {
  struct Move {
    Schedule before;
    Instant until;
    bool is_settled = false;
  };
  const WallTime wall = ground_.clock.wall_now();
  const Instant now = std::chrono::floor<Seconds>(wall);
  std::vector<Move> moves;
  for (const ScheduleId& id : ids) {
    const LiveSchedule* live = book_.find(id);
    if (live == nullptr) continue;
    const Instant until = now - jitter_of(id, live->row.settings.jitter);
    const bool waits = live->blocked || (live->next && live->next->at <= wall);
    if (!waits && until > live->row.settled_until) moves.push_back({live->row, until, false});
  }
  if (!moves.empty()) {
    auto written = co_await ground_.store.write([moves](store::Session& session) {
      std::vector<bool> out;
      for (const Move& move : moves)
        out.push_back(schedule_repo::settle(session, move.before, move.until, {}));
      return out;
    });
    if (!written) {
      ground_.log.warn("due times could not be computed anew; it is tried again",
                       {{"error", written.error()}});
      co_return false;
    }
    for (std::size_t i = 0; i < moves.size(); ++i) moves[i].is_settled = (*written)[i];
  }
  for (const Move& move : moves) {
    LiveSchedule* live = book_.find(move.before.id);
    if (live == nullptr || live->row.settled_until != move.before.settled_until || !move.is_settled) {
      // Decided or changed meanwhile: the next pass.
      std::erase(ids, move.before.id);
      continue;
    }
    live->row.settled_until = move.until;
  }
  for (const ScheduleId& id : ids) {
    LiveSchedule* live = book_.find(id);
    if (live == nullptr || live->zone == nullptr) continue;
    const auto zone = zones.find(zone_name(*live));
    if (zone == zones.end() || zone->second == nullptr) continue;
    live->zone = zone->second;
    book_.settle(*live);
  }
  co_return true;
}

Task<void> ScheduleCare::prune(std::int64_t keep_per_schedule) {
  constexpr std::int64_t kRows = 500;
  constexpr std::size_t kSchedules = 20;
  const WallTime believed = ground_.believed_now ? ground_.believed_now() : ground_.clock.wall_now();
  const Instant now = std::chrono::floor<Seconds>(believed) + kClockCorrection;
  const std::vector<ScheduleId> ids = ids_of(book_);
  for (std::size_t at = 0; at < ids.size(); at += kSchedules) {
    const std::vector<ScheduleId> some(
        ids.begin() + static_cast<std::ptrdiff_t>(at),
        ids.begin() + static_cast<std::ptrdiff_t>(std::min(at + kSchedules, ids.size())));
    ignore(co_await ground_.store.write(
               [some, keep_per_schedule, now](store::Session& session) {
                 std::int64_t gone = 0;
                 for (const ScheduleId& id : some)
                   gone += ledger_repo::prune_schedule(session, id, keep_per_schedule, kRows, now);
                 return gone;
               },
               store::Priority::upkeep),
           "the next round comes in an hour");
  }
}

}  // namespace fettle::runs
