// What one run of 30 steps costs: statements and commits of the store, messages and bytes for a page that
// looks at all runs ("runs") and for one that looks at this one ("run:<id>"). Time is virtual, everything
// else real: steps of a second, each of which counts a hundred times and says a line.
//   bench_runs      one JSON line
#include <cstdio>
#include <filesystem>

#include "fettle/access/access_schema.h"
#include "fettle/access/builtin.h"
#include "fettle/base/crypto.h"
#include "fettle/events/events_schema.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/sim/sim_clock.h"
#include "fettle/io/sim/sim_loop.h"
#include "fettle/io/system_files.h"
#include "fettle/runs/engine.h"
#include "fettle/runs/runs_schema.h"
#include "fettle/store/sqlite_store.h"
#include "tests/support/fake_byte_stream.h"
#include "tests/support/sse_parser.h"

namespace fettle::runs {
namespace {

constexpr int kSteps = 30;

Task<Result<StepOutcome>> work(io::Clock& clock, StepContext& context) {
  context.log(LogLevel::info, "looking at what is old");
  for (int i = 0; i < 100; ++i) {
    context.count("rows", 500);
    context.progress(i / 100.0);
    co_await clock.sleep_for(Millis(10));
  }
  co_return StepOutcome{"removed 50000 rows", false};
}

/// But for the greeting.
std::ptrdiff_t messages_of(const fettle::testing::FakeByteStream& page) {
  fettle::testing::SseParser parser;
  parser.feed(page.received);
  return std::ssize(parser.events) - 1;
}

void measure(const std::string& folder) {
  io::SimLoop loop{1};
  io::SimClock clock{loop};
  io::SimRandom random{7};
  io::SystemFiles files;
  io::Log log{std::make_shared<io::MemorySink>(), "bench"};
  store::SqliteStore store(loop, clock, files, log,
                           {.path = folder + "/fettle.db",
                            .migrations = {{1, "access", access::access_schema_sql()},
                                           {2, "events", events::events_schema_sql()},
                                           {3, "conditions", events::conditions_schema_sql()},
                                           {4, "runs", runs_schema_sql()},
                                           {5, "run walks", run_walks_schema_sql()},
                                           {6, "step deadlines", step_deadlines_schema_sql()}},
                            .reserve_bytes = 64 * 1024});
  if (!store.open()) return;
  stream::Hub hub{loop, clock, random, log, {}, "bench"};
  events::EventLog event_log(store, hub);
  events::Conditions conditions({loop, clock, random, log, store, event_log, hub});
  Engine engine({loop, clock, random, log, store, hub, event_log, conditions, "server_bench"});
  Plan plan;
  plan.name = plan.title = "thirty";
  plan.target_kind = kServerTarget;
  for (int i = 0; i < kSteps; ++i) {
    PlanTask task;
    task.name = "step_" + std::to_string(i);
    task.title = "Remove what is old, part " + std::to_string(i);
    task.function = [&clock](StepContext& context) { return work(clock, context); };
    plan.tasks.push_back(std::move(task));
  }
  engine.add_plan(std::move(plan));
  hub.start();
  ignore(loop.run(engine.load()), "an empty store");
  engine.start();
  Principal person;
  person.kind = PrincipalKind::person;
  person.id = "person_1";
  const auto look_at = [&](std::string topic) {
    auto page = std::make_shared<fettle::testing::FakeByteStream>(loop);
    ignore(hub.attach(page, {person, {std::move(topic)}, {access::kSystemEnvironment}, {}, {}}),
           "measured below");
    return page;
  };
  const auto list = look_at("runs");
  loop.run_for(Seconds(2));
  const store::StoreFigures before = store.figures();
  const std::size_t greeting = list->written;
  RunOrder order;
  order.plan = "thirty";
  order.target = *engine.find_target("server", "server");
  const auto run = loop.run(engine.start(order));
  const auto whole = look_at("run:" + run.value().id.text());
  loop.run_until([&] { return engine.book().size() == 0; }, std::chrono::hours(1));
  const store::StoreFigures after = store.figures();
  loop.run_for(Seconds(1));
  std::printf(R"({"steps":%d,"statements":%llu,"commits":%llu,"list_messages":%td,"list_bytes":%zu,)"
              R"("run_messages":%td,"run_bytes":%zu})"
              "\n",
              kSteps, static_cast<unsigned long long>(after.statements - before.statements),
              static_cast<unsigned long long>(after.groups - before.groups), messages_of(*list),
              list->written - greeting, messages_of(*whole), whole->written - greeting);
  loop.run(engine.stop());
  loop.run(conditions.stop());
  loop.run(hub.stop());
  loop.run(store.stop());
}

}  // namespace
}  // namespace fettle::runs

int main() {
  fettle::crypto_start();
  std::string folder = (std::filesystem::temp_directory_path() / "fettle-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  fettle::runs::measure(folder);
  std::filesystem::remove_all(folder);
  return 0;
}
