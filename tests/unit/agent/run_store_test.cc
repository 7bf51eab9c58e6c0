#include "fettle/agent/act/run_store.h"

#include <gtest/gtest.h>

#include "fettle/agent/act/run_frame.h"
#include "fettle/base/encoding.h"
#include "fettle/io/sim/sim_files.h"

namespace fettle::agent {
namespace {

std::string id(std::size_t number) {
  std::string digits = std::to_string(number);
  return "run_01935e2f00007000" + std::string(16 - digits.size(), '0') + digits;
}

std::string order_frames(const std::string& run) {
  std::string out;
  append_run_frame(out,
                   {.kind = RunFrameKind::order,
                    .first = 3,
                    .payload = wire::encode(wire::RunOrder{.run_id = run, .epoch = 3, .plan = "command"})});
  return out;
}

std::string report_frame(const std::string& run, std::uint64_t sequence, std::string text) {
  const wire::RunReport report{.run_id = run,
                               .epoch = 3,
                               .sequence = sequence,
                               .steps = {{.index = 1, .phase = wire::StepPhase::running}},
                               .log = {{.at_ms = 5, .text = std::move(text)}}};
  std::string out;
  append_run_frame(out, {.kind = RunFrameKind::report, .first = sequence, .payload = wire::encode(report)});
  return out;
}

struct RunStoreTest : testing::Test {
  io::SimDisk disk{io::SimRandom(1)};
  io::SimFiles files{disk};
};

TEST_F(RunStoreTest, FindsWhatWasKept) {
  RunStore store(files, "/r");
  ASSERT_TRUE(store.open());
  ASSERT_TRUE(store.create(id(1), order_frames(id(1))));
  ASSERT_TRUE(store.append(id(1), report_frame(id(1), 1, "one")));
  const auto second = store.append(id(1), report_frame(id(1), 2, "two"));
  ASSERT_TRUE(second);
  disk.crash();
  io::SimFiles later(disk);
  RunStore again(later, "/r");
  const auto opened = again.open();
  ASSERT_TRUE(opened);
  ASSERT_EQ(opened->runs.size(), 1U);
  const StoredRun& run = opened->runs[0];
  EXPECT_EQ(run.order->plan, "command");
  EXPECT_EQ(run.epoch, 3U);
  EXPECT_FALSE(run.is_over());
  EXPECT_EQ(run.steps.at(0).phase, wire::StepPhase::running);
  ASSERT_EQ(run.reports.size(), 2U);
  EXPECT_EQ(run.reports[1].offset, *second);
  EXPECT_EQ(again.read_report(id(1), run.reports[1])->log.at(0).text, "two");
  EXPECT_EQ(again.read_report(id(1), {run.reports[1].offset + 1, 40}).error().code, ErrorCode::corrupt);
}

TEST_F(RunStoreTest, ACutOrSpoiledEndLosesNothingBeforeIt) {
  const std::string good = order_frames(id(1)) + report_frame(id(1), 1, "one");
  const std::string all = good + report_frame(id(1), 2, "two");
  ASSERT_TRUE(files.make_folders("/r"));
  for (std::size_t end = good.size(); end < all.size(); ++end) {
    std::string spoiled = all;
    spoiled[end] = static_cast<char>(spoiled[end] ^ 4);
    for (const std::string& text : {all.substr(0, end), spoiled}) {
      ASSERT_TRUE(files.write_atomically("/r/" + id(1) + ".run", text));
      RunStore store(files, "/r");
      const auto opened = store.open();
      ASSERT_EQ(opened->runs.at(0).reports.size(), 1U) << end;
      ASSERT_TRUE(store.append(id(1), report_frame(id(1), 2, "new")));
      RunStore again(files, "/r");
      const auto reopened = again.open();
      ASSERT_EQ(reopened->runs.at(0).reports.size(), 2U);
      EXPECT_EQ(again.read_report(id(1), reopened->runs[0].reports[1])->log.at(0).text, "new");
    }
  }
}

TEST_F(RunStoreTest, WhatIsNoRunIsRemoved) {
  ASSERT_TRUE(files.make_folders("/r"));
  for (const std::string& name : {id(1) + ".run", std::string("x.run"), id(2) + ".run"})
    ASSERT_TRUE(
        files.write_atomically("/r/" + name, name == id(2) + ".run" ? order_frames(id(3)) : "nonsense"));
  RunStore store(files, "/r");
  const auto opened = store.open();
  EXPECT_TRUE(opened->runs.empty());
  EXPECT_EQ(opened->broken, 3U);
  EXPECT_TRUE(files.list("/r")->empty());
}

TEST_F(RunStoreTest, RemembersTheLastTenThousand) {
  constexpr std::size_t kRuns = 25'000;
  {
    RunStore store(files, "/r");
    ASSERT_TRUE(store.open());
    for (std::size_t i = 0; i < kRuns; ++i) ASSERT_TRUE(store.finish(id(i)));
  }
  RunStore store(files, "/r");
  ASSERT_TRUE(store.open());
  EXPECT_EQ(store.create(id(kRuns - 1), order_frames(id(kRuns - 1))).error().reason, "run_done");
  EXPECT_EQ(store.create(id(kRuns - RunStore::kMostDone), "x").error().reason, "run_done");
  EXPECT_TRUE(store.create(id(kRuns - RunStore::kMostDone - 1), order_frames("x")));
  EXPECT_LT(files.read_all("/r/done", 10'000'000)->size(), RunStore::kMostDoneInFile * 80);
}

/// Whichever call of the disk fails, and whenever the power goes: either the order is held, or it is not
/// there.
TEST_F(RunStoreTest, ADiskThatFailsAnywhereLeavesTheOldOrTheNew) {
  for (const auto call :
       {io::DiskCall::write, io::DiskCall::sync, io::DiskCall::open, io::DiskCall::sync_folder}) {
    for (std::uint64_t nth = 1; nth <= 3; ++nth) {
      io::SimDisk own{io::SimRandom(nth)};
      io::SimFiles view(own);
      RunStore store(view, "/r");
      ASSERT_TRUE(store.open());
      own.fail_next(call, nth);
      const bool was_created = store.create(id(1), order_frames(id(1))).has_value();
      const bool was_reported = was_created && store.append(id(1), report_frame(id(1), 1, "x")).has_value();
      own.crash();
      io::SimFiles later(own);
      RunStore again(later, "/r");
      const auto opened = again.open();
      ASSERT_TRUE(opened);
      if (was_created) {
        ASSERT_EQ(opened->runs.size(), 1U);
      }
      if (was_reported) {
        EXPECT_EQ(opened->runs[0].reports.size(), 1U);
      }
    }
  }
}

}  // namespace
}  // namespace fettle::agent
