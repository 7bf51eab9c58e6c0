// Runs that hosts begin by themselves (fettle exec), until they are stored: as fast as their pace allows, in
// the order in which they are told, with the reports that came before their turn. Loop thread; who carries
// out the runs of hosts owns it and stops it.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "fettle/fleet/fleet_service.h"
#include "fettle/io/task_scope.h"
#include "fettle/runs/expectation_repo.h"
#include "fettle/runs/run_book.h"
#include "fettle/runs/run_ground.h"

namespace fettle::runs {

class HostOpenings {
 public:
  /// What becomes of one that is stored. Both on the loop.
  struct Hooks {
    std::function<void(const Run&)> on_stored;  // after the commit, live from now on
    std::function<void(fleet::LiveHost&, wire::RunReport&)> on_report;
  };
  HostOpenings(const RunGround& ground, fleet::Fleet& fleet, RunBook& book, Hooks hooks);

  /// An id that no run of a host may have is none of this host's business, and never becomes one.
  void take(const fleet::LiveHost& host, const RunId& id, const wire::RunOpened& opened);
  /// True when its run is not stored yet: the report waits with it, or is told again by its agent.
  [[nodiscard]] bool keeps(const HostId& host, const RunId& id, wire::RunReport& report);
  void forget(const HostId& host);
  /// Told by hosts and not stored yet, those that wait for their turn.
  [[nodiscard]] std::size_t waiting() const;
  /// Paces that are full are not kept.
  void sweep();
  Task<void> stop() { return tasks_.stop(); }

  static constexpr std::size_t kMostOwn = 256;          // live runs that one host began by itself
  static constexpr std::size_t kMostOpenedAtOnce = 60;  // of one host; others wait for their turn
  static constexpr double kOpenedPerSecond = 10;
  static constexpr std::size_t kMostToOpen = wire::kMostHeldRuns;  // of one host: all that an agent holds
  static constexpr std::size_t kMostReports = 64;                  // that wait with one run

 private:
  struct Opening {
    HostId host;
    std::vector<wire::RunReport> reports;  // came before the run was stored
  };
  /// After an outage a host tells all that it began meanwhile. What is not opened yet is not acknowledged:
  /// the agent would forget it.
  struct Pace {
    double tokens = kMostOpenedAtOnce;
    MonoTime filled;
    std::deque<wire::RunOpened> waiting;
    bool is_opening = false;
  };

  [[nodiscard]] bool may_open(const HostId& host, Pace& pace) const;
  Task<void> open_waiting(HostId host);
  Task<void> open_run(HostId host, Run run);
  void tell_expectation(const Run& run, expectation_repo::Noted noted);

  RunGround ground_;
  fleet::Fleet& fleet_;
  RunBook& book_;
  const Hooks hooks_;
  std::map<RunId, Opening> opening_;
  std::map<HostId, Pace> paces_;
  io::TaskScope tasks_;
};

}  // namespace fettle::runs
