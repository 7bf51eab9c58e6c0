#include "fettle/upkeep/parentless.h"

#include "tests/unit/upkeep/upkeep_fixture.h"

namespace fettle::upkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct ParentlessTest : UpkeepFixture {
  /// As a damaged file, or another program, would leave it.
  void insert_unchecked(const std::string& sql) {
    std::atomic<std::uint64_t> statements{0};
    auto other =
        store::Connection::open({.path = options().path, .role = store::Role::writer}, statements).value();
    other->run_script("PRAGMA foreign_keys=OFF");
    other->run_script(sql);
  }
  runs::PlanTask task(std::size_t index) { return parentless_tasks({*store, clock, doubts})[index]; }
  std::string environment() { return ask("SELECT id FROM environment ORDER BY id LIMIT 1").at(0); }
};

TEST_F(ParentlessTest, EveryColumnThatPointsAtSomethingIsInTheTable) {
  // Ids of what lives elsewhere, or of nothing that is stored as a row of its own.
  const std::set<std::string> exempt{"audit_base.id", "audit_head.id"};
  std::set<std::string> known, missing;
  for (const Relation& relation : relations())
    known.insert(std::string(relation.child) + "." + std::string(relation.column));
  const auto columns =
      ask("SELECT t.name || '.' || c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE "
          "t.type = 'table'"
          " AND t.name NOT LIKE 'sqlite_%' AND (c.name LIKE '%\\_id' ESCAPE '\\' OR c.name = 'host_number')"
          " UNION SELECT t.name || '.' || f.\"from\" FROM sqlite_schema AS t, "
          "pragma_foreign_key_list(t.name) AS f"
          " WHERE t.type = 'table'");
  for (const std::string& column : columns)
    if (!known.contains(column) && !exempt.contains(column)) missing.insert(column);
  EXPECT_THAT(missing, IsEmpty())
      << "name them in kRelations, with what becomes of rows whose parent is gone";
  for (const std::string& column : known)
    EXPECT_THAT(columns, ::testing::Contains(column)) << "is in kRelations and not in the schema";
}

TEST_F(ParentlessTest, RowsGoWithAParentThatIsGoneAndStayWithOneThatIsThere) {
  insert_unchecked(
      "INSERT INTO host (number, id, environment_id, name, public_key, enrolled_at, state, state_since) "
      "VALUES"
      " (7, 'host_7', (SELECT id FROM environment LIMIT 1), 'h', x'00', 1, 'online', 1);"
      "INSERT INTO host_state (host_number, at, state, reason) VALUES (7, 1, 'online', ''), (8, 1, 'online', "
      "''),"
      " (8, 2, 'online', ''), (9, 1, 'online', '');"
      "INSERT INTO person (id, name, name_key, password_hash, server_administrator, created_at) VALUES ('p', "
      "'p', 'p',"
      " '', 0, 1);"
      "INSERT INTO invitation (person_id, token_hash, created_at, created_by, expires_at) VALUES ('p', "
      "x'01', 1, '', 1),"
      " ('q', x'02', 1, '', 1)");
  FakeStep dry;
  dry.dry = true;
  ASSERT_TRUE(run_task(task(0), dry));
  EXPECT_EQ(dry.counters.at("eligible"), 4);
  EXPECT_EQ(dry.counters.at("deleted"), 0);
  const auto done = run_task(task(0), step);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->message, "removed 4 rows");
  EXPECT_THAT(ask("SELECT host_number FROM host_state"), ElementsAre("7"));
  EXPECT_THAT(ask("SELECT person_id FROM invitation"), ElementsAre("p"));
}

TEST_F(ParentlessTest, ManyOfOneParentGoInBatches) {
  run_sql(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1300)"
      " INSERT INTO host_state (host_number, at, state, reason) SELECT 5, i, 'online', '' FROM n");
  ASSERT_TRUE(run_task(task(0), step));
  EXPECT_EQ(step.counters.at("deleted"), 1'300);
  EXPECT_THAT(ask("SELECT count(*) FROM host_state"), ElementsAre("0"));
}

TEST_F(ParentlessTest, SettingsOfWhatIsGoneGoAndThoseOfAllHostsStay) {
  const std::string here = environment();
  const auto threshold = [&](const std::string& id, const std::string& environment, const std::string& host) {
    run_sql(
        "INSERT INTO threshold (id, environment_id, host_id, kind, changed_at, changed_by, version) VALUES "
        "('" +
        id + "', '" + environment + "', '" + host + "', 'k', 1, '', 1)");
  };
  threshold("all", here, "");
  threshold("gone_host", here, "host_x");
  threshold("gone_environment", "env_x", "");
  run_sql(
      "INSERT INTO silence (id, environment_id, reason, by_id, by_name, created_at, until) VALUES ('all', '" +
      here + "', '', '', '', 1, 9), ('gone', 'env_x', '', '', '', 1, 9)");
  ASSERT_TRUE(run_task(task(1), step));
  EXPECT_THAT(ask("SELECT id FROM threshold"), ElementsAre("all"));
  EXPECT_THAT(ask("SELECT id FROM silence"), ElementsAre("all"));
  EXPECT_EQ(step.counters.at("deleted"), 3);
}

}  // namespace
}  // namespace fettle::upkeep
