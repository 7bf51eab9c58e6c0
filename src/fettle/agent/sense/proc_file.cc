#include "fettle/agent/sense/proc_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace fettle::agent {
namespace {

constexpr std::size_t kFirstSize = 16 * 1024;  // /proc/stat of 128 cores takes half of it

}  // namespace

ProcFile::ProcFile(std::string path) : path_(std::move(path)) {}

ProcFile::~ProcFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool ProcFile::is_open() {
  if (descriptor_ >= 0) return true;
  if (calls_to_skip_ > 0) {
    --calls_to_skip_;
    return false;
  }
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) calls_to_skip_ = kCallsBeforeRetry;
  return descriptor_ >= 0;
}

std::optional<std::string_view> ProcFile::read(ReadBuffer& buffer) {
  return read_until(buffer, {});
}

std::optional<std::string_view> ProcFile::read_until(ReadBuffer& buffer, std::string_view marker) {
  if (!is_open()) return std::nullopt;
  if (buffer.size() < kFirstSize) buffer.resize(kFirstSize);
  std::size_t filled = 0;
  for (;;) {
    const ssize_t count =
        ::pread(descriptor_, buffer.data() + filled, buffer.size() - filled, static_cast<off_t>(filled));
    if (count < 0) {
      if (errno == EINTR) continue;
      // A device or a namespace that went away, or no memory at the moment: a fresh descriptor may work.
      ::close(descriptor_);
      descriptor_ = -1;
      if (!std::exchange(was_read_, false)) calls_to_skip_ = kCallsBeforeRetry;
      return std::nullopt;
    }
    if (count == 0) break;  // a short read is no end: files of many records come in pieces
    filled += static_cast<std::size_t>(count);
    if (!marker.empty() && std::string_view(buffer.data(), filled).find(marker) != std::string_view::npos)
      break;
    if (filled < buffer.size()) continue;
    if (buffer.size() >= kLargest) return std::nullopt;
    buffer.resize(buffer.size() * 2);
    filled = 0;  // from the start again, so that the content is of one moment
  }
  was_read_ = true;
  return std::string_view(buffer.data(), filled);
}

std::string read_small_file(const std::string& path) {
  constexpr std::size_t kMost = 64 * 1024;
  std::string content;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return content;
  content.resize(kMost);
  std::size_t filled = 0;
  while (filled < kMost) {
    const ssize_t count = ::read(descriptor, content.data() + filled, kMost - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    filled += static_cast<std::size_t>(count);
  }
  ::close(descriptor);
  content.resize(filled);
  return content;
}

}  // namespace fettle::agent
