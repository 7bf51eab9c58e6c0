// An engine on a simulated machine that can be stopped, killed and started again, and plans that do as a test
// says.
#pragma once
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "fettle/access/access_schema.h"
#include "fettle/access/builtin.h"
#include "fettle/access/people_schema.h"
#include "fettle/base/crypto.h"
#include "fettle/base/json_value.h"
#include "fettle/events/events_schema.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/sim/sim_clock.h"
#include "fettle/io/sim/sim_disk.h"
#include "fettle/io/sim/sim_files.h"
#include "fettle/io/sim/sim_loop.h"
#include "fettle/runs/engine.h"
#include "fettle/runs/run_log_repo.h"
#include "fettle/runs/run_repo.h"
#include "fettle/runs/runs_schema.h"
#include "fettle/store/sqlite/sim_vfs.h"
#include "fettle/store/sqlite_store.h"
#include "tests/support/fake_byte_stream.h"
#include "tests/support/sse_parser.h"

namespace fettle::runs {

/// What a step of a test's plan does when it is its turn.
struct Script {
  Nanos takes = Millis(10);
  std::string fails;    // the detail of its error
  std::string skipped;  // why
  bool has_warning = false;
  bool ignores_end = false;  // goes on as if nobody had cancelled, for `takes`
  int lines = 0;
  std::int64_t rows = 0;  // its counter
};

/// One life of a server, as far as runs are concerned.
struct RunsLife {
  RunsLife(io::SimLoop& loop, io::SimClock& clock, io::SimDisk& disk, io::SimRandom seed, const io::Log& log)
      : files(disk),
        vfs(disk),
        random(seed),
        store(loop, clock, files, log.with("store"),
              {.path = "/data/fettle.db",
               .vfs = vfs.name(),
               .migrations = {{1, "access", access::access_schema_sql()},
                              {2, "events", events::events_schema_sql()},
                              {3, "conditions", events::conditions_schema_sql()},
                              {4, "runs", runs_schema_sql()},
                              {5, "run walks", run_walks_schema_sql()},
                              {6, "step deadlines", step_deadlines_schema_sql()},
                              {7, "run requests", run_requests_schema_sql()},
                              {8, "environment removal", access::environment_removal_schema_sql()}},
               .reserve_bytes = 64 * 1024}),
        hub(loop, clock, random, log, {}, "test"),
        event_log(store, hub),
        conditions({loop, clock, random, log, store, event_log, hub}),
        engine({loop, clock, random, log.with("runs"), store, hub, event_log, conditions, "server_test"}) {}

  io::SimFiles files;
  store::SimVfs vfs;
  io::SimRandom random;
  store::SqliteStore store;
  stream::Hub hub;
  events::EventLog event_log;
  events::Conditions conditions;
  Engine engine;
};

class RunsFixture : public ::testing::Test {
 protected:
  using Run = fettle::runs::Run;  // testing::Test has another

  explicit RunsFixture(std::uint64_t seed = 5) : loop(seed), disk(loop.random().stream(1)) {
    crypto_start();
    EXPECT_TRUE(disk.make_folders("/data"));
  }
  ~RunsFixture() override {
    if (life) stop();
  }

  Engine& engine() { return life->engine; }

  /// A plan of the server whose steps follow these scripts.
  Plan make_plan(std::string name, std::vector<Script> scripts) {
    Plan plan;
    plan.name = name;
    plan.title = "Plan " + name;
    plan.target_kind = "server";
    for (std::size_t i = 0; i < scripts.size(); ++i) {
      PlanTask task;
      task.name = "step_" + std::to_string(i + 1);
      task.title = "Step " + std::to_string(i + 1);
      task.deadline = Seconds(60);
      task.why_skipped = [why = scripts[i].skipped] { return why; };
      task.function = [this, script = scripts[i]](StepContext& context) {
        return perform(clock, script, context, begun_steps);
      };
      plan.tasks.push_back(std::move(task));
    }
    return plan;
  }
  void begin(std::vector<Plan> plans) {
    plans_ = std::move(plans);
    start();
  }
  void start() {
    life = std::make_unique<RunsLife>(loop, clock, disk, loop.random().stream(++lives_), log);
    const auto opened = life->store.open();
    ASSERT_TRUE(opened) << opened.error().detail;
    for (const Plan& plan : plans_) engine().add_plan(plan);
    ASSERT_TRUE(loop.run(life->conditions.load()));
    life->hub.start();
    life->conditions.start();
    ASSERT_TRUE(loop.run(engine().load()));
    engine().start();
  }
  /// As shutdown.cc does it.
  void stop() {
    loop.run(engine().stop(), Seconds(60));
    loop.run(life->conditions.stop(), Seconds(60));
    loop.run(life->hub.stop(), Seconds(60));
    loop.run(life->store.stop(), Seconds(60));
    life.reset();
  }
  /// SIGKILL or loss of power: what is done from here on has no effect.
  void crash() {
    disk.crash();
    stop();
    start();
  }

  RunOrder order(std::string plan) {
    RunOrder out;
    out.plan = std::move(plan);
    out.target = *engine().find_target("server", "server");
    out.actor = {"person", "person_1", "ada", "127.0.0.1"};
    return out;
  }
  Result<Run> start_run(RunOrder what) { return loop.run(engine().start(std::move(what)), Seconds(60)); }
  Run started(std::string plan) {
    auto run = start_run(order(std::move(plan)));
    EXPECT_TRUE(run) << (run ? "" : run.error().detail);
    return run ? *run : Run{};
  }
  Run find(const RunId& id) {
    auto found = loop.run(engine().find(id), Seconds(60));
    EXPECT_TRUE(found && *found);
    return found && *found ? **found : Run{};
  }
  Run wait_for(const RunId& id, Nanos limit = std::chrono::hours(3)) {
    EXPECT_TRUE(loop.run_until([&] { return engine().book().find(id) == nullptr; }, limit));
    return find(id);
  }
  bool wait_for_step(const RunId& id, std::uint32_t index) {
    return loop.run_until(
        [&] {
          const LiveRun* live = engine().book().find(id);
          return live != nullptr && live->run.steps.at(index - 1).state == StepState::running;
        },
        Seconds(600));
  }
  Result<Run> cancel(const RunId& id) {
    return loop.run(engine().cancel({"person", "person_2", "bob", ""}, id), Seconds(60));
  }
  std::vector<StepState> step_states(const Run& run) {
    std::vector<StepState> out;
    for (const Step& step : run.steps) out.push_back(step.state);
    return out;
  }
  std::vector<NumberedLine> log_lines(const RunId& id, run_log_repo::Question question = {}) {
    auto read = loop.run(life->store.read(
        [id, question](store::Session& session) { return run_log_repo::read(session, id, question); }));
    EXPECT_TRUE(read);
    return read ? read->lines : std::vector<NumberedLine>{};
  }
  std::int64_t number(std::string_view sql) {
    return loop
        .run(life->store.read([sql](store::Session& session) {
          return session.query_one(sql, {}, [](const store::Row& row) { return row.integer(0); });
        }))
        .value()
        .value_or(0);
  }
  std::vector<std::string> event_types() {
    auto listed =
        loop.run(life->event_log.list({.environments = {access::kSystemEnvironment}, .limit = 500}));
    EXPECT_TRUE(listed);
    std::vector<std::string> out;
    for (const events::Event& event : listed->events) out.insert(out.begin(), event.type);
    return out;
  }
  bool is_open(const std::string& kind, const std::string& plan) {
    loop.run_for(Seconds(1));
    return life->conditions.find({.source_id = "server_test", .kind = kind, .target = plan}) != nullptr;
  }

  static Task<Result<StepOutcome>> perform(io::Clock& clock, Script script, StepContext& context,
                                           std::vector<std::string>& begun) {
    begun.push_back(context.is_dry() ? "dry" : "wet");
    for (int i = 0; i < script.lines; ++i) context.log(LogLevel::info, "line " + std::to_string(i + 1));
    if (script.rows != 0) context.count("rows", script.rows);
    try {
      co_await clock.sleep_for(script.takes);
    } catch (...) {
      if (!script.ignores_end) throw;
    }
    if (!script.fails.empty()) co_return fail(ErrorCode::io, "broken", script.fails);
    co_return StepOutcome{"did it", script.has_warning};
  }

  io::SimLoop loop;
  io::SimClock clock{loop};
  io::SimDisk disk;
  std::shared_ptr<io::MemorySink> sink = std::make_shared<io::MemorySink>();
  io::Log log{sink, "test"};
  std::vector<std::string> begun_steps;  // "dry" or "wet"
  std::unique_ptr<RunsLife> life;

 private:
  std::vector<Plan> plans_;
  std::uint64_t lives_ = 10;
};

}  // namespace fettle::runs
