#include "fettle/io/file_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace fettle::io {
namespace {

/// For the message to whoever comes second; the lock itself does not need it, so that a full disk is no
/// obstacle.
void write_holder(int descriptor) {
  const std::string line = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor, 0) != 0) return;
  if (::pwrite(descriptor, line.data(), line.size(), 0) < 0) return;
}

/// "process 123", as far as the file tells it of a process that is there.
std::string read_holder(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
  pid_t holder = 0;
  if (got > 0) std::from_chars(text.data(), text.data() + got, holder);
  const bool is_there = holder > 0 && (::kill(holder, 0) == 0 || errno == EPERM);
  return is_there ? "process " + std::to_string(holder) : "another process";
}

}  // namespace

Result<FileLock> FileLock::take(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return fail(ErrorCode::io, "file_refused", path + ": " + std::strerror(errno));
  }
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int why = errno;
    const std::string holder = read_holder(descriptor);
    ::close(descriptor);
    if (why == EWOULDBLOCK) return fail(ErrorCode::conflict, "file_locked", path + " is locked by " + holder);
    return fail(ErrorCode::io, "file_refused", path + ": " + std::strerror(why));
  }
  write_holder(descriptor);
  return FileLock(descriptor);
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  if (this != &other) {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace fettle::io
