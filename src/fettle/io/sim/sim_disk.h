// One simulated machine's disk. It keeps what was not synced apart, so that a crash can lose it, tear it or
// reorder it as the seed says; it fills up and fails on command. It outlives crashes; SimFiles and SimVfs are
// one life's view of it. Folders are durable at once; names in them only after sync_folder.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/io/sim/sim_random.h"

namespace fettle::io {

enum class DiskCall : std::uint8_t { open, read, write, sync, truncate, remove, rename, sync_folder };
constexpr std::size_t kDiskCalls = 8;

/// The content of a file, with the way back to what is durable. Internal to the simulation.
struct SimInode {
  struct Change {
    bool is_truncate = false;
    std::uint64_t offset = 0;  // of a write; the new size of a truncate
    std::vector<std::uint8_t> before;
    std::vector<std::uint8_t> after;
    std::uint64_t size_before = 0;
  };
  std::vector<std::uint8_t> bytes;
  std::vector<Change> unsynced;
};

class SimDisk {
 public:
  explicit SimDisk(SimRandom random) : random_(random) {}
  SimDisk(const SimDisk&) = delete;
  SimDisk& operator=(const SimDisk&) = delete;

  /// The power goes: unsynced bytes and names are kept, lost or torn, and all that is open is dead.
  void crash();
  /// The crash comes in the `nth` such call from now (1: the next), which fails after doing a part of its
  /// work.
  void crash_in(DiskCall call, std::uint64_t nth);
  /// The `nth` such call from now fails with `io` and does nothing.
  void fail_next(DiskCall call, std::uint64_t nth = 1);
  /// Bytes of all files together; more is refused with `unavailable` "disk_full". None: no limit.
  void set_capacity(std::optional<std::uint64_t> bytes) { capacity_ = bytes; }
  [[nodiscard]] std::uint64_t used() const;
  [[nodiscard]] std::uint64_t calls(DiskCall call) const { return calls_[static_cast<std::size_t>(call)]; }
  /// Grows with each crash; what was opened in an earlier life is dead.
  [[nodiscard]] std::uint64_t life() const { return life_; }
  /// A hash of all that would be there after a clean end; for traces and comparisons.
  [[nodiscard]] std::uint64_t content_hash() const;

  // What the views are made of. Paths are plain texts; a folder must have been made.
  using Node = std::shared_ptr<SimInode>;
  Result<> make_folders(const std::string& path);
  [[nodiscard]] std::optional<std::vector<std::string>> names_in(const std::string& folder) const;
  [[nodiscard]] bool exists(const std::string& path) const { return names_.contains(path); }
  /// not_found when it is not there and not to be made.
  Result<Node> open(const std::string& path, bool make);
  Result<std::size_t> read(const Node& node, std::uint64_t offset, std::span<std::uint8_t> out);
  Result<> write(const Node& node, std::uint64_t offset, std::span<const std::uint8_t> bytes);
  Result<> truncate(const Node& node, std::uint64_t size);
  Result<> sync(const Node& node);
  Result<> remove(const std::string& path);
  Result<> rename(const std::string& from, const std::string& to);
  Result<> sync_folder(const std::string& folder);
  [[nodiscard]] std::uint64_t free_bytes() const;

 private:
  struct Plan {
    std::uint64_t fail_at = 0;  // a number of calls; 0: never
    std::uint64_t crash_at = 0;
  };
  struct NameChange {
    std::string folder;
    std::map<std::string, Node> set;  // null: removed
  };
  /// Counts the call; the error that it is to fail with.
  Result<> begin(DiskCall call);
  [[nodiscard]] bool crashes_now(DiskCall call) const;
  void change_names(const std::string& folder, std::map<std::string, Node> set);
  void crash_content(SimInode& inode);
  void crash_names();

  SimRandom random_;
  std::uint64_t life_ = 1;
  std::optional<std::uint64_t> capacity_;
  std::array<std::uint64_t, kDiskCalls> calls_{};
  std::array<Plan, kDiskCalls> plans_{};
  std::set<std::string> folders_{"", ".", "/"};
  std::map<std::string, Node> names_;          // as programs see them
  std::map<std::string, Node> durable_names_;  // as a crash leaves them at least
  std::vector<NameChange> unsynced_names_;     // the difference, in order
};

}  // namespace fettle::io
