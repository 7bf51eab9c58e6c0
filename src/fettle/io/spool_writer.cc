#include "fettle/io/spool_writer.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "fettle/io/kill_points.h"
#include "fettle/io/spool.h"

namespace fettle::io {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSocketBytes = 1 << 20;
constexpr mode_t kMode = 0640;  // the folder gives its group, which is the agent's
constexpr int kBetweenLooksMs = 20;

bool write_whole(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t taken = ::write(descriptor, bytes.data(), bytes.size());
    if (taken < 0 && errno == EINTR) continue;
    if (taken <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(taken));
  }
  return true;
}

/// Whoever may look at the folder keeps to its bounds; who may not (others than its owner) keeps to the
/// disk's.
bool has_room(const std::string& folder) {
  struct statvfs disk{};
  if (::statvfs(folder.c_str(), &disk) != 0) return false;
  if (std::uint64_t{disk.f_bavail} * disk.f_frsize < kLeastFreeBytes) return false;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), ::closedir);
  if (!stream) return true;
  std::size_t files = 0;
  std::uint64_t bytes = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    struct stat found{};
    if (::fstatat(::dirfd(stream.get()), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0) continue;
    bytes += S_ISREG(found.st_mode) ? static_cast<std::uint64_t>(found.st_size) : 0;
    if (++files > kMostSpoolFiles || bytes > kMostSpoolBytes) return false;
  }
  return true;
}

/// Under another name until it says something, and locked before that.
int open_hidden(const std::string& hidden) {
  const int file = ::open(hidden.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kMode);
  if (file < 0) return -1;
  ::fchmod(file, kMode);
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  ::close(file);
  ::unlink(hidden.c_str());
  return -1;
}

/// How long until then, for poll().
int left_until(Clock::time_point end) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  return static_cast<int>(std::max<std::int64_t>(ms, 0));
}

}  // namespace

TellerFork fork_teller() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return {};
  ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &kSocketBytes, sizeof kSocketBytes);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(ends[0]);
    return {.is_teller = true, .socket = ends[1]};
  }
  ::close(ends[1]);
  if (pid > 0) return {.socket = ends[0]};
  ::close(ends[0]);
  return {};
}

void leave_everything(int socket, std::vector<int> kept) {
  ::setsid();
  ignore(::chdir("/"), "the folder of ours stays free to be removed");
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_IGN);  // NOLINT: it has one thread
  ::prctl(PR_SET_DUMPABLE, 0);                                              // a fault of ours leaves no core
  const int null = ::open("/dev/null", O_RDWR);
  for (int stream = 0; stream < 3; ++stream) ::dup2(null, stream);
  kept.push_back(socket);
  std::ranges::sort(kept);
  unsigned next = 3;
  for (const int descriptor : kept) {
    const auto number = static_cast<unsigned>(descriptor);
    if (number > next) ::syscall(SYS_close_range, next, number - 1, 0);
    next = std::max(next, number + 1);
  }
  ::syscall(SYS_close_range, next, ~0U, 0);
}

bool send_to_teller(int socket, std::string& bytes) {
  std::size_t done = 0;
  bool is_taken = true;
  while (done < bytes.size()) {
    const ssize_t taken =
        ::send(socket, bytes.data() + done, bytes.size() - done, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) {
      is_taken = errno == EAGAIN;
      break;
    }
    done += static_cast<std::size_t>(taken);
  }
  bytes.erase(0, done);
  return is_taken;
}

void finish_telling(int socket, std::string bytes, int patience_ms) {
  const auto end = Clock::now() + std::chrono::milliseconds(patience_ms);
  const auto wait = [&](short events) {
    pollfd ready{.fd = socket, .events = events, .revents = 0};
    return ::poll(&ready, 1, left_until(end)) > 0 && (ready.revents & (events | POLLHUP)) != 0;
  };
  while (!bytes.empty() && send_to_teller(socket, bytes)) {
    if (!bytes.empty() && !wait(POLLOUT)) return;
  }
  ::shutdown(socket, SHUT_WR);
  ignore(wait(POLLIN), "it says nothing: its end is the answer");
}

std::string whole_path(const std::string& path) {
  if (path.starts_with('/')) return path;
  std::array<char, PATH_MAX> here{};
  if (::getcwd(here.data(), here.size()) == nullptr) return path;
  return std::string(here.data()) + "/" + path;
}

SpoolWriter::SpoolWriter(const std::string& folder, const std::string& name)
    : path_(folder + "/" + name + std::string(kSpoolEnding)),
      hidden_(folder + "/." + name + std::string(kHiddenSpoolEnding)),
      file_(has_room(folder) ? open_hidden(hidden_) : -1) {}

SpoolWriter::~SpoolWriter() {
  if (file_ < 0) return;
  ::close(file_);
  if (!is_shown_) ::unlink(hidden_.c_str());
}

void SpoolWriter::write(std::string_view bytes) {
  if (file_ < 0 || bytes.empty()) return;
  if (!write_whole(file_, bytes)) {
    ::close(std::exchange(file_, -1));
    if (!is_shown_) ::unlink(hidden_.c_str());
  } else if (!is_shown_) {
    reach(KillPoint::spool_hidden);
    is_shown_ = ::rename(hidden_.c_str(), path_.c_str()) == 0;
    reach(KillPoint::spool_shown);
  }
}

void SpoolWriter::sync() const {
  if (file_ >= 0) ::fsync(file_);
}

Result<bool> try_spool(const std::string& folder, int patience_ms) {
  struct stat found{};
  if (::stat(folder.c_str(), &found) != 0)
    return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, "spool_missing",
                folder + ": " + std::strerror(errno));
  if (!S_ISDIR(found.st_mode)) return fail(ErrorCode::io, "no_folder", folder + " is not a folder");
  const std::string name = std::string(kSpoolCheck) + std::to_string(::getpid());
  const std::string hidden = folder + "/." + name + std::string(kHiddenSpoolEnding);
  const std::string path = folder + "/" + name + std::string(kSpoolEnding);
  if (!has_room(folder))
    return fail(ErrorCode::too_large, "spool_full",
                folder + " takes nothing more: its disk is nearly full, or more than " +
                    std::to_string(kMostSpoolFiles) + " files or " + std::to_string(kMostSpoolBytes >> 20) +
                    " MiB wait in it");
  ::unlink(hidden.c_str());  // of one that was killed and had our number
  const int file = open_hidden(hidden);
  if (file < 0)
    return fail(ErrorCode::io, "spool_closed", "cannot write to " + folder + ": " + std::strerror(errno));
  const bool is_shown = ::rename(hidden.c_str(), path.c_str()) == 0;
  const int why = errno;
  ::close(file);
  if (!is_shown) {
    ::unlink(hidden.c_str());
    return fail(ErrorCode::io, "spool_closed", "cannot write to " + folder + ": " + std::strerror(why));
  }
  const auto end = Clock::now() + std::chrono::milliseconds(patience_ms);
  while (::lstat(path.c_str(), &found) == 0) {
    if (Clock::now() >= end) {
      ::unlink(path.c_str());
      return false;
    }
    ::poll(nullptr, 0, kBetweenLooksMs);
  }
  return true;
}

}  // namespace fettle::io
