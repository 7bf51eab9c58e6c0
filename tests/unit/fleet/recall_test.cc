// A server whose journal takes its time to be read: nobody is told what it does not know yet.
#include "fettle/fleet/host_dto.h"
#include "fettle/io/task_scope.h"
#include "tests/unit/fleet/fleet_fixture.h"

namespace fettle::fleet {
namespace {

class RecallTest : public FleetTest {
 protected:
  RecallTest() : host_(enrolled_host()), scope_(loop_, log_) {
    HandAgent agent = connect(host_);
    agent.send(small_set());
    agent.send(heartbeat({1, 1}, {0, 0}));
    agent.expect_acknowledged({1, 1});
    loop_.run_for(Seconds(1));
    network_.cut_all();
    EXPECT_TRUE(loop_.run(stop(), kLimit));
  }
  ~RecallTest() override { loop_.run(scope_.stop(), kLimit); }

  Task<bool> stop() {
    co_await server_->stop();
    co_return true;
  }
  /// Begins to start; each job of the journal takes so long.
  void start_slowly(Nanos journal) {
    loop_.set_work_delay("journal", {journal, journal});
    server_.reset();
    server_ = std::make_unique<sim::SimServer>(loop_, clock_, disk_, loop_.random().stream(11), log_);
    scope_.spawn("start", start());
    ASSERT_TRUE(loop_.run_until([this] { return fleet().roster().find(host_.id) != nullptr; }, kLimit));
    loop_.run_for(Millis(100));
    ASSERT_FALSE(fleet().is_recalled());
  }
  Task<void> start() { has_started_ = co_await server_->start(); }
  void expect_started() {
    ASSERT_TRUE(loop_.run_until([this] { return has_started_; }, kLimit));
    loop_.set_work_delay("journal", {});
  }

  Host host_;
  io::TaskScope scope_;
  bool has_started_ = false;
};

TEST_F(RecallTest, AnAgentThatComesEarlyIsTakenOnceTheLastHourIsRead) {
  start_slowly(Seconds(3));
  HandAgent agent = connect(host_);
  EXPECT_TRUE(fleet().is_recalled());
  EXPECT_EQ(welcome_.acknowledged, (wire::Position{1, 1}));
  expect_started();
}

TEST_F(RecallTest, WhoAsksForHostsWaitsForTheirValues) {
  start_slowly(Seconds(3));
  EXPECT_EQ(fleet().history().latest(host_.number), nullptr);
  EXPECT_TRUE(loop_.run(fleet().until_recalled(), kLimit));
  EXPECT_NE(fleet().history().latest(host_.number), nullptr);
  expect_started();
}

TEST_F(RecallTest, WhoHasWaitedForTenSecondsIsToldToComeAgain) {
  start_slowly(Seconds(30));
  HandAgent agent = dial();
  const auto before = loop_.now();
  auto answer = loop_.run(fleet().until_recalled(), kLimit);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  EXPECT_LE(loop_.now() - before, Seconds(10));
  EXPECT_EQ(agent.closed(), static_cast<std::uint16_t>(net::CloseCode::try_later));
  expect_started();
  EXPECT_TRUE(loop_.run(fleet().until_recalled(), kLimit));
}

TEST_F(RecallTest, AHostThatIsRemovedMeanwhileIsNotReadBack) {
  start_slowly(Seconds(3));
  ASSERT_TRUE(loop_.run(fleet().remove({"person", "", "test", ""}, host_.id), kLimit));
  ASSERT_FALSE(fleet().is_recalled());
  expect_started();
  EXPECT_EQ(fleet().history().latest(host_.number), nullptr);
  EXPECT_EQ(server_->journal.highest(host_.number), (wire::Position{}));
}

}  // namespace
}  // namespace fettle::fleet
