#include "fettle/io/trusted_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace fettle::io {
namespace {

std::unexpected<Error> refuse(const std::string& path, const std::string& why) {
  return fail(ErrorCode::forbidden, "file_not_trusted", path + " " + why);
}

std::unexpected<Error> fail_errno(const std::string& path, int code) {
  return fail(code == ENOENT ? ErrorCode::not_found : ErrorCode::io,
              code == ENOENT ? "no_such_file" : "file_error", path + ": " + std::strerror(code));
}

Result<> check_owner(const std::string& path, const struct stat& found) {
  constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;
  if (found.st_uid != 0) return refuse(path, "does not belong to root: chown root:root " + path);
  const bool keeps_names = S_ISDIR(found.st_mode) && (found.st_mode & S_ISVTX) != 0;
  if ((found.st_mode & kOthersWrite) != 0 && !keeps_names)
    return refuse(path, "can be written by others than root: chmod go-w " + path);
  return {};
}

/// Every folder above the file.
Result<> check_folders(std::string path) {
  for (std::size_t slash = path.rfind('/'); slash != std::string::npos; slash = path.rfind('/')) {
    path.resize(slash);
    const std::string folder = path.empty() ? "/" : path;
    struct stat found{};
    if (::lstat(folder.c_str(), &found) != 0) return fail_errno(folder, errno);
    if (auto checked = check_owner(folder, found); !checked) return checked;
  }
  return {};
}

struct CloseAtEnd {
  int descriptor;
  ~CloseAtEnd() { ::close(descriptor); }
};

}  // namespace

Result<std::string> read_trusted_file(const std::string& path, std::size_t limit_bytes) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  if (!real) return fail_errno(path, errno);
  const std::string file = real.get();
  if (auto checked = check_folders(file); !checked) return std::unexpected(std::move(checked).error());
  // The descriptor is what is looked at and read, so that nothing is exchanged in between.
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return fail_errno(file, errno);
  const CloseAtEnd close{descriptor};
  struct stat found{};
  if (::fstat(descriptor, &found) != 0) return fail_errno(file, errno);
  if (!S_ISREG(found.st_mode)) return refuse(file, "is not a file");
  if (auto checked = check_owner(file, found); !checked) return std::unexpected(std::move(checked).error());
  std::string text;
  std::array<char, 4096> block;
  for (;;) {
    const ssize_t got = ::read(descriptor, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(file, errno);
    if (got == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(got));
    if (text.size() > limit_bytes) return fail(ErrorCode::too_large, "file_too_large", file + " is too long");
  }
}

}  // namespace fettle::io
