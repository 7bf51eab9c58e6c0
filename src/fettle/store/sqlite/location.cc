#include "fettle/store/sqlite/location.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>

namespace fettle::store {

bool is_network_file_system(std::uint64_t kind) {
  // Source: statfs(2). Lustre has no name in linux/magic.h.
  constexpr std::uint64_t kLustre = 0x0BD00BD0;
  constexpr std::array<std::uint64_t, 8> kKinds{NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC, SMB2_SUPER_MAGIC,
                                                CIFS_SUPER_MAGIC, AFS_SUPER_MAGIC, CEPH_SUPER_MAGIC,
                                                V9FS_MAGIC,       kLustre};
  return std::find(kKinds.begin(), kKinds.end(), kind & 0xFFFFFFFFU) != kKinds.end();
}

Result<> check_location(const std::string& folder) {
  struct statfs found{};
  if (::statfs(folder.c_str(), &found) != 0) return {};
  if (!is_network_file_system(static_cast<std::uint64_t>(found.f_type))) return {};
  return fail(ErrorCode::conflict, "store_on_network",
              folder + " lies on a network file system; the store needs a local disk");
}

}  // namespace fettle::store
