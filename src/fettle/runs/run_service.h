// The one engine for all work (M1 to M8): takes orders, holds the lock of each target, carries out plans of
// the server itself, hands those of hosts to their agents, keeps every step and line, and tells whoever
// watches. Loop thread; `app` loads, starts and stops it.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fettle/runs/plan.h"
#include "fettle/store/session.h"

namespace fettle::runs {

struct RunOrder {
  std::string plan;
  Target target;
  access::Actor actor;
  std::string parameters = "{}";
  bool is_dry = false;
  std::optional<RunId> rerun_of;
  std::vector<std::string> only_steps;  // others are skipped; empty: all run
  /// As of RequestContext::repeat_name(): within a day it begins one run and no second.
  std::optional<std::string> request;
  /// Set for what a schedule began: the run's id is made of it, so that a second one cannot exist.
  std::optional<Occurrence> occurrence;
};

/// What befell an attempt to start inside a write.
struct StartDecision {
  std::optional<Run> run;       // the new one
  std::optional<RunId> holder;  // it has the target's lock: nothing was started
  bool is_repeated = false;     // this occurrence, or this request, has its run already
  std::string refused = {};     // why there is neither: its host went meanwhile, its id is not free
};

class RunService {
 public:
  virtual ~RunService() = default;

  /// Before start(): features bring their plans. A second one of the same name is a fault of the program.
  virtual void add_plan(Plan plan) = 0;
  /// One more step at the end of a plan that is there.
  virtual void add_task(const std::string& plan, PlanTask task) = 0;
  [[nodiscard]] virtual const Plan* find_plan(const std::string& name) const = 0;
  [[nodiscard]] virtual std::vector<const Plan*> plans() const = 0;
  /// Before start(): how an id of a kind of targets becomes a target; nothing when there is none such. The
  /// kinds "server" and "host" are there already.
  using TargetFinder = std::function<std::optional<Target>(const std::string& id)>;
  virtual void add_target_kind(std::string kind, TargetFinder finder) = 0;
  [[nodiscard]] virtual std::optional<Target> find_target(const std::string& kind,
                                                          const std::string& id) const = 0;

  /// Lock and run in one transaction. Errors: `conflict` "target_busy" (detail and the field "run_id" name
  /// the holder) or "not_started" (its host went meanwhile), `not_found` (plan), `unavailable`
  /// "host_offline", `unprocessable` with pointers.
  virtual fettle::Task<Result<Run>> start(RunOrder order) = 0;
  /// The same inside a write of the caller's own (schedules): stores the run, and begins it after the commit.
  /// Nothing of the loop is touched before; `prepare` on the loop makes what it needs. The plan must be there
  /// (find_plan); whether the host can be reached is not asked (check_start).
  virtual std::function<StartDecision(store::Session&)> prepare(RunOrder order) = 0;

  /// Inside a write: the environment that a target belongs to now; nothing where it is gone.
  [[nodiscard]] virtual std::optional<EnvironmentId> place(store::Session& session,
                                                           const Target& target) const = 0;
  /// The run that the same request began before. Error: `unprocessable` ("idempotency_key_reused") when it
  /// asked for something else.
  virtual fettle::Task<Result<std::optional<Run>>> find_repeated(RunOrder order) = 0;

  /// What start() would refuse before it writes: `not_found` (plan), `unavailable` "host_offline" and the
  /// like.
  [[nodiscard]] virtual Result<> check_start(const RunOrder& order) const = 0;

  /// Asks for the end; the run ends when whoever carries it out has stopped. Errors: `not_found`, `conflict`
  /// "run_ended".
  virtual fettle::Task<Result<Run>> cancel(access::Actor actor, RunId id) = 0;

  [[nodiscard]] virtual fettle::Task<Result<std::optional<Run>>> find(RunId id) = 0;
  /// The live run that holds the lock.
  [[nodiscard]] virtual const Run* holder(const std::string& target_kind,
                                          const std::string& target_id) const = 0;
  /// Called on the loop after the commit of each change of a run's state.
  virtual void on_changed(std::function<void(const Run&)> listener) = 0;
};

}  // namespace fettle::runs
