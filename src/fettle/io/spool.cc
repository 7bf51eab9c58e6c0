#include "fettle/io/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <memory>

#include "fettle/io/kill_points.h"

namespace fettle::io {
namespace {

constexpr int kSocketBytes = 1 << 20;
constexpr std::string_view kHiddenEnding = ".new";
constexpr mode_t kMode = 0640;  // the folder gives its group, which is the agent's

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

[[noreturn]] void write_to_end(int socket, const std::string& folder, const std::string& name) {
  const std::string path = folder + "/" + name + std::string(kSpoolEnding);
  const std::string hidden = folder + "/." + name + std::string(kHiddenEnding);
  int file = has_room(folder) ? open_hidden(hidden) : -1;
  bool is_shown = false;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::read(socket, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (file < 0) continue;  // thrown away, so that nobody waits
    if (!write_whole(file, {buffer.data(), static_cast<std::size_t>(got)})) {
      ::close(std::exchange(file, -1));
      if (!is_shown) ::unlink(hidden.c_str());
    } else if (!is_shown) {
      reach(KillPoint::spool_hidden);
      is_shown = ::rename(hidden.c_str(), path.c_str()) == 0;
      reach(KillPoint::spool_shown);
    }
  }
  reach(KillPoint::spool_written);
  ::close(socket);  // whoever waits for us goes on; the disk may take its time
  if (file >= 0) ::fsync(file);
  ::_exit(0);
}

/// What a process in the background has nothing to do with.
void leave_everything(int& socket) {
  ::setsid();
  ignore(::chdir("/"), "the folder of ours stays free to be removed");
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_IGN);  // NOLINT: it has one thread
  const int null = ::open("/dev/null", O_RDWR);
  for (int stream = 0; stream < 3; ++stream) ::dup2(null, stream);
  constexpr int kKept = 3;
  if (socket != kKept) {
    ::dup2(socket, kKept);
    socket = kKept;
  }
  ::syscall(SYS_close_range, kKept + 1, ~0U, 0);
}

std::string read_part(int file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(file, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

ErrorCode code_of_unreadable(int error) {
  if (error == ENOENT) return ErrorCode::not_found;
  const bool is_short_of = error == EMFILE || error == ENFILE || error == ENOMEM;
  return is_short_of ? ErrorCode::unavailable : ErrorCode::io;
}

class Opened {
 public:
  explicit Opened(const std::string& path)
      : number_(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) {}
  ~Opened() {
    if (number_ >= 0) ::close(number_);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  const int number_;
};

}  // namespace

int fork_spool_writer(const std::string& folder, const std::string& name) {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return -1;
  ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &kSocketBytes, sizeof kSocketBytes);
  const pid_t pid = ::fork();
  if (pid == 0) {
    leave_everything(ends[1]);
    write_to_end(ends[1], folder, name);
  }
  ::close(ends[1]);
  if (pid > 0) return ends[0];
  ::close(ends[0]);
  return -1;
}

bool send_to_spool(int socket, std::string& bytes) {
  while (!bytes.empty()) {
    const ssize_t taken = ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) return errno == EAGAIN;
    bytes.erase(0, static_cast<std::size_t>(taken));
  }
  return true;
}

void finish_spool(int socket, std::string bytes, int patience_ms) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(patience_ms);
  const auto left = [end] {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(ms, 0));
  };
  const auto wait = [&](short events) {
    pollfd ready{.fd = socket, .events = events, .revents = 0};
    return ::poll(&ready, 1, left()) > 0 && (ready.revents & (events | POLLHUP)) != 0;
  };
  while (!bytes.empty() && send_to_spool(socket, bytes)) {
    if (!bytes.empty() && !wait(POLLOUT)) return;
  }
  ::shutdown(socket, SHUT_WR);
  ignore(wait(POLLIN), "it says nothing: its end is the answer");
}

void remove_forgotten(const std::string& folder) {
  // A writer makes its file, and then locks it: what is young may be of one that is about to.
  constexpr time_t kYoung = 60;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), ::closedir);
  if (!stream) return;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with('.') || !name.ends_with(kHiddenEnding)) continue;
    const std::string path = folder + "/" + std::string(name);
    const Opened file(path);
    struct stat found{};
    if (file.number() < 0 || ::fstat(file.number(), &found) != 0 || !S_ISREG(found.st_mode)) continue;
    if (found.st_mtime + kYoung > ::time(nullptr) || ::flock(file.number(), LOCK_SH | LOCK_NB) != 0) continue;
    ::unlink(path.c_str());
  }
}

Result<SpoolList> list_spool(const std::string& folder, std::size_t most) {
  SpoolList list;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), ::closedir);
  if (!stream)
    return fail(code_of_unreadable(errno), "folder_unreadable",
                "cannot look into " + folder + ": " + std::strerror(errno));
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name.starts_with('.') || !name.ends_with(kSpoolEnding)) continue;
    list.is_whole = list.files.size() < most;
    if (!list.is_whole) break;
    struct stat found{};
    if (::fstatat(::dirfd(stream.get()), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0) continue;
    const auto bytes = S_ISREG(found.st_mode) ? static_cast<std::uint64_t>(found.st_size) : 0;
    list.files.push_back({std::string(name), found.st_uid, bytes});
  }
  std::ranges::sort(list.files, {}, &SpoolFile::name);
  return list;
}

Result<SpoolPiece> read_spool(const std::string& path, std::uint64_t offset, std::size_t most) {
  const Opened file(path);
  struct stat found{};
  if (file.number() < 0 || ::fstat(file.number(), &found) != 0)
    return fail(code_of_unreadable(errno), "file_unreadable",
                "cannot read " + path + ": " + std::strerror(errno));
  if (!S_ISREG(found.st_mode) || found.st_nlink != 1)
    return fail(ErrorCode::corrupt, "no_spool_file", path + " is no file that stands here alone");
  SpoolPiece piece{.size = static_cast<std::uint64_t>(found.st_size), .owner = found.st_uid};
  if (piece.size > kLargestSpoolFile)
    return fail(ErrorCode::corrupt, "spool_too_large", path + " is too large");
  // Asked before it is read: what a writer that has gone since wrote last is in it.
  piece.has_writer = ::flock(file.number(), LOCK_SH | LOCK_NB) != 0;
  if (::fstat(file.number(), &found) == 0) piece.size = static_cast<std::uint64_t>(found.st_size);
  if (offset < piece.size)
    piece.bytes = read_part(file.number(), offset, std::min<std::size_t>(most, piece.size - offset));
  return piece;
}

std::optional<FileMark> mark_file(int descriptor) {
  struct stat found{};
  if (::fstat(descriptor, &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  const int flags = ::fcntl(descriptor, F_GETFL);
  const bool appends = flags >= 0 && (flags & O_APPEND) != 0;
  const off_t at = appends ? found.st_size : ::lseek(descriptor, 0, SEEK_CUR);
  if (at < 0) return std::nullopt;
  return FileMark{descriptor, static_cast<std::uint64_t>(at)};
}

FileGrowth read_growth(const FileMark& mark, std::size_t most_first, std::size_t most_last) {
  FileGrowth growth;
  // Another description of the same file: ours may be for writing only, and its place is not ours to move.
  const int file = ::open(("/proc/self/fd/" + std::to_string(mark.descriptor)).c_str(), O_RDONLY | O_CLOEXEC);
  struct stat found{};
  if (file < 0) return growth;
  if (::fstat(file, &found) == 0 && static_cast<std::uint64_t>(found.st_size) > mark.offset) {
    const std::uint64_t size = static_cast<std::uint64_t>(found.st_size) - mark.offset;
    growth.first = read_part(file, mark.offset, std::min<std::uint64_t>(size, most_first));
    const std::uint64_t rest = size - growth.first.size();
    const std::uint64_t last = std::min<std::uint64_t>(rest, most_last);
    growth.left_out = rest - last;
    growth.last = read_part(file, mark.offset + size - last, static_cast<std::size_t>(last));
  }
  ::close(file);
  return growth;
}

}  // namespace fettle::io
