#include "fettle/agent/outbox/segment_store.h"

#include <gtest/gtest.h>

#include "fettle/base/encoding.h"
#include "fettle/io/sim/sim_files.h"
#include "tests/unit/agent/outbox_model.h"

namespace fettle::agent {
namespace {

constexpr OutboxLimits kSmall{.bytes = 16 * 1024, .segment_bytes = 2 * 1024, .thin_to = Seconds(60)};

constexpr OutboxLimits kTiny{.bytes = 6 * 1024, .segment_bytes = 1024, .thin_to = Seconds(60)};

/// One life of a store over a disk that outlives it.
struct Life {
  explicit Life(io::SimDisk& disk, OutboxLimits limits = kSmall)
      : files(disk), store(files, "/outbox", limits) {
    const auto found = store.open();
    is_open = found.has_value();
    if (found) opened = *found;
  }
  /// Appends `count` records every `step_ms`, one a call.
  Result<> append(std::uint64_t count, std::int64_t step_ms = 5'000) {
    for (std::uint64_t i = 0; i < count; ++i) {
      ++sequence;
      at_ms += step_ms;
      if (auto done = store.append({make_test_record({opened.boot, sequence}, at_ms, set)}); !done)
        return done;
    }
    return {};
  }
  std::vector<wire::Position> read_all(wire::Position after = {}, std::size_t batch = 7) {
    std::vector<wire::Position> positions;
    for (;;) {
      const auto records = store.read_after(after, batch);
      EXPECT_TRUE(records.has_value());
      if (!records || records->empty()) return positions;
      for (const OutboxRecord& record : *records) {
        EXPECT_TRUE(is_intact(record));
        EXPECT_GT(record.position, after) << "order";
        after = record.position;
        positions.push_back(after);
      }
    }
  }
  io::SimFiles files;
  SegmentStore store;
  SegmentStore::Opened opened;
  bool is_open = false;
  std::shared_ptr<const wire::SeriesSet> set = make_set();
  std::uint64_t sequence = 0;
  std::int64_t at_ms = 1'700'000'000'000;
};

std::vector<wire::Position> range(std::uint64_t boot, std::uint64_t first, std::uint64_t last) {
  std::vector<wire::Position> positions;
  for (std::uint64_t i = first; i <= last; ++i) positions.push_back({boot, i});
  return positions;
}

TEST(SegmentStore, GivesBackWhatWasAppendedInOrder) {
  io::SimDisk disk(io::SimRandom(1));
  Life life(disk);
  ASSERT_TRUE(life.is_open);
  EXPECT_EQ(life.opened.boot, 1U);
  EXPECT_TRUE(life.opened.boot_is_durable);
  ASSERT_TRUE(life.append(40));
  EXPECT_EQ(life.read_all(), range(1, 1, 40));
  EXPECT_EQ(life.read_all({1, 33}), range(1, 34, 40));
  EXPECT_TRUE(life.read_all({1, 40}).empty());
  EXPECT_EQ(life.store.figures().waiting, 40U);
}

TEST(SegmentStore, CountsStartsAndKeepsWhatWasThere) {
  io::SimDisk disk(io::SimRandom(1));
  for (std::uint64_t start = 1; start <= 5; ++start) {
    Life life(disk);
    EXPECT_EQ(life.opened.boot, start);
    ASSERT_TRUE(life.append(3));
  }
  Life last(disk);
  EXPECT_EQ(last.opened.last, (wire::Position{5, 3}));
  EXPECT_EQ(last.read_all().size(), 15U);
  EXPECT_LE(last.files.list("/outbox")->size(), 4U) << "short lives share a segment";
}

TEST(SegmentStore, NamesTheSetInEverySegment) {
  io::SimDisk disk(io::SimRandom(1));
  Life life(disk);
  ASSERT_TRUE(life.append(60));
  const std::shared_ptr<const wire::SeriesSet> first = life.set;
  life.set = make_set("wlan0");
  ASSERT_TRUE(life.append(5));
  life.set = first;
  ASSERT_TRUE(life.append(5));
  life.store.acknowledge({1, 50});
  EXPECT_EQ(life.read_all({1, 50}), range(1, 51, 70)) << "the first segments are gone, their set is not";
}

TEST(SegmentStore, RemovesWhatIsAcknowledgedAsAWhole) {
  io::SimDisk disk(io::SimRandom(1));
  Life life(disk);
  ASSERT_TRUE(life.append(100));
  const auto before = life.store.figures();
  life.store.acknowledge({1, 60});
  EXPECT_LT(life.store.figures().bytes, before.bytes / 2 + kSmall.segment_bytes);
  EXPECT_EQ(life.store.figures().waiting, 40U);
  life.store.acknowledge({1, 100});
  EXPECT_EQ(life.store.figures().waiting, 0U);
  EXPECT_LE(life.store.figures().bytes, kSmall.segment_bytes + 200);
  EXPECT_EQ(life.store.figures().lost, 0U);
}

TEST(SegmentStore, KnowsAfterAGoodEndHowFarItWasAcknowledged) {
  io::SimDisk disk(io::SimRandom(1));
  {
    Life life(disk);
    ASSERT_TRUE(life.append(10));
    life.store.acknowledge({1, 7});
    ASSERT_TRUE(life.store.keep_acknowledged());
  }
  disk.crash();
  Life next(disk);
  EXPECT_EQ(next.opened.acknowledged, (wire::Position{1, 7}));
  EXPECT_LE(next.store.figures().waiting, 3U) << "what was not synced may be gone";
}

TEST(SegmentStore, TakesEverythingForWaitingAfterAKill) {
  io::SimDisk disk(io::SimRandom(1));
  {
    Life life(disk);
    ASSERT_TRUE(life.append(10));
    life.store.acknowledge({1, 10});
  }
  Life next(disk);
  EXPECT_EQ(next.opened.acknowledged, (wire::Position{}));
  EXPECT_EQ(next.store.figures().waiting, 10U);
  EXPECT_EQ(next.read_all(), range(1, 1, 10)) << "the server knows better, and says so";
}

TEST(SegmentStore, ThinsBeforeItDropsAndCountsBoth) {
  io::SimDisk disk(io::SimRandom(1));
  Life life(disk);
  std::uint64_t appended = 0;
  bool has_dropped = false;
  while (appended < 6000) {
    ASSERT_TRUE(life.append(50));
    appended += 50;
    const auto kept = life.read_all();
    const auto figures = life.store.figures();
    ASSERT_LE(figures.bytes, kSmall.bytes + kSmall.segment_bytes);
    ASSERT_EQ(kept.size() + figures.lost, appended);
    ASSERT_EQ(kept.back(), (wire::Position{1, appended})) << "the newest stay";
    // Nothing is dropped while a whole segment could still be thinned: what goes missing at the old end was
    // thinned to twelve in a hundred before.
    const bool first_is_gone = kept.front().sequence > 12;
    if (first_is_gone && !has_dropped) {
      EXPECT_GT(appended, 400U) << "thinning makes twelve of one";
    }
    has_dropped = has_dropped || first_is_gone;
  }
  EXPECT_TRUE(has_dropped);
  Life again(disk);
  EXPECT_EQ(again.read_all().size() + again.store.figures().lost, appended) << "the count is durable";
}

TEST(SegmentStore, KeepsOneSampleAMinuteOfWhatIsThinned) {
  io::SimDisk disk(io::SimRandom(1));
  Life life(disk);
  ASSERT_TRUE(life.append(400));
  const auto records = life.store.read_after({}, 10'000);
  ASSERT_TRUE(records);
  ASSERT_GT(life.store.figures().lost, 0U);
  std::int64_t widest = 0;
  for (std::size_t i = 1; i < records->size(); ++i)
    widest = std::max(widest, (*records)[i].sampled_at_ms - (*records)[i - 1].sampled_at_ms);
  EXPECT_LE(widest, 120'000);
  EXPECT_GE(widest, 55'000);
}

TEST(SegmentStore, TakesBackALossThatDidNotHappen) {
  for (const bool is_removal : {false, true}) {
    io::SimDisk disk(io::SimRandom(1));
    {
      Life life(disk);
      ASSERT_TRUE(life.append(40));
      const OutboxState planned{1, 500 + 20, PlannedLoss{1, 20, is_removal}};
      ASSERT_TRUE(life.files.write_atomically("/outbox/state", format_state(planned)));
    }
    Life again(disk);
    EXPECT_EQ(again.store.figures().lost, 500U) << "segment 1 is there, and whole";
    EXPECT_EQ(again.opened.boot, 2U);
  }
}

TEST(SegmentStore, CutsTornAndFlippedTailsAtEveryByte) {
  io::SimDisk original(io::SimRandom(1));
  Life writer(original);
  ASSERT_TRUE(writer.append(6));
  const std::string path = segment_path("/outbox", 1);
  const std::string whole = *writer.files.read_all(path, 1 << 20);
  const auto all = writer.read_all();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const bool is_cut : {true, false}) {
      std::string broken = whole.substr(0, is_cut ? at : whole.size());
      if (!is_cut) broken[at] = static_cast<char>(broken[at] ^ 0x10);
      io::SimDisk disk(io::SimRandom(2));
      {
        io::SimFiles files(disk);
        ASSERT_TRUE(files.make_folders("/outbox"));
        ASSERT_TRUE(files.write_atomically(path, broken));
      }
      Life life(disk);
      ASSERT_TRUE(life.is_open);
      const auto found = life.read_all();
      ASSERT_LE(found.size(), all.size());
      ASSERT_TRUE(std::equal(found.begin(), found.end(), all.begin())) << "a prefix, at byte " << at;
      ASSERT_TRUE(is_cut || found.size() < all.size()) << "a changed byte went unseen at " << at;
      // What comes after it is kept, and read behind what was good.
      ASSERT_GT(life.opened.boot, life.opened.last.boot);
      ASSERT_TRUE(life.append(3));
      ASSERT_EQ(life.read_all().size(), found.size() + 3);
    }
  }
}

TEST(SegmentStore, GoesOnAfterAFullDisk) {
  io::SimDisk disk(io::SimRandom(1));
  Life life(disk);
  ASSERT_TRUE(life.append(20));
  disk.set_capacity(disk.used() + 30);
  const std::uint64_t before = life.sequence;
  EXPECT_FALSE(life.append(5));
  EXPECT_EQ(life.read_all(), range(1, 1, before));
  disk.set_capacity(std::nullopt);
  // The record that failed is given again with the next ones, as the caller keeps it.
  std::vector<OutboxRecord> late;
  for (std::uint64_t i = before + 1; i <= before + 4; ++i)
    late.push_back(make_test_record({1, i}, life.at_ms + 10 * static_cast<std::int64_t>(i), life.set));
  ASSERT_TRUE(life.store.append(late));
  ASSERT_TRUE(life.store.append(late)) << "again: none comes twice";
  EXPECT_EQ(life.read_all(), range(1, 1, before + 4));
  Life again(disk);
  EXPECT_EQ(again.read_all(), range(1, 1, before + 4));
}

TEST(SegmentStore, OpensOnAFullDisk) {
  io::SimDisk disk(io::SimRandom(1));
  {
    Life life(disk);
    ASSERT_TRUE(life.append(20));
  }
  disk.set_capacity(disk.used());
  Life full(disk);
  EXPECT_TRUE(full.is_open);
  EXPECT_FALSE(full.opened.boot_is_durable);
  EXPECT_EQ(full.opened.boot, 2U);
  EXPECT_EQ(full.read_all().size(), 20U);
}

TEST(SegmentStore, LeavesASegmentThatCouldNotBeSynced) {
  io::SimDisk disk(io::SimRandom(1));
  Life life(disk);
  ASSERT_TRUE(life.append(5));
  disk.fail_next(io::DiskCall::sync);
  EXPECT_FALSE(life.store.sync());
  ASSERT_TRUE(life.append(5));
  EXPECT_TRUE(life.store.sync());
  EXPECT_EQ(life.read_all(), range(1, 1, 10));
}

TEST(SegmentStore, TakesItsStartFromTheRecordsWhenTheStateIsLost) {
  io::SimDisk disk(io::SimRandom(1));
  for (int start = 0; start < 4; ++start) {
    Life life(disk);
    ASSERT_TRUE(life.append(2));
  }
  io::SimFiles files(disk);
  ASSERT_TRUE(files.write_atomically("/outbox/state", "\xff\xff"));
  Life life(disk);
  EXPECT_EQ(life.opened.boot, 5U);
}

// The promise: whatever a crash does, what was synced and not acknowledged is still there, in order, and no
// position comes twice. The crash is at any call of any kind.
TEST(SegmentStore, KeepsWhatWasSyncedThroughAnyCrash) {
  constexpr io::DiskCall kCalls[] = {io::DiskCall::write,   io::DiskCall::sync,   io::DiskCall::rename,
                                     io::DiskCall::open,    io::DiskCall::remove, io::DiskCall::sync_folder,
                                     io::DiskCall::truncate};
  std::uint64_t most_missing = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    io::SimRandom random(seed);
    io::SimDisk disk(random.stream(1));
    std::set<wire::Position> handed_out;
    std::set<wire::Position> durable;
    wire::Position acknowledged;
    for (int life_number = 0; life_number < 6; ++life_number) {
      // Opening may crash too, again and again.
      if (random.chance(30)) disk.crash_in(kCalls[random.below(std::size(kCalls))], 1 + random.below(4));
      auto life = std::make_unique<Life>(disk, kTiny);
      for (const io::DiskCall call : kCalls) disk.crash_in(call, 1'000'000);  // what did not come is off
      if (!life->is_open || !life->opened.boot_is_durable) {
        disk.crash();
        life = std::make_unique<Life>(disk, kTiny);
      }
      ASSERT_TRUE(life->is_open && life->opened.boot_is_durable) << "seed " << seed;

      // All that was durable and not acknowledged is there, but for what was thinned and counted.
      const auto found = life->read_all(acknowledged);
      ASSERT_TRUE(std::ranges::is_sorted(found));
      std::uint64_t missing = 0;
      for (const wire::Position& position : durable) {
        if (position > acknowledged && !std::ranges::binary_search(found, position)) ++missing;
      }
      ASSERT_LE(missing, life->store.figures().lost) << "seed " << seed << ": lost without being counted";
      most_missing = std::max(most_missing, missing);

      disk.crash_in(kCalls[random.below(std::size(kCalls))], 1 + random.below(12));
      for (int step = 0; step < 80; ++step) {
        const auto action = random.below(10);
        if (action < 7) {
          const wire::Position position{life->opened.boot, life->sequence + 1};
          ASSERT_FALSE(handed_out.contains(position)) << "seed " << seed << ": a position came twice";
          handed_out.insert(position);
          if (!life->append(1)) break;
        } else if (action == 7) {
          if (!life->store.sync()) break;
          for (std::uint64_t i = 1; i <= life->sequence; ++i) durable.insert({life->opened.boot, i});
        } else if (action == 8 && !handed_out.empty() && random.chance(30)) {
          acknowledged = std::max(acknowledged, *handed_out.rbegin());
          life->store.acknowledge(acknowledged);
        }
      }
      disk.crash();
    }
  }
  EXPECT_GT(most_missing, 0U) << "thinning never came into it";
}

}  // namespace
}  // namespace fettle::agent
