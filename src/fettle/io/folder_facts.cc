#include "fettle/io/folder_facts.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <vector>

#include "fettle/base/text.h"
#include "fettle/io/system_files.h"

namespace fettle::io {
namespace {

struct Kind {
  std::uint32_t magic;
  std::string_view name;
  bool is_network, is_memory;
};

// Source: statfs(2) and linux/magic.h; those that it lacks stand with their number.
constexpr Kind kKinds[] = {
    {EXT4_SUPER_MAGIC, "ext4", false, false},
    {0x58465342, "xfs", false, false},
    {BTRFS_SUPER_MAGIC, "btrfs", false, false},
    {0x2FC12FC1, "zfs", false, false},
    {F2FS_SUPER_MAGIC, "f2fs", false, false},
    {OVERLAYFS_SUPER_MAGIC, "overlay", false, false},
    {TMPFS_MAGIC, "tmpfs", false, true},
    {RAMFS_MAGIC, "ramfs", false, true},
    {NFS_SUPER_MAGIC, "nfs", true, false},
    {SMB_SUPER_MAGIC, "smb", true, false},
    {0xFF534D42, "cifs", true, false},
    {0xFE534D42, "smb2", true, false},
    {V9FS_MAGIC, "9p", true, false},
    {CEPH_SUPER_MAGIC, "ceph", true, false},
    {AFS_SUPER_MAGIC, "afs", true, false},
    {0x65735546, "fuse", true, false},
};

std::unexpected<Error> fail_errno(const std::string& path) {
  return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io, "folder_unreadable",
              path + ": " + std::strerror(errno));
}

std::string name_of_user(std::uint32_t user) {
  std::vector<char> space(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, space.data(), space.size(), &found) != 0 || found == nullptr) return {};
  return found->pw_name;
}

void set_kind(FolderFacts& facts, std::uint32_t magic) {
  for (const Kind& kind : kKinds) {
    if (kind.magic != magic) continue;
    facts.kind = kind.name;
    facts.is_network = kind.is_network;
    facts.is_memory = kind.is_memory;
    return;
  }
  std::array<char, 9> text{};
  const auto end = std::to_chars(text.begin(), text.end(), magic, 16).ptr;
  facts.kind = "0x" + std::string(text.begin(), end);
}

}  // namespace

Result<FolderFacts> look_at_folder(const std::string& path) {
  struct stat found{};
  struct statfs space{};
  if (::stat(path.c_str(), &found) != 0 || ::statfs(path.c_str(), &space) != 0) return fail_errno(path);
  if (!S_ISDIR(found.st_mode)) return fail(ErrorCode::io, "no_folder", path + " is not a folder");
  FolderFacts facts;
  facts.owner = found.st_uid;
  facts.owner_name = name_of_user(found.st_uid);
  facts.mode = found.st_mode & 07777U;
  const auto block = static_cast<std::uint64_t>(space.f_frsize > 0 ? space.f_frsize : space.f_bsize);
  facts.free_bytes = static_cast<std::uint64_t>(space.f_bavail) * block;
  facts.all_bytes = static_cast<std::uint64_t>(space.f_blocks - space.f_bfree + space.f_bavail) * block;
  facts.free_inodes = static_cast<std::uint64_t>(space.f_ffree);
  facts.all_inodes = static_cast<std::uint64_t>(space.f_files);
  set_kind(facts, static_cast<std::uint32_t>(space.f_type));
  return facts;
}

bool is_folder(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

std::optional<std::uint32_t> mode_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return found.st_mode & 07777U;
}

std::optional<bool> is_clock_synchronised() {
  timex state{};
  const int code = ::adjtimex(&state);
  if (code < 0) return std::nullopt;
  return code != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

std::optional<std::int64_t> holder_of_lock(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  // Shared, and let go at once: two who only look do not meet, and one who starts meanwhile tries anew.
  const bool is_free = ::flock(descriptor, LOCK_SH | LOCK_NB) == 0;
  std::array<char, 32> text{};
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
  ::close(descriptor);
  std::int64_t holder = 0;
  if (!is_free && got > 0) std::from_chars(text.data(), text.data() + got, holder);
  return is_free ? std::nullopt : std::optional(holder);
}

std::optional<std::uint64_t> file_limit_of(std::int64_t process) {
  constexpr std::size_t kLimit = 64 * 1024;
  const auto text = SystemFiles().read_all("/proc/" + std::to_string(process) + "/limits", kLimit);
  if (!text) return std::nullopt;
  for (const std::string_view line : split(*text, '\n')) {
    if (!line.starts_with("Max open files")) continue;
    std::vector<std::string_view> words;
    for (const std::string_view word : split(line, ' '))
      if (!word.empty()) words.push_back(word);
    std::uint64_t limit = 0;  // words: Max open files SOFT HARD files
    if (words.size() < 5) return std::nullopt;
    const auto [end, error] = std::from_chars(words[4].data(), words[4].data() + words[4].size(), limit);
    if (error == std::errc() && end != nullptr) return limit;
  }
  return std::nullopt;
}

std::uint32_t own_user() {
  return ::geteuid();
}

std::string find_program(const std::string& name, const std::string& path_variable) {
  for (const std::string_view folder : split(path_variable, ':')) {
    const std::string path = std::string(folder) + "/" + name;
    if (!folder.empty() && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

}  // namespace fettle::io
