// Servers with an engine and schedules on simulated machines: one store, one life after the other or two at
// once. Plans do nothing for as long as a test says, and a host is away when it says so.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fettle/access/access_schema.h"
#include "fettle/access/builtin.h"
#include "fettle/base/crypto.h"
#include "fettle/events/events_schema.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/sim/sim_clock.h"
#include "fettle/io/sim/sim_disk.h"
#include "fettle/io/sim/sim_files.h"
#include "fettle/io/sim/sim_loop.h"
#include "fettle/runs/engine.h"
#include "fettle/runs/run_repo.h"
#include "fettle/runs/runs_schema.h"
#include "fettle/runs/schedule_service.h"
#include "fettle/runs/schedules_schema.h"
#include "fettle/store/sqlite/sim_vfs.h"
#include "fettle/store/sqlite_store.h"
#include "tests/support/zone_files.h"

namespace fettle::runs {

inline const HostId kHost(make_uuid7(1'700'000'000'000, {4, 2}));

inline std::vector<store::Migration> schedule_migrations() {
  return {
      {1, "access", access::access_schema_sql()},         {2, "events", events::events_schema_sql()},
      {3, "conditions", events::conditions_schema_sql()}, {4, "runs", runs_schema_sql()},
      {5, "schedules", schedules_schema_sql()},           {6, "run walks", run_walks_schema_sql()},
      {7, "ledger walk", ledger_walk_schema_sql()},       {8, "step deadlines", step_deadlines_schema_sql()}};
}

/// What lies beyond a server and outlives it: hosts, and how long work takes.
struct ScheduleWorld {
  bool is_host_online = true;
  std::string refusal;  // of a host that is there
  Nanos takes = Millis(50);
  std::map<RunId, int> handed_over;  // to the host, and how often
};

/// Hands runs to a host that does them at once; what it said is on its disk.
class FakeHosts final : public Carrier {
 public:
  FakeHosts(ScheduleWorld& world, RunBook& book, io::Clock& clock, io::Loop& loop, io::Log& log)
      : world_(world), book_(book), clock_(clock), tasks(loop, log) {}
  [[nodiscard]] Result<> check(const Target&) const override {
    if (!world_.is_host_online) return fail(ErrorCode::unavailable, "host_offline", "the host is away");
    if (!world_.refusal.empty()) return fail(ErrorCode::conflict, "agent_too_old", world_.refusal);
    return {};
  }
  void begin(const RunId& id) override { tasks.spawn("test.host", carry(id)); }
  void cancel(const RunId& id) override { tasks.spawn("test.cancel", end(id, RunState::cancelled)); }

 private:
  Task<void> carry(RunId id) {
    ++world_.handed_over[id];
    co_await clock_.sleep_for(world_.takes);
    co_await end(id, RunState::completed);
  }
  Task<void> end(RunId id, RunState state) {
    const LiveRun* live = book_.find(id);
    if (live == nullptr) co_return;
    Run run = live->run;
    run.state = state;
    run.ended_at = clock_.wall_now();
    co_await book_.change({run, {}, nullptr});
  }
  ScheduleWorld& world_;
  RunBook& book_;
  io::Clock& clock_;

 public:
  io::TaskScope tasks;
};

/// One life of a server, as far as schedules are concerned.
struct ScheduleLife {
  ScheduleLife(io::SimLoop& loop, io::Clock& clock, io::SimDisk& disk, io::SimRandom seed, io::Log& log,
               ScheduleWorld& world, SchedulerSettings settings = {})
      : files(disk),
        vfs(disk),
        random(seed),
        workers(loop.make_work_queue("worker", 1, 64)),
        store(loop, clock, files, log.with("store"),
              {.path = "/data/fettle.db",
               .vfs = vfs.name(),
               .migrations = schedule_migrations(),
               .reserve_bytes = 64 * 1024}),
        hub(loop, clock, random, log, {}, "test"),
        event_log(store, hub),
        conditions({loop, clock, random, log, store, event_log, hub}),
        engine({loop, clock, random, log.with("runs"), store, hub, event_log, conditions, "server_test"}),
        hosts(world, engine.book(), clock, loop, log),
        schedules({loop,
                   clock,
                   random,
                   log.with("schedules"),
                   store,
                   event_log,
                   conditions,
                   engine,
                   {loop, *workers, files, "/zones"},
                   "server_test",
                   access::kSystemEnvironment},
                  settings) {
    for (const Misses misses : {Misses::decided_anew, Misses::queued}) {
      Plan plan;
      plan.name = misses == Misses::queued ? "queued" : "anew";
      plan.title = "Plan";
      plan.target_kind = "host";
      plan.is_on_host = true;
      plan.misses = misses;
      plan.tasks.push_back({.name = "work", .title = "Work", .why_skipped = nullptr, .function = nullptr});
      engine.add_plan(std::move(plan));
    }
    engine.add_target_kind("host", [](const std::string& id) -> std::optional<Target> {
      if (!id.starts_with("target")) return std::nullopt;
      return Target{"host", id, id, access::kDefaultEnvironment, kHost};
    });
    engine.set_host_carrier(hosts);
  }
  /// False when the disk gives up in the middle.
  bool begin(io::SimLoop& loop) {
    if (!store.open()) return false;
    hub.start();
    conditions.start();
    is_begun = true;
    if (!loop.run(conditions.load())) return false;
    if (!loop.run(engine.load())) return false;
    engine.start();
    if (!loop.run(schedules.load())) return false;
    // What a host has on its disk it carries to the end, whoever asks for it.
    engine.book().for_each([&](LiveRun& live) { hosts.begin(live.run.id); });
    schedules.start();
    return true;
  }
  void end(io::SimLoop& loop) {
    loop.run(schedules.stop());
    loop.run(hosts.tasks.stop());
    loop.run(engine.stop(), Seconds(60));
    if (is_begun) {
      loop.run(conditions.stop(), Seconds(60));
      loop.run(hub.stop(), Seconds(60));
      loop.run(store.stop(), Seconds(60));
    }
  }

  bool is_begun = false;
  io::SimFiles files;
  store::SimVfs vfs;
  io::SimRandom random;
  std::unique_ptr<io::WorkQueue> workers;
  store::SqliteStore store;
  stream::Hub hub;
  events::EventLog event_log;
  events::Conditions conditions;
  Engine engine;
  FakeHosts hosts;
  ScheduleService schedules;
};

inline const access::Actor kAda{"person", "person_1", "ada", "127.0.0.1"};

inline ScheduleSettings schedule_settings(std::string timing, std::string plan = "anew",
                                          std::string target = "target1") {
  ScheduleSettings out;
  out.name = timing + " " + plan + " " + target;
  out.plan = std::move(plan);
  out.target = {"host", target, target, access::kDefaultEnvironment, kHost};
  out.timing = std::move(timing);
  return out;
}

class SchedulesFixture : public ::testing::Test {
 protected:
  explicit SchedulesFixture(std::uint64_t seed = 11) : loop(seed), disk(loop.random().stream(1)) {
    crypto_start();
    EXPECT_TRUE(disk.make_folders("/data"));
    for (const char* zone : {"Europe", "America", "posix", "right"})
      EXPECT_TRUE(disk.make_folders(std::string("/zones/") + zone));
    put_zone("Europe/Berlin", "Europe/Berlin");
    put_zone("America/New_York", "America/New_York");
  }
  ~SchedulesFixture() override {
    if (life) stop();
  }
  void put_zone(const std::string& name, const std::string& rules_of) {
    io::SimFiles files(disk);
    const auto bytes = fettle::test::zone_bytes(fettle::test::kZoneFolder + "/" + rules_of);
    EXPECT_TRUE(files.write_atomically("/zones/" + name,
                                       {reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  }
  void remove_zone(const std::string& name) {
    io::SimFiles files(disk);
    EXPECT_TRUE(files.remove("/zones/" + name));
  }
  void start() {
    life = std::make_unique<ScheduleLife>(loop, clock, disk, loop.random().stream(++lives_), log, world,
                                          settings);
    ASSERT_TRUE(life->begin(loop));
  }
  void stop() {
    life->end(loop);
    life.reset();
  }
  ScheduleService& schedules() { return life->schedules; }
  ScheduleId add(const ScheduleSettings& what) {
    auto added = loop.run(schedules().add(kAda, what), Seconds(60));
    EXPECT_TRUE(added) << (added ? "" : added.error().detail);
    return added ? *added : ScheduleId();
  }
  const LiveSchedule& live(const ScheduleId& id) { return *schedules().book().find(id); }
  std::vector<ledger_repo::Row> ledger(std::optional<ScheduleId> id = {}) {
    ledger_repo::Filter filter;
    filter.environments = {access::kDefaultEnvironment};
    filter.schedule = id;
    filter.limit = 500;
    return loop.run(schedules().ledger(filter)).value().rows;
  }
  std::vector<std::string> outcomes(std::optional<ScheduleId> id = {}) {  // the oldest first
    std::vector<std::string> out;
    for (const auto& row : ledger(id)) out.insert(out.begin(), std::string(outcome_name(row.entry.outcome)));
    return out;
  }
  std::int64_t number(const std::string& sql) {
    return loop
        .run(life->store.read([sql](store::Session& session) {
          return session.query_one(sql, {}, [](const store::Row& row) { return row.integer(0); });
        }))
        .value()
        .value_or(0);
  }
  bool is_overdue(const ScheduleId& id) {
    loop.run_for(Seconds(2));
    return life->conditions.find({id.text(), "schedule.overdue", ""}) != nullptr;
  }

  io::SimLoop loop;
  io::SimClock clock{loop};
  io::SimDisk disk;
  std::shared_ptr<io::MemorySink> sink = std::make_shared<io::MemorySink>();
  io::Log log{sink, "test"};
  ScheduleWorld world;
  SchedulerSettings settings;
  std::unique_ptr<ScheduleLife> life;

 private:
  std::uint64_t lives_ = 10;
};

}  // namespace fettle::runs
