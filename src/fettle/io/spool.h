// How `fettle exec` leaves word for the agent of its host: a file in a folder, written by a process that
// nobody waits for (spool_writer.h), read by an agent of another user. The writer holds a lock for as long as
// it lives. Blocks.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/result.h"

namespace fettle::io {

inline constexpr std::string_view kSpoolEnding = ".exec";
/// How the names of files begin that ask whether somebody follows the folder: they say nothing else.
inline constexpr std::string_view kSpoolCheck = "check-";

/// Of files that say nothing yet, which have a dot before their name.
inline constexpr std::string_view kHiddenSpoolEnding = ".new";

struct SpoolPiece {
  std::string bytes;
  std::uint64_t size = 0;   // of the whole file
  bool has_writer = false;  // it may become longer
  std::uint32_t owner = 0;  // uid
};

struct SpoolFile {
  std::string name;
  std::uint32_t owner = 0;  // uid
  std::uint64_t bytes = 0;
  friend bool operator==(const SpoolFile&, const SpoolFile&) = default;
};
struct SpoolList {
  std::vector<SpoolFile> files;  // by name, the oldest first: names begin with their time
  bool is_whole = true;          // false: there were more than `most`
};
Result<SpoolList> list_spool(const std::string& folder, std::size_t most);
/// What writers that were killed before they said anything left under hidden names.
void remove_forgotten(const std::string& folder);
/// From `offset` on. A file that is none, is linked elsewhere or is too large is an error: anybody can put
/// things into the folder. `unavailable` when it may be read another time.
Result<SpoolPiece> read_spool(const std::string& path, std::uint64_t offset, std::size_t most);

inline constexpr std::uint64_t kLargestSpoolFile = 16ULL << 20;
inline constexpr std::size_t kMostSpoolFiles = 2'000;
inline constexpr std::uint64_t kMostSpoolBytes = 128ULL << 20;
inline constexpr std::uint64_t kLeastFreeBytes = 64ULL << 20;

/// The end of a file that grew while a program wrote to it, which is how output that goes to a file is
/// learnt: its beginning and its end within these bounds.
struct FileGrowth {
  std::string first, last;
  std::uint64_t left_out = 0;  // bytes between
};
struct FileMark {
  int descriptor = -1;  // of ours
  std::uint64_t offset = 0;
};
/// Where the next byte to a descriptor that is a file will be; nothing for others.
std::optional<FileMark> mark_file(int descriptor);
/// The same file, to be read: our descriptor may be for writing only, and its place is not ours to move. The
/// caller closes.
std::optional<FileMark> open_mark(const FileMark& mark);
/// Of a mark that can be read.
FileGrowth read_growth(const FileMark& mark, std::size_t most_first, std::size_t most_last);

}  // namespace fettle::io
