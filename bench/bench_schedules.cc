// Many schedules that are due at once, on a real store: how long the loop is held, how late runs begin, what
// it costs. Hosts are played in the process and do their work at once. Prints one JSON line.
//
//   bench_schedules FOLDER SCHEDULES JITTER_SECONDS MINUTES
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "fettle/access/access_schema.h"
#include "fettle/access/builtin.h"
#include "fettle/base/crypto.h"
#include "fettle/events/events_schema.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_files.h"
#include "fettle/io/system_random.h"
#include "fettle/runs/engine.h"
#include "fettle/runs/runs_schema.h"
#include "fettle/runs/schedule_repo.h"
#include "fettle/runs/schedule_service.h"
#include "fettle/runs/schedules_schema.h"
#include "fettle/store/sqlite_store.h"

namespace fettle::bench {
namespace {

struct Order {
  std::string folder;
  int schedules = 0, jitter_seconds = 0, minutes = 0;
};

/// A host that takes a run and has done it.
class QuickHosts final : public runs::Carrier {
 public:
  QuickHosts(runs::RunBook& book, io::Clock& clock, io::Loop& loop, io::Log& log)
      : tasks(loop, log), book_(book), clock_(clock) {}
  [[nodiscard]] Result<> check(const runs::Target&) const override { return {}; }
  void begin(const runs::RunId& id) override { tasks.spawn("bench: host", finish(id)); }
  void cancel(const runs::RunId&) override {}
  io::TaskScope tasks;

 private:
  Task<void> finish(runs::RunId id) {
    const runs::LiveRun* live = book_.find(id);
    if (live == nullptr) co_return;
    runs::Run run = live->run;
    run.state = runs::RunState::completed;
    run.ended_at = clock_.wall_now();
    co_await book_.change({run, {}, nullptr});
  }
  runs::RunBook& book_;
  io::Clock& clock_;
};

struct Bench {
  explicit Bench(Order what) : order(std::move(what)) {
    for (runs::Plan plan : {runs::Plan{}}) {
      plan.name = "bench";
      plan.title = "Bench";
      plan.target_kind = "host";
      plan.is_on_host = true;
      plan.tasks.push_back({.name = "work", .title = "Work", .why_skipped = nullptr, .function = nullptr});
      engine.add_plan(std::move(plan));
    }
    engine.add_target_kind("host", [](const std::string& id) -> std::optional<runs::Target> {
      return runs::Target{"host", id, id, access::kDefaultEnvironment, HostId(make_uuid7(1, {1}))};
    });
    engine.set_host_carrier(hosts);
  }

  store::SqliteStoreOptions options() {
    store::SqliteStoreOptions out;
    out.path = order.folder + "/fettle.db";
    out.migrations = {{1, "access", access::access_schema_sql()},
                      {2, "events", events::events_schema_sql()},
                      {3, "conditions", events::conditions_schema_sql()},
                      {4, "runs", runs::runs_schema_sql()},
                      {5, "schedules", runs::schedules_schema_sql()},
                      {6, "run walks", runs::run_walks_schema_sql()},
                      {7, "ledger walk", runs::ledger_walk_schema_sql()},
                      {8, "step deadlines", runs::step_deadlines_schema_sql()}};
    return out;
  }

  Order order;
  io::AsioLoop loop;
  io::SystemClock clock{loop};
  io::SystemFiles files;
  io::SystemRandom random;
  io::Log log{std::make_shared<io::StderrSink>(io::LogFormat::text, io::LogLevel::warn), "bench"};
  std::unique_ptr<io::WorkQueue> workers = loop.make_work_queue("worker", 1, 64);
  store::SqliteStore store{loop, clock, files, log, options()};
  stream::Hub hub{loop, clock, random, log, {}, "bench"};
  events::EventLog events{store, hub};
  events::Conditions conditions{{loop, clock, random, log, store, events, hub}};
  runs::Engine engine{{loop, clock, random, log, store, hub, events, conditions, "server_bench"}};
  QuickHosts hosts{engine.book(), clock, loop, log};
  runs::ScheduleService schedules{{loop,
                                   clock,
                                   random,
                                   log,
                                   store,
                                   events,
                                   conditions,
                                   engine,
                                   {loop, *workers, files},
                                   "server_bench",
                                   access::kSystemEnvironment}};
  io::TaskScope tasks{loop, log};
};

/// Straight into the table: making them is not what is measured.
Task<void> make_schedules(Bench& bench) {
  const WallTime now = bench.clock.wall_now();
  constexpr int kAtOnce = 500;
  for (int begin = 0; begin < bench.order.schedules; begin += kAtOnce) {
    std::vector<runs::Schedule> some;
    for (int i = begin; i < std::min(begin + kAtOnce, bench.order.schedules); ++i) {
      runs::Schedule row;
      row.id = bench.random.make_id<runs::ScheduleId>(now);
      row.settings.name = "schedule " + std::to_string(i);
      row.settings.plan = "bench";
      row.settings.target = {"host", "target" + std::to_string(i), "target", access::kDefaultEnvironment,
                             HostId(make_uuid7(1, {1}))};
      row.settings.timing = "* * * * *";
      row.settings.jitter = Millis(bench.order.jitter_seconds * 1'000);
      row.created_at = row.changed_at = now;
      row.settled_until = std::chrono::floor<Seconds>(now);
      some.push_back(std::move(row));
    }
    ignore(co_await bench.store.write([some](store::Session& session) {
      for (const runs::Schedule& row : some) runs::schedule_repo::insert(session, row);
    }),
           "an empty table shows below");
  }
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

Task<std::vector<std::int64_t>> lateness_ms(Bench& bench, Millis jitter) {
  auto rows = co_await bench.store.read([](store::Session& session) {
    std::vector<std::pair<std::string, std::int64_t>> out;
    session.query("SELECT schedule_id, created_at - nominal_at FROM run WHERE schedule_id IS NOT NULL", {},
                  [&](const store::Row& row) { out.emplace_back(row.text(0), row.integer(1)); });
    return out;
  });
  std::vector<std::int64_t> out;
  if (!rows) co_return out;
  for (const auto& [id, late] : *rows) {
    const auto parsed = runs::ScheduleId::parse(id);
    if (parsed) out.push_back(late - Millis(runs::jitter_of(*parsed, jitter)).count());
  }
  std::ranges::sort(out);
  co_return out;
}

Task<void> run(Bench& bench) {
  co_await make_schedules(bench);
  ignore(co_await bench.conditions.load(), "there are none");
  ignore(co_await bench.engine.load(), "there are none");
  const MonoTime loading = bench.clock.mono_now();
  ignore(co_await bench.schedules.load(), "an empty book shows below");
  const double load_ms = std::chrono::duration<double, std::milli>(bench.clock.mono_now() - loading).count();
  bench.hub.start();
  bench.conditions.start();
  bench.engine.start();
  const double before = cpu_seconds();
  bench.schedules.start();
  const WallTime now = bench.clock.wall_now();
  const auto next_minute = std::chrono::ceil<std::chrono::minutes>(now);
  // Up to just before the minute after the last.
  co_await bench.clock.sleep_for((next_minute - now) + std::chrono::minutes(bench.order.minutes) -
                                 Seconds(2));
  const double cpu = cpu_seconds() - before;
  co_await bench.schedules.stop();
  const auto late = co_await lateness_ms(bench, Millis(bench.order.jitter_seconds * 1'000));
  const auto at = [&](double share) {
    return late.empty() ? -1
                        : late[std::min(late.size() - 1,
                                        static_cast<std::size_t>(share * static_cast<double>(late.size())))];
  };
  const auto& figures = bench.schedules.scheduler().figures();
  std::printf(
      "{\"schedules\":%zu,\"runs\":%zu,\"decisions\":%llu,\"sweeps\":%llu,\"late_ms_p50\":%lld,\"late_ms_"
      "p99\":%lld,"
      "\"late_ms_most\":%lld,\"cpu_s\":%.2f,\"load_ms\":%.0f,\"longest_turn_ms\":%.1f,\"slow_turns\":%llu}\n",
      bench.schedules.book().size(), late.size(), static_cast<unsigned long long>(figures.decisions),
      static_cast<unsigned long long>(figures.sweeps), static_cast<long long>(at(0.5)),
      static_cast<long long>(at(0.99)), static_cast<long long>(at(1.0)), cpu, load_ms,
      static_cast<double>(bench.loop.figures().longest_turn_us) / 1'000,
      static_cast<unsigned long long>(bench.loop.figures().slow_turns));
  co_await bench.hosts.tasks.stop();
  co_await bench.engine.stop();
  co_await bench.conditions.stop();
  co_await bench.hub.stop();
  co_await bench.store.stop();
  bench.loop.post([&bench] { bench.loop.post([&bench] { bench.loop.stop(); }); });
}

}  // namespace
}  // namespace fettle::bench

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "bench_schedules FOLDER SCHEDULES JITTER_SECONDS MINUTES\n");
    return 2;
  }
  fettle::crypto_start();
  fettle::bench::Bench bench({argv[1], std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4])});
  if (!bench.store.open()) return 1;
  bench.loop.log_slow_turns(bench.log);
  bench.tasks.spawn("bench", fettle::bench::run(bench));
  bench.loop.run();
  return 0;
}
