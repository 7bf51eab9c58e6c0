// The twin of ArchiveWriter: first the whole file is checked, then its entries are handed out one after the
// other. Blocks; any thread; memory stays at a few buffers.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "fettle/archive/tar_header.h"
#include "fettle/io/files.h"

namespace fettle::archive {

/// How much of the file was read, of how much.
using OnProgress = std::function<void(std::uint64_t done, std::uint64_t of)>;

/// `corrupt` ("bad_archive") when a byte is not what was written, missing, or too many.
Result<> verify_archive(io::File& file, const OnProgress& on_progress);

/// What becomes of the entries. An error ends the reading and is its result.
struct ArchiveSink {
  std::function<Result<>(const TarEntry&)> begin_file;
  std::function<Result<>(std::string_view)> add;
  std::function<Result<>()> end_file;
};
/// Of a verified file. `corrupt` for what is no tar in zstd.
Result<> read_archive(io::File& file, const ArchiveSink& sink, const OnProgress& on_progress);

}  // namespace fettle::archive
