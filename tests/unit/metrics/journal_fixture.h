// A journal on a simulated disk, and the agents that feed it: each host sends its samples in order and goes
// back to what the journal has when one is refused.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <optional>

#include "fettle/io/sim/sim_disk.h"
#include "fettle/io/sim/sim_files.h"
#include "fettle/metrics/journal.h"
#include "tests/unit/io/sim_fixture.h"

namespace fettle::metrics {

/// The one sample that a host has at a position: all of it follows from the two numbers.
inline Sample sample_of(HostNumber host, std::uint64_t sequence) {
  static const auto kSets = [] {
    std::vector<SeriesSetPtr> sets;
    for (const std::size_t columns : {3U, 5U}) {
      wire::SeriesSet set{.id = columns, .boot_id = "boot", .series = {}};
      for (std::size_t i = 0; i < columns; ++i)
        set.series.push_back({"metric." + std::to_string(i), "", wire::SeriesKind::counter});
      sets.push_back(std::make_shared<const wire::SeriesSet>(std::move(set)));
    }
    return sets;
  }();
  const auto at = static_cast<std::int64_t>(1'800'000'000'000 + sequence * 1'000);
  Sample sample{.host = host,
                .position = {1, sequence},
                .received_at_ms = at + 7,
                .sampled_at_ms = at,
                .monotonic_ms = static_cast<std::int64_t>(sequence * 1'000),
                .set = kSets[sequence / 10 % 2],
                .values = {}};
  for (std::size_t i = 0; i < sample.set->series.size(); ++i)
    sample.values.push_back(static_cast<std::int64_t>((sequence * 31 + host * 7 + i) % 1000));
  return sample;
}

inline bool is_sample_of(const Sample& sample) {
  const Sample expected = sample_of(sample.host, sample.position.sequence);
  return sample.position == expected.position && sample.received_at_ms == expected.received_at_ms &&
         sample.sampled_at_ms == expected.sampled_at_ms && sample.monotonic_ms == expected.monotonic_ms &&
         *sample.set == *expected.set && sample.values == expected.values;
}

/// One life of a process with a journal. What it says is noted.
class JournalLife {
 public:
  JournalLife(io::SimFixture& sim, io::SimDisk& disk, JournalSettings settings)
      : sim_(sim), files_(disk), journal_(sim.loop, sim.clock, files_, sim.log, std::move(settings)) {
    journal_.on_committed([this](std::span<Sample> samples) {
      EXPECT_FALSE(has_failed) << "nothing is reported after a failure";
      ++groups;
      for (const Sample& sample : samples) committed.push_back({sample.host, sample.position.sequence});
    });
    journal_.on_refused([this](std::span<Sample> samples) {
      for (const Sample& sample : samples) refused.push_back({sample.host, sample.position.sequence});
    });
    journal_.on_fatal([this](const Error&) { has_failed = true; });
  }
  ~JournalLife() { stop(); }
  JournalLife(const JournalLife&) = delete;
  JournalLife& operator=(const JournalLife&) = delete;

  /// Opens; `visited` tells what was read back, host by host.
  [[nodiscard]] Result<> open() {
    return sim_.loop.run(journal_.open(known, [this](Sample sample) {
      EXPECT_TRUE(is_sample_of(sample));
      visited[sample.host].push_back(sample.position.sequence);
    }));
  }
  Result<> append(HostNumber host, std::uint64_t sequence) {
    return journal_.append(sample_of(host, sequence));
  }
  void stop() {
    if (!is_stopped_) sim_.loop.run(journal_.stop());
    is_stopped_ = true;
  }
  Journal& journal() { return journal_; }
  [[nodiscard]] std::uint64_t highest(HostNumber host) const { return journal_.highest(host).sequence; }

  KnownHosts known;  // handed to open()
  using Name = std::pair<HostNumber, std::uint64_t>;
  std::map<HostNumber, std::vector<std::uint64_t>> visited;
  std::vector<Name> committed, refused;
  std::size_t groups = 0;
  bool has_failed = false;

 private:
  io::SimFixture& sim_;
  io::SimFiles files_;
  Journal journal_;
  bool is_stopped_ = false;
};

inline JournalSettings settings_in(const std::string& folder) {
  JournalSettings settings;
  settings.folder = folder;
  return settings;
}

/// One life after the other on one disk.
class JournalTest : public testing::Test {
 protected:
  std::unique_ptr<JournalLife> begin() { return begin(settings_in("data/journal")); }
  std::unique_ptr<JournalLife> begin(JournalSettings settings) {
    auto life = std::make_unique<JournalLife>(sim_, disk_, std::move(settings));
    EXPECT_TRUE(life->open());
    return life;
  }
  std::vector<std::string> segments() { return io::SimFiles(disk_).list("data/journal").value(); }

  static std::vector<std::uint64_t> up_to(std::uint64_t last) {
    std::vector<std::uint64_t> all(last);
    std::iota(all.begin(), all.end(), 1U);
    return all;
  }

  io::SimFixture sim_;
  io::SimDisk disk_{io::SimRandom(5)};
  io::SimFiles files_{disk_};
};

}  // namespace fettle::metrics
