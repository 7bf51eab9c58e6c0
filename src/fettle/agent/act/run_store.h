// The runs of this host on its disk: one file for each that the server has not been told all of, and the ids
// of those that are done, so that an order which is repeated never begins a run again. Worker thread.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/id.h"
#include "fettle/io/files.h"
#include "fettle/wire/messages.h"

namespace fettle::agent {

struct HostRunTag {
  static constexpr std::string_view prefix = "run";
};
/// As it stands in messages and in the names of files; what is no id never becomes one.
using HostRunId = Id<HostRunTag>;

/// Where a report lies in the file of its run.
struct StoredReport {
  std::uint64_t offset = 0;
  std::uint32_t bytes = 0;  // of the frame
};

/// What an earlier start of the agent left of a run.
struct StoredRun {
  std::string id;
  std::uint64_t epoch = 0;
  std::optional<wire::RunOrder> order;  // one of the two
  std::optional<wire::RunOpened> opened;
  std::vector<StoredReport> reports;    // the first has the number 1
  std::vector<wire::StepReport> steps;  // as they were told last
  wire::RunPhase phase = wire::RunPhase::running;
  std::uint64_t bytes = 0;       // of its file
  std::uint64_t spool_read = 0;  // of a run that began by itself
  [[nodiscard]] bool is_over() const { return phase > wire::RunPhase::running; }
};

class RunStore {
 public:
  RunStore(io::Files& files, std::string folder);

  struct Opened {
    std::vector<StoredRun> runs;  // by id, which is by age
    std::uint64_t broken = 0;     // files that held no run; they are gone
  };
  /// Finds what earlier starts left; ends of files that were cut short are taken off.
  Result<Opened> open();

  /// The run is on disk, its name too, when this returns. Errors: `conflict` ("run_done") for one that is
  /// done; those of the disk.
  Result<> create(const std::string& id, const std::string& frames);
  /// Where its first byte lies. Synced when it returns; after an error the file ends where it did.
  Result<std::uint64_t> append(const std::string& id, const std::string& frames);
  /// The report whose frame lies there. `corrupt` when it does not any more.
  Result<wire::RunReport> read_report(const std::string& id, StoredReport place);
  /// It is done: its id is remembered, then its file goes.
  Result<> finish(const std::string& id);

  /// The ids that are remembered, and how many more the file may hold before it is written anew.
  static constexpr std::size_t kMostDone = 10'000;
  static constexpr std::size_t kMostDoneInFile = 2 * kMostDone;
  static constexpr std::size_t kLargestFile = 32UL * 1024 * 1024;

 private:
  [[nodiscard]] std::string path_of(const std::string& id) const { return folder_ + "/" + id + ".run"; }
  [[nodiscard]] std::string done_path() const { return folder_ + "/done"; }
  Result<> read_done();
  Result<> rewrite_done();
  Result<> remember(const Uuid& id);
  [[nodiscard]] bool is_done(const Uuid& id) const;
  /// Nothing when the file holds no run.
  Result<std::optional<StoredRun>> read_run(const std::string& id);

  io::Files& files_;
  const std::string folder_;
  wire::Decoder decoder_;
  std::map<std::string, std::uint64_t> good_bytes_;  // of each file
  std::deque<Uuid> done_;  // the oldest first; looked through for each order, which takes microseconds
  std::size_t done_in_file_ = 0;
};

}  // namespace fettle::agent
