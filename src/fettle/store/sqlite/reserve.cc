#include "fettle/store/sqlite/reserve.h"

#include <vector>

namespace fettle::store {

Reserve::Reserve(io::Files& files, std::string path, std::uint64_t size_bytes)
    : files_(files), path_(std::move(path)), size_bytes_(size_bytes) {}

Result<> Reserve::fill() {
  FETTLE_TRY(auto file, files_.open(path_, io::OpenMode::append_or_create));
  // Written, not just sized: only blocks that exist are a reserve.
  constexpr std::uint64_t kPiece = 64 * 1024;
  const std::vector<std::uint8_t> zeros(kPiece, 0);
  while (file->size() < size_bytes_) {
    const auto size = static_cast<std::size_t>(std::min(kPiece, size_bytes_ - file->size()));
    if (auto done = file->append({zeros.data(), size}); !done) {
      release();
      return done;
    }
  }
  auto synced = file->sync();
  if (!synced) release();
  return synced;
}

bool Reserve::release() {
  auto file = files_.open(path_, io::OpenMode::append_or_create);
  if (!file) return false;
  const bool had_any = (*file)->size() > 0;
  // Cut, then removed: the space is back even while something holds the file open.
  ignore((*file)->truncate(0), "removing it follows");
  file->reset();
  ignore(files_.remove(path_), "it is empty by now; the next fill starts from what is there");
  return had_any;
}

}  // namespace fettle::store
