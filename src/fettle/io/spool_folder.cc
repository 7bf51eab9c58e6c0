#include "fettle/io/spool_folder.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace fettle::io {

Result<SpoolList> SystemSpool::list(std::size_t most) {
  remove_forgotten(path_);
  return list_spool(path_, most);
}

Result<SpoolPiece> SystemSpool::read(const std::string& name, std::uint64_t offset, std::size_t most) {
  return read_spool(path_ + "/" + name, offset, most);
}

Result<> SystemSpool::remove(const std::string& name) {
  if (::unlink((path_ + "/" + name).c_str()) == 0 || errno == ENOENT) return {};
  return fail(ErrorCode::io, "file_not_removed",
              "cannot remove " + path_ + "/" + name + ": " + std::strerror(errno));
}

Result<> SystemSpool::watch(std::function<void()> on_change) {
  FETTLE_TRY(watch_, FolderWatch::open(loop_, path_, std::move(on_change)));
  return {};
}

}  // namespace fettle::io
