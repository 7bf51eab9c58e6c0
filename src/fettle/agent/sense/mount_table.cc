#include "fettle/agent/sense/mount_table.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "fettle/agent/sense/source.h"
#include "fettle/agent/sense/text_scan.h"

namespace fettle::agent {
namespace {

constexpr std::array<std::string_view, 16> kNetworkTypes = {
    "nfs",  "nfs4",  "cifs",      "smb3",   "smbfs",  "9p",    "afs",  "ceph",
    "coda", "ncpfs", "glusterfs", "lustre", "beegfs", "ocfs2", "gfs2", "autofs"};
constexpr std::array<std::string_view, 5> kDeviceless = {"zfs", "btrfs", "bcachefs", "ubifs", "f2fs"};
// Images that are full by nature.
constexpr std::array<std::string_view, 5> kReadOnlyTypes = {"squashfs", "iso9660", "udf", "erofs", "cramfs"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      const int value = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
      out += static_cast<char>(value & 0xff);
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool holds_data(const MountEntry& entry) {
  if (is_network_type(entry.type)) return false;
  if (entry.point == "/") return true;  // whatever it is: an overlay in a container
  if (contains(kReadOnlyTypes, entry.type)) return false;
  return entry.source.starts_with("/dev/") || contains(kDeviceless, entry.type);
}

/// The better place comes first: all of the file system rather than a part, the root, then the shorter path.
auto rank(const MountEntry& entry) {
  return std::tuple(entry.device, entry.root != "/", entry.point != "/", entry.point.size(), entry.point);
}

}  // namespace

std::vector<MountEntry> parse_mounts(std::string_view text) {
  std::vector<MountEntry> entries;
  std::string_view line;
  while (take_line(text, line)) {
    take_word(line);  // id
    take_word(line);  // parent
    MountEntry entry;
    entry.device = std::string(take_word(line));
    entry.root = unescape(take_word(line));
    entry.point = unescape(take_word(line));
    take_word(line);  // options, then any number of tags up to a lone dash
    std::string_view word = take_word(line);
    while (!word.empty() && word != "-") word = take_word(line);
    entry.type = std::string(take_word(line));
    entry.source = unescape(take_word(line));
    if (word != "-" || entry.type.empty() || !entry.point.starts_with('/')) continue;
    entries.push_back(std::move(entry));
  }
  return entries;
}

bool is_network_type(std::string_view type) {
  // fuse.sshfs and its like are programs that may hang as well; fuseblk (ntfs) is on a disk.
  return type == "fuse" || type.starts_with("fuse.") || contains(kNetworkTypes, type);
}

std::vector<std::string> choose_mounts(std::vector<MountEntry> entries) {
  // What was mounted over is not seen any more: of one point only the last entry counts.
  std::map<std::string, MountEntry> seen;
  for (MountEntry& entry : entries) seen[entry.point] = std::move(entry);
  entries.clear();
  for (auto& [point, entry] : seen) entries.push_back(std::move(entry));
  std::erase_if(entries, [](const MountEntry& entry) {
    return !holds_data(entry) || entry.point.size() > wire::kMaxText;
  });
  std::ranges::sort(entries, {}, rank);
  const auto repeated = std::ranges::unique(entries, {}, &MountEntry::device);
  entries.erase(repeated.begin(), repeated.end());
  std::ranges::sort(entries, {}, &MountEntry::point);
  if (entries.size() > kMostMounts) entries.resize(kMostMounts);
  std::vector<std::string> points;
  points.reserve(entries.size());
  for (MountEntry& entry : entries) points.push_back(std::move(entry.point));
  return points;
}

}  // namespace fettle::agent
