#include "fettle/upkeep/audit_tasks.h"

#include "fettle/access/audit_repo.h"
#include "tests/unit/upkeep/upkeep_fixture.h"

namespace fettle::upkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct AuditTasksTest : UpkeepFixture {
  void append(int count) { append(count, clock.wall_now()); }
  void append(int count, WallTime at) {
    ASSERT_TRUE(loop.run(store->write([count, at](store::Session& session) {
      for (int i = 0; i < count; ++i)
        access::audit_repo::append(session, {at, {"person", "p", "ada", ""}, "a.do", std::to_string(i), "d"});
    })));
  }
  std::vector<runs::PlanTask> tasks(std::chrono::days keep) {
    return audit_tasks({{*store, clock, doubts}, verifier, "server_1"}, keep);
  }
  std::expected<access::audit_repo::VerifyStep, access::AuditFault> verify() {
    return loop.run(store->read([](store::Session& session) { return access::audit_repo::verify(session); }))
        .value();
  }
  /// Whether the log is found broken with this done to it; it is put back afterwards.
  bool finds(const std::vector<std::string>& statements) {
    bool found = false;
    const auto undone = loop.run(store->write([&](store::Session& session) -> Result<> {
      for (const std::string& sql : statements) session.execute(sql);
      found = !access::audit_repo::verify(session).has_value();
      return fail(ErrorCode::conflict, "undone", "");
    }));
    EXPECT_FALSE(undone);
    return found;
  }

  access::AuditVerifier verifier{clock, *store};
};

TEST_F(AuditTasksTest, KeptForEverUnlessSomebodySaysOtherwise) {
  EXPECT_THAT(tasks(std::chrono::days(0))[0].why_skipped(), HasSubstr("upkeep.audit_days = 0"));
}

TEST_F(AuditTasksTest, TheBeginningGoesToTheMillisecondAndTheRestIsStillWhole) {
  const WallTime then = wall_from_unix_ms(now_ms() + 60'000);
  append(700, then - std::chrono::days(2) - Millis(1));
  append(5, then - std::chrono::days(2));
  append(1);
  run_until(then);
  const auto done = run_task(tasks(std::chrono::days(2))[0], step);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->message, "removed 700 entries");
  EXPECT_EQ(step.counters.at("seen"), 706);
  EXPECT_EQ(step.counters.at("eligible"), 700);
  EXPECT_EQ(step.counters.at("deleted"), 700);
  EXPECT_THAT(ask("SELECT min(sequence) || ' ' || count(*) FROM audit_entry"), ElementsAre("701 7"));
  const auto whole = verify();
  ASSERT_TRUE(whole) << whole.error().what;
  EXPECT_EQ(whole->entries, 7);
  EXPECT_EQ(whole->at.sequence, 707);
  FakeStep next;
  const auto verified = run_task(tasks(std::chrono::days(2))[1], next);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->message, "7 entries, unbroken");
}

TEST_F(AuditTasksTest, ABeginningThatNobodyAnnouncedIsFound) {
  constexpr const char* kBaseAt =
      "UPDATE audit_base SET (sequence, hash) = (SELECT sequence, hash FROM audit_entry WHERE sequence = ";
  const auto base_at = [&](int sequence) { return kBaseAt + std::to_string(sequence) + ")"; };
  append(20);
  EXPECT_TRUE(finds({base_at(5), "DELETE FROM audit_entry WHERE sequence <= 5"}));
  loop.run_for(std::chrono::hours(72));
  append(5);
  ASSERT_TRUE(run_task(tasks(std::chrono::days(2))[0], step));
  ASSERT_TRUE(verify());
  // Further than was said, with all that the log itself knows kept right.
  EXPECT_TRUE(finds({base_at(23), "DELETE FROM audit_entry WHERE sequence <= 23"}));
  EXPECT_TRUE(finds({"UPDATE audit_base SET hash = zeroblob(32)"}));
  EXPECT_TRUE(finds({"UPDATE audit_base SET sequence = 0, hash = zeroblob(32)"}));
  EXPECT_TRUE(finds({"DELETE FROM audit_base"}));
  EXPECT_TRUE(finds({"UPDATE audit_entry SET detail = 'x' WHERE action = 'audit.prune'"}));
  EXPECT_TRUE(finds({"DELETE FROM audit_entry WHERE sequence = 22"}));
  EXPECT_FALSE(finds({}));
}

TEST_F(AuditTasksTest, InterruptedInTheMiddleItIsWholeAndGoesOnLater) {
  append(1'600);
  loop.run_for(std::chrono::hours(72));
  append(1);
  step.cancel_after = 1;
  ASSERT_TRUE(run_task(tasks(std::chrono::days(2))[0], step));
  EXPECT_EQ(step.counters.at("deleted"), 500);
  ASSERT_TRUE(verify()) << verify().error().what;
  FakeStep next;
  ASSERT_TRUE(run_task(tasks(std::chrono::days(2))[0], next));
  EXPECT_EQ(next.counters.at("deleted"), 1'100);
  ASSERT_TRUE(verify()) << verify().error().what;
  EXPECT_EQ(verify()->entries, 3) << "one entry, and two that say what went";
}

TEST_F(AuditTasksTest, AYoungEntryHoldsUpOlderOnesBehindIt) {
  append(3);
  loop.run_for(std::chrono::hours(72));
  append(1);
  run_sql("UPDATE audit_entry SET at = " + std::to_string(now_ms()) + " WHERE sequence = 2");
  step.dry = true;
  const auto done = run_task(tasks(std::chrono::days(2))[0], step);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->message, "would remove 1 entry");
  EXPECT_THAT(ask("SELECT count(*) FROM audit_entry"), ElementsAre("4"));
}

TEST_F(AuditTasksTest, VerifyingWhileTheBeginningGoesFindsNoFault) {
  append(12'000);
  loop.run_for(std::chrono::hours(72));
  append(1);
  auto first = loop.run(store->read(
      [](store::Session& session) { return access::audit_repo::verify_step(session, {}, 1'000); }));
  ASSERT_TRUE(first && *first);
  ASSERT_TRUE(run_task(tasks(std::chrono::days(2))[0], step));
  access::AuditHead at = (*first)->at;
  for (bool is_end = false; !is_end;) {
    const auto next = loop.run(store->read(
        [at](store::Session& session) { return access::audit_repo::verify_step(session, at, 1'000); }));
    ASSERT_TRUE(next && *next) << (*next).error().what;
    at = (*next)->at;
    is_end = (*next)->is_end;
  }
}

TEST_F(AuditTasksTest, ABrokenLogFailsTheStepAndOpensACondition) {
  append(5);
  run_sql("UPDATE audit_entry SET detail = 'x' WHERE sequence = 3");
  const auto done = run_task(tasks(std::chrono::days(0))[1], step);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().detail, HasSubstr("Entry 3"));
  EXPECT_EQ(step.counters.at("seen"), 2);
  EXPECT_THAT(doubts.there, ElementsAre("audit.broken "));
  run_sql("UPDATE audit_entry SET detail = 'd' WHERE sequence = 3");
  ASSERT_TRUE(run_task(tasks(std::chrono::days(0))[1], step));
  EXPECT_THAT(doubts.there, IsEmpty());
}

}  // namespace
}  // namespace fettle::upkeep
