#include "fettle/io/file_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
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

/// As far as the file tells it; 0: it does not.
pid_t read_holder(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
  pid_t holder = 0;
  if (got > 0) std::from_chars(text.data(), text.data() + got, holder);
  return std::max(holder, 0);
}

bool is_there(pid_t process) {
  return process > 0 && (::kill(process, 0) == 0 || errno == EPERM);
}

/// One that was killed while it began a program holds on in its child, until that has become the program.
bool take_lock(int descriptor) {
  constexpr int kTries = 50;
  constexpr timespec kBetweenTries{.tv_sec = 0, .tv_nsec = 20'000'000};
  for (int i = 0; ::flock(descriptor, LOCK_EX | LOCK_NB) != 0; ++i) {
    if (errno != EWOULDBLOCK) return false;
    const pid_t holder = read_holder(descriptor);
    if (i == kTries || holder == 0 || is_there(holder)) {
      errno = EWOULDBLOCK;
      return false;
    }
    ::nanosleep(&kBetweenTries, nullptr);
  }
  return true;
}

}  // namespace

Result<FileLock> FileLock::take(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return fail(ErrorCode::io, "file_refused", path + ": " + std::strerror(errno));
  }
  if (!take_lock(descriptor)) {
    const int why = errno;
    const pid_t holder = read_holder(descriptor);
    ::close(descriptor);
    if (why == EWOULDBLOCK) {
      const std::string who = is_there(holder) ? "process " + std::to_string(holder) : "another process";
      return fail(ErrorCode::conflict, "file_locked", path + " is locked by " + who);
    }
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
