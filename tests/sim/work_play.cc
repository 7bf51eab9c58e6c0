#include "tests/sim/work_play.h"

#include <algorithm>

#include "fettle/access/builtin.h"
#include "fettle/runs/run_log_repo.h"
#include "fettle/runs/run_repo.h"
#include "fettle/runs/run_rules.h"

namespace fettle::sim {
namespace {

const access::Actor kPerson{"person", "", "sim", ""};
constexpr unsigned kActions = 36;
constexpr int kLinesAStep = 3;

std::string step_name(std::uint32_t index) {
  return "step_" + std::to_string(index);
}

/// {"tag":"7"}: what the steps of a run know it by.
std::string tag_in(const std::string& parameters) {
  const std::size_t from = parameters.find(R"(:")") + 2;
  return parameters.substr(from, parameters.find('"', from) - from);
}

void make_sound(io::SimDisk& disk) {
  disk.set_capacity(std::nullopt);
  // A call that was told to fail may still be to come: it never does.
  for (const io::DiskCall call : {io::DiskCall::sync, io::DiskCall::write}) disk.fail_next(call, 0);
}

}  // namespace

WorkPlay::WorkPlay(std::uint64_t seed)
    : loop_(seed),
      chance_(loop_.random().stream(7)),
      log_(sink_, "sim"),
      clock_(loop_),
      disk_(loop_.random().stream(8)),
      network_(loop_, clock_, log_, loop_.random().stream(9)) {}

WorkPlay::~WorkPlay() = default;

WorkVerdict WorkPlay::run() {
  start_server();
  for (unsigned i = 0; i < kAgents; ++i) agents_.push_back(enrol(i));
  for (unsigned i = 0; i < kActions && verdict_.fault.empty(); ++i) {
    loop_.run_for(Millis(50 + chance_.below(12'000)));
    play();
    check();
  }
  heal();
  check_healed();
  finish();
  verdict_.trace = loop_.trace_hash();
  return verdict_;
}

void WorkPlay::add_server_plans(runs::RunService& service) {
  runs::Plan on_host, on_server;
  on_host.name = "sim-host";
  on_server.name = "sim-server";
  on_host.title = on_server.title = "Simulated work";
  on_host.target_kind = runs::kHostTarget;
  on_server.target_kind = runs::kServerTarget;
  on_host.is_on_host = true;
  on_host.abandon_after = kAbandonAfter;
  for (std::uint32_t i = 1; i <= kSteps; ++i) {
    runs::PlanTask task;
    task.name = step_name(i);
    task.title = "Step " + std::to_string(i);
    task.deadline = Seconds(30);
    on_host.tasks.push_back(task);
    task.function = [this, name = task.name](runs::StepContext& context) {
      return server_step(context, name);
    };
    on_server.tasks.push_back(std::move(task));
  }
  service.add_plan(std::move(on_host));
  service.add_plan(std::move(on_server));
}

void WorkPlay::add_host_plans(agent::RunDesk& desk, unsigned number) {
  agent::HostPlan plan;
  plan.name = "sim-host";
  // Of this agent alone: that of a host which was removed may still carry something out.
  const auto inside = std::make_shared<unsigned>(0);
  for (std::uint32_t i = 1; i <= kSteps; ++i) {
    plan.tasks.push_back({step_name(i), [this, number, inside, name = step_name(i)](agent::StepTools& tools) {
                            return host_step(tools, name, number, inside);
                          }});
  }
  plan.why_refused = [](const std::string&) { return std::string(); };
  desk.add_plan(std::move(plan));
}

Task<agent::StepEnd> WorkPlay::host_step(agent::StepTools& tools, std::string name, unsigned number,
                                         std::shared_ptr<unsigned> runs_inside) {
  struct Inside {
    unsigned& count;
    explicit Inside(unsigned& of) : count(of) { ++count; }
    ~Inside() { --count; }
  };
  const std::string tag = tag_in(tools.parameters());
  const Inside inside(*runs_inside);
  if (inside.count > 1) fail("two runs of one host at a time: " + tag);
  ++begun_[tag + " " + name];
  // Shared with the call that may come after this step has ended.
  const auto wish = std::make_shared<bool>(false);
  tools.on_cancel([wish] { *wish = true; });
  for (int line = 0; line < kLinesAStep; ++line)
    tools.log(agent::LineLevel::info, tag + " " + name + " " + std::to_string(line));
  const auto slices = may_last_ && chance_.chance(8) ? 2'000 : 1 + chance_.below(30);
  for (std::uint64_t i = 0; i < slices && !*wish; ++i) co_await agents_[number]->clock.sleep_for(Millis(200));
  tools.on_cancel({});
  if (*wish) co_return agent::StepEnd{wire::StepPhase::cancelled, "cancelled", false, std::nullopt};
  const bool is_bad = chance_.chance(10);
  co_return agent::StepEnd{is_bad ? wire::StepPhase::failed : wire::StepPhase::completed, "played", false,
                           std::nullopt};
}

Task<Result<runs::StepOutcome>> WorkPlay::server_step(runs::StepContext& context, std::string name) {
  const std::string tag = tag_in(context.parameters());
  ++begun_[tag + " " + name];
  for (int line = 0; line < kLinesAStep; ++line)
    context.log(runs::LogLevel::info, tag + " " + name + " " + std::to_string(line));
  const bool hangs = chance_.chance(5);
  co_await clock_.sleep_for(hangs ? Nanos(std::chrono::hours(2)) : Nanos(Millis(chance_.below(6'000))));
  if (chance_.chance(10)) co_return fettle::fail(ErrorCode::io, "broken", "played");
  co_return runs::StepOutcome{"played", false};
}

void WorkPlay::start_server() {
  SimServerShape shape;
  shape.add_plans = [this](runs::RunService& service) { add_server_plans(service); };
  server_ =
      std::make_unique<SimServer>(loop_, clock_, disk_, loop_.random().stream(1000 + lives_++), log_, shape);
  if (!await(server_->start())) return end_server(true);
  network_.set_server(
      [this](std::unique_ptr<net::MessageChannel> channel) { server_->accept(std::move(channel)); });
}

void WorkPlay::end_server(bool is_crash) {
  if (!server_) return;
  network_.set_server(nullptr);
  if (is_crash) {
    disk_.crash();
    network_.cut_all();
  }
  await(server_->stop());
  network_.cut_all();
  server_.reset();
}

std::unique_ptr<SimAgent> WorkPlay::enrol(unsigned number) {
  agent::Identity identity;
  identity.name = "host-" + std::to_string(hosts_++);
  identity.server_id = "server_sim";
  identity.server_url = "http://sim";
  identity.seed = agent::make_seed(chance_);
  auto& enrolment = server_->fleet.enrolment();
  auto made = await(enrolment.make_token(kPerson, access::kDefaultEnvironment, std::nullopt));
  const PublicKey key = make_signing_key(identity.seed).public_key;
  auto host =
      await(enrolment.enrol({made->text, {key.begin(), key.end()}, identity.name, std::nullopt, "sim"}));
  if (!host) {
    fail("not enrolled: " + host.error().detail);
  } else {
    identity.host_id = host->id.text();
  }
  auto agent = std::make_unique<SimAgent>(loop_, loop_.random().stream(200 + hosts_),
                                          network_.dialer(identity.name), log_, identity, number + 1);
  agent->add_plans = [this, number](agent::RunDesk& desk) { add_host_plans(desk, number); };
  await(agent->start());
  return agent;
}

void WorkPlay::begin_run() {
  if (chance_.chance(25)) return begin_run_on("server", "server");
  begin_run_on("host", agents_[chance_.below(kAgents)]->identity.host_id);
}

void WorkPlay::begin_run_on(const std::string& kind, const std::string& id) {
  if (!server_ || server_->has_failed()) return;
  runs::RunOrder order;
  order.plan = "sim-" + kind;
  const auto target = server_->runs.find_target(kind, id);
  if (!target) return fail("a target is not there");
  order.target = *target;
  order.actor = kPerson;
  const std::string tag = std::to_string(++tags_);
  order.parameters = R"({"tag":")" + tag + "\"}";
  const auto run = await(server_->runs.start(std::move(order)));
  if (!run) return;
  runs_[run->id];
  tag_of_run_[run->id.text()] = tag;
}

void WorkPlay::cancel_run() {
  if (!server_ || server_->has_failed()) return;
  std::vector<runs::RunId> live;
  server_->runs.book().for_each([&](const runs::LiveRun& one) { live.push_back(one.run.id); });
  std::ranges::sort(live);
  if (live.empty()) return;
  ignore(await(server_->runs.cancel(kPerson, live[chance_.below(live.size())])), "it may have ended");
}

/// A command that its host begins by itself, as cron does: nobody ordered it, and nobody waits for it.
void WorkPlay::begin_exec(SimAgent& agent) {
  const std::string id = chance_.make_id<agent::HostRunId>(agent.clock.wall_now()).text();
  execs_[id].agent = &agent;
  tasks_.spawn("sim.exec", exec(agent, id));
}

Task<void> WorkPlay::exec(SimAgent& agent, std::string id) {
  const auto now_ms = [&agent] { return unix_ms(agent.clock.wall_now()); };
  agent.spool.begin({.run_id = id, .name = "nightly", .command = "nightly", .started_at_ms = now_ms()});
  Exec& seen = execs_.at(id);
  const auto lines = chance_.below(6);
  for (std::uint64_t i = 0; i < lines; ++i) {
    co_await agent.clock.sleep_for(Millis(chance_.below(2'000)));
    if (!agent.spool.has_writer(id)) co_return;
    agent.spool.write(id, now_ms(), id + " step_1 " + std::to_string(seen.lines++) + "\n");
  }
  co_await agent.clock.sleep_for(Millis(chance_.below(3'000)));
  if (!agent.spool.has_writer(id)) co_return;
  if (chance_.chance(10)) co_return agent.spool.kill_writer(id);
  seen.code = static_cast<int>(chance_.below(3));
  agent.spool.end(id, now_ms(), *seen.code);
}

/// To the other environment, and perhaps work is begun there at the same moment.
void WorkPlay::move_host(SimAgent& agent) {
  if (!server_ || server_->has_failed()) return;
  const HostId id = *HostId::parse(agent.identity.host_id);
  const EnvironmentId here = server_->fleet.roster().find(id)->row.environment;
  const EnvironmentId there =
      here == access::kDefaultEnvironment ? access::kSystemEnvironment : access::kDefaultEnvironment;
  struct Move {
    static Task<void> go(fleet::Fleet& fleet, HostId host, EnvironmentId to, bool& is_done) {
      ignore(co_await fleet.care().move(kPerson, host, to, std::nullopt), "a disk that fails is of the play");
      is_done = true;
    }
  };
  bool is_done = false;
  io::TaskScope moving(loop_, log_);
  moving.spawn("sim.move", Move::go(server_->fleet, id, there, is_done));
  if (chance_.chance(50)) begin_exec(agent);
  if (chance_.chance(50)) begin_run_on("host", agent.identity.host_id);
  if (!loop_.run_until([&] { return is_done; }, Seconds(900))) fail("a move does not end");
  await(moving.stop());
}

/// It is removed, whatever it does just then, and another takes its place.
void WorkPlay::replace_host(unsigned number) {
  if (!server_ || server_->has_failed()) return;
  make_sound(disk_);
  SimAgent& agent = *agents_[number];
  const HostId id = *HostId::parse(agent.identity.host_id);
  auto removed = await(server_->fleet.remove(kPerson, id));
  for (int i = 0; i < 10 && !removed; ++i) {  // that there is room again is found out after a while
    loop_.run_for(Seconds(5));
    removed = await(server_->fleet.remove(kPerson, id));
  }
  if (!removed) return fail("a host cannot be removed: " + removed.error().detail);
  if (agent.is_running() && chance_.chance(50)) await(agent.crash());
  gone_.push_back(std::exchange(agents_[number], enrol(number)));
}

void WorkPlay::play() {
  SimAgent& agent = *agents_[chance_.below(kAgents)];
  switch (chance_.below(28)) {
    default:
      return begin_run();
    case 0:
    case 1:
      return cancel_run();
    case 2:
      if (server_) end_server(true);
      return start_server();
    case 3:
      if (server_) end_server(false);
      return start_server();
    case 4:
      if (agent.is_running()) await(agent.crash());
      return await(agent.start());
    case 5:
      if (agent.is_running()) await(agent.stop());
      return;
    case 6:
      if (!agent.is_running()) await(agent.start());
      return;
    case 7:
      return network_.cut(agent.identity.name);
    case 8:
      network_.partition(agent.identity.name);
      if (chance_.chance(30)) loop_.run_for(kAbandonAfter + Seconds(90));  // longer than a run is waited for
      return;
    case 9:
      return network_.heal_all();
    case 10: {
      testing::SimFaults faults;
      faults.most_delay = Millis(1 + chance_.below(2'000));
      faults.cut = static_cast<unsigned>(chance_.below(4));
      faults.duplicated = static_cast<unsigned>(chance_.below(6));
      faults.refused = static_cast<unsigned>(chance_.below(30));
      return network_.set_faults(faults);
    }
    case 11:
      return agent.clock.step_wall(Seconds(static_cast<std::int64_t>(chance_.below(20'000)) - 10'000));
    case 12:
      return clock_.step_wall(Seconds(static_cast<std::int64_t>(chance_.below(20'000)) - 10'000));
    case 13:
      return loop_.set_work_delay("", {Nanos(0), Millis(1 + chance_.below(1'500))});
    case 14:
      return disk_.fail_next(chance_.chance(50) ? io::DiskCall::sync : io::DiskCall::write,
                             1 + chance_.below(8));
    case 15:
      return disk_.set_capacity(disk_.used() + chance_.below(20'000));
    case 16:
      disk_.set_capacity(std::nullopt);
      return loop_.set_work_delay("", {});
    case 17:
    case 18:
      return begin_exec(agent);
    case 19:
      return move_host(agent);
    case 20:
      if (chance_.chance(40)) replace_host(static_cast<unsigned>(chance_.below(kAgents)));
      return;
    case 21:
      if (chance_.chance(50)) return agent.disk.set_capacity(agent.disk.used() + chance_.below(4'000));
      return agent.disk.fail_next(chance_.chance(50) ? io::DiskCall::sync : io::DiskCall::write,
                                  1 + chance_.below(6));
    case 22:
      return agent.disk.set_capacity(std::nullopt);
  }
}

void WorkPlay::heal() {
  may_last_ = false;
  make_sound(disk_);
  for (const auto& agent : agents_) make_sound(agent->disk);
  loop_.set_work_delay("", {});
  network_.set_faults({});
  network_.heal_all();
  for (int i = 0; i < 10; ++i) {
    if (server_ && server_->has_failed()) end_server(true);
    if (!server_) start_server();
    loop_.run_for(Seconds(2));
  }
  if (!server_) return fail("the server does not start on a healthy disk");
  for (const auto& agent : agents_) {
    if (!agent->is_running()) await(agent->start());
    if (!agent->is_running()) return fail("an agent does not start on a healthy disk");
  }
  // Longer than a run that a host began by itself is waited for when its agent has forgotten it.
  if (loop_.run_until([this] { return is_idle(); }, std::chrono::minutes(90))) return;
  std::string left;
  for (const auto& agent : agents_)
    left += " " + agent->identity.name + " holds " + std::to_string(agent->figures().work.book.held) +
            " and has " + std::to_string(agent->spool.size()) + " in its spool";
  server_->runs.book().for_each([&](const runs::LiveRun& one) {
    left +=
        " " + one.run.id.text() + " " + one.run.target.name + " " + std::string(state_name(one.run.state));
  });
  fail("runs do not end although all is well:" + left);
}

/// Nothing is left to be done, on either side.
bool WorkPlay::is_idle() const {
  return server_->runs.book().size() == 0 && server_->fleet.care().history().is_idle() &&
         std::ranges::all_of(agents_, [](const auto& agent) {
           return agent->spool.size() == 0 && agent->figures().work.book.held == 0;
         });
}

void WorkPlay::finish() {
  await(tasks_.stop());
  for (const auto* group : {&agents_, &gone_}) {
    for (const auto& agent : *group)
      if (agent->is_running()) await(agent->stop());
  }
  end_server(false);
  await(network_.stop());
}

}  // namespace fettle::sim
