#include "fettle/app/exec_report.h"

#include <unistd.h>

#include <algorithm>

#include "fettle/io/spool_writer.h"
#include "fettle/io/system_clock.h"

namespace fettle::app {
namespace {

/// Output that waits for a teller that does not take it.
constexpr std::size_t kMostPending = ExecReport::kMostFirst + 1024UL * 1024;

std::uint64_t now_ms() {
  return static_cast<std::uint64_t>(unix_ms(io::system_wall_now()));
}

}  // namespace

ExecReport::~ExecReport() {
  give_up();
}

void ExecReport::begin(const ExecStart& start) noexcept {
  const io::TellerFork forked = io::fork_teller();
  if (forked.is_teller) tell_of_command(forked.socket, start);
  socket_ = forked.socket;
}

void ExecReport::add_output(io::OutputKind kind, std::string_view bytes) noexcept {
  guarded([&] { add_piece(kind, bytes); });
}

void ExecReport::end(const End& end) noexcept {
  guarded([&] { finish(end); });
}

/// Memory may be short, and the command goes on all the same.
void ExecReport::guarded(const std::function<void()>& work) noexcept {
  if (socket_ < 0) return;
  try {
    work();
  } catch (...) {
    give_up();
  }
}

void ExecReport::give_up() noexcept {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void ExecReport::add_piece(io::OutputKind kind, std::string_view bytes) {
  const bool has_room = last_.empty() && lost_ == 0 && pending_.size() < kMostPending;
  const std::string_view first = bytes.substr(0, has_room ? std::min(first_left_, bytes.size()) : 0);
  if (!first.empty()) {
    first_left_ -= first.size();
    put({.at_ms = now_ms(), .kind = ExecWord::Kind::output, .stream = kind}, first);
    ignore(io::send_to_teller(socket_, pending_), "the rest goes with what comes next");
  }
  if (bytes.size() > first.size()) keep_last(kind, bytes.substr(first.size()));
}

void ExecReport::put(ExecWord word, std::string_view payload) {
  word.size = static_cast<std::uint32_t>(payload.size());
  pending_.append(reinterpret_cast<const char*>(&word), sizeof word);
  pending_.append(payload);
}

void ExecReport::keep_last(io::OutputKind kind, std::string_view bytes) {
  if (bytes.size() > kMostLast) {
    lost_ += bytes.size() - kMostLast;
    bytes.remove_prefix(bytes.size() - kMostLast);
  }
  if (!last_.empty() && last_.back().kind == kind && last_.back().bytes.size() < kGathered) {
    last_.back().bytes += bytes;
  } else {
    last_.push_back({kind, now_ms(), std::string(bytes)});
  }
  last_bytes_ += bytes.size();
  while (last_bytes_ > kMostLast) {
    const std::size_t size = last_.front().bytes.size();
    const std::size_t excess = std::min(size, last_bytes_ - kMostLast);
    last_.front().bytes.erase(0, excess);
    last_bytes_ -= excess;
    lost_ += excess;
    if (excess == size) last_.pop_front();
  }
}

void ExecReport::finish(const End& end) {
  put({.number = lost_, .kind = ExecWord::Kind::lost}, {});
  for (const Piece& piece : last_)
    put({.at_ms = piece.at_ms, .kind = ExecWord::Kind::output, .stream = piece.kind}, piece.bytes);
  put({.at_ms = static_cast<std::uint64_t>(unix_ms(end.at)),
       .number = static_cast<std::uint64_t>(end.code),
       .kind = ExecWord::Kind::ended,
       .is_late = end.is_late},
      end.why);
  io::finish_telling(socket_, std::move(pending_), kPatienceMs);
}

}  // namespace fettle::app
