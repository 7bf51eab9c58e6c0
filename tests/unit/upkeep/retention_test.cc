#include "fettle/upkeep/retention.h"

#include "fettle/access/invitation_repo.h"
#include "fettle/access/session_repo.h"
#include "fettle/events/condition_repo.h"
#include "fettle/events/event_repo.h"
#include "fettle/fleet/enrolment_repo.h"
#include "fettle/fleet/uptime_repo.h"
#include "fettle/runs/ledger_repo.h"
#include "tests/unit/upkeep/upkeep_fixture.h"

namespace fettle::upkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kDay = 86'400'000;

/// How one kind of row is made whose time is `at_ms`, and how it is found again.
struct Kind {
  std::string name;
  store::OldRows rows;
  std::function<std::string(const std::string& id, std::int64_t at_ms)> insert;
  std::string list;
};

std::string text(std::int64_t number) {
  return std::to_string(number);
}

constexpr std::int64_t kIdleMs = 3'600'000;

std::vector<Kind> kinds() {
  const std::string person = "(SELECT id FROM person LIMIT 1)";
  return {
      {"events", events::event_repo::old_events(),
       [](const std::string& id, std::int64_t at) {
         return "INSERT INTO event (id, at, type, severity, environment_id, source_kind, source_id, "
                "source_name,"
                " message, fields) VALUES ('" +
                id + "', " + text(at) + ", 't', 'info', 'e', 'k', 's', 'n', 'm', '{}')";
       },
       "SELECT id FROM event ORDER BY id"},
      {"conditions", events::condition_repo::old_conditions(),
       [](const std::string& id, std::int64_t at) {
         return "INSERT INTO condition (id, kind, source_id, target, environment_id, source_kind, "
                "source_name,"
                " severity, title, message, fields, opened_at, changed_at, closed_at) VALUES ('" +
                id + "', 'k', 's', '" + id + "', 'e', 'host', 'n', 'warning', 't', 'm', '{}', 1, 1, " +
                text(at) + ")";
       },
       "SELECT id FROM condition ORDER BY id"},
      {"silences", events::condition_repo::old_silences(),
       [](const std::string& id, std::int64_t at) {
         return "INSERT INTO silence (id, environment_id, reason, by_id, by_name, created_at, until) VALUES "
                "('" +
                id + "', 'e', 'r', 'b', 'n', 1, " + text(at) + ")";
       },
       "SELECT id FROM silence ORDER BY id"},
      {"sessions by their end", access::session_repo::ended_sessions(Seconds(3600)),
       [person](const std::string& id, std::int64_t at) {
         return "INSERT INTO login_session (id, secret_hash, person_id, address, created_at, last_used_at, "
                "ends_at)"
                " VALUES ('" +
                id + "', CAST('" + id + "' AS BLOB), " + person + ", '', 1, " + text(at + kDay) + ", " +
                text(at) + ")";
       },
       "SELECT id FROM login_session ORDER BY id"},
      {"sessions by their last use", access::session_repo::ended_sessions(Seconds(3600)),
       [person](const std::string& id, std::int64_t at) {
         return "INSERT INTO login_session (id, secret_hash, person_id, address, created_at, last_used_at, "
                "ends_at)"
                " VALUES ('" +
                id + "', CAST('" + id + "' AS BLOB), " + person + ", '', 1, " + text(at - kIdleMs) + ", " +
                text(at + kDay) + ")";
       },
       "SELECT id FROM login_session ORDER BY id"},
      {"enrolment tokens", fleet::enrolment_repo::expired_tokens(),
       [](const std::string& id, std::int64_t at) {
         return "INSERT INTO enrolment_token (id, token_hash, environment_id, created_at, created_by, "
                "expires_at)"
                " VALUES ('" +
                id + "', CAST('" + id + "' AS BLOB), (SELECT id FROM environment LIMIT 1), 1, 'p', " +
                text(at) + ")";
       },
       "SELECT id FROM enrolment_token ORDER BY id"},
      {"invitations", access::invitation_repo::expired_invitations(),
       [](const std::string& id, std::int64_t at) {
         return "INSERT INTO invitation (person_id, token_hash, created_at, created_by, expires_at) VALUES "
                "('" +
                id + "', CAST('" + id + "' AS BLOB), 1, 'p', " + text(at) + ")";
       },
       "SELECT person_id FROM invitation ORDER BY person_id"},
      {"lives of the server", fleet::uptime_repo::old_lives(),
       [](const std::string& id, std::int64_t at) {
         return "INSERT INTO server_life (started_at, alive_at) VALUES (" + text(id == "a" ? 1 : 2) + ", " +
                text(at) + ")";
       },
       "SELECT CASE started_at WHEN 1 THEN 'a' ELSE 'b' END FROM server_life ORDER BY started_at"},
      // The ledger has seconds: what is a second older goes, and the second itself stays.
      {"ledger of due times", runs::ledger_repo::old_entries(),
       [](const std::string& id, std::int64_t at) {
         return "INSERT INTO ledger (schedule_id, nominal, fold, environment_id, schedule_name, decided_at, "
                "outcome, reason,"
                " count) VALUES ('" +
                id + "', " + text(id == "a" ? (at + 1) / 1000 - 1 : at / 1000) +
                ", 0, 'e', 'n', 1, 'ran', '', 1)";
       },
       "SELECT schedule_id FROM ledger ORDER BY schedule_id"},
      {"states of hosts", fleet::uptime_repo::old_states(),
       // A later state that is too old as well stays, for it says what the host was like since.
       [](const std::string& id, std::int64_t at) {
         return id == "a" ? "INSERT INTO host_state (host_number, at, state, reason) VALUES (1, " +
                                text(at - 1) + ", 'online', ''), (1, " + text(at) + ", 'offline', '')"
                          : "INSERT INTO host_state (host_number, at, state, reason) VALUES (1, " + text(at) +
                                ", 'online', '')";
       },
       "SELECT CASE at % 10 WHEN 8 THEN 'a' ELSE 'b' END FROM host_state WHERE at % 10 <> 9 ORDER BY at"},
  };
}

struct RetentionTest : UpkeepFixture {
  RetentionTest() {
    for (const std::string id : {"a", "b"})
      run_sql(
          "INSERT INTO person (id, name, name_key, password_hash, server_administrator, created_at) VALUES "
          "('" +
          id + "', '" + id + "', '" + id + "', '', 0, 1)");
    run_sql(
        "INSERT INTO host (id, environment_id, name, public_key, enrolled_at, state, state_since)"
        " VALUES ('h', (SELECT id FROM environment LIMIT 1), 'h', x'00', 1, 'online', 1)");
  }
  runs::PlanTask task(store::OldRows rows, Seconds keep) {
    return retention_task({*store, clock, doubts},
                          {"a_task", "A task", "upkeep.a_days", keep, std::move(rows)});
  }
  void add_events(int count, std::int64_t at_ms) {
    run_sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + text(count) +
            ") INSERT INTO event (id, at, type, severity, environment_id, source_kind, source_id, "
            "source_name, message,"
            " fields) SELECT 'event_' || " +
            text(at_ms) + " || '_' || i, " + text(at_ms) +
            " - i, 't', 'info', 'e', 'k', 's', 'n', 'message', '{}' FROM n");
  }
};

TEST_F(RetentionTest, OfEachKindTheOldRowGoesAndItsNeighbourOfTheNextMillisecondStays) {
  for (const Kind& kind : kinds()) {
    SCOPED_TRACE(kind.name);
    FakeStep with;
    const std::int64_t then = now_ms() / 1000 * 1000 + 10'000;
    const std::int64_t limit = then - 3 * kDay;
    run_sql(kind.insert("a", limit - 1));
    run_sql(kind.insert("b", limit));
    run_until(wall_from_unix_ms(then));
    const auto done = run_task(task(kind.rows, std::chrono::days(3)), with);
    ASSERT_TRUE(done) << done.error().detail;
    EXPECT_EQ(done->message, "removed 1 row");
    EXPECT_THAT(ask(kind.list), ElementsAre("b"));
    EXPECT_EQ(with.counters.at("eligible"), 1);
    EXPECT_EQ(with.counters.at("deleted"), 1);
    EXPECT_GE(with.counters.at("seen"), 2);
    EXPECT_THAT(doubts.there, IsEmpty());
    run_sql("DELETE FROM " + kind.rows.table);
  }
}

TEST_F(RetentionTest, ADryRunCountsAndChangesNothing) {
  add_events(7, now_ms() - 4 * kDay);
  add_events(2, now_ms());
  step.dry = true;
  const auto done = run_task(task(events::event_repo::old_events(), std::chrono::days(3)), step);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->message, "would remove 7 rows");
  EXPECT_EQ(step.counters.at("seen"), 9);
  EXPECT_EQ(step.counters.at("eligible"), 7);
  EXPECT_EQ(step.counters.at("deleted"), 0);
  EXPECT_THAT(ask("SELECT count(*) FROM event"), ElementsAre("9"));
}

TEST_F(RetentionTest, KeptForEverMeansSkippedWithTheReason) {
  EXPECT_EQ(task(events::event_repo::old_events(), Seconds(0)).why_skipped(),
            "kept for ever (upkeep.a_days = 0)");
}

TEST_F(RetentionTest, ThousandsGoInBatchesThatAreBounded) {
  add_events(2'345, now_ms() - 4 * kDay);
  const std::int64_t young = now_ms();
  add_events(1, young);
  const auto before = store->figures().pieces;
  ASSERT_TRUE(run_task(task(events::event_repo::old_events(), std::chrono::days(3)), step));
  EXPECT_THAT(ask("SELECT count(*) FROM event"), ElementsAre("1"));
  EXPECT_EQ(step.counters.at("deleted"), 2'345);
  EXPECT_GT(step.counters.at("bytes"), 0) << "pages became free";
  EXPECT_EQ(step.counters.at("oldest_left_ms"), young - 1);
  EXPECT_GE(store->figures().pieces - before, 5U) << "at most 500 rows each";
  EXPECT_DOUBLE_EQ(step.fractions.back(), 1.0);
}

TEST_F(RetentionTest, ACancelledOneStopsBetweenBatchesAndSaysWhatItDid) {
  add_events(2'000, now_ms() - 4 * kDay);
  step.cancel_after = 2;
  ASSERT_TRUE(run_task(task(events::event_repo::old_events(), std::chrono::days(3)), step));
  EXPECT_EQ(step.counters.at("deleted"), 1'000);
  EXPECT_THAT(ask("SELECT count(*) FROM event"), ElementsAre("1000"));
}

TEST_F(RetentionTest, ALimitInTheWrongUnitIsFoundOut) {
  add_events(3, now_ms() - 4 * kDay);
  // What another program shipped: seconds compared with a column of milliseconds.
  store::OldRows wrong = events::event_repo::old_events();
  wrong.eligible = "SELECT count(*) FROM event WHERE at < ?1 / 1000";
  ASSERT_TRUE(run_task(task(wrong, std::chrono::days(3)), step));
  EXPECT_THAT(doubts.there, ElementsAre("upkeep.nothing_eligible a_task"));
  FakeStep next;
  ASSERT_TRUE(run_task(task(events::event_repo::old_events(), std::chrono::days(3)), next));
  EXPECT_THAT(doubts.there, IsEmpty());
}

TEST_F(RetentionTest, AFailedBatchTellsWhatWentBefore) {
  add_events(1'200, now_ms() - 4 * kDay);
  run_sql(
      "CREATE TRIGGER hold BEFORE DELETE ON event WHEN old.sequence = 100 BEGIN SELECT raise(ABORT, 'held'); "
      "END");
  const auto done = run_task(task(events::event_repo::old_events(), std::chrono::days(3)), step);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().detail, ::testing::HasSubstr("held"));
  EXPECT_THAT(done.error().detail, ::testing::HasSubstr("1000 rows were removed before"));
}

TEST_F(RetentionTest, WhatDependsOnARowGoesInTheSameBatch) {
  add_events(3, now_ms() - 4 * kDay);
  run_sql("CREATE TABLE note (event_id TEXT NOT NULL)");
  run_sql("INSERT INTO note SELECT id FROM event");
  run_sql("INSERT INTO note VALUES ('another')");
  store::OldRows rows = events::event_repo::old_events();
  rows.dependants =
      "DELETE FROM note WHERE event_id IN (SELECT id FROM event WHERE at < ?1 ORDER BY at LIMIT ?2)";
  ASSERT_TRUE(run_task(task(rows, std::chrono::days(3)), step));
  EXPECT_THAT(ask("SELECT event_id FROM note"), ElementsAre("another"));
}

}  // namespace
}  // namespace fettle::upkeep
