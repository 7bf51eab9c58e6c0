#include "fettle/runs/engine.h"

#include "fettle/access/audit_repo.h"
#include "fettle/access/builtin.h"
#include "fettle/base/check.h"
#include "fettle/base/json_value.h"
#include "fettle/io/kill_points.h"
#include "fettle/runs/occurrence_rules.h"
#include "fettle/runs/run_repo.h"
#include "fettle/runs/run_rules.h"

namespace fettle::runs {
namespace {

/// For the audit log: what is run by its name, for "command" alone says nothing.
std::string describe(const Run& run) {
  std::string out = run.title + " (" + run.plan + ")";
  if (run.target.kind != kServerTarget) out += " on " + run.target.name;
  return run.is_dry ? out + ", dry run" : out;
}

/// So long a key of a request stands for what it began.
constexpr std::chrono::hours kRequestKept{24};

bool is_same(const Run& run, const RunOrder& order) {
  return run.plan == order.plan && run.target.kind == order.target.kind && run.target.id == order.target.id &&
         run.parameters == order.parameters && run.is_dry == order.is_dry && run.rerun_of == order.rerun_of;
}

Result<> check_object(const std::string& json) {
  if (json.size() > Engine::kMostParameterBytes)
    return fail_field("/body/parameters", "must have at most 64 KiB");
  const auto node = parse_json(json);
  if (!node || node->kind != JsonNode::Kind::object)
    return fail_field("/body/parameters", "must be a JSON object");
  return {};
}

}  // namespace

Error target_busy(const Target& target, const RunId& holder) {
  Error error{ErrorCode::conflict,
              "target_busy",
              target.name + " has a run already: " + holder.text() + "; wait for its end or cancel it",
              {},
              0};
  error.fields.push_back({"run_id", holder.text()});
  return error;
}

Engine::Engine(RunGround ground) : ground_(std::move(ground)), book_(ground_), server_(ground_, book_) {
  add_target_kind(std::string(kServerTarget), [](const std::string& id) -> std::optional<Target> {
    if (id != kServerTarget) return std::nullopt;
    return Target{std::string(kServerTarget), id, "server", access::kSystemEnvironment, std::nullopt};
  });
}

Engine::~Engine() = default;

Task<Result<>> Engine::load() {
  book_.set_source_check([this](const Run& run) {
    return !run.target.host || find_target(std::string(kHostTarget), run.target.host->text()).has_value();
  });
  auto loaded = co_await book_.load([this](const std::string& name) { return find_plan(name); });
  if (!loaded) co_return loaded;
  co_await server_.settle();
  co_return Result<>{};
}

void Engine::start() {
  book_.start();
}

Task<void> Engine::stop() {
  co_await server_.stop();
  co_await book_.stop();
}

void Engine::add_plan(Plan plan) {
  FETTLE_CHECK(!plan.name.empty() && !plan.tasks.empty(), "a plan has a name and a task");
  const std::string name = plan.name;
  const bool is_new = plans_.emplace(name, std::make_unique<Plan>(std::move(plan))).second;
  FETTLE_CHECK(is_new, "two plans of one name");
}

void Engine::add_task(const std::string& plan, PlanTask task) {
  const auto at = plans_.find(plan);
  FETTLE_CHECK(at != plans_.end(), "a task for a plan that is not there");
  at->second->tasks.push_back(std::move(task));
}

const Plan* Engine::find_plan(const std::string& name) const {
  const auto at = plans_.find(name);
  return at == plans_.end() ? nullptr : at->second.get();
}

std::vector<const Plan*> Engine::plans() const {
  std::vector<const Plan*> out;
  for (const auto& [name, plan] : plans_) out.push_back(plan.get());
  return out;
}

void Engine::add_target_kind(std::string kind, TargetFinder finder) {
  const bool is_new = target_kinds_.emplace(std::move(kind), std::move(finder)).second;
  FETTLE_CHECK(is_new, "two kinds of targets of one name");
}

std::optional<Target> Engine::find_target(const std::string& kind, const std::string& id) const {
  const auto at = target_kinds_.find(kind);
  return at == target_kinds_.end() ? std::nullopt : at->second(id);
}

Carrier& Engine::carrier_of(const Run& run) {
  if (!run.target.host) return server_;
  FETTLE_CHECK(host_carrier_ != nullptr, "somebody carries out the plans of hosts");
  return *host_carrier_;
}

std::optional<EnvironmentId> Engine::place(store::Session& session, const Target& target) const {
  return target.host ? host_carrier_->place(session, target) : server_.place(session, target);
}

Run Engine::make_run(const RunOrder& order) const {
  const Plan* plan = find_plan(order.plan);
  FETTLE_CHECK(plan != nullptr, "a run of a plan that is not there");
  FETTLE_CHECK(plan->is_on_host == order.target.host.has_value(), "a plan of hosts runs on a host");
  const WallTime now = wall_from_unix_ms(unix_ms(ground_.clock.wall_now()));
  Run run;
  run.id = order.occurrence ? occurrence_run_id(*order.occurrence) : ground_.random.make_id<RunId>(now);
  run.plan = plan->name;
  run.title = plan->title_of ? plan->title_of(order.parameters) : plan->title;
  run.target = order.target;
  run.is_dry = order.is_dry;
  run.actor = order.actor;
  run.parameters = order.parameters;
  run.occurrence = order.occurrence;
  run.rerun_of = order.rerun_of;
  run.created_at = now;
  run.steps = make_steps(*plan, order.only_steps);
  return run;
}

Result<> Engine::check_start(const RunOrder& order) const {
  const Plan* plan = find_plan(order.plan);
  if (plan == nullptr) return fail(ErrorCode::not_found, "not_found", "there is no such plan");
  if (plan->target_kind != order.target.kind) {
    return fail_field("/body/target_kind", "must be " + plan->target_kind + " for this plan");
  }
  if (auto checked = check_object(order.parameters); !checked) return checked;
  if (plan->check_parameters) {
    if (auto checked = plan->check_parameters(order.parameters); !checked) return checked;
  }
  if (book_.size() >= kMostLive) {
    return fail(ErrorCode::unavailable, "too_many_runs",
                "20000 runs have not ended; try again when some of them have");
  }
  if (plan->is_on_host) return host_carrier_->check(order.target);
  return server_.check(order.target);
}

Task<Result<std::optional<Run>>> Engine::find_repeated(RunOrder order) {
  if (!order.request) co_return std::nullopt;
  const WallTime since = ground_.clock.wall_now() - kRequestKept;
  FETTLE_CO_TRY(std::optional<Run> run,
                co_await ground_.store.read([key = *order.request, since](store::Session& session) {
                  return run_repo::find_requested(session, key, since);
                }));
  if (run && !is_same(*run, order))
    co_return fail(ErrorCode::unprocessable, "idempotency_key_reused",
                   "This Idempotency-Key began another run before: " + run->id.text() + ".");
  co_return run;
}

Task<Result<Run>> Engine::start(RunOrder order) {
  if (order.request) {
    FETTLE_CO_TRY(std::optional<Run> there, co_await find_repeated(order));
    if (there) co_return std::move(*there);
  }
  if (auto checked = check_start(order); !checked) co_return std::unexpected(std::move(checked).error());
  if (const Plan* plan = find_plan(order.plan); plan->check_offer && !order.occurrence) {
    if (auto offered = plan->check_offer(order.target, order.parameters); !offered)
      co_return std::unexpected(std::move(offered).error());
  }
  const Target target = order.target;
  FETTLE_CO_TRY(const StartDecision decision, co_await ground_.store.write(prepare(std::move(order))));
  if (decision.holder) co_return std::unexpected(target_busy(target, *decision.holder));
  if (!decision.run) co_return fail(ErrorCode::conflict, "not_started", decision.refused);
  co_return *decision.run;
}

std::function<StartDecision(store::Session&)> Engine::prepare(RunOrder order) {
  const auto asked = std::make_shared<const Run>(make_run(order));  // shared by the copies of the function
  return [this, asked, request = order.request,
          &carrier = carrier_of(*asked)](store::Session& session) -> StartDecision {
    if (request) {
      auto there = run_repo::find_requested(session, *request, asked->created_at - kRequestKept);
      if (there) return {std::move(there), {}, true};
    }
    if (asked->occurrence) {
      if (auto there = run_repo::find_of(session, *asked->occurrence)) return {std::move(there), {}, true};
      if (run_repo::find(session, asked->id))
        return {std::nullopt, std::nullopt, false, "its id " + asked->id.text() + " belongs to another run"};
    }
    if (asked->holds_lock) {
      if (const auto holder = run_repo::find_holder(session, asked->target.kind, asked->target.id))
        return {std::nullopt, holder, false};
    }
    const auto place = carrier.place(session, asked->target);
    if (!place) return {std::nullopt, std::nullopt, false, "its host was removed"};
    const auto run = std::make_shared<Run>(*asked);  // shared with what begins it after the commit
    run->target.environment = *place;
    run_repo::insert(session, *run);
    if (request) run_repo::set_request(session, run->id, *request);
    access::audit_repo::append(session,
                               {run->created_at, run->actor, "run.start", run->id.text(), describe(*run)});
    session.after_commit([this, run] { begin(*run); });
    io::reach(io::KillPoint::run_written);
    return {*run, std::nullopt, false};
  };
}

void Engine::begin(const Run& run) {
  io::reach(io::KillPoint::run_committed);
  const RunId id = run.id;
  Carrier& carrier = carrier_of(run);
  book_.add(run, find_plan(run.plan));
  carrier.begin(id);
}

Task<Result<Run>> Engine::cancel(access::Actor actor, RunId id) {
  const LiveRun* live = book_.find(id);
  if (live == nullptr) {
    FETTLE_CO_TRY(const std::optional<Run> stored, co_await find(id));
    if (!stored) co_return fail(ErrorCode::not_found, "not_found", "there is no such run");
    co_return fail(ErrorCode::conflict, "run_ended",
                   "this run has ended already: " + std::string(state_name(stored->state)));
  }
  if (live->run.target.kind == kCommandTarget) {
    co_return fail(ErrorCode::conflict, "begun_elsewhere",
                   "this command was begun on its host by somebody else, and ends there");
  }
  if (live->run.cancel_requested_at) co_return live->run;
  const WallTime now = wall_from_unix_ms(unix_ms(ground_.clock.wall_now()));
  const std::string by = actor.name;
  auto* self = this;
  const access::AuditEntry entry{now, actor, "run.cancel", id.text(), describe(live->run)};
  auto written = co_await ground_.store.write(
      [self, id, now, by, entry](store::Session& session) {
        if (!run_repo::request_cancel(session, id, now, by)) return;
        access::audit_repo::append(session, entry);
        session.after_commit([self, id, now, by] {
          self->book_.note_cancel(id, now, by);
          if (const LiveRun* run = self->book_.find(id)) self->carrier_of(run->run).cancel(id);
        });
      },
      store::Priority::essential);
  if (!written) co_return std::unexpected(std::move(written).error());
  FETTLE_CO_TRY(std::optional<Run> now_is, co_await find(id));
  if (!now_is) co_return fail(ErrorCode::not_found, "not_found", "there is no such run");
  if (!now_is->is_live() && !now_is->cancel_requested_at)
    co_return fail(ErrorCode::conflict, "run_ended",
                   "this run has ended already: " + std::string(state_name(now_is->state)));
  co_return std::move(*now_is);
}

Task<Result<std::optional<Run>>> Engine::find(RunId id) {
  if (const LiveRun* live = book_.find(id)) co_return live->run;
  auto stored =
      co_await ground_.store.read([id](store::Session& session) { return run_repo::find(session, id); });
  // It may have begun in between.
  if (const LiveRun* live = book_.find(id); stored && live != nullptr) co_return live->run;
  co_return stored;
}

const Run* Engine::holder(const std::string& target_kind, const std::string& target_id) const {
  const LiveRun* live = book_.holder(target_kind, target_id);
  return live == nullptr ? nullptr : &live->run;
}

void Engine::on_changed(std::function<void(const Run&)> listener) {
  book_.on_changed(std::move(listener));
}

}  // namespace fettle::runs
