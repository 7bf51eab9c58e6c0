// The runs of hosts, on the server's side: orders until they are taken, wishes to cancel until they are
// heard, reports applied once and in order before they are acknowledged, and an end for every run whose host
// does not come back. Loop thread; `app` connects, loads, starts and stops it.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fettle/fleet/fleet_service.h"
#include "fettle/io/task_scope.h"
#include "fettle/runs/carrier.h"
#include "fettle/runs/engine.h"
#include "fettle/runs/expectation_repo.h"
#include "fettle/runs/host_run_rules.h"
#include "fettle/runs/run_book.h"

namespace fettle::runs {

class HostRuns final : public Carrier {
 public:
  HostRuns(const RunGround& ground, fleet::Fleet& fleet, Engine& engine);

  /// Makes itself known to the engine and to the fleet; once, before the engine is loaded.
  void connect();
  /// What was live stays so: its agents say what became of it.
  Task<Result<>> load();
  void start();
  Task<void> stop();

  [[nodiscard]] Result<> check(const Target& target) const override;
  [[nodiscard]] EnvironmentId place(store::Session& session, const Target& target) const override;
  void begin(const RunId& id) override;
  void cancel(const RunId& id) override;

  static constexpr std::size_t kMostWaiting = 64;       // reports of one run
  static constexpr std::size_t kMostOwn = 256;          // live runs that one host began by itself
  static constexpr std::size_t kMostOpenedAtOnce = 60;  // of one host; others wait for their turn
  static constexpr double kOpenedPerSecond = 10;
  static constexpr std::size_t kMostToOpen = wire::kMostHeldRuns;  // of one host: all that an agent holds

 private:
  using Action = std::variant<wire::RunTaken, wire::RunReport, HostRunEnd>;
  struct Side {
    HostId host;
    MonoTime began;  // here
    bool was_ordered = false;
    bool is_ending = false;
    std::optional<MonoTime> ordered, cancel_sent, cancel_wanted, away_since, unheld_since;
    std::uint64_t received = 0;  // highest report that is applied or waits
    std::deque<Action> waiting;
    bool is_applying = false;
  };
  struct Opening {
    HostId host;
    std::vector<wire::RunReport> reports;  // came before the run was stored
  };
  /// After an outage a host tells all that it began meanwhile. What is not opened yet is not acknowledged:
  /// the agent would forget it.
  struct OpenPace {
    double tokens = kMostOpenedAtOnce;
    MonoTime filled;
    std::deque<wire::RunOpened> waiting;
    bool is_opening = false;
  };

  Side* find_side(const RunId& id);
  void add_side(const Run& run, bool was_ordered, std::uint64_t received);
  Result<> take(fleet::LiveHost& host, wire::Message& message);
  void take_taken(fleet::LiveHost& host, const wire::RunTaken& taken);
  Result<> take_report(fleet::LiveHost& host, wire::RunReport& report);
  void take_held(fleet::LiveHost& host, const wire::RunsHeld& held);
  Result<> take_opened(fleet::LiveHost& host, const wire::RunOpened& opened);
  [[nodiscard]] bool may_open(const HostId& host, OpenPace& pace);
  Task<void> open_waiting(HostId host);
  Task<void> open_run(Run run);
  void tell_expectation(const Run& run, expectation_repo::Noted noted);
  Task<void> end_unwanted(HostId host, std::vector<wire::HeldRun> held);
  void push(const RunId& id, Side& side, Action action);
  Task<void> apply_waiting(RunId id);
  void end(const RunId& id, Side& side, RunState state, std::string why);
  bool send(const HostId& host, const wire::Message& message);
  void send_order(const Run& run, Side& side);
  void send_cancel(const Run& run, Side& side);
  void acknowledge(const HostId& host, const wire::RunReport& report);
  Task<void> sweep_forever();
  void sweep();
  void sweep_one(const LiveRun& live, Side& side);
  void host_removed(const HostId& host);

  RunGround ground_;
  fleet::Fleet& fleet_;
  Engine& engine_;
  RunBook& book_;
  std::map<RunId, Side> sides_;
  std::map<RunId, Opening> opening_;
  std::map<HostId, OpenPace> paces_;
  bool is_stopping_ = false;
  io::TaskScope tasks_;
};

}  // namespace fettle::runs
