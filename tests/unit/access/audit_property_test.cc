// Invariant: whatever is changed, removed, moved or put in between in the audit log is found (S8). Every row,
// every column, single bits.
#include <gtest/gtest.h>

#include "fettle/access/audit_export.h"
#include "fettle/access/audit_repo.h"
#include "tests/unit/access/access_fixture.h"

namespace fettle::access {
namespace {

constexpr std::int64_t kEntries = 12;

struct AuditProperty : testing::Test, AccessFixture {
  AuditProperty() {
    for (std::int64_t i = 1; i <= kEntries; ++i) {
      const AuditEntry entry{begin + Millis(i),
                             {"person", "person_" + std::to_string(i), "ada", "127.0.0.1"},
                             "host.remove",
                             "host_" + std::to_string(i),
                             i % 3 == 0 ? "" : "detail " + std::to_string(i)};
      run([entry](store::Session& session) { audit_repo::append(session, entry); });
    }
  }
  WallTime begin = clock.wall_now();

  template <class F>
  void run(F change) {
    const auto written = loop.run(store->write(std::move(change)));
    ASSERT_TRUE(written) << written.error().detail;
  }
  std::expected<audit_repo::VerifyStep, AuditFault> whole() {
    return *loop.run(store->read([](store::Session& session) { return audit_repo::verify(session); }));
  }
  /// Makes the change, expects that it is found at this entry, and takes it back.
  void expect_found(std::string_view change, std::int64_t row, std::int64_t where) {
    const auto found = loop.run(store->write([&](store::Session& session) -> Result<> {
      if (session.execute(change, {row}) == 0) return fail(ErrorCode::internal, "nothing", "nothing changed");
      const auto verdict = audit_repo::verify(session);
      if (verdict) return fail(ErrorCode::internal, "not_found_out", std::string(change));
      return fail(ErrorCode::conflict, std::to_string(verdict.error().sequence), "taken back");
    }));
    EXPECT_EQ(found.error().code, ErrorCode::conflict)
        << change << " " << row << ": " << found.error().detail;
    EXPECT_EQ(found.error().reason, std::to_string(where)) << change << " " << row;
  }
};

TEST_F(AuditProperty, EveryChangeOfEveryColumnOfEveryRowIsFound) {
  ASSERT_TRUE(whole());
  for (std::int64_t row = 1; row <= kEntries; ++row) {
    for (const std::string_view change :
         {"UPDATE audit_entry SET at = at + 1 WHERE sequence = ?1",
          "UPDATE audit_entry SET at = -at WHERE sequence = ?1",
          "UPDATE audit_entry SET actor_kind = 'token' WHERE sequence = ?1",
          "UPDATE audit_entry SET actor_id = actor_id || '0' WHERE sequence = ?1",
          "UPDATE audit_entry SET actor_name = 'Ada' WHERE sequence = ?1",
          "UPDATE audit_entry SET actor_name = actor_name || char(0) WHERE sequence = ?1",
          "UPDATE audit_entry SET address = '127.0.0.2' WHERE sequence = ?1",
          "UPDATE audit_entry SET action = 'host.enrol' WHERE sequence = ?1",
          "UPDATE audit_entry SET object = '' WHERE sequence = ?1",
          "UPDATE audit_entry SET detail = detail || ' ' WHERE sequence = ?1",
          "UPDATE audit_entry SET action = action || object, object = '' WHERE sequence = ?1",
          "UPDATE audit_entry SET hash = zeroblob(32) WHERE sequence = ?1",
          "UPDATE audit_entry SET hash = substr(hash, 1, 31) WHERE sequence = ?1"}) {
      expect_found(change, row, row);
    }
  }
  EXPECT_TRUE(whole()) << "every change was taken back";
}

TEST_F(AuditProperty, EveryBitOfAHashCounts) {
  for (std::int64_t bit = 0; bit < 256; ++bit) {
    const std::int64_t row = bit % kEntries + 1;
    const auto flip = [bit, row](store::Session& session) -> Result<> {
      auto blob = session.query_one("SELECT hash FROM audit_entry WHERE sequence = ?1", {row},
                                    [](const store::Row& one) { return one.blob(0); });
      (*blob)[static_cast<std::size_t>(bit / 8)] ^= static_cast<std::uint8_t>(1U << bit % 8);
      session.execute("UPDATE audit_entry SET hash = ?2 WHERE sequence = ?1", {row, *blob});
      const auto verdict = audit_repo::verify(session);
      if (!verdict && verdict.error().sequence == row) return fail(ErrorCode::conflict, "found", "");
      return fail(ErrorCode::internal, "not_found_out", std::to_string(bit));
    };
    EXPECT_EQ(loop.run(store->write(flip)).error().reason, "found") << bit;
  }
}

TEST_F(AuditProperty, EveryRemovalIsFound) {
  for (std::int64_t row = 1; row <= kEntries; ++row) {
    expect_found("DELETE FROM audit_entry WHERE sequence = ?1", row, row);
    expect_found("DELETE FROM audit_entry WHERE sequence >= ?1", row, row);
    // As if the one removed had never been: all that follow move up.
    const auto close_gap = [row](store::Session& session) -> Result<> {
      session.execute("DELETE FROM audit_entry WHERE sequence = ?1", {row});
      session.execute("UPDATE audit_entry SET sequence = -sequence WHERE sequence > ?1", {row});
      session.execute("UPDATE audit_entry SET sequence = -sequence - 1 WHERE sequence < 0");
      session.execute("UPDATE audit_head SET sequence = sequence - 1");
      const auto verdict = audit_repo::verify(session);
      return fail(ErrorCode::conflict, verdict ? "intact" : "found", "");
    };
    EXPECT_EQ(loop.run(store->write(close_gap)).error().reason, "found") << row;
  }
}

TEST_F(AuditProperty, EveryPairThatChangesPlacesIsFound) {
  for (std::int64_t a = 1; a < kEntries; ++a) {
    for (std::int64_t b = a + 1; b <= kEntries; ++b) {
      const auto swap = [a, b](store::Session& session) -> Result<> {
        session.execute("UPDATE audit_entry SET sequence = 0 WHERE sequence = ?1", {a});
        session.execute("UPDATE audit_entry SET sequence = ?2 WHERE sequence = ?1", {b, a});
        session.execute("UPDATE audit_entry SET sequence = ?1 WHERE sequence = 0", {b});
        const auto verdict = audit_repo::verify(session);
        return fail(ErrorCode::conflict, verdict ? "intact" : std::to_string(verdict.error().sequence), "");
      };
      EXPECT_EQ(loop.run(store->write(swap)).error().reason, std::to_string(a)) << a << " and " << b;
    }
  }
}

TEST_F(AuditProperty, EntriesThatArePutInAreFound) {
  for (const std::int64_t place : {std::int64_t{-5}, std::int64_t{0}, kEntries + 1, kEntries + 7}) {
    const auto put = [place](store::Session& session) -> Result<> {
      session.execute(
          "INSERT INTO audit_entry SELECT ?1, at, actor_kind, actor_id, actor_name, address, action, object,"
          " detail, hash FROM audit_entry WHERE sequence = 3",
          {place});
      return fail(ErrorCode::conflict, audit_repo::verify(session) ? "intact" : "found", "");
    };
    EXPECT_EQ(loop.run(store->write(put)).error().reason, "found") << place;
  }
}

TEST_F(AuditProperty, StepsFindTheSameAsOneWalk) {
  for (const std::int64_t rows : {1, 2, 5, 11, 12, 13, 500}) {
    audit_repo::VerifyStep step;
    int steps = 0;
    while (!step.is_end && steps < 50) {
      const auto next = *loop.run(store->read(
          [&](store::Session& session) { return audit_repo::verify_step(session, step.at, rows); }));
      ASSERT_TRUE(next);
      step = *next;
      ++steps;
    }
    EXPECT_EQ(step.at, whole()->at);
  }
}

TEST_F(AuditProperty, FiltersAndExports) {
  const auto list = [&](const audit_repo::Filter& filter) {
    return *loop.run(store->read(
        [&](store::Session& session) { return audit_repo::list(session, filter, std::nullopt, 100); }));
  };
  EXPECT_EQ(list({}).size(), 12U);
  EXPECT_EQ(list({.who = "person_7"}).size(), 1U);
  EXPECT_EQ(list({.who = "AD"}).size(), 12U);
  EXPECT_EQ(list({.who = "%"}).size(), 0U) << "a sign like any other";
  EXPECT_EQ(list({.action = "host"}).size(), 12U);
  EXPECT_EQ(list({.action = "hos"}).size(), 0U) << "a whole word";
  EXPECT_EQ(list({.object = "host_3"}).size(), 1U);
  EXPECT_EQ(list({.from = begin + Millis(11)}).size(), 2U);
  EXPECT_EQ(list({.until = begin + Millis(11)}).size(), 10U);

  AuditRow row = list({.object = "host_3"}).front();
  row.entry.actor.name = "=1+1";
  row.entry.detail = "a \"b\",\r\nc";
  const std::string csv = audit_csv(std::span(&row, 1));
  EXPECT_NE(csv.find(",\"'=1+1\","), std::string::npos) << csv;
  EXPECT_NE(csv.find(",\"a \"\"b\"\",\r\nc\","), std::string::npos) << csv;
  EXPECT_EQ(json_field(audit_json_lines(std::span(&row, 1)), "actor.name"), "=1+1");
}

}  // namespace
}  // namespace fettle::access
