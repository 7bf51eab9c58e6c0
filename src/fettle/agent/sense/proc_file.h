// One file of /proc or /sys, kept open and read from its beginning at each heartbeat. A file that is missing
// is looked for again now and then, not at every heartbeat; one that could be read before, at the next.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::agent {

/// Shared by the files of one sensor, one after the other.
using ReadBuffer = std::vector<char>;

class ProcFile {
 public:
  explicit ProcFile(std::string path);
  ~ProcFile();
  ProcFile(const ProcFile&) = delete;
  ProcFile& operator=(const ProcFile&) = delete;

  /// The whole content, as a view into `buffer` that lives until its next use. nullopt when the file is not
  /// there, or cannot be read, or exceeds kLargest.
  std::optional<std::string_view> read(ReadBuffer& buffer);
  /// Up to where the content holds `marker` at the latest: the rest is not copied when the buffer was full,
  /// and the kernel is not asked whether there is more.
  std::optional<std::string_view> read_until(ReadBuffer& buffer, std::string_view marker);
  /// -1 when it is not open.
  [[nodiscard]] int descriptor() const { return descriptor_; }

  static constexpr std::size_t kLargest = 8 * 1024 * 1024;
  static constexpr unsigned kCallsBeforeRetry = 12;  // a minute at 5 s

 private:
  bool is_open();
  const std::string path_;
  int descriptor_ = -1;
  bool was_read_ = false;  // at the last call
  unsigned calls_to_skip_ = 0;
};

/// Content of a small file that is read once in a while; empty when it cannot be read. At most 64 KiB.
std::string read_small_file(const std::string& path);

}  // namespace fettle::agent
