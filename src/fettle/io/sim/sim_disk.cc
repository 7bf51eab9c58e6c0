#include "fettle/io/sim/sim_disk.h"

#include <algorithm>
#include <bit>

namespace fettle::io {
namespace {

constexpr std::uint64_t kSector = 512;  // what a disk writes as a whole

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return "";
  return path.substr(0, std::max<std::size_t>(slash, 1));
}

std::unexpected<Error> fail_io(std::string_view what) {
  return fail(ErrorCode::io, "file_error", "simulated: " + std::string(what));
}

void put(std::vector<std::uint8_t>& bytes, std::uint64_t offset, std::span<const std::uint8_t> what) {
  const std::uint64_t end = offset + what.size();
  if (bytes.size() < end) bytes.resize(static_cast<std::size_t>(end), 0);
  std::copy(what.begin(), what.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

Result<> SimDisk::begin(DiskCall call) {
  const auto index = static_cast<std::size_t>(call);
  const std::uint64_t number = ++calls_[index];
  if (number == plans_[index].fail_at) return fail_io("this call was told to fail");
  return {};
}

bool SimDisk::crashes_now(DiskCall call) const {
  const auto index = static_cast<std::size_t>(call);
  return calls_[index] == plans_[index].crash_at;
}

void SimDisk::fail_next(DiskCall call, std::uint64_t nth) {
  const auto index = static_cast<std::size_t>(call);
  plans_[index].fail_at = calls_[index] + nth;
}

void SimDisk::crash_in(DiskCall call, std::uint64_t nth) {
  const auto index = static_cast<std::size_t>(call);
  plans_[index].crash_at = calls_[index] + nth;
}

std::uint64_t SimDisk::used() const {
  std::uint64_t sum = 0;
  for (const auto& [path, node] : names_) sum += node->bytes.size();
  return sum;
}

std::uint64_t SimDisk::free_bytes() const {
  constexpr std::uint64_t kPlenty = 1ULL << 40U;
  if (!capacity_) return kPlenty;
  const std::uint64_t taken = used();
  return taken < *capacity_ ? *capacity_ - taken : 0;
}

std::uint64_t SimDisk::content_hash() const {
  std::uint64_t hash = 0;
  const auto mix = [&hash](std::uint64_t value) { hash = std::rotl((hash ^ value) * 0x100000001B3U, 29); };
  for (const auto& [path, node] : names_) {
    for (const char c : path) mix(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
    for (const std::uint8_t byte : node->bytes) mix(byte);
    mix(node->bytes.size());
  }
  return hash;
}

Result<> SimDisk::make_folders(const std::string& path) {
  for (std::size_t at = 0; at != std::string::npos;) {
    at = path.find('/', at + 1);
    const std::string part = path.substr(0, at);
    if (names_.contains(part)) return fail_io(part + " is a file");
    folders_.insert(part);
  }
  return {};
}

std::optional<std::vector<std::string>> SimDisk::names_in(const std::string& folder) const {
  if (!folders_.contains(folder)) return std::nullopt;
  std::set<std::string> found;
  const auto take = [&](const std::string& path) {
    if (path != folder && folder_of(path) == folder) found.insert(path.substr(path.rfind('/') + 1));
  };
  for (const auto& [path, node] : names_) take(path);
  for (const std::string& path : folders_) {
    if (path.find('/') != std::string::npos && path != "/") take(path);
  }
  return std::vector<std::string>(found.begin(), found.end());
}

Result<SimDisk::Node> SimDisk::open(const std::string& path, bool make) {
  if (auto begun = begin(DiskCall::open); !begun) return std::unexpected(std::move(begun).error());
  if (crashes_now(DiskCall::open)) {
    crash();
    return fail_io("the power went");
  }
  const auto found = names_.find(path);
  if (found != names_.end()) return found->second;
  if (!make || !folders_.contains(folder_of(path))) {
    return fail(ErrorCode::not_found, "no_such_file", "simulated: there is no " + path);
  }
  auto node = std::make_shared<SimInode>();
  change_names(folder_of(path), {{path, node}});
  return node;
}

Result<std::size_t> SimDisk::read(const Node& node, std::uint64_t offset, std::span<std::uint8_t> out) {
  if (auto begun = begin(DiskCall::read); !begun) return std::unexpected(std::move(begun).error());
  if (offset >= node->bytes.size()) return 0;
  const auto count =
      static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), node->bytes.size() - offset));
  std::copy_n(node->bytes.begin() + static_cast<std::ptrdiff_t>(offset), count, out.begin());
  return count;
}

Result<> SimDisk::write(const Node& node, std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  if (auto begun = begin(DiskCall::write); !begun) return begun;
  const std::uint64_t size = node->bytes.size();
  const std::uint64_t growth = offset + bytes.size() > size ? offset + bytes.size() - size : 0;
  const std::uint64_t room = free_bytes();
  const bool is_full = growth > room;
  // Like write(2): what fits is written first, and only then is there an error.
  if (is_full) {
    const std::uint64_t lacking = growth - room;
    bytes = bytes.first(lacking < bytes.size() ? bytes.size() - static_cast<std::size_t>(lacking) : 0);
  }
  if (crashes_now(DiskCall::write))
    bytes = bytes.first(static_cast<std::size_t>(random_.below(bytes.size() + 1)));
  if (!bytes.empty()) {
    SimInode::Change change{.offset = offset, .after = {bytes.begin(), bytes.end()}, .size_before = size};
    const std::uint64_t end = std::min<std::uint64_t>(offset + bytes.size(), size);
    if (offset < end) {
      change.before.assign(node->bytes.begin() + static_cast<std::ptrdiff_t>(offset),
                           node->bytes.begin() + static_cast<std::ptrdiff_t>(end));
    }
    put(node->bytes, offset, bytes);
    node->unsynced.push_back(std::move(change));
  }
  if (crashes_now(DiskCall::write)) {
    crash();
    return fail_io("the power went");
  }
  if (is_full) return fail(ErrorCode::unavailable, "disk_full", "simulated: the disk is full");
  return {};
}

Result<> SimDisk::truncate(const Node& node, std::uint64_t size) {
  if (auto begun = begin(DiskCall::truncate); !begun) return begun;
  SimInode::Change change{.is_truncate = true, .offset = size, .size_before = node->bytes.size()};
  if (size < node->bytes.size()) {
    change.before.assign(node->bytes.begin() + static_cast<std::ptrdiff_t>(size), node->bytes.end());
  }
  node->bytes.resize(static_cast<std::size_t>(size), 0);
  node->unsynced.push_back(std::move(change));
  if (crashes_now(DiskCall::truncate)) {
    crash();
    return fail_io("the power went");
  }
  return {};
}

Result<> SimDisk::sync(const Node& node) {
  if (auto begun = begin(DiskCall::sync); !begun) return begun;
  if (crashes_now(DiskCall::sync)) {
    crash();  // some of it may have reached the disk, as with any crash
    return fail_io("the power went");
  }
  node->unsynced.clear();
  return {};
}

Result<> SimDisk::remove(const std::string& path) {
  if (auto begun = begin(DiskCall::remove); !begun) return begun;
  if (names_.contains(path)) change_names(folder_of(path), {{path, nullptr}});
  if (crashes_now(DiskCall::remove)) {
    crash();
    return fail_io("the power went");
  }
  return {};
}

Result<> SimDisk::rename(const std::string& from, const std::string& to) {
  if (auto begun = begin(DiskCall::rename); !begun) return begun;
  const auto found = names_.find(from);
  if (found == names_.end())
    return fail(ErrorCode::not_found, "no_such_file", "simulated: there is no " + from);
  change_names(folder_of(to), {{from, nullptr}, {to, found->second}});
  if (crashes_now(DiskCall::rename)) {
    crash();
    return fail_io("the power went");
  }
  return {};
}

void SimDisk::change_names(const std::string& folder, std::map<std::string, Node> set) {
  for (const auto& [path, node] : set) {
    if (node) {
      names_[path] = node;
    } else {
      names_.erase(path);
    }
  }
  unsynced_names_.push_back({folder, std::move(set)});
}

Result<> SimDisk::sync_folder(const std::string& folder) {
  if (auto begun = begin(DiskCall::sync_folder); !begun) return begun;
  if (crashes_now(DiskCall::sync_folder)) {
    crash();
    return fail_io("the power went");
  }
  for (const NameChange& change : unsynced_names_) {
    if (change.folder != folder) continue;
    for (const auto& [path, node] : change.set) {
      if (node) {
        durable_names_[path] = node;
      } else {
        durable_names_.erase(path);
      }
    }
  }
  std::erase_if(unsynced_names_, [&](const NameChange& change) { return change.folder == folder; });
  return {};
}

void SimDisk::crash() {
  ++life_;
  plans_ = {};
  crash_names();
  // What is open keeps its inode; the next life gets copies, so that nothing of this one can reach them.
  std::map<SimInode*, Node> reborn;
  for (auto& [path, node] : names_) {
    Node& copy = reborn[node.get()];
    if (!copy) {
      copy = std::make_shared<SimInode>(*node);
      crash_content(*copy);
    }
    node = copy;
  }
  durable_names_ = names_;
}

/// Names change in order, as a journalling file system does it: a crash keeps a beginning of the changes.
void SimDisk::crash_names() {
  names_ = durable_names_;
  const std::size_t kept = static_cast<std::size_t>(random_.below(unsynced_names_.size() + 1));
  for (std::size_t i = 0; i < kept; ++i) {
    for (const auto& [path, node] : unsynced_names_[i].set) {
      if (node) {
        names_[path] = node;
      } else {
        names_.erase(path);
      }
    }
  }
  unsynced_names_.clear();
}

void SimDisk::crash_content(SimInode& inode) {
  std::vector<SimInode::Change> changes = std::move(inode.unsynced);
  inode.unsynced.clear();
  if (changes.empty()) return;
  const std::uint64_t fate = random_.below(4);
  if (fate == 0) return;  // all of it had reached the disk
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    inode.bytes.resize(static_cast<std::size_t>(change->size_before), 0);
    put(inode.bytes, change->offset, change->before);
    inode.bytes.resize(static_cast<std::size_t>(change->size_before), 0);
  }
  if (fate == 1) return;  // none of it had
  // Two: a beginning of it, the last piece torn. Three: any sectors, in no order.
  const bool in_order = fate == 2;
  const std::size_t last =
      in_order ? static_cast<std::size_t>(random_.below(changes.size())) : changes.size();
  for (std::size_t i = 0; i < changes.size() && i <= last; ++i) {
    const SimInode::Change& change = changes[i];
    if (change.is_truncate) {
      if (in_order || random_.chance(50)) inode.bytes.resize(static_cast<std::size_t>(change.offset), 0);
      continue;
    }
    const std::span<const std::uint8_t> after(change.after);
    if (in_order) {
      const bool is_torn = i == last;
      put(inode.bytes, change.offset,
          is_torn ? after.first(static_cast<std::size_t>(random_.below(after.size() + 1))) : after);
      continue;
    }
    for (std::uint64_t at = 0; at < after.size();) {
      const std::uint64_t to_boundary = kSector - (change.offset + at) % kSector;
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(to_boundary, after.size() - at));
      if (random_.chance(50))
        put(inode.bytes, change.offset + at, after.subspan(static_cast<std::size_t>(at), count));
      at += count;
    }
  }
}

}  // namespace fettle::io
