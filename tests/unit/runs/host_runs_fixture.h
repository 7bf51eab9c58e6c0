// A server with one host, whose agent a test plays by hand.
#pragma once
#include "fettle/runs/host_runs.h"
#include "fettle/runs/run_log_repo.h"
#include "fettle/runs/run_repo.h"
#include "tests/unit/fleet/fleet_fixture.h"

namespace fettle::runs {

struct HostRunsTest : fleet::FleetTest {
  using Run = fettle::runs::Run;
  using HandAgent = fleet::HandAgent;

  HostRunsTest() : host(enrolled_host()) {}

  Engine& engine() { return server_->runs; }

  RunOrder order(std::string plan = "host-check") {
    RunOrder out;
    out.plan = std::move(plan);
    out.target = engine().find_target("host", host.id.text()).value();
    out.actor = {"person", "person_1", "ada", ""};
    return out;
  }
  Result<Run> start_run(RunOrder what) { return loop_.run(engine().start(std::move(what)), fleet::kLimit); }
  Run started() {
    auto run = start_run(order());
    EXPECT_TRUE(run) << (run ? "" : run.error().detail);
    return run ? *run : Run{};
  }
  Run find(const RunId& id) { return loop_.run(engine().find(id), fleet::kLimit).value().value(); }
  void await_state(const RunId& id, RunState state, Nanos limit = Seconds(60)) {
    EXPECT_TRUE(loop_.run_until([&] { return state_of_run(id) == state; }, limit))
        << state_name(state_of_run(id)) << " instead of " << state_name(state);
  }
  RunState state_of_run(const RunId& id) {
    if (const LiveRun* live = engine().book().find(id)) return live->run.state;
    return find(id).state;
  }
  Result<Run> cancel(const RunId& id) {
    return loop_.run(engine().cancel({"person", "person_2", "bob", ""}, id), fleet::kLimit);
  }
  /// As every agent does: what it holds comes first.
  HandAgent come(std::vector<wire::HeldRun> held = {}) {
    HandAgent agent = connect(host);
    agent.send(wire::RunsHeld{"boot", std::move(held)});
    loop_.run_for(Seconds(1));
    return agent;
  }
  static wire::HeldRun holds(const Run& run, bool is_over = false) {
    return {run.id.text(), run.epoch, is_over};
  }
  static wire::RunTaken taken(const Run& run, std::string refused = {}) {
    return {run.id.text(), run.epoch, std::move(refused)};
  }
  wire::RunReport report(const Run& run, std::uint64_t sequence,
                         wire::RunPhase phase = wire::RunPhase::running) {
    wire::RunReport out;
    out.run_id = run.id.text();
    out.epoch = run.epoch;
    out.sequence = sequence;
    out.at_ms = unix_ms(clock_.wall_now());
    out.phase = phase;
    return out;
  }
  wire::StepReport step(std::uint32_t index, wire::StepPhase phase, std::string message = {}) {
    wire::StepReport out;
    out.index = index;
    out.phase = phase;
    out.message = std::move(message);
    out.started_at_ms = unix_ms(clock_.wall_now());
    if (phase != wire::StepPhase::running) out.ended_at_ms = out.started_at_ms;
    return out;
  }
  /// Begun on the host by itself; `number` makes its id.
  Run open_own(HandAgent& agent, std::uint8_t number, const std::string& name) {
    Run own;
    own.id = RunId(make_uuid7(unix_ms(clock_.wall_now()), {9, number}));
    agent.send(wire::RunOpened{own.id.text(), name, "x", unix_ms(clock_.wall_now()), "uid 0", ""});
    return own;
  }
  void end_own(HandAgent& agent, const Run& own, bool is_good) {
    wire::RunReport last = report(own, 1, is_good ? wire::RunPhase::completed : wire::RunPhase::failed);
    last.steps = {step(1, is_good ? wire::StepPhase::completed : wire::StepPhase::failed, "")};
    agent.send(last);
    agent.expect<wire::RunReportAck>();
    loop_.run_for(Seconds(1));
  }
  std::size_t open_failures() {
    std::size_t count = 0;
    server_->conditions.for_each_of(host.id.text(), [&](const events::Condition& condition) {
      count += condition.key.kind == "run.failed" ? 1U : 0U;
    });
    return count;
  }
  wire::RunReport all_done(const Run& run, std::uint64_t sequence) {
    wire::RunReport out = report(run, sequence, wire::RunPhase::completed);
    for (std::uint32_t i = 1; i <= 5; ++i) out.steps.push_back(step(i, wire::StepPhase::completed, "fine"));
    return out;
  }
  std::vector<std::string> log_of(const RunId& id) {
    auto read = loop_.run(server_->store.read([id](store::Session& session) {
      return run_log_repo::read(session, id, {.after = 0, .limit = 1000});
    }));
    std::vector<std::string> out;
    for (const NumberedLine& line : read->lines) out.push_back(line.line.text);
    return out;
  }
  void cut() {
    network_.cut_all();
    EXPECT_TRUE(
        loop_.run_until([&] { return fleet().roster().find(host.id)->link == nullptr; }, Seconds(120)));
  }
  /// The server is stopped, or killed, and starts again on the same disk.
  void restart(bool is_crash) {
    network_.cut_all();
    if (is_crash) disk_.crash();
    loop_.run(server_->stop(), fleet::kLimit);
    server_ =
        std::make_unique<sim::SimServer>(loop_, clock_, disk_, loop_.random().stream(33 + ++lives_), log_);
    EXPECT_TRUE(loop_.run(server_->start(), fleet::kLimit));
  }

  fleet::Host host;
  std::uint64_t lives_ = 0;
};

}  // namespace fettle::runs
