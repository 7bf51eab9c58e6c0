#include "fettle/net/ws_sweep.h"

#include <gtest/gtest.h>

#include "fettle/io/task_scope.h"
#include "tests/unit/io/sim_fixture.h"

namespace fettle::net {
namespace {

struct SweepFixture : io::SimFixture {
  explicit SweepFixture(Millis interval) : sweep(std::make_shared<WsSweep>(interval)) {
    tasks.spawn("sweep", WsSweep::run(sweep, clock));
    tasks.spawn("closes", WsSweep::run_closes(sweep, clock));
    loop.run_ready();
  }
  ~SweepFixture() { loop.run(tasks.stop()); }
  SweepFixture(const SweepFixture&) = delete;
  SweepFixture& operator=(const SweepFixture&) = delete;

  std::shared_ptr<WsSweep> sweep;  // as channels share it
  io::TaskScope tasks{loop, log};
};

TEST(WsSweep, OfADialerIsRare) {
  SweepFixture fixture(WsSweep::kDialerInterval);
  const MonoTime began = fixture.loop.now();
  fixture.loop.run_for(WsSweep::kDialerInterval - Millis(1));
  EXPECT_EQ(fixture.sweep->now(), began);
  fixture.loop.run_for(Millis(1));
  EXPECT_EQ(fixture.sweep->now(), began + WsSweep::kDialerInterval);
}

TEST(WsSweep, LooksAfterACloseAsOftenAsAServerDoes) {
  SweepFixture fixture(WsSweep::kDialerInterval);
  const MonoTime began = fixture.loop.now();
  for (int round = 0; round < 2; ++round) {
    const MonoTime close_began = fixture.loop.now();
    fixture.sweep->note_close();
    for (Millis waited = WsSweep::kInterval; waited <= WsSweep::kCloseWithin; waited += WsSweep::kInterval) {
      fixture.loop.run_for(WsSweep::kInterval);
      EXPECT_EQ(fixture.sweep->now(), close_began + waited);
    }
    fixture.loop.run_for(WsSweep::kInterval);  // the last one for this close
  }
  EXPECT_LT(fixture.loop.now(), began + WsSweep::kDialerInterval) << "those were for the closes alone";
}

TEST(WsSweep, LooksAfterACloseThatComesWhileAnotherWaits) {
  SweepFixture fixture(WsSweep::kDialerInterval);
  fixture.sweep->note_close();
  fixture.loop.run_for(WsSweep::kInterval * 2);
  fixture.sweep->note_close();
  const MonoTime close_began = fixture.loop.now();
  fixture.loop.run_for(Millis(2'000));  // what a close may take at most
  EXPECT_GE(fixture.sweep->now(), close_began + WsSweep::kCloseWithin);
}

}  // namespace
}  // namespace fettle::net
