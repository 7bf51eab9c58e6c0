#include "fettle/app/exec_report.h"

#include <unistd.h>

#include "fettle/agent/act/run_frame.h"
#include "fettle/io/spool.h"
#include "fettle/io/system_clock.h"

namespace fettle::app {
namespace {

using agent::RunFrame;
using agent::RunFrameKind;

/// Output that waits for a writer that does not take it.
constexpr std::size_t kMostPending = ExecReport::kMostFirst + 1024UL * 1024;

std::uint64_t now() {
  return static_cast<std::uint64_t>(unix_ms(io::system_wall_now()));
}

}  // namespace

ExecReport::ExecReport(std::string spool) : spool_(std::move(spool)) {}

ExecReport::~ExecReport() {
  if (socket_ >= 0) ::close(socket_);
}

void ExecReport::begin(const wire::RunOpened& opened) {
  socket_ = io::fork_spool_writer(spool_, opened.run_id);
  if (socket_ < 0) return;
  agent::append_run_frame(pending_, {.kind = RunFrameKind::opened, .payload = wire::encode(opened)});
  ignore(io::send_to_spool(socket_, pending_), "the rest goes with what comes next");
}

void ExecReport::add_output(io::OutputKind kind, std::string_view bytes) {
  if (socket_ < 0) return;
  const bool has_room = last_.empty() && lost_ == 0 && pending_.size() < kMostPending;
  const std::string_view first = bytes.substr(0, has_room ? std::min(first_left_, bytes.size()) : 0);
  if (!first.empty()) {
    first_left_ -= first.size();
    put(kind, first);
    ignore(io::send_to_spool(socket_, pending_), "the rest goes with what comes next");
  }
  if (bytes.size() > first.size()) keep_last(kind, bytes.substr(first.size()));
}

void ExecReport::put(io::OutputKind kind, std::string_view bytes) {
  if (frames_ >= kMostSmallFrames) {
    if (gathered_.kind != kind) put_gathered();
    if (gathered_.bytes.empty()) gathered_ = {kind, now(), {}};
    gathered_.bytes += bytes;
    if (gathered_.bytes.size() >= kGathered) put_gathered();
    return;
  }
  ++frames_;
  agent::append_run_frame(pending_, {.kind = RunFrameKind::output,
                                     .first = now(),
                                     .second = static_cast<std::uint64_t>(kind),
                                     .payload = bytes});
}

void ExecReport::put_gathered() {
  if (gathered_.bytes.empty()) return;
  agent::append_run_frame(pending_, {.kind = RunFrameKind::output,
                                     .first = gathered_.at,
                                     .second = static_cast<std::uint64_t>(gathered_.kind),
                                     .payload = gathered_.bytes});
  gathered_.bytes.clear();
}

void ExecReport::keep_last(io::OutputKind kind, std::string_view bytes) {
  if (bytes.size() > kMostLast) {
    lost_ += bytes.size() - kMostLast;
    bytes.remove_prefix(bytes.size() - kMostLast);
  }
  if (!last_.empty() && last_.back().kind == kind && last_.back().bytes.size() < kGathered) {
    last_.back().bytes += bytes;
  } else {
    last_.push_back({kind, now(), std::string(bytes)});
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

void ExecReport::end(int code, const std::string& why) {
  if (socket_ < 0) return;
  put_gathered();
  if (lost_ > 0)
    agent::append_run_frame(pending_, {.kind = RunFrameKind::lost, .first = lost_, .payload = {}});
  for (const Piece& piece : last_) {
    agent::append_run_frame(pending_, {.kind = RunFrameKind::output,
                                       .first = piece.at,
                                       .second = static_cast<std::uint64_t>(piece.kind),
                                       .payload = piece.bytes});
  }
  agent::append_run_frame(pending_, {.kind = RunFrameKind::ended,
                                     .first = now(),
                                     .second = static_cast<std::uint64_t>(code),
                                     .payload = why});
  io::finish_spool(socket_, std::move(pending_), kPatienceMs);
}

}  // namespace fettle::app
