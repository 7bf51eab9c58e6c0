#include "fettle/io/async_event.h"

#include <gtest/gtest.h>

#include "fettle/io/task_scope.h"
#include "tests/unit/io/sim_fixture.h"

namespace fettle::io {
namespace {

Task<void> wait_and_note(AsyncEvent& event, int number, std::vector<int>* order) {
  co_await event.wait();
  order->push_back(number);
}

TEST(AsyncEvent, WakesInOrderOfWaitingOnALaterTurn) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  AsyncEvent event;
  std::vector<int> order;
  for (int i = 0; i < 5; ++i) scope.spawn("wait", wait_and_note(event, i, &order));
  sim.loop.run_ready();
  EXPECT_TRUE(order.empty());
  event.set();
  EXPECT_TRUE(order.empty()) << "set() must not run a waiter inside itself";
  sim.loop.run_ready();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(AsyncEvent, StaysSetUntilReset) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  AsyncEvent event;
  std::vector<int> order;
  event.set();
  scope.spawn("wait", wait_and_note(event, 1, &order));
  sim.loop.run_ready();
  EXPECT_EQ(order.size(), 1U);
  event.reset();
  EXPECT_FALSE(event.is_set());
  scope.spawn("wait", wait_and_note(event, 2, &order));
  sim.loop.run_ready();
  EXPECT_EQ(order.size(), 1U);
  sim.loop.run(scope.stop());
}

TEST(AsyncEvent, AWaiterWokenAndCancelledInTheSameTurnEndsOnce) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  AsyncEvent event;
  std::vector<int> order;
  scope.spawn("wait", wait_and_note(event, 1, &order));
  sim.loop.run_ready();
  event.set();
  scope.cancel();
  sim.loop.run_ready();
  EXPECT_EQ(scope.size(), 0U);
  scope.cancel();
}

Task<void> drain(Mailbox<int>& box, std::vector<int>* out, bool* closed) {
  while (auto item = co_await box.pop()) out->push_back(*item);
  *closed = true;
}

TEST(Mailbox, KeepsOrderRefusesWhenFullAndEndsAfterClose) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  Mailbox<int> box(3);
  std::vector<int> out;
  bool closed = false;
  EXPECT_TRUE(box.try_push(1));
  EXPECT_TRUE(box.try_push(2));
  EXPECT_TRUE(box.try_push(3));
  EXPECT_FALSE(box.try_push(4));
  scope.spawn("drain", drain(box, &out, &closed));
  sim.loop.run_ready();
  EXPECT_EQ(out, (std::vector<int>{1, 2, 3}));
  EXPECT_FALSE(closed);
  EXPECT_TRUE(box.try_push(5));
  box.close();
  EXPECT_FALSE(box.try_push(6));
  sim.loop.run_ready();
  EXPECT_EQ(out, (std::vector<int>{1, 2, 3, 5}));
  EXPECT_TRUE(closed);
}

}  // namespace
}  // namespace fettle::io
