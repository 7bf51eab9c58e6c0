#include "fettle/io/system_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstring>
#include <system_error>

namespace fettle::io {
namespace {

std::unexpected<Error> fail_errno(int code, const char* doing, const std::string& path) {
  const std::string detail = std::string(doing) + " " + path + ": " + std::generic_category().message(code);
  if (code == ENOSPC || code == EDQUOT) return fail(ErrorCode::unavailable, "disk_full", detail);
  if (code == ENOENT) return fail(ErrorCode::not_found, "no_such_file", detail);
  return fail(ErrorCode::io, "file_error", detail);
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Result<Descriptor> open_descriptor(const std::string& path, int flags) {
  constexpr mode_t kPrivate = 0600;
  while (true) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, kPrivate);
    if (fd >= 0) return Descriptor(fd);
    if (errno != EINTR) return fail_errno(errno, "open", path);
  }
}

Result<> write_all(int fd, std::span<const std::uint8_t> bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno(errno, "write", path);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<> sync_descriptor(int fd, const std::string& path) {
  // Not tried again, not even after EINTR: the kernel may have dropped the pages (R2).
  if (::fdatasync(fd) != 0) return fail_errno(errno, "sync", path);
  return {};
}

class SystemFile final : public File {
 public:
  SystemFile(Descriptor descriptor, std::string path, std::uint64_t size)
      : descriptor_(std::move(descriptor)), path_(std::move(path)), size_(size) {}

  Result<> append(std::span<const std::uint8_t> bytes) override {
    auto written = write_all(descriptor_.get(), bytes, path_);
    if (written) {
      size_ += bytes.size();
    } else {
      struct stat found{};
      if (::fstat(descriptor_.get(), &found) == 0) size_ = static_cast<std::uint64_t>(found.st_size);
    }
    return written;
  }

  Result<std::vector<std::uint8_t>> read(std::uint64_t offset, std::size_t size) override {
    if (offset >= size_) return std::vector<std::uint8_t>{};
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(std::min<std::uint64_t>(size, size_ - offset)));
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got = ::pread(descriptor_.get(), bytes.data() + done, bytes.size() - done,
                                  static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail_errno(errno, "read", path_);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
  }

  Result<> sync() override { return sync_descriptor(descriptor_.get(), path_); }

  Result<> truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_.get(), static_cast<off_t>(size)) != 0)
      return fail_errno(errno, "truncate", path_);
    size_ = size;
    return {};
  }

  [[nodiscard]] std::uint64_t size() const override { return size_; }

 private:
  Descriptor descriptor_;
  const std::string path_;
  std::uint64_t size_;
};

}  // namespace

Result<std::unique_ptr<File>> SystemFiles::open(const std::string& path, OpenMode mode) {
  const int flags = mode == OpenMode::read ? O_RDONLY : O_RDWR | O_CREAT | O_APPEND;
  FETTLE_TRY(Descriptor descriptor, open_descriptor(path, flags));
  struct stat found{};
  if (::fstat(descriptor.get(), &found) != 0) return fail_errno(errno, "stat", path);
  return std::make_unique<SystemFile>(std::move(descriptor), path, static_cast<std::uint64_t>(found.st_size));
}

Result<> SystemFiles::make_folders(const std::string& path) {
  constexpr mode_t kPrivate = 0700;
  for (std::size_t at = 0; at != std::string::npos;) {
    at = path.find('/', at + 1);
    const std::string part = path.substr(0, at);
    if (part.empty()) continue;
    if (::mkdir(part.c_str(), kPrivate) == 0) {
      // Its own name is durable before anything is put into it.
      if (auto synced = sync_folder(folder_of(part)); !synced) return synced;
      continue;
    }
    const int code = errno;
    struct stat found{};
    const bool is_folder = ::stat(part.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
    if (!is_folder) return fail_errno(code, "make folder", part);
  }
  return {};
}

Result<std::vector<std::string>> SystemFiles::list(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), ::closedir);
  if (!stream) {
    if (errno == ENOENT) return names;
    return fail_errno(errno, "list", folder);
  }
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return fail_errno(errno, "list", folder);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> SystemFiles::read_all(const std::string& path, std::size_t limit_bytes) {
  FETTLE_TRY(const Descriptor descriptor, open_descriptor(path, O_RDONLY));
  std::string content;
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t got = ::read(descriptor.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "read", path);
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > limit_bytes) {
      return fail(ErrorCode::too_large, "file_too_large",
                  path + " is larger than " + std::to_string(limit_bytes) + " bytes");
    }
  }
}

Result<> SystemFiles::write_atomically(const std::string& path, std::string_view content) {
  const std::string aside = path + ".new";
  {
    FETTLE_TRY(const Descriptor descriptor,
               open_descriptor(aside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW));
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(content.data());
    auto written = write_all(descriptor.get(), {bytes, content.size()}, aside);
    if (written) written = sync_descriptor(descriptor.get(), aside);
    if (!written) {
      ::unlink(aside.c_str());
      return written;
    }
  }
  if (::rename(aside.c_str(), path.c_str()) != 0) return fail_errno(errno, "rename", aside);
  return sync_folder(folder_of(path));
}

Result<> SystemFiles::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno(errno, "remove", path);
  return {};
}

Result<> SystemFiles::sync_folder(const std::string& folder) {
  FETTLE_TRY(const Descriptor descriptor, open_descriptor(folder, O_RDONLY | O_DIRECTORY));
  if (::fsync(descriptor.get()) != 0) return fail_errno(errno, "sync", folder);
  return {};
}

Result<std::uint64_t> SystemFiles::free_bytes(const std::string& path) {
  struct statvfs found{};
  if (::statvfs(path.c_str(), &found) != 0) return fail_errno(errno, "stat", path);
  return static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize;
}

}  // namespace fettle::io
