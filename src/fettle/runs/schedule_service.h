// Schedules: made, changed and removed by people, kept in memory, and run by the scheduler. Loop thread;
// `app` loads, starts and stops it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fettle/runs/cron_rules.h"
#include "fettle/runs/ledger_repo.h"
#include "fettle/runs/scheduler.h"

namespace fettle::runs {

inline constexpr std::size_t kMostSchedules = 20'000;

/// What a timing means, before anyone has stored it.
struct TimingPreview {
  ScheduleId schedule;     // whose times these are
  bool is_chosen = false;  // H, ~ or jitter: another schedule has other times
  std::string sentence;
  std::string zone;
  struct Time {
    WallTime at;        // jitter and all
    std::string local;  // what clocks of the zone show: "2026-03-29 03:00 CEST"
    FireNote note = FireNote::none;
  };
  std::vector<Time> times;
};

class ScheduleService {
 public:
  explicit ScheduleService(ScheduleGround ground, SchedulerSettings settings = {});

  /// Reads schedules, their pending runs and zones. After the plans and targets are known.
  Task<Result<>> load();
  void start() { scheduler_.start(); }
  Task<void> stop() { return scheduler_.stop(); }

  [[nodiscard]] const ScheduleBook& book() const { return book_; }
  [[nodiscard]] Scheduler& scheduler() { return scheduler_; }
  [[nodiscard]] const SchedulerFigures& figures() const { return scheduler_.figures(); }
  [[nodiscard]] std::size_t zones() const { return zones_.size(); }

  /// `id`: that of a preview, so that it gets the times that were shown. Errors: `unprocessable` with
  /// pointers below /body, `conflict` "name_taken", "id_taken" and "too_many".
  Task<Result<ScheduleId>> add(access::Actor actor, ScheduleSettings settings,
                               std::optional<ScheduleId> id = {});
  /// Everything but plan and target. `revision`: must still be this. Errors: those of add, `not_found`,
  /// `precondition_failed`.
  Task<Result<>> change(access::Actor actor, ScheduleId id, ScheduleSettings settings,
                        std::optional<std::int64_t> revision);
  /// With its pending run; what it ran, and its ledger, stay until they are old.
  Task<Result<>> remove(access::Actor actor, ScheduleId id, std::optional<std::int64_t> revision);
  /// A run of the person's own, whatever is due. Errors: those of RunService::start.
  Task<Result<Run>> run_now(access::Actor actor, ScheduleId id, std::optional<std::string> request = {});
  /// `id`: of the schedule that is edited, or of the preview before, for H, ~ and jitter; else a new one.
  Task<Result<TimingPreview>> preview(std::string timing, std::string time_zone, Millis jitter,
                                      std::size_t count, std::optional<ScheduleId> id);
  /// How far back one catches up when nobody says; a day when its timing cannot be understood.
  Task<Millis> usual_catch_up_of(ScheduleSettings settings);
  Task<Result<ledger_repo::Answer>> ledger(ledger_repo::Filter filter);
  [[nodiscard]] std::string sentence(const LiveSchedule& live) const;

  /// Inside a write that removes a host or an environment: schedules go with them.
  void forget_host(store::Session& session, const HostId& host);
  /// Some of them, and of their ledger; true when nothing is left.
  bool forget_environment(store::Session& session, const EnvironmentId& environment);
  /// Inside the write that takes a host to another environment. Which went along: what is told of them
  /// follows.
  std::vector<ScheduleId> move_host(store::Session& session, const HostId& host, const EnvironmentId& to);
  /// A host said hello.
  void host_came(const HostId& host) { scheduler_.host_came(host); }

 private:
  /// Checks and completes; nothing of it is stored.
  Task<Result<Timing>> check(const ScheduleSettings& settings, std::uint64_t seed);
  /// Whether the target offers what it asks for, as far as it is known.
  [[nodiscard]] Result<> check_offer(const ScheduleSettings& settings) const;
  Task<Result<ZonePtr>> zone_of(const Timing& timing, std::string time_zone);
  Task<void> take(Schedule row);
  void forget(store::Session& session, const std::vector<ScheduleId>& ids);
  PendingJob abandoning(const LiveSchedule& live, const std::string& reason);
  void moved(std::vector<Schedule> rows, const EnvironmentId& to);

  ScheduleGround ground_;
  ScheduleBook book_;
  ZoneBook zones_;
  Scheduler scheduler_;
};

/// What is wrong with a timing, as an error that names "/body/timing", the column and a hint.
Error timing_error(const TimingFault& fault);

}  // namespace fettle::runs
