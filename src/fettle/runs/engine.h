// The run service itself: knows the plans, takes orders, and hands each run to who carries it out. Loop
// thread; `app` loads, starts and stops it.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "fettle/runs/run_book.h"
#include "fettle/runs/run_service.h"
#include "fettle/runs/server_runs.h"

namespace fettle::runs {

class Engine final : public RunService {
 public:
  explicit Engine(RunGround ground);
  ~Engine() override;

  /// Who carries out the plans of hosts; before load().
  void set_host_carrier(Carrier& carrier) { host_carrier_ = &carrier; }

  /// Reads what was live, and ends what the server was doing itself: interrupted. After the plans were added.
  Task<Result<>> load();
  void start();
  /// Cancels the server's own runs within two seconds; those of hosts go on there.
  Task<void> stop();

  RunBook& book() { return book_; }
  [[nodiscard]] const RunBook& book() const { return book_; }
  [[nodiscard]] const ServerRuns& server_runs() const { return server_; }

  void add_plan(Plan plan) override;
  void add_task(const std::string& plan, PlanTask task) override;
  [[nodiscard]] const Plan* find_plan(const std::string& name) const override;
  [[nodiscard]] std::vector<const Plan*> plans() const override;
  void add_target_kind(std::string kind, TargetFinder finder) override;
  [[nodiscard]] std::optional<Target> find_target(const std::string& kind,
                                                  const std::string& id) const override;
  Task<Result<Run>> start(RunOrder order) override;
  std::function<StartDecision(store::Session&)> prepare(RunOrder order) override;
  [[nodiscard]] std::optional<EnvironmentId> place(store::Session& session,
                                                   const Target& target) const override;
  Task<Result<std::optional<Run>>> find_repeated(RunOrder order) override;
  [[nodiscard]] Result<> check_start(const RunOrder& order) const override;
  Task<Result<Run>> cancel(access::Actor actor, RunId id) override;
  Task<Result<std::optional<Run>>> find(RunId id) override;
  [[nodiscard]] const Run* holder(const std::string& target_kind,
                                  const std::string& target_id) const override;
  void on_changed(std::function<void(const Run&)> listener) override;

  static constexpr std::size_t kMostLive = 20'000;
  static constexpr std::size_t kMostParameterBytes = 64 * 1024;

 private:
  Carrier& carrier_of(const Run& run);
  [[nodiscard]] Run make_run(const RunOrder& order) const;
  void begin(const Run& run);

  RunGround ground_;
  std::map<std::string, std::unique_ptr<Plan>> plans_;  // at the same place for good: runs point to them
  std::map<std::string, TargetFinder> target_kinds_;
  RunBook book_;
  ServerRuns server_;
  Carrier* host_carrier_ = nullptr;
};

/// "conflict" that names the run which holds the lock.
Error target_busy(const Target& target, const RunId& holder);

}  // namespace fettle::runs
