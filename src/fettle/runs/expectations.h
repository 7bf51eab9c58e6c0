// Watches what hosts expect to run by themselves (fettle exec --expect): a condition when it did not begin in
// time, which ends with the next run, or when nothing is expected any more. What a host said is stored with
// the run that brought it (HostRuns). Loop thread; `app` connects, loads, starts and stops it.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fettle/access/audit.h"
#include "fettle/events/condition_service.h"
#include "fettle/fleet/fleet_service.h"
#include "fettle/io/task_scope.h"
#include "fettle/runs/engine.h"
#include "fettle/runs/expectation.h"
#include "fettle/runs/timing.h"
#include "fettle/runs/zone_book.h"
#include "fettle/store/store.h"

namespace fettle::runs {

/// What it stands on; all outlive it.
struct ExpectationGround {
  io::Loop& loop;
  io::Clock& clock;
  io::Log log;
  store::Store& store;
  events::Conditions& conditions;
  ZoneBookGround zones;
};

class Expectations {
 public:
  Expectations(ExpectationGround ground, fleet::Fleet& fleet, Engine& engine);

  /// Makes itself known to the engine and to the fleet; once, before load().
  void connect();
  Task<Result<>> load();
  void start();
  Task<void> stop();

  struct View {
    const Expectation& expectation;
    const Timing& timing;
    std::optional<WallTime> next;  // none: its zone is not known here, or it never comes
    bool is_overdue = false;
    std::string fault;
  };
  void for_each_of(const HostId& host, const std::function<void(const View&)>& visit) const;
  /// Nothing is expected any more, until the next run says so. Error: `not_found`.
  Task<Result<>> forget(access::Actor actor, ExpectationKey key);

  static constexpr Seconds kBetweenLooks{30};
  /// What a host did while it was away it tells when it is back, and that takes a while; so does a start.
  static constexpr std::chrono::minutes kAfterReturn{5};

 private:
  struct Watched {
    Expectation expectation;
    Timing timing;
    ZonePtr zone;  // null: not known (yet)
    std::string fault;
    std::optional<WallTime> next;
    MonoTime look_from;  // not before
    bool is_overdue = false;
  };

  void take(const Run& run);
  void put(Expectation expectation, Timing timing);
  void drop(const ExpectationKey& key);
  void drop_host(const HostId& host);
  Task<void> watch_forever();
  /// Zones that were not known here, and those whose rules have changed.
  Task<void> find_zones();
  void look(Watched& watched);

  ExpectationGround ground_;
  fleet::Fleet& fleet_;
  Engine& engine_;
  ZoneBook zones_;
  std::map<ExpectationKey, Watched> watched_;
  io::TaskScope tasks_;
};

}  // namespace fettle::runs
