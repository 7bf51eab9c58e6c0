#include "fettle/access/audit_repo.h"

#include <gtest/gtest.h>

#include "tests/unit/access/access_fixture.h"

namespace fettle::access {
namespace {

struct AuditRepo : testing::Test, AccessFixture {
  void write(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const AuditEntry entry{clock.wall_now(),
                             {"person", "person_1", "ada", "10.0.0.1"},
                             "token.create",
                             "token_" + std::to_string(i),
                             "detail"};
      ASSERT_TRUE(
          loop.run(store->write([entry](store::Session& session) { audit_repo::append(session, entry); })));
    }
  }
  std::expected<AuditHead, AuditFault> verify() {
    const auto step =
        loop.run(store->read([](store::Session& session) { return audit_repo::verify(session); })).value();
    if (!step) return std::unexpected(step.error());
    return step->at;
  }
  /// Whether the log is found broken with this done to it; the database is put back afterwards.
  bool finds(std::vector<std::string> statements) {
    bool found = false;
    const auto undone = loop.run(store->write([&](store::Session& session) -> Result<> {
      for (const std::string& sql : statements) session.execute(sql);
      found = !audit_repo::verify(session).has_value();
      return fail(ErrorCode::conflict, "undone", "");
    }));
    EXPECT_FALSE(undone);
    return found;
  }
};

TEST_F(AuditRepo, AnEmptyLogIsWhole) {
  EXPECT_EQ(verify(), AuditHead{});
}

TEST_F(AuditRepo, KeepsWhatWasAppended) {
  write(3);
  const auto rows = audit();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[2].sequence, 3);
  EXPECT_EQ(rows[2].entry.object, "token_2");
  EXPECT_EQ(rows[2].entry.actor.address, "10.0.0.1");
  EXPECT_EQ(verify().value().sequence, 3);
}

TEST_F(AuditRepo, ALogOfSeveralPagesIsWhole) {
  ASSERT_TRUE(loop.run(store->write([](store::Session& session) {
    for (int i = 0; i < 1'203; ++i)
      audit_repo::append(session, {WallTime{}, {"server", "", "", ""}, "a", "b", "c"});
  })));
  EXPECT_EQ(verify().value().sequence, 1'203);
}

TEST_F(AuditRepo, AFailedChangeLeavesNoEntry) {
  const auto failed = loop.run(store->write([](store::Session& session) -> Result<> {
    audit_repo::append(session, {WallTime{}, {"server", "", "", ""}, "a", "b", "c"});
    return fail(ErrorCode::conflict, "no", "");
  }));
  EXPECT_FALSE(failed);
  write(1);
  EXPECT_EQ(verify().value().sequence, 1);
}

TEST_F(AuditRepo, EveryEditedDeletedOrMovedRowIsFound) {
  write(6);
  for (int row = 1; row <= 6; ++row) {
    const std::string where = " WHERE sequence = " + std::to_string(row);
    for (const char* column :
         {"actor_kind", "actor_id", "actor_name", "address", "action", "object", "detail"}) {
      EXPECT_TRUE(finds({"UPDATE audit_entry SET " + std::string(column) + " = 'x'" + where}))
          << column << row;
    }
    EXPECT_TRUE(finds({"UPDATE audit_entry SET at = at + 1" + where})) << row;
    EXPECT_TRUE(finds({"UPDATE audit_entry SET hash = zeroblob(32)" + where})) << row;
    EXPECT_TRUE(finds({"UPDATE audit_entry SET hash = x'00'" + where})) << row;
    EXPECT_TRUE(finds({"DELETE FROM audit_entry" + where})) << row;
    EXPECT_TRUE(finds({"UPDATE audit_entry SET sequence = sequence + 100" + where})) << row;
    EXPECT_TRUE(finds({"UPDATE audit_entry SET sequence = -1" + where})) << row;
    EXPECT_TRUE(
        finds({"DELETE FROM audit_entry" + where,
               "UPDATE audit_entry SET sequence = sequence - 1 WHERE sequence > " + std::to_string(row)}))
        << row;
    for (int other = row + 1; other <= 6; ++other) {
      const std::string there = " WHERE sequence = " + std::to_string(other);
      EXPECT_TRUE(
          finds({"UPDATE audit_entry SET sequence = 0" + where,
                 "UPDATE audit_entry SET sequence = " + std::to_string(row) + there,
                 "UPDATE audit_entry SET sequence = " + std::to_string(other) + " WHERE sequence = 0"}))
          << row << other;
    }
  }
  EXPECT_TRUE(finds({"DELETE FROM audit_entry"}));
  EXPECT_TRUE(finds({"UPDATE audit_head SET sequence = 5"}));
  EXPECT_TRUE(finds({"DELETE FROM audit_head"}));
  EXPECT_TRUE(finds(
      {"INSERT INTO audit_entry SELECT 0, at, actor_kind, actor_id, actor_name, address, action, object, "
       "detail, hash FROM audit_entry WHERE sequence = 1"}));
  EXPECT_FALSE(finds({}));
}

TEST_F(AuditRepo, ListsNewestFirstByCursor) {
  write(5);
  const auto page =
      loop.run(store->read([](store::Session& session) { return audit_repo::list(session, {}, 4, 2); }));
  ASSERT_EQ(page->size(), 2U);
  EXPECT_EQ(page->at(0).sequence, 3);
  EXPECT_EQ(page->at(1).sequence, 2);
}

}  // namespace
}  // namespace fettle::access
