// Files in, bytes of one archive out: tar, compressed, with a checksum over all of it at the end. What came
// out is taken away as it comes, so memory stays at a few buffers. Any one thread at a time.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/archive/tar_header.h"
#include "fettle/base/sha256_stream.h"

namespace fettle::archive {

/// What was written of a file, for the manifest.
struct WrittenFile {
  std::string name;
  std::uint64_t size = 0;
  Hash256 sha256{};
};

class ArchiveWriter {
 public:
  ArchiveWriter();
  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  /// Exactly `entry.size` bytes must follow.
  Result<> begin_file(const TarEntry& entry);
  void add(std::string_view bytes);
  void end_file();
  /// A small file in one call.
  Result<> add_file(const TarEntry& entry, std::string_view content);
  /// Nothing can be added afterwards.
  void finish();

  /// Bytes of the archive since the last call.
  [[nodiscard]] std::string take();
  [[nodiscard]] const std::vector<WrittenFile>& files() const { return files_; }

 private:
  void compress(std::string_view bytes, int directive);
  void put(std::string_view bytes);

  struct Compressor;
  std::unique_ptr<Compressor> compressor_;
  std::string out_;
  Sha256Stream sum_;   // of the archive
  Sha256Stream file_;  // of the file that is written
  std::uint64_t missing_ = 0;
  std::vector<WrittenFile> files_;
};

/// At the very end: a skippable frame (Source: RFC 8878, section 3.1.2) that holds a mark and the checksum.
inline constexpr std::string_view kTrailerHead{
    "\x50\x2a\x4d\x18\x28\x00\x00\x00"
    "FETTLE-1",
    16};
inline constexpr std::size_t kTrailerBytes = kTrailerHead.size() + 32;

}  // namespace fettle::archive
