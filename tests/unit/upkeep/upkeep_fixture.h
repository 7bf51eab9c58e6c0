// A store with all tables of the server under virtual time, a step that remembers what it was told, and a
// list of doubts.
#pragma once
#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "fettle/access/access_schema.h"
#include "fettle/access/audit_base.h"
#include "fettle/access/people_schema.h"
#include "fettle/events/events_schema.h"
#include "fettle/fleet/fleet_schema.h"
#include "fettle/runs/plan.h"
#include "fettle/runs/runs_schema.h"
#include "fettle/runs/schedules_schema.h"
#include "fettle/store/sqlite/connection.h"
#include "fettle/upkeep/doubt.h"
#include "fettle/upkeep/upkeep_schema.h"
#include "tests/unit/store/store_fixture.h"

namespace fettle::upkeep {

class FakeStep final : public runs::StepContext {
 public:
  [[nodiscard]] bool is_dry() const override { return dry; }
  [[nodiscard]] const std::string& parameters() const override { return none; }
  [[nodiscard]] bool is_cancelled() const override { return cancel_after >= 0 && looks_++ >= cancel_after; }
  void log(runs::LogLevel /*level*/, std::string text,
           std::map<std::string, std::string> /*fields*/) override {
    lines.push_back(std::move(text));
  }
  void count(const std::string& name, std::int64_t add) override { counters[name] += add; }
  void set_counter(const std::string& name, std::int64_t value) override { counters[name] = value; }
  void progress(double fraction, std::string /*message*/) override { fractions.push_back(fraction); }

  bool dry = false;
  int cancel_after = -1;  // so many looks say no
  std::string none = "{}";
  std::vector<std::string> lines;
  runs::Counters counters;
  std::vector<double> fractions;

 private:
  mutable int looks_ = 0;
};

class DoubtList final : public Doubts {
 public:
  void open(const Doubt& doubt) override { there.insert(doubt.kind + " " + doubt.target); }
  void close(const std::string& kind, const std::string& target) override {
    there.erase(kind + " " + target);
  }
  std::set<std::string> there;
};

struct UpkeepFixture : ::testing::Test, store::StoreFixture {
  UpkeepFixture() {
    const auto opened = open(all_tables());
    if (!opened) throw std::runtime_error(opened.error().detail);
  }

  store::SqliteStoreOptions all_tables() {
    auto with = options();
    with.migrations = {{1, "access", access::access_schema_sql()},
                       {2, "events", events::events_schema_sql()},
                       {3, "fleet", fleet::fleet_schema_sql()},
                       {4, "people", access::people_schema_sql()},
                       {5, "conditions", events::conditions_schema_sql()},
                       {6, "watch", fleet::watch_schema_sql()},
                       {7, "fleet care", fleet::fleet_care_schema_sql()},
                       {8, "runs", runs::runs_schema_sql()},
                       {9, "schedules", runs::schedules_schema_sql()},
                       {10, "audit base", access::audit_base::schema_sql()},
                       {11, "upkeep", upkeep_schema_sql()},
                       {12, "event errors", events::event_errors_schema_sql()},
                       {13, "run walks", runs::run_walks_schema_sql()},
                       {14, "ledger walk", runs::ledger_walk_schema_sql()},
                       {15, "step deadlines", runs::step_deadlines_schema_sql()},
                       {16, "clock trust", clock_trust_schema_sql()},
                       {17, "environment removal", access::environment_removal_schema_sql()}};
    return with;
  }
  /// The same file with nothing of it in memory.
  void reopen_connections() {
    loop.run(store->stop());
    store.reset();
    const auto opened = open(all_tables());
    ASSERT_TRUE(opened) << opened.error().detail;
  }

  void run_sql(const std::string& sql) {
    const auto done =
        loop.run(store->write([sql](store::Session& session) -> void { session.execute(sql); }));
    ASSERT_TRUE(done) << sql << ": " << done.error().detail;
  }
  std::vector<std::string> ask(const std::string& sql) {
    auto rows = loop.run(store->read([sql](store::Session& session) {
      return session.query_all(sql, {}, [](const store::Row& row) { return row.text(0); });
    }));
    EXPECT_TRUE(rows) << sql << ": " << rows.error().detail;
    return rows.value_or(std::vector<std::string>{});
  }
  /// Writing takes virtual time: for what must begin at one moment.
  void run_until(WallTime when) {
    ASSERT_LE(clock.wall_now(), when);
    loop.run_for(when - clock.wall_now());
    ASSERT_EQ(clock.wall_now(), when);
  }
  std::int64_t now_ms() { return unix_ms(clock.wall_now()); }
  Result<runs::StepOutcome> run_task(const runs::PlanTask& task, FakeStep& with) {
    return loop.run(task.function(with));
  }

  DoubtList doubts;
  FakeStep step;
};

}  // namespace fettle::upkeep
