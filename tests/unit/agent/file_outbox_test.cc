#include "fettle/agent/outbox/file_outbox.h"

#include <gtest/gtest.h>

#include "fettle/agent/outbox/memory_outbox.h"
#include "fettle/io/sim/sim_files.h"
#include "tests/unit/agent/outbox_model.h"
#include "tests/unit/io/sim_fixture.h"

namespace fettle::agent {
namespace {

struct OutboxFixture : io::SimFixture {
  explicit OutboxFixture(std::uint64_t seed = 1) : SimFixture(seed) { restart(); }
  ~OutboxFixture() { stop(); }
  OutboxFixture(const OutboxFixture&) = delete;
  OutboxFixture& operator=(const OutboxFixture&) = delete;

  void restart() {
    stop();
    files = std::make_unique<io::SimFiles>(disk);
    outbox = std::make_unique<FileOutbox>(loop, clock, log, *files, "/data/outbox",
                                          OutboxLimits{.bytes = 64 * 1024, .segment_bytes = 4 * 1024});
    outbox->on_ready([this] { ++ready; });
    ASSERT_TRUE(loop.run(outbox->start()));
  }
  void stop() {
    if (outbox) loop.run(outbox->stop());
    outbox.reset();
  }
  wire::Position append() {
    at_ms += 5000;
    return outbox->append(make_heartbeat(at_ms), set);
  }
  /// All that may be sent beyond `after`.
  std::vector<wire::Position> read(wire::Position after = {}) {
    std::vector<wire::Position> positions;
    while (outbox->has_beyond(after)) {
      const auto records = loop.run(outbox->next(after, 10));
      EXPECT_TRUE(records);
      if (!records || records->empty()) break;
      for (const OutboxRecord& record : *records) {
        EXPECT_TRUE(is_intact(record));
        EXPECT_GT(record.position, after);
        after = record.position;
        positions.push_back(after);
      }
    }
    return positions;
  }
  std::uint64_t syncs() const { return disk.calls(io::DiskCall::sync); }

  io::SimDisk disk{io::SimRandom(1)};
  std::unique_ptr<io::SimFiles> files;
  std::unique_ptr<FileOutbox> outbox;
  std::shared_ptr<const wire::SeriesSet> set = make_set();
  std::int64_t at_ms = 1'700'000'000'000;
  int ready = 0;
};

TEST(FileOutbox, MaySendOnlyWhatIsWritten) {
  OutboxFixture box;
  const auto position = box.append();
  EXPECT_EQ(position, (wire::Position{1, 1}));
  EXPECT_FALSE(box.outbox->has_beyond({}));
  const int before = box.ready;
  box.loop.run_ready();
  EXPECT_GT(box.ready, before);
  EXPECT_TRUE(box.outbox->has_beyond({}));
  EXPECT_FALSE(box.outbox->has_beyond(position));
  EXPECT_EQ(box.read(), std::vector<wire::Position>{position});
}

TEST(FileOutbox, ReplaysFromDiskAndThenFromMemory) {
  OutboxFixture box;
  for (int i = 0; i < 300; ++i) {
    box.append();
    if (i % 7 == 0) box.loop.run_ready();
  }
  box.loop.run_ready();
  EXPECT_EQ(box.read().size(), 300U);
  EXPECT_EQ(box.read({1, 290}).size(), 10U);
  box.restart();
  EXPECT_EQ(box.outbox->boot(), 2U);
  EXPECT_EQ(box.read().size(), 300U) << "of the start before";
  box.append();
  box.loop.run_ready();
  const auto all = box.read();
  EXPECT_EQ(all.size(), 301U);
  EXPECT_EQ(all.back(), (wire::Position{2, 1}));
}

TEST(FileOutbox, SyncsAtMostEveryThirtySecondsAndNotWhatIsAcknowledged) {
  OutboxFixture box;
  const auto started = box.syncs();
  for (int beat = 0; beat < 120; ++beat) {  // ten minutes with a server
    const auto position = box.append();
    box.loop.run_for(Millis(100));
    box.outbox->acknowledge(position);
    box.loop.run_for(Millis(4900));
  }
  EXPECT_LE(box.syncs() - started, 2U) << "what the server has needs no sync";
  const auto alone = box.syncs();
  for (int beat = 0; beat < 120; ++beat) {  // ten minutes without
    box.append();
    box.loop.run_for(Seconds(5));
  }
  EXPECT_GE(box.syncs() - alone, 18U);
  EXPECT_LE(box.syncs() - alone, 20U + 60U) << "every 30 s, and when a segment is full";
}

TEST(FileOutbox, LosesAtMostThirtySecondsInACrash) {
  OutboxFixture box;
  for (int beat = 0; beat < 100; ++beat) {
    box.append();
    box.loop.run_for(Seconds(5));
  }
  box.disk.crash();
  box.restart();
  EXPECT_GE(box.read().size(), 100U - 7U);
}

TEST(FileOutbox, SyncsAtOnceWhenAsked) {
  OutboxFixture box;
  box.append();
  box.append();
  EXPECT_TRUE(box.loop.run(box.outbox->sync_now()));
  box.disk.crash();
  box.restart();
  EXPECT_EQ(box.read().size(), 2U);
}

TEST(FileOutbox, SaysThatItCouldNotSync) {
  OutboxFixture box;
  box.append();
  box.disk.set_capacity(box.disk.used());
  EXPECT_FALSE(box.loop.run(box.outbox->sync_now()));
  box.disk.set_capacity(std::nullopt);
}

TEST(FileOutbox, WritesWhatWaitsAtStop) {
  OutboxFixture box;
  for (int i = 0; i < 20; ++i) box.append();
  box.stop();
  box.disk.crash();
  box.restart();
  EXPECT_EQ(box.read().size(), 20U);
}

TEST(FileOutbox, NothingWaitsAfterAStopWithAllAcknowledged) {
  OutboxFixture box;
  for (int i = 0; i < 20; ++i) box.append();
  box.loop.run_ready();
  EXPECT_EQ(box.outbox->figures().waiting, 20U);
  box.outbox->acknowledge({1, 20});
  EXPECT_EQ(box.outbox->figures().waiting, 0U) << "known at once, not with the next write";
  box.restart();
  EXPECT_EQ(box.outbox->figures().waiting, 0U);
  box.restart();
  EXPECT_EQ(box.outbox->figures().waiting, 0U) << "and at every later start";
  box.append();
  box.loop.run_ready();
  EXPECT_EQ(box.outbox->figures().waiting, 1U);
}

TEST(FileOutbox, AStopRemembersHowFarTheServerHad) {
  OutboxFixture box;
  for (int i = 0; i < 20; ++i) box.append();
  box.loop.run_ready();
  box.outbox->acknowledge({1, 13});
  box.restart();
  EXPECT_EQ(box.outbox->figures().waiting, 7U);
  EXPECT_EQ(box.read({1, 13}).size(), 7U);
  EXPECT_EQ(box.read({1, 3}).size(), 17U) << "a server that was restored asks for what is still there";
}

TEST(FileOutbox, KeepsGoingFromMemoryWhileTheDiskIsFull) {
  OutboxFixture box;
  for (int i = 0; i < 5; ++i) box.append();
  box.loop.run_ready();
  box.disk.set_capacity(box.disk.used());
  for (int i = 0; i < 100; ++i) {
    box.append();
    box.loop.run_for(Seconds(1));
  }
  EXPECT_EQ(box.read().size(), 105U) << "sent from memory";
  EXPECT_EQ(box.outbox->figures().unwritten, 100U);
  EXPECT_GT(box.outbox->figures().write_failures, 0U);
  EXPECT_EQ(box.sink->count("the outbox cannot be written, the newest records are kept in memory"), 1U);
  box.disk.set_capacity(std::nullopt);
  box.loop.run_for(Seconds(15));
  EXPECT_EQ(box.outbox->figures().unwritten, 0U);
  EXPECT_EQ(box.sink->count("the outbox writes again"), 1U);
  box.restart();
  EXPECT_EQ(box.read().size(), 105U);
}

TEST(FileOutbox, BoundsWhatItKeepsInMemoryAndCountsWhatIsLost) {
  OutboxFixture box;
  box.disk.set_capacity(box.disk.used());
  for (int i = 0; i < 2000; ++i) {
    box.append();
    if (i % 50 == 0) box.loop.run_for(Seconds(1));
  }
  const auto figures = box.outbox->figures();
  EXPECT_LE(figures.unwritten, FileOutbox::kMostInTail + FileOutbox::kMostUnwritten);
  const auto kept = box.read();
  EXPECT_EQ(kept.size() + figures.lost, 2000U);
  EXPECT_EQ(kept.back(), (wire::Position{1, 2000}));
}

TEST(FileOutbox, SendsFromMemoryWhileTheDiskHangs) {
  OutboxFixture box;
  box.loop.set_work_delay("agent.outbox", {std::chrono::minutes(5), std::chrono::minutes(5)});
  for (int i = 0; i < 10; ++i) {
    box.append();
    box.loop.run_for(Seconds(5));
  }
  EXPECT_TRUE(box.outbox->has_beyond({}));
  const auto records = box.loop.run(box.outbox->next({}, 100));
  ASSERT_TRUE(records);
  EXPECT_EQ(records->size(), 10U);
  box.loop.set_work_delay("agent.outbox", {});
  box.loop.run_for(std::chrono::minutes(12));
  EXPECT_EQ(box.outbox->figures().unwritten, 0U);
}

TEST(FileOutbox, StopsAlthoughTheDiskHangs) {
  OutboxFixture box;
  box.loop.set_work_delay("agent.outbox", {std::chrono::hours(2), std::chrono::hours(2)});
  box.append();
  const MonoTime before = box.loop.now();
  box.loop.run(box.outbox->stop());
  EXPECT_LE(box.loop.now() - before, FileOutbox::kPatienceAtStop + Seconds(1));
  box.outbox.reset();
}

TEST(FileOutbox, TakesAHigherStartNumber) {
  OutboxFixture box;
  box.append();
  EXPECT_TRUE(box.loop.run(box.outbox->raise_boot(77)));
  EXPECT_EQ(box.append(), (wire::Position{77, 2}));
  box.loop.run_ready();
  box.restart();
  EXPECT_EQ(box.outbox->boot(), 78U);
  EXPECT_TRUE(box.loop.run(box.outbox->raise_boot(5)));
  EXPECT_EQ(box.outbox->boot(), 78U) << "it never falls";
}

std::vector<wire::Position> numbered(std::uint64_t boot, std::uint64_t count) {
  std::vector<wire::Position> positions;
  for (std::uint64_t i = 1; i <= count; ++i) positions.push_back({boot, i});
  return positions;
}

// What the server knows under higher numbers must not be taken for what this start has measured.
TEST(FileOutbox, TakesItsRecordsAlongUnderTheHigherStartNumber) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    OutboxFixture box(seed);
    io::SimRandom random(seed);
    box.append();
    box.append();
    box.restart();
    for (int i = 0; i < 10; ++i) box.append();
    box.loop.run_ready();
    box.outbox->acknowledge({2, 4});  // from here on the server has another copy's
    const std::uint64_t more = random.below(200);
    for (std::uint64_t i = 0; i < more; ++i) {
      box.append();
      if (random.chance(30)) box.loop.run_ready();
    }
    ASSERT_TRUE(box.loop.run(box.outbox->raise_boot(5)));
    for (int i = 0; i < 4; ++i) box.append();
    ASSERT_EQ(box.outbox->last(), (wire::Position{5, 10 + more}));
    ASSERT_TRUE(box.loop.run(box.outbox->sync_now()));
    EXPECT_EQ(box.outbox->figures().lost, 0U);
    EXPECT_EQ(box.read({4, 9}), numbered(5, 10 + more)) << "seed " << seed;
    if (random.chance(50)) {
      box.outbox->acknowledge({5, 3});
      ASSERT_TRUE(box.loop.run(box.outbox->raise_boot(9)));
      EXPECT_EQ(box.read({8, 1}), numbered(9, 7 + more)) << "and once more, seed " << seed;
    }
    const std::vector<wire::Position> all = box.read({5, 3});
    box.disk.crash();
    box.restart();
    EXPECT_EQ(box.read({5, 3}), all) << "it lasts, seed " << seed;
    box.outbox->acknowledge(all.back());
    const auto next = box.append();
    EXPECT_GT(next, all.back());
    box.loop.run_ready();
    EXPECT_EQ(box.read(all.back()), std::vector<wire::Position>{next});
    EXPECT_LE(box.outbox->figures().waiting, 1U);
  }
}

// A restored folder that was started twice before it reached its server: the numbers of the first start are
// ones that the server has already, of the other copy.
TEST(FileOutbox, CountsWhatAnEarlierStartOfARestoredFolderMeasured) {
  OutboxFixture box;
  for (int i = 0; i < 3; ++i) box.append();
  box.loop.run_ready();
  box.restart();
  for (int i = 0; i < 5; ++i) box.append();
  box.loop.run_ready();
  ASSERT_TRUE(box.loop.run(box.outbox->raise_boot(9)));
  EXPECT_EQ(box.outbox->figures().lost, 3U);
  EXPECT_EQ(box.read({8, 100}), numbered(9, 5));
  ASSERT_TRUE(box.loop.run(box.outbox->raise_boot(12)));
  EXPECT_EQ(box.outbox->figures().lost, 3U) << "once";
  box.restart();
  EXPECT_EQ(box.outbox->figures().lost, 3U);
  EXPECT_EQ(box.read({11, 100}), numbered(12, 5)) << "and it lasts";
}

TEST(FileOutbox, CountsWhatItCannotTakeAlong) {
  OutboxFixture box;
  std::uint64_t boot = 1;
  for (int i = 0; i < 100; ++i) {
    box.append();
    box.loop.run_ready();
    boot += 2;
    ASSERT_TRUE(box.loop.run(box.outbox->raise_boot(boot)));
  }
  box.append();
  ASSERT_TRUE(box.loop.run(box.outbox->sync_now()));
  box.restart();  // only what is on disk counts
  const auto found = box.read({boot - 1, 0});
  EXPECT_EQ(found.size() + box.outbox->figures().lost, 101U);
}

TEST(FileOutbox, SkipsWhatCannotBeReadAnyMore) {
  OutboxFixture box;
  for (int i = 0; i < 200; ++i) box.append();
  box.loop.run_ready();
  const std::string path = segment_path("/data/outbox", 2);
  std::string content = *box.files->read_all(path, 1 << 20);
  content[100] = static_cast<char>(content[100] ^ 1);
  ASSERT_TRUE(box.files->write_atomically(path, content));
  const auto found = box.read();
  EXPECT_LT(found.size(), 200U);
  EXPECT_EQ(found.back(), (wire::Position{1, 200})) << "what is behind it is not held up";
}

// Against a model: appends, reads, acknowledgements, restarts, crashes, a full disk, in any order. Nothing
// that was acknowledged is needed again, nothing else is missing but what a crash may take or was counted.
TEST(FileOutbox, BehavesLikeItsModel) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    OutboxFixture box(seed);
    io::SimRandom random(seed);
    std::set<wire::Position> model;  // not acknowledged, known to be on disk or in memory
    std::set<wire::Position> ever;
    wire::Position acknowledged;
    for (int step = 0; step < 300; ++step) {
      switch (random.below(12)) {
        default: {
          const auto position = box.append();
          ASSERT_TRUE(ever.insert(position).second) << "a position came twice, seed " << seed;
          ASSERT_EQ(position, *ever.rbegin()) << "positions rise";
          model.insert(position);
          break;
        }
        case 6:
        case 7:
          box.loop.run_for(Seconds(static_cast<std::int64_t>(random.below(40))));
          break;
        case 8: {
          box.loop.run_ready();
          const auto found = box.read(acknowledged);
          if (box.outbox->figures().lost == 0) {
            ASSERT_EQ(found, std::vector<wire::Position>(model.begin(), model.end())) << "seed " << seed;
          }
          break;
        }
        case 9:
          if (model.empty()) break;
          acknowledged = *std::next(model.begin(), static_cast<std::ptrdiff_t>(random.below(model.size())));
          box.outbox->acknowledge(acknowledged);
          model.erase(model.begin(), model.upper_bound(acknowledged));
          break;
        case 10:
          if (!random.chance(20)) break;
          box.restart();
          if (box.outbox->figures().lost == 0) {
            ASSERT_EQ(box.outbox->figures().waiting, model.size()) << "seed " << seed;
          }
          break;
        case 11: {
          if (!random.chance(20)) break;
          const bool is_synced = box.loop.run(box.outbox->sync_now()).has_value();
          ASSERT_TRUE(is_synced);
          box.append();  // this one may go
          ever.insert(box.outbox->last());
          box.disk.crash();
          box.restart();
          box.outbox->acknowledge(acknowledged);  // as the server's welcome does
          const auto found = box.read(acknowledged);
          ASSERT_TRUE(std::ranges::includes(found, model)) << "seed " << seed << ": synced and gone";
          model = std::set<wire::Position>(found.begin(), found.end());
          break;
        }
      }
    }
  }
}

TEST(MemoryOutbox, KeepsOrderThinsAndCounts) {
  io::SimFixture sim;
  MemoryOutbox outbox(1000, {.bytes = 16 * 1024});
  const auto set = make_set();
  int ready = 0;
  outbox.on_ready([&] { ++ready; });
  for (int i = 0; i < 5000; ++i) outbox.append(make_heartbeat(i * 5000), set);
  EXPECT_EQ(ready, 5000);
  const auto figures = outbox.figures();
  EXPECT_LE(figures.bytes, 16U * 1024);
  EXPECT_EQ(figures.waiting + figures.lost, 5000U);
  const auto records = sim.loop.run(outbox.next({}, 10'000));
  ASSERT_TRUE(records);
  EXPECT_EQ(records->size(), figures.waiting);
  EXPECT_EQ(records->back().position, (wire::Position{1000, 5000}));
  EXPECT_TRUE(std::ranges::is_sorted(*records, {}, &OutboxRecord::position));
  EXPECT_TRUE(is_intact(records->front()));
  EXPECT_GE((*records)[1].sampled_at_ms - (*records)[0].sampled_at_ms, 55'000) << "the old ones are thinned";
  EXPECT_EQ(records->back().sampled_at_ms - records->at(records->size() - 2).sampled_at_ms, 5'000);
  outbox.acknowledge({1000, 5000});
  EXPECT_FALSE(outbox.has_beyond({}));
  EXPECT_EQ(outbox.figures().bytes, 0U);
}

TEST(MemoryOutbox, TakesItsRecordsAlongUnderAHigherStartNumber) {
  io::SimFixture sim;
  MemoryOutbox outbox(3, {});
  const auto set = make_set();
  for (int i = 0; i < 5; ++i) outbox.append(make_heartbeat(i * 5000), set);
  outbox.acknowledge({3, 2});
  ASSERT_TRUE(sim.loop.run(outbox.raise_boot(7)));
  EXPECT_EQ(outbox.append(make_heartbeat(25'000), set), (wire::Position{7, 4}));
  const auto records = sim.loop.run(outbox.next({6, 100}, 10));
  ASSERT_TRUE(records);
  EXPECT_EQ(records->size(), 4U);
  EXPECT_EQ(records->front().position, (wire::Position{7, 1}));
  EXPECT_EQ(records->front().sampled_at_ms, 10'000);
}

}  // namespace
}  // namespace fettle::agent
