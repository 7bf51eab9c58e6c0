#include <cmath>

#include "fettle/io/task_scope.h"
#include "tests/unit/fleet/fleet_fixture.h"

namespace fettle::fleet {
namespace {

TEST_F(FleetTest, ATokenWorksOnce) {
  const auto made = make_token();
  ASSERT_TRUE(made);
  EXPECT_TRUE(enrol(facts(*made)));
  const auto again = enrol(facts(*made));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "enrolment_token_used");
  EXPECT_EQ(again.error().code, ErrorCode::gone);
}

Task<void> enrol_into(Fleet& fleet, EnrolFacts what, int* successes, int* ended) {
  const auto host = co_await fleet.enrolment().enrol(std::move(what));
  *successes += host ? 1 : 0;
  ++*ended;
}

TEST_F(FleetTest, OfAHundredAtTheSameMomentOneWins) {
  const auto made = make_token();
  int successes = 0;
  int ended = 0;
  io::TaskScope tasks(loop_, log_);
  for (int i = 0; i < 100; ++i) {
    tasks.spawn("enrol", enrol_into(fleet(), facts(*made, "host-" + std::to_string(i)), &successes, &ended));
  }
  EXPECT_TRUE(loop_.run_until([&] { return ended == 100; }, kLimit));
  EXPECT_EQ(successes, 1);
  EXPECT_EQ(fleet().roster().size(), 1U);
  loop_.run(tasks.stop(), kLimit);
}

TEST_F(FleetTest, ATokenEndsAfterFifteenMinutes) {
  const auto made = make_token();
  loop_.run_for(kEnrolmentTokenLife + Seconds(1));
  const auto late = enrol(facts(*made));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().reason, "enrolment_token_expired");
}

TEST_F(FleetTest, AnUnknownTokenSaysSoWhateverItLooksLike) {
  const auto made = make_token();
  for (const char* text : {"", "fte_", "nonsense", "fte_00000000000000000000000000000000000000"}) {
    EnrolFacts wrong = facts(*made);
    wrong.token = Secret<std::string>(text);
    const auto refused = enrol(std::move(wrong));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "enrolment_token_unknown");
  }
  EXPECT_TRUE(enrol(facts(*made))) << "the good one is still good";
}

TEST_F(FleetTest, WhoShowsWrongTokensHasToWaitAndOthersDoNot) {
  const auto made = make_token();
  const auto try_wrong = [&](std::string address) {
    EnrolFacts wrong = facts(*made);
    wrong.token = Secret<std::string>("fte_wrong");
    wrong.address = std::move(address);
    return enrol(std::move(wrong)).error().code;
  };
  for (int i = 0; i < 20; ++i) EXPECT_EQ(try_wrong("192.0.2.1"), ErrorCode::unauthenticated);
  EXPECT_EQ(try_wrong("192.0.2.1"), ErrorCode::rate_limited);
  EXPECT_EQ(try_wrong("192.0.2.2"), ErrorCode::unauthenticated);
  EXPECT_EQ(fleet().enrolment().figures().refused, 21U);
  EXPECT_EQ(fleet().enrolment().figures().limited, 1U);
  loop_.run_for(Seconds(7));
  EXPECT_EQ(try_wrong("192.0.2.1"), ErrorCode::unauthenticated) << "in time it may try again";
}

TEST_F(FleetTest, RefusesAKeyOrANameThatCannotBe) {
  const auto made = make_token();
  EnrolFacts short_key = facts(*made);
  short_key.public_key.pop_back();
  EXPECT_EQ(enrol(std::move(short_key)).error().fields.at(0).pointer, "/body/public_key");
  for (const std::string& name :
       {std::string(), std::string(65, 'x'), std::string("a\nb"), std::string("\xff")}) {
    EXPECT_EQ(enrol(facts(*made, name)).error().fields.at(0).pointer, "/body/name") << name;
  }
  EXPECT_TRUE(enrol(facts(*made)));
}

TEST_F(FleetTest, ANameThatIsTakenGetsANumber) {
  EXPECT_EQ(enrol(facts(*make_token()))->name, "web-1");
  EXPECT_EQ(enrol(facts(*make_token()))->name, "web-1 (2)");
  EXPECT_EQ(enrol(facts(*make_token()))->name, "web-1 (3)");
  EXPECT_EQ(enrol(facts(*make_token(access::kSystemEnvironment)))->name, "web-1") << "another environment";
}

TEST_F(FleetTest, AHostBelongsToTheEnvironmentOfItsToken) {
  const auto host = enrol(facts(*make_token(access::kSystemEnvironment)));
  ASSERT_TRUE(host);
  EXPECT_EQ(host->environment, access::kSystemEnvironment);
}

TEST_F(FleetTest, ARevokedTokenIsWorthNothing) {
  const auto made = make_token();
  const access::Actor actor{"person", "", "test", ""};
  ASSERT_TRUE(loop_.run(fleet().enrolment().revoke(actor, made->token.id), kLimit));
  EXPECT_FALSE(enrol(facts(*made)));
  EXPECT_EQ(loop_.run(fleet().enrolment().revoke(actor, made->token.id), kLimit).error().code,
            ErrorCode::conflict);
}

TEST_F(FleetTest, TheNumberOfARemovedHostIsNeverGivenAgain) {
  const Host first = enrolled_host();
  ASSERT_TRUE(loop_.run(fleet().remove({"person", "", "test", ""}, first.id), kLimit));
  EXPECT_GT(enrolled_host().number, first.number);
}

}  // namespace
}  // namespace fettle::fleet
