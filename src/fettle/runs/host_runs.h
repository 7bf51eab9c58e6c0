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
#include "fettle/runs/host_gates.h"
#include "fettle/runs/host_openings.h"
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
  [[nodiscard]] std::optional<EnvironmentId> place(store::Session& session,
                                                   const Target& target) const override;
  void begin(const RunId& id) override;
  void cancel(const RunId& id) override;
  [[nodiscard]] HostRunFigures figures() const;

  static constexpr std::size_t kMostWaiting = 64;  // reports of one run

 private:
  using Action = std::variant<wire::RunTaken, wire::RunReport, HostRunEnd>;
  struct Side {
    HostId host;
    MonoTime began;  // here
    bool was_ordered = false;
    bool is_ending = false;
    bool is_wait_told = false;  // its log says what it waits for
    std::optional<MonoTime> ordered, cancel_sent, cancel_wanted, away_since, unheld_since;
    std::uint64_t received = 0;  // highest report that is applied or waits
    std::deque<Action> waiting;
    bool is_applying = false;
  };

  Side* find_side(const RunId& id);
  void add_side(const Run& run, bool was_ordered, std::uint64_t received);
  Result<> take(fleet::LiveHost& host, wire::Message& message);
  void take_taken(fleet::LiveHost& host, const wire::RunTaken& taken);
  Result<> take_report(fleet::LiveHost& host, wire::RunReport& report);
  void take_held(fleet::LiveHost& host, const wire::RunsHeld& held);
  void take_held_one(const LiveRun& live, Side& side, const wire::RunsHeld& held);
  Result<> take_opened(fleet::LiveHost& host, const wire::RunOpened& opened);
  /// What goes on there although it has ended here is not wanted: its end is asked for, and until it came
  /// nothing of its target begins. Opens the gate with that number, where there is one.
  Task<void> find_unwanted(HostId host, std::vector<wire::HeldRun> held, std::optional<std::uint64_t> number);
  void add_unwanted(const HostId& host, const Run& run, std::uint64_t epoch);
  void note_ended(const HostId& host, const RunId& id);
  void order_waiting(const HostId& host);
  void send_wishes();
  void push(const RunId& id, Side& side, Action action);
  Task<void> apply_waiting(RunId id);
  void end(const RunId& id, Side& side, RunState state, std::string why);
  bool send(const HostId& host, const wire::Message& message);
  void send_order(const Run& run, Side& side);
  void send_cancel(const Run& run, Side& side);
  void acknowledge(const HostId& host, const wire::RunReport& report);
  Task<void> sweep_forever();
  Task<void> sweep();
  void sweep_one(const LiveRun& live, Side& side);
  void host_removed(const HostId& host);

  RunGround ground_;
  fleet::Fleet& fleet_;
  Engine& engine_;
  RunBook& book_;
  std::map<RunId, Side> sides_;
  HostGates gates_;
  HostOpenings openings_;
  bool is_stopping_ = false;
  io::TaskScope tasks_;
};

}  // namespace fettle::runs
