#include "fettle/app/program_file.h"

#include "fettle/base/crypto.h"
#include "fettle/base/encoding.h"

namespace fettle::app {
namespace {

Result<ProgramFacts> look_at(io::Files& files, const std::string& path) {
  constexpr std::size_t kBlock = 256 * 1024;
  FETTLE_TRY(const auto file, files.open(path, io::OpenMode::read));
  Sha256 hash;
  ProgramFacts facts;
  while (facts.bytes < file->size()) {
    FETTLE_TRY(const auto block, file->read(facts.bytes, kBlock));
    if (block.empty()) break;
    hash.add(block);
    facts.bytes += block.size();
  }
  facts.sha256 = hex_encode(hash.finish());
  return facts;
}

}  // namespace

std::string_view own_architecture() {
#if defined(__x86_64__)
  return "amd64";
#elif defined(__aarch64__)
  return "arm64";
#else
#error "there are programs for x86_64 and aarch64 only"
#endif
}

ProgramFile::ProgramFile(io::Loop& loop, io::Clock& clock, io::WorkQueue& workers, io::Files& files,
                         io::Log& log, std::string path)
    : loop_(loop),
      clock_(clock),
      workers_(workers),
      files_(files),
      path_(std::move(path)),
      tasks_(loop, log) {}

Task<Result<ProgramFacts>> ProgramFile::facts() {
  while (!facts_ && is_looking_) co_await looked_.wait();
  if (facts_) co_return *facts_;
  struct Looking {
    ProgramFile& owner;
    ~Looking() {
      owner.is_looking_ = false;
      owner.looked_.set();
    }
  } const looking{*this};
  is_looking_ = true;
  looked_.reset();
  auto look = [&files = files_, path = path_] { return look_at(files, path); };
  auto found = co_await io::offload(loop_, workers_, std::move(look));
  if (!found) co_return std::unexpected(std::move(found).error());
  facts_ = *found;
  co_return std::move(*found);
}

void ProgramFile::send(std::shared_ptr<net::ByteStream> stream, std::uint64_t bytes) {
  const auto transfer = std::make_shared<Transfer>();
  transfer->stream = std::move(stream);
  transfer->moved_at = clock_.mono_now();
  transfers_.insert(transfer);
  tasks_.spawn("program.send", send_all(transfer, bytes));
  if (!std::exchange(is_sweeping_, true)) tasks_.spawn("program.sweep", sweep());
}

Task<Result<std::string>> ProgramFile::read_piece(std::shared_ptr<io::File> file, std::uint64_t offset) {
  auto read = [file = std::move(file), offset]() -> Result<std::string> {
    FETTLE_TRY(const auto piece, file->read(offset, kPieceBytes));
    return std::string(as_text(piece));
  };
  co_return co_await io::offload(loop_, workers_, std::move(read));
}

Task<void> ProgramFile::send_all(std::shared_ptr<Transfer> transfer, std::uint64_t bytes) {
  struct Leave {
    ProgramFile& owner;
    std::shared_ptr<Transfer> transfer;
    ~Leave() {
      transfer->stream->close();
      owner.transfers_.erase(transfer);
    }
  } const leave{*this, transfer};
  auto opened = co_await io::offload(
      loop_, workers_, [&files = files_, path = path_] { return files.open(path, io::OpenMode::read); });
  if (!opened) co_return;
  const std::shared_ptr<io::File> file(std::move(*opened));  // shared with the worker that reads a piece
  // Closed before the announced length, a client knows that it has not got all.
  for (std::uint64_t sent = 0; sent < bytes;) {
    const auto piece = co_await read_piece(file, sent);
    if (!piece || piece->empty() || !co_await send_piece(transfer, *piece)) co_return;
    sent += piece->size();
  }
}

Task<bool> ProgramFile::send_piece(std::shared_ptr<Transfer> transfer, std::string_view piece) {
  while (!piece.empty()) {
    const std::ptrdiff_t taken = transfer->stream->try_write({&piece, 1});
    if (taken < 0 || transfer->is_given_up) co_return false;
    if (taken > 0) {
      transfer->moved_at = clock_.mono_now();
      piece.remove_prefix(static_cast<std::size_t>(taken));
      continue;
    }
    transfer->writable.reset();
    transfer->stream->on_writable([weak = std::weak_ptr(transfer)] {
      if (const auto self = weak.lock()) self->writable.set();
    });
    co_await transfer->writable.wait();
  }
  co_return true;
}

Task<void> ProgramFile::sweep() {
  constexpr Seconds kPause{5};
  while (!transfers_.empty()) {
    co_await clock_.sleep_for(kPause);
    const MonoTime now = clock_.mono_now();
    for (const auto& transfer : transfers_) {
      if (now - transfer->moved_at < kPatience) continue;
      transfer->is_given_up = true;
      transfer->writable.set();
    }
  }
  is_sweeping_ = false;
}

}  // namespace fettle::app
