#include "fettle/net/idempotency.h"

#include "tests/unit/net/server_fixture.h"

namespace fettle::net::test {
namespace {

TEST(AnswerMemory, RefusesASecondRequestWhileTheFirstRuns) {
  ManualClock clock;
  AnswerMemory memory(clock);
  ASSERT_TRUE(std::holds_alternative<AnswerMemory::First>(*memory.begin("a", "k", "body")));
  EXPECT_EQ(memory.begin("a", "k", "body").error().reason, "still_running");
  EXPECT_TRUE(memory.begin("b", "k", "body"));
  memory.forget("a", "k");
  EXPECT_TRUE(std::holds_alternative<AnswerMemory::First>(*memory.begin("a", "k", "other")));
}

TEST(AnswerMemory, RefusesKeysThatAreNone) {
  ManualClock clock;
  AnswerMemory memory(clock);
  for (const std::string& key :
       {std::string(), std::string("  "), std::string("\"\""), std::string(256, 'k')}) {
    EXPECT_EQ(memory.begin("a", key, "").error().reason, "bad_idempotency_key");
  }
}

TEST(AnswerMemory, IsBoundedByCountAndBytes) {
  ManualClock clock;
  AnswerMemory memory(clock);
  Response response;
  for (std::size_t i = 0; i < AnswerMemory::kMaxAnswers + 100; ++i) {
    ASSERT_TRUE(memory.begin("a", std::to_string(i), ""));
    memory.keep("a", std::to_string(i), response);
  }
  EXPECT_LE(memory.size(), AnswerMemory::kMaxAnswers + 1);
  response.body.assign(1024 * 1024, 'x');
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(memory.begin("b", std::to_string(i), ""));
    memory.keep("b", std::to_string(i), response);
  }
  EXPECT_LE(memory.size(), 16u);
  EXPECT_TRUE(std::holds_alternative<AnswerMemory::Replay>(*memory.begin("b", "99", "")));
}

}  // namespace
}  // namespace fettle::net::test
