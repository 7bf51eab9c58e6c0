#include "fettle/io/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>

namespace fettle::io {
namespace {

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

void remove_forgotten(const std::string& folder) {
  // A writer makes its file, and then locks it: what is young may be of one that is about to.
  constexpr time_t kYoung = 60;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), ::closedir);
  if (!stream) return;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with('.') || !name.ends_with(kHiddenSpoolEnding)) continue;
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

std::optional<FileMark> open_mark(const FileMark& mark) {
  const int file = ::open(("/proc/self/fd/" + std::to_string(mark.descriptor)).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  return FileMark{file, mark.offset};
}

FileGrowth read_growth(const FileMark& mark, std::size_t most_first, std::size_t most_last) {
  FileGrowth growth;
  struct stat found{};
  if (::fstat(mark.descriptor, &found) != 0) return growth;
  if (static_cast<std::uint64_t>(found.st_size) <= mark.offset) return growth;
  const std::uint64_t size = static_cast<std::uint64_t>(found.st_size) - mark.offset;
  growth.first = read_part(mark.descriptor, mark.offset, std::min<std::uint64_t>(size, most_first));
  const std::uint64_t rest = size - growth.first.size();
  const std::uint64_t last = std::min<std::uint64_t>(rest, most_last);
  growth.left_out = rest - last;
  growth.last = read_part(mark.descriptor, mark.offset + size - last, static_cast<std::size_t>(last));
  return growth;
}

}  // namespace fettle::io
