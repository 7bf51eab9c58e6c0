#include "fettle/archive/archive_reader.h"

#include <zstd.h>

#include <memory>

#include "fettle/archive/archive_writer.h"
#include "fettle/base/encoding.h"

namespace fettle::archive {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr int kLargestWindow = 27;  // 128 MiB; level 3 uses 2 MiB

std::unexpected<Error> corrupt(std::string_view why) {
  return fail(ErrorCode::corrupt, "bad_archive", "the archive cannot be read: " + std::string(why));
}

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// Entries out of the bytes of a tar file that come in pieces.
class Entries {
 public:
  explicit Entries(const ArchiveSink& sink) : sink_(sink) {}

  Result<> take(std::string_view bytes) {
    while (!bytes.empty()) {
      Result<> done = is_inside_ ? take_content(bytes) : take_block(bytes);
      if (!done) return done;
    }
    return {};
  }
  [[nodiscard]] bool is_complete() const { return !is_inside_ && block_.empty() && zero_blocks_ == 2; }

 private:
  Result<> take_block(std::string_view& bytes) {
    const std::size_t count = std::min(bytes.size(), kTarBlock - block_.size());
    block_ += bytes.substr(0, count);
    bytes.remove_prefix(count);
    if (block_.size() < kTarBlock) return {};
    FETTLE_TRY(const auto entry, parse_tar_header(block_));
    block_.clear();
    if (!entry) {
      if (++zero_blocks_ > 2) return corrupt("there is something behind its end");
      return {};
    }
    if (zero_blocks_ > 0) return corrupt("there is something behind its end");
    if (auto begun = sink_.begin_file(*entry); !begun) return begun;
    content_left_ = entry->size;
    padding_left_ = tar_padding(entry->size);
    is_inside_ = true;
    return end_if_whole();
  }

  Result<> take_content(std::string_view& bytes) {
    if (content_left_ > 0) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), content_left_));
      if (auto added = sink_.add(bytes.substr(0, count)); !added) return added;
      bytes.remove_prefix(count);
      content_left_ -= count;
    } else {
      const std::size_t count = std::min(bytes.size(), padding_left_);
      bytes.remove_prefix(count);
      padding_left_ -= count;
    }
    return end_if_whole();
  }

  Result<> end_if_whole() {
    if (content_left_ > 0 || padding_left_ > 0) return {};
    is_inside_ = false;
    return sink_.end_file();
  }

  const ArchiveSink& sink_;
  std::string block_;
  bool is_inside_ = false;
  std::uint64_t content_left_ = 0;
  std::size_t padding_left_ = 0;
  int zero_blocks_ = 0;
};

Result<std::uint64_t> content_size(const io::File& file) {
  if (file.size() <= kTrailerBytes) return corrupt("it is too short");
  return file.size() - kTrailerBytes;
}

}  // namespace

Result<> verify_archive(io::File& file, const OnProgress& on_progress) {
  FETTLE_TRY(const std::uint64_t size, content_size(file));
  FETTLE_TRY(const auto trailer, file.read(size, kTrailerBytes));
  if (!as_text(trailer).starts_with(kTrailerHead)) {
    return corrupt("it has no checksum at its end: it was cut off, or is no copy that Fettle made");
  }
  Sha256Stream sum;
  const std::uint64_t summed = size + kTrailerHead.size();
  for (std::uint64_t at = 0; at < summed;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, summed - at));
    FETTLE_TRY(const auto bytes, file.read(at, wanted));
    if (bytes.size() != wanted) return corrupt("it became shorter while it was read");
    sum.add(bytes);
    at += wanted;
    on_progress(at, file.size());
  }
  const Hash256 found = sum.finish();
  if (!std::ranges::equal(found, std::span(trailer).subspan(kTrailerHead.size()))) {
    return corrupt("its checksum is wrong: some of it was changed or damaged");
  }
  return {};
}

Result<> read_archive(io::File& file, const ArchiveSink& sink, const OnProgress& on_progress) {
  FETTLE_TRY(const std::uint64_t size, content_size(file));
  const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kLargestWindow);
  Entries entries(sink);
  std::string plain(ZSTD_DStreamOutSize(), '\0');
  std::size_t state = 1;  // 0: a frame is complete
  for (std::uint64_t at = 0; at < size;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, size - at));
    FETTLE_TRY(const auto bytes, file.read(at, wanted));
    if (bytes.size() != wanted) return corrupt("it became shorter while it was read");
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (in.pos < in.size) {
      if (state == 0) return corrupt("there is something behind its end");
      ZSTD_outBuffer out{plain.data(), plain.size(), 0};
      state = ZSTD_decompressStream(context.get(), &out, &in);
      if (ZSTD_isError(state) != 0) return corrupt(ZSTD_getErrorName(state));
      if (auto taken = entries.take({plain.data(), out.pos}); !taken) return taken;
    }
    at += wanted;
    on_progress(at, file.size());
  }
  // What the last input still holds back.
  while (state != 0) {
    ZSTD_inBuffer in{nullptr, 0, 0};
    ZSTD_outBuffer out{plain.data(), plain.size(), 0};
    state = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(state) != 0) return corrupt(ZSTD_getErrorName(state));
    if (auto taken = entries.take({plain.data(), out.pos}); !taken) return taken;
    if (out.pos == 0) break;
  }
  if (state != 0 || !entries.is_complete()) return corrupt("it ends too early");
  return {};
}

}  // namespace fettle::archive
