#include "fettle/events/condition_service.h"

#include <gmock/gmock.h>

#include <random>
#include <ranges>

#include "fettle/access/access_schema.h"
#include "fettle/base/json_value.h"
#include "fettle/events/condition_repo.h"
#include "fettle/store/store.h"
#include "tests/unit/events/events_fixture.h"

namespace fettle::events {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct ConditionServiceTest : EventsFixture {
  ConditionServiceTest() { start(); }
  ~ConditionServiceTest() override { loop.run(conditions->stop()); }

  void start() {
    conditions =
        std::make_unique<Conditions>(ConditionGround{loop, clock, random, io_log, *store, *log, hub});
    conditions->on_source([this](const std::string& id) -> std::optional<SourceFacts> {
      const auto found = sources.find(id);
      return found == sources.end() ? std::nullopt : std::optional(found->second);
    });
    EXPECT_TRUE(loop.run(conditions->load()));
    conditions->start();
  }
  void restart() {
    loop.run(conditions->stop());
    start();
  }
  void settle() { loop.run_for(Seconds(2)); }

  ConditionClaim claim(std::string target = "/", ConditionSeverity severity = ConditionSeverity::warning,
                       std::string kind = "disk.space") {
    ConditionClaim out;
    out.key = {.source_id = "host_1", .kind = std::move(kind), .target = std::move(target)};
    out.environment = mine;
    out.source_kind = "host";
    out.source_name = "web-1";
    out.severity = severity;
    out.title = "Disk nearly full";
    out.message = "it is nearly full";
    return out;
  }
  std::vector<std::string> types() {
    std::vector<std::string> out;
    for (const Event& event : list_all().events) out.insert(out.begin(), event.type);
    return out;
  }
  std::vector<std::string> in_sight() {
    std::vector<std::string> out;
    for (const Condition* condition : conditions->in_sight({mine})) out.push_back(condition->key.target);
    return out;
  }
  Result<Condition> acknowledge(std::optional<WallTime> until = std::nullopt) {
    const Condition* open = conditions->find(claim().key);
    Acknowledgement seen{"person_1", "ada", "on it", wall_from_unix_ms(unix_ms(clock.wall_now())), until};
    return loop.run(conditions->acknowledge({"person", "person_1", "ada", ""}, open->id, seen));
  }

  std::map<std::string, SourceFacts> sources{{"host_1", {"web-1", {{"role", "db"}}}}};
  std::unique_ptr<Conditions> conditions;
};

TEST_F(ConditionServiceTest, OpensWorsensImprovesAndClosesEachWithItsEvent) {
  const auto say = [this](std::optional<ConditionSeverity> severity) {
    if (severity) {
      conditions->open_condition(claim("/", *severity));
      conditions->open_condition(claim("/", *severity));  // again: nothing more
    } else {
      conditions->close_condition(claim().key);
      conditions->close_condition(claim().key);
    }
    settle();
  };
  say(ConditionSeverity::warning);
  say(ConditionSeverity::error);
  say(ConditionSeverity::warning);
  say(std::nullopt);
  EXPECT_THAT(types(), ElementsAre("condition.opened", "condition.worsened", "condition.improved",
                                   "condition.closed"));
  EXPECT_THAT(in_sight(), IsEmpty());
  const auto events = list_all().events;
  EXPECT_EQ(events.back().message, "web-1: it is nearly full");
  EXPECT_EQ(events.front().severity, Severity::success);
}

TEST_F(ConditionServiceTest, WhatIsShownIsOfNowAndWhatIsStoredOfWhenItWasBad) {
  const auto message = [this] { return conditions->find(claim().key)->message; };
  conditions->open_condition(claim());
  settle();
  ConditionClaim later = claim();
  later.message = "it is fuller still";
  conditions->open_condition(later);
  EXPECT_EQ(message(), "it is fuller still");
  settle();
  EXPECT_THAT(types(), ElementsAre("condition.opened")) << "nothing happened";
  restart();
  EXPECT_EQ(message(), "it is nearly full") << "a value of each minute is not worth a write";
  conditions->open_condition(later);
  const ConditionId id = conditions->find(claim().key)->id;
  conditions->close_condition(claim().key);
  settle();
  const auto stored = loop.run(store->read([this](store::Session& session) {
    return condition_repo::list(session, {.environments = {mine},
                                          .from = clock.wall_now() - std::chrono::hours(1),
                                          .to = clock.wall_now() + Seconds(1),
                                          .limit = 10});
  }));
  ASSERT_TRUE(stored);
  ASSERT_EQ(stored->conditions.size(), 1U);
  EXPECT_EQ(stored->conditions[0].id, id);
  EXPECT_EQ(stored->conditions[0].message, "it is nearly full");
}

TEST_F(ConditionServiceTest, WhatIsClaimedLastBeforeAWriteCounts) {
  conditions->open_condition(claim());
  conditions->close_condition(claim().key);
  settle();
  EXPECT_THAT(types(), IsEmpty());
  conditions->open_condition(claim("/a"));
  conditions->open_condition(claim("/a", ConditionSeverity::error));
  settle();
  EXPECT_THAT(types(), ElementsAre("condition.opened"));
  EXPECT_EQ(conditions->in_sight({mine}).front()->severity, ConditionSeverity::error);
}

TEST_F(ConditionServiceTest, AClaimantTellsItsOwnBeginningAndEnd) {
  ConditionClaim offline = claim("", ConditionSeverity::warning, std::string(kOfflineKind));
  offline.events = ConditionEvents::claimant;
  conditions->open_condition(offline);
  settle();
  EXPECT_THAT(types(), IsEmpty());
  restart();
  offline.severity = ConditionSeverity::error;
  conditions->open_condition(offline);
  settle();
  conditions->close_condition(offline.key);
  settle();
  EXPECT_THAT(types(), ElementsAre("condition.worsened"));
}

TEST_F(ConditionServiceTest, AnAcknowledgementSurvivesARestartAndEndsWhenItWorsens) {
  auto page = watch();
  conditions->open_condition(claim());
  settle();
  ASSERT_TRUE(acknowledge());
  EXPECT_EQ(conditions->counts({mine}).quiet, 1U);
  restart();
  const Condition* open = conditions->find(claim().key);
  ASSERT_NE(open, nullptr);
  ASSERT_TRUE(open->acknowledgement);
  EXPECT_EQ(open->acknowledgement->note, "on it");
  EXPECT_EQ(conditions->counts({mine}).quiet, 1U);
  conditions->open_condition(claim("/", ConditionSeverity::error));
  settle();
  EXPECT_FALSE(conditions->find(claim().key)->acknowledgement);
  restart();
  EXPECT_FALSE(conditions->find(claim().key)->acknowledgement);
  EXPECT_EQ(conditions->counts({mine}).errors, 1U);
}

TEST_F(ConditionServiceTest, AnAcknowledgementEndsAtItsTime) {
  conditions->open_condition(claim());
  settle();
  ASSERT_TRUE(acknowledge(clock.wall_now() + Seconds(30)));
  EXPECT_EQ(conditions->counts({mine}).quiet, 1U);
  loop.run_for(Seconds(40));
  EXPECT_EQ(conditions->counts({mine}).warnings, 1U);
}

TEST_F(ConditionServiceTest, APersonClosesAFailureThatNothingElseWouldEnd) {
  auto page = watch();
  const access::Actor ada{"person", "person_1", "ada", ""};
  const auto close = [&](const ConditionKey& key) {
    return loop.run(conditions->close_by_hand(ada, conditions->find(key)->id));
  };
  conditions->open_condition(claim());
  ConditionClaim failure = claim("command nightly", ConditionSeverity::error, "run.failed");
  failure.events = ConditionEvents::claimant;
  conditions->open_condition(failure);
  settle();
  EXPECT_EQ(close(claim().key).error().reason, "ends_by_itself");
  const ConditionId id = conditions->find(failure.key)->id;
  const auto closed = close(failure.key);
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->close_reason, "by_hand");
  EXPECT_EQ(conditions->find(failure.key), nullptr);
  EXPECT_EQ(loop.run(conditions->close_by_hand(ada, id)).error().code, ErrorCode::not_found);
  const auto told = list_all().events;
  EXPECT_EQ(told.front().type, "condition.closed");
  EXPECT_THAT(told.front().message, ::testing::EndsWith(", closed by ada"));
  restart();
  EXPECT_EQ(conditions->find(failure.key), nullptr);
  EXPECT_NE(conditions->find(claim().key), nullptr);
  conditions->open_condition(failure);
  settle();
  ASSERT_NE(conditions->find(failure.key), nullptr) << "the next one that fails";
  EXPECT_NE(conditions->find(failure.key)->id, id);
}

TEST_F(ConditionServiceTest, ASilenceCoversWhatFitsUntilItEnds) {
  conditions->open_condition(claim("/"));
  conditions->open_condition(claim("", ConditionSeverity::warning, "cpu.load"));
  settle();
  const access::Actor ada{"person", "person_1", "ada", ""};
  Silence silence;
  silence.environment = mine;
  silence.label = "role=db";
  silence.kind = "disk.space";
  silence.until = clock.wall_now() + Seconds(60);
  ASSERT_TRUE(loop.run(conditions->make_silence(ada, silence)));
  EXPECT_EQ(conditions->counts({mine}).quiet, 1U);
  EXPECT_EQ(conditions->counts({mine}).warnings, 1U);
  restart();
  EXPECT_EQ(conditions->counts({mine}).quiet, 1U) << "it survives a restart";
  sources["host_1"].labels["role"] = "web";
  EXPECT_EQ(conditions->counts({mine}).quiet, 0U) << "labels count as they are now";
  sources["host_1"].labels["role"] = "db";
  loop.run_for(Seconds(70));
  EXPECT_EQ(conditions->counts({mine}).quiet, 0U);
  EXPECT_THAT(conditions->silences(), IsEmpty());
}

TEST_F(ConditionServiceTest, WhatIsKnownOfASourceThatIsAwayIsOutOfSight) {
  conditions->open_condition(claim("/"));
  ConditionClaim offline = claim("", ConditionSeverity::warning, std::string(kOfflineKind));
  conditions->open_condition(offline);
  settle();
  conditions->set_away("host_1", true);
  EXPECT_THAT(in_sight(), ElementsAre(""));
  EXPECT_TRUE(conditions->view_of(*conditions->find(claim().key)).is_hidden);
  conditions->set_away("host_1", false);
  EXPECT_EQ(in_sight().size(), 2U);
}

TEST_F(ConditionServiceTest, ASourceThatIsGoneClosesWhatIsOpenAndWhatIsOnItsWay) {
  conditions->open_condition(claim("/"));
  settle();
  conditions->open_condition(claim("/var"));
  conditions->close_source("host_1", "removed");
  settle();
  EXPECT_THAT(in_sight(), IsEmpty());
  EXPECT_THAT(types(), ElementsAre("condition.opened", "condition.closed"));
  EXPECT_THAT(list_all().events.front().message, ::testing::HasSubstr("it was removed"));
}

TEST_F(ConditionServiceTest, StoredAndShownAgreeAfterAnyClaimsAndRestarts) {
  std::mt19937 dice(11);
  std::map<std::string, ConditionSeverity> model;
  for (int round = 0; round < 400; ++round) {
    const std::string target = "/" + std::to_string(dice() % 5);
    switch (dice() % 8) {
      case 0:
      case 1:
      case 2:
        model[target] = ConditionSeverity::warning;
        conditions->open_condition(claim(target));
        break;
      case 3:
      case 4:
        model[target] = ConditionSeverity::error;
        conditions->open_condition(claim(target, ConditionSeverity::error));
        break;
      case 5:
        model.erase(target);
        conditions->close_condition(claim(target).key);
        break;
      case 6:
        loop.run_for(Millis(dice() % 20));
        break;
      case 7:
        settle();
        restart();
        break;
    }
  }
  settle();
  const auto check = [&] {
    std::map<std::string, ConditionSeverity> shown;
    conditions->for_each([&](const Condition& one) { shown[one.key.target] = one.severity; });
    EXPECT_EQ(shown, model);
  };
  check();
  restart();
  check();
  // Each is opened before it closes, and never twice.
  std::map<std::string, bool> is_open;
  const EventList newest = list_all();
  for (const Event& event : std::views::reverse(newest.events)) {
    bool& open = is_open[event.fields.at("target")];
    EXPECT_EQ(open, event.type != "condition.opened") << event.type;
    open = event.type != "condition.closed";
  }
}

}  // namespace
}  // namespace fettle::events
