// /proc/self/mountinfo: which file systems are worth watching. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace fettle::agent {

struct MountEntry {
  std::string device;  // "254:0": the file system, however often it is mounted
  std::string root;    // what of it is seen here: "/" or a folder (bind mount, subvolume)
  std::string point;   // where, with the octal escapes undone
  std::string type;    // "ext4"
  std::string source;  // "/dev/vda"
};
/// Lines that cannot be read are left out. Source: proc(5), mountinfo.
std::vector<MountEntry> parse_mounts(std::string_view text);

/// True for file systems whose server may be gone: statvfs on them can hang for ever.
bool is_network_type(std::string_view type);
/// Those that hold data on this machine: on a device, or one of the types that need none (zfs, btrfs, ubifs),
/// or the root itself. Each device once, where most of it is seen; in order of their paths, at most
/// kMostMounts.
std::vector<std::string> choose_mounts(std::vector<MountEntry> entries);

}  // namespace fettle::agent
