// Live writes beside the server's own upkeep: a store of many old rows, writers at full speed, and every task
// of upkeep that works on the store, all at once and again until the time is over. Prints one JSON
// line a phase: writes a second and how long one took until it was durable.
//
//   bench_upkeep FOLDER ROWS SECONDS [RUNS]   makes FOLDER/fettle.db with ROWS events, half of them too old,
//                                             and RUNS runs; removes the old ones of those first, alone
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "fettle/access/access_schema.h"
#include "fettle/access/audit_base.h"
#include "fettle/access/audit_repo.h"
#include "fettle/access/people_schema.h"
#include "fettle/events/condition_repo.h"
#include "fettle/events/event_repo.h"
#include "fettle/events/events_schema.h"
#include "fettle/fleet/fleet_schema.h"
#include "fettle/fleet/uptime_repo.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_files.h"
#include "fettle/io/system_random.h"
#include "fettle/io/task_scope.h"
#include "fettle/runs/runs_schema.h"
#include "fettle/runs/schedules_schema.h"
#include "fettle/store/sqlite/connection.h"
#include "fettle/store/sqlite_store.h"
#include "fettle/upkeep/audit_tasks.h"
#include "fettle/upkeep/parentless.h"
#include "fettle/upkeep/run_tasks.h"
#include "fettle/upkeep/store_tasks.h"
#include "fettle/upkeep/upkeep_schema.h"

namespace fettle::bench {
namespace {

constexpr std::size_t kWriters = 64;
constexpr std::chrono::days kKeep{30};

class SilentStep final : public runs::StepContext {
 public:
  explicit SilentStep(const bool& is_over) : is_over_(is_over) {}
  [[nodiscard]] bool is_dry() const override { return false; }
  [[nodiscard]] const std::string& parameters() const override { return none_; }
  [[nodiscard]] bool is_cancelled() const override { return is_over_; }
  void log(runs::LogLevel, std::string, std::map<std::string, std::string>) override {}
  void count(const std::string& name, std::int64_t add) override { counters[name] += add; }
  void set_counter(const std::string& name, std::int64_t value) override { counters[name] = value; }
  void progress(double, std::string) override {}
  runs::Counters counters;

 private:
  const bool& is_over_;
  std::string none_ = "{}";
};

class NoDoubts final : public upkeep::Doubts {
 public:
  void open(const upkeep::Doubt& doubt) override {
    std::fprintf(stderr, "doubt: %s\n", doubt.message.c_str());
  }
  void close(const std::string&, const std::string&) override {}
};

std::vector<store::Migration> schema() {
  return {{1, "access", access::access_schema_sql()},
          {2, "events", events::events_schema_sql()},
          {3, "fleet", fleet::fleet_schema_sql()},
          {4, "people", access::people_schema_sql()},
          {5, "conditions", events::conditions_schema_sql()},
          {6, "watch", fleet::watch_schema_sql()},
          {7, "fleet care", fleet::fleet_care_schema_sql()},
          {8, "runs", runs::runs_schema_sql()},
          {9, "schedules", runs::schedules_schema_sql()},
          {10, "audit base", access::audit_base::schema_sql()},
          {11, "upkeep", upkeep::upkeep_schema_sql()},
          {12, "event errors", events::event_errors_schema_sql()},
          {13, "run walks", runs::run_walks_schema_sql()},
          {14, "ledger walk", runs::ledger_walk_schema_sql()},
          {15, "step deadlines", runs::step_deadlines_schema_sql()},
          {16, "clock trust", upkeep::clock_trust_schema_sql()},
          {17, "environment removal", access::environment_removal_schema_sql()}};
}

struct Bench {
  io::AsioLoop loop;
  io::SystemClock clock{loop};
  io::SystemRandom random;
  io::SystemFiles files;
  io::Log log{std::make_shared<io::StderrSink>(io::LogFormat::text, io::LogLevel::warn), "bench"};
  std::unique_ptr<store::SqliteStore> store;
  NoDoubts doubts;
  bool is_over = false;
  std::vector<float> write_ms;
  std::int64_t deleted = 0, steps = 0;
  io::TaskScope tasks{loop, log};
};

void seed(Bench& bench, const std::string& path, std::int64_t rows) {
  std::atomic<std::uint64_t> statements{0};
  auto connection = store::Connection::open({.path = path, .role = store::Role::writer}, statements).value();
  const std::int64_t now_ms = unix_ms(bench.clock.wall_now());
  constexpr std::int64_t kPiece = 500'000;
  connection->run_script("PRAGMA synchronous=OFF");
  for (std::int64_t first = 0; first < rows; first += kPiece) {
    // Evenly over twice the time that they are kept for, the oldest first.
    const std::int64_t from_ms = now_ms - 2 * Millis(kKeep).count();
    connection->run_script(
        "INSERT INTO event (id, at, type, severity, environment_id, source_kind, source_id, source_name, "
        "message, fields)"
        " WITH RECURSIVE n(i) AS (SELECT " +
        std::to_string(first + 1) + " UNION ALL SELECT i + 1 FROM n WHERE i < " +
        std::to_string(std::min(rows, first + kPiece)) + ") SELECT printf('event_%032x', i), " +
        std::to_string(from_ms) + " + i * " + std::to_string(2 * Millis(kKeep).count()) + " / " +
        std::to_string(rows) +
        ", 'host.online', 'success', 'env_00000000000070008000000000000001', 'host', printf('host_%032x', i "
        "% 1000),"
        " printf('host-%d', i % 1000), 'The host is back after a while', '{\"reason\":\"link\"}' FROM n");
    connection->checkpoint(store::CheckpointMode::truncate);
  }
}

/// Runs of 6 plans on each of many hosts, a tenth more of each than are kept, and an eighth of all under
/// names of commands that came once, a thousand on a host. Each has two steps and a piece of log.
void seed_runs(const Bench& bench, const std::string& path, std::int64_t runs) {
  std::atomic<std::uint64_t> statements{0};
  auto connection = store::Connection::open({.path = path, .role = store::Role::writer}, statements).value();
  constexpr std::int64_t kPiece = 100'000;
  connection->run_script("PRAGMA synchronous=OFF");
  const std::string targets = std::to_string(std::max<std::int64_t>(1, runs * 7 / 8 / 220));
  const std::string hosts = std::to_string(std::max<std::int64_t>(1, runs / 8 / 1000));
  const std::string day_ago = std::to_string(unix_ms(bench.clock.wall_now()) - 86'400'000);
  for (std::int64_t first = 0; first < runs; first += kPiece) {
    const std::string numbers = " WITH RECURSIVE n(i) AS (SELECT " + std::to_string(first + 1) +
                                " UNION ALL SELECT i + 1 FROM n WHERE i < " +
                                std::to_string(std::min(runs, first + kPiece)) + ")";
    connection->run_script(
        "INSERT INTO run (id, environment_id, plan, title, target_kind, target_id, target_name, host_id, "
        "state, "
        "is_live, holds_lock, is_dry, actor_kind, actor_id, actor_name, parameters, created_at, started_at, "
        "ended_at, is_log_packed)" +
        numbers +
        " SELECT printf('run_%032x', i), 'env_00000000000070008000000000000001', 'host-check', 'Check of the "
        "host', CASE WHEN i % 8 = 0 THEN 'command' ELSE 'host' END, CASE WHEN i % 8 = 0 THEN "
        "printf('host_%032x/job-%d', i / 8 % " +
        hosts + ", i) ELSE printf('host_%032x.%d', i % " + targets + " / 6, i % " + targets +
        " % 6) END, 'host-1', printf('host_%032x', i % 1000), 'completed', 0, 1, 0, 'server', '', '', "
        "'{}', " +
        day_ago + ", " + day_ago + ", " + day_ago + ", 1 FROM n");
    for (const char* step : {"1", "2"})
      connection->run_script("INSERT INTO run_step (run_id, number, name, title, state)" + numbers +
                             " SELECT printf('run_%032x', i), " + step +
                             ", 'disks', 'Look at the disks', 'completed' FROM n");
    connection->run_script("INSERT INTO run_log (run_id, first, last, bytes, is_packed, body)" + numbers +
                           " SELECT printf('run_%032x', i), 1, 10, 400, 1, zeroblob(200) FROM n");
    connection->checkpoint(store::CheckpointMode::truncate);
  }
}

Task<void> write_forever(Bench& bench) {
  while (!bench.is_over) {
    events::Event event;
    event.at = bench.clock.wall_now();
    event.id = bench.random.make_id<EventId>(event.at);
    event.type = "host.online";
    event.environment = *EnvironmentId::parse("env_00000000000070008000000000000001");
    event.source_kind = "host";
    event.source_name = "host-1";
    event.message = "The host is back after a while";
    const MonoTime begun = bench.clock.mono_now();
    auto done = co_await bench.store->write(
        [event](store::Session& session) { return events::event_repo::insert(session, event); });
    if (!done) {
      std::fprintf(stderr, "bench_upkeep: %s\n", done.error().detail.c_str());
      std::_Exit(1);
    }
    bench.write_ms.push_back(
        std::chrono::duration<float, std::milli>(bench.clock.mono_now() - begun).count());
  }
}

std::vector<runs::PlanTask> all_tasks(Bench& bench, access::AuditVerifier& verifier) {
  const upkeep::RowGround rows{*bench.store, bench.clock, bench.doubts};
  std::vector<runs::PlanTask> out;
  out.push_back(upkeep::retention_task(
      rows, {"event_retention", "", "", std::chrono::days(kKeep), events::event_repo::old_events()}));
  out.push_back(upkeep::retention_task(
      rows, {"host_states", "", "", std::chrono::days(kKeep), fleet::uptime_repo::old_states()}));
  const auto append = [&out](std::vector<runs::PlanTask> more) {
    for (auto& task : more) out.push_back(std::move(task));
  };
  append(upkeep::run_tasks(rows, {}, std::chrono::days(30)));
  append(upkeep::audit_tasks({rows, verifier, "server"}, std::chrono::days(1)));
  append(upkeep::parentless_tasks(rows));
  append(upkeep::store_tasks({*bench.store, *bench.store, bench.clock, bench.doubts}));
  return out;
}

/// One task, again and again.
Task<void> care_forever(Bench& bench, const runs::PlanTask& task) {
  while (!bench.is_over) {
    SilentStep step(bench.is_over);
    const MonoTime begun = bench.clock.mono_now();
    auto done = co_await task.function(step);
    // Two that care for the file at once do not happen in a run, whose steps follow each other.
    if (!done && done.error().reason != "busy")
      std::fprintf(stderr, "%s: %s\n", task.name.c_str(), done.error().detail.c_str());
    bench.deleted += step.counters.contains("deleted") ? step.counters.at("deleted") : 0;
    ++bench.steps;
    const auto took = std::chrono::duration<double, std::milli>(bench.clock.mono_now() - begun);
    if (took.count() > 500) std::fprintf(stderr, "  %-20s %8.1f ms\n", task.name.c_str(), took.count());
    co_await bench.clock.sleep_for(Millis(100));
  }
}

float percentile(std::vector<float>& values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + at);
  return values[static_cast<std::size_t>(at)];
}

/// The history of runs once, with nothing beside it.
Task<void> remove_runs(Bench& bench, const std::vector<runs::PlanTask>& tasks) {
  const auto task =
      std::ranges::find_if(tasks, [](const runs::PlanTask& one) { return one.name == "run_history"; });
  for (int round = 0; round < 2; ++round) {
    bench.is_over = false;
    SilentStep step(bench.is_over);
    const MonoTime begun = bench.clock.mono_now();
    auto done = co_await task->function(step);
    if (!done) std::fprintf(stderr, "run_history: %s\n", done.error().detail.c_str());
    std::printf(
        "{\"phase\":\"run history\",\"seconds\":%.1f,\"seen\":%lld,\"eligible\":%lld,\"deleted\":%lld}\n",
        std::chrono::duration<double>(bench.clock.mono_now() - begun).count(),
        static_cast<long long>(step.counters["seen"]), static_cast<long long>(step.counters["eligible"]),
        static_cast<long long>(step.counters["deleted"]));
    std::fflush(stdout);
  }
}

enum class With : std::uint8_t { live, both };

Task<void> phase(Bench& bench, const char* name, With with, Seconds duration,
                 const std::vector<runs::PlanTask>& tasks) {
  bench.is_over = false;
  bench.write_ms.clear();
  bench.deleted = bench.steps = 0;
  io::TaskScope phase_tasks(bench.loop, bench.log);
  for (std::size_t i = 0; i < kWriters; ++i) phase_tasks.spawn("bench.write", write_forever(bench));
  if (with == With::both)
    for (const runs::PlanTask& task : tasks) phase_tasks.spawn("bench.care", care_forever(bench, task));
  co_await bench.clock.sleep_for(duration);
  bench.is_over = true;
  co_await bench.clock.sleep_for(Seconds(3));  // they end by themselves
  const auto writes = bench.write_ms.size();
  std::printf(
      "{\"phase\":\"%s\",\"writes_a_second\":%.0f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"p999_ms\":%.2f,"
      "\"max_ms\":%.1f,\"deleted\":%lld,\"tasks\":%lld,\"wal_bytes\":%llu}\n",
      name, static_cast<double>(writes) / static_cast<double>(duration.count()),
      static_cast<double>(percentile(bench.write_ms, 0.5)),
      static_cast<double>(percentile(bench.write_ms, 0.99)),
      static_cast<double>(percentile(bench.write_ms, 0.999)),
      static_cast<double>(percentile(bench.write_ms, 1)), static_cast<long long>(bench.deleted),
      static_cast<long long>(bench.steps), static_cast<unsigned long long>(bench.store->figures().wal_bytes));
  std::fflush(stdout);
  co_await phase_tasks.stop();
}

Task<void> run(Bench& bench, Seconds duration, bool has_runs) {
  access::AuditVerifier verifier(bench.clock, *bench.store);
  const auto tasks = all_tasks(bench, verifier);
  if (has_runs) co_await remove_runs(bench, tasks);
  for (int round = 0; round < 2; ++round) {
    co_await phase(bench, "live alone", With::live, duration, tasks);
    co_await phase(bench, "with upkeep", With::both, duration, tasks);
  }
  co_await bench.store->stop();
  std::fflush(stdout);
  std::_Exit(0);
}

int begin(int count, char** arguments) {
  if (count != 4 && count != 5) {
    std::fprintf(stderr, "bench_upkeep FOLDER ROWS SECONDS [RUNS]\n");
    return 2;
  }
  Bench bench;
  const std::string path = std::string(arguments[1]) + "/fettle.db";
  const bool is_new = !std::filesystem::exists(path);
  store::SqliteStoreOptions options{.path = path, .migrations = schema()};
  bench.store =
      std::make_unique<store::SqliteStore>(bench.loop, bench.clock, bench.files, bench.log, options);
  if (auto opened = bench.store->open(); !opened) {
    std::fprintf(stderr, "bench_upkeep: %s\n", opened.error().detail.c_str());
    return 1;
  }
  const std::int64_t runs = count == 5 ? std::atoll(arguments[4]) : 0;
  if (is_new) seed(bench, path, std::atoll(arguments[2]));
  if (is_new) seed_runs(bench, path, runs);
  bench.tasks.spawn("bench", run(bench, Seconds(std::atoi(arguments[3])), runs > 0));
  bench.loop.run();
  return 0;
}

}  // namespace
}  // namespace fettle::bench

int main(int count, char** arguments) {
  return fettle::bench::begin(count, arguments);
}
