#include "fettle/archive/archive_writer.h"

#include <zstd.h>

#include "fettle/base/check.h"
#include "fettle/base/encoding.h"

namespace fettle::archive {
namespace {

constexpr int kLevel = 3;
constexpr int kEndBlocks = 2;  // POSIX: two blocks of zeros

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

}  // namespace

struct ArchiveWriter::Compressor {
  std::unique_ptr<ZSTD_CCtx, FreeContext> context{ZSTD_createCCtx()};
  std::string buffer = std::string(ZSTD_CStreamOutSize(), '\0');
};

ArchiveWriter::ArchiveWriter() : compressor_(std::make_unique<Compressor>()) {
  FETTLE_CHECK(compressor_->context != nullptr);
  ZSTD_CCtx_setParameter(compressor_->context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(compressor_->context.get(), ZSTD_c_checksumFlag, 1);
}

ArchiveWriter::~ArchiveWriter() = default;

void ArchiveWriter::put(std::string_view bytes) {
  sum_.add(as_bytes(bytes));
  out_ += bytes;
}

void ArchiveWriter::compress(std::string_view bytes, int directive) {
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  for (;;) {
    ZSTD_outBuffer out{compressor_->buffer.data(), compressor_->buffer.size(), 0};
    const std::size_t left = ZSTD_compressStream2(compressor_->context.get(), &out, &in,
                                                  static_cast<ZSTD_EndDirective>(directive));
    FETTLE_CHECK(ZSTD_isError(left) == 0, ZSTD_getErrorName(left));
    put({compressor_->buffer.data(), out.pos});
    if (directive == ZSTD_e_end ? left == 0 : in.pos == in.size) return;
  }
}

Result<> ArchiveWriter::begin_file(const TarEntry& entry) {
  FETTLE_CHECK(missing_ == 0 && is_safe_name(entry.name), entry.name);
  FETTLE_TRY(const auto header, tar_header(entry));
  compress({header.data(), header.size()}, ZSTD_e_continue);
  missing_ = entry.size;
  file_ = Sha256Stream();
  files_.push_back({entry.name, entry.size, {}});
  return {};
}

void ArchiveWriter::add(std::string_view bytes) {
  FETTLE_CHECK(bytes.size() <= missing_);
  missing_ -= bytes.size();
  file_.add(as_bytes(bytes));
  compress(bytes, ZSTD_e_continue);
}

void ArchiveWriter::end_file() {
  FETTLE_CHECK(missing_ == 0);
  files_.back().sha256 = file_.finish();
  compress(std::string(tar_padding(files_.back().size), '\0'), ZSTD_e_continue);
}

Result<> ArchiveWriter::add_file(const TarEntry& entry, std::string_view content) {
  FETTLE_CHECK(entry.size == content.size());
  if (auto begun = begin_file(entry); !begun) return begun;
  add(content);
  end_file();
  return {};
}

void ArchiveWriter::finish() {
  FETTLE_CHECK(missing_ == 0);
  compress(std::string(kEndBlocks * kTarBlock, '\0'), ZSTD_e_end);
  // The head of the trailer is part of what is summed: only the sum itself is not.
  put(kTrailerHead);
  const Hash256 sum = sum_.finish();
  out_ += as_text(sum);
}

std::string ArchiveWriter::take() {
  return std::exchange(out_, {});
}

}  // namespace fettle::archive
