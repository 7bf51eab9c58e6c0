// What schedules stand on, how often they are looked at, and their figures. Values and references.
#pragma once
#include <functional>
#include <string>

#include "fettle/base/histogram.h"
#include "fettle/events/condition_service.h"
#include "fettle/events/event_log.h"
#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/random.h"
#include "fettle/runs/run_service.h"
#include "fettle/runs/zone_book.h"
#include "fettle/store/store.h"

namespace fettle::runs {

/// All outlive the schedules.
struct ScheduleGround {
  io::Loop& loop;
  io::Clock& clock;
  io::Random& random;
  io::Log log;
  store::Store& store;
  events::EventLog& events;
  events::Conditions& conditions;
  RunService& runs;
  ZoneBookGround zones;
  std::string server_id;
  EnvironmentId system_environment;
  /// The time that ages are computed from, where the clock may be wrong; null: the clock's.
  std::function<WallTime()> believed_now = {};
};

struct SchedulerSettings {
  Millis sweep{1'000};
  Millis drain{30'000};
  Millis upkeep{60'000};  // zones, conditions
  Millis wait{60'000};    // until a due time that waits for its host is decided anew
  std::int64_t keep_per_schedule = 1'000;
};

struct SchedulerFigures {
  std::uint64_t sweeps = 0, decisions = 0, started = 0, repeated = 0, failed_writes = 0, abandoned = 0;
  std::uint64_t failed_attempts = 0;
  std::uint64_t clock_corrections = 0;
  Micros latest_start{0};  // how late the latest start in time was
  Histogram lateness_seconds{0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3'600, 86'400};  // of all starts
  Histogram sweep_seconds{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5};
};

/// So many schedules are looked at in one turn of the loop: a few milliseconds. Then others have their turn.
inline constexpr std::size_t kSchedulesPerTurn = 128;
inline constexpr Millis kTurnPause{1};

}  // namespace fettle::runs
