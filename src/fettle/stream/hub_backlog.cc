// Connections that are behind the ticks: new ones, resuming ones, slow ones. All of it is written inside a
// tick, after its messages were sealed, so that ids only ever rise.
#include "fettle/base/check.h"
#include "fettle/stream/frame.h"
#include "fettle/stream/hub_impl.h"

namespace fettle::stream {
namespace {

/// Given to one connection in one tick; what is left waits for the next one, so that all get their turn.
constexpr std::size_t kBacklogBytes = 256U << 10U;
constexpr std::size_t kMostParts = 64;
/// So many samples looked through take as long as one write.
constexpr std::size_t kSamplesAWrite = 64;

}  // namespace

/// All up to here has been written to this connection (but for its tail).
std::uint64_t Hub::Impl::position(const Connection& connection) const {
  if (connection.is_behind) return connection.cursor;
  return is_delivering && connection.served_tick != tick ? tick_first - 1 : delivered;
}

void Hub::Impl::queue(Connection& connection) {
  if (std::exchange(connection.is_queued, true)) return;
  ready.push_back(connection.key);
  work.set();
}

void Hub::Impl::wait_writable(Connection& connection) {
  if (std::exchange(connection.is_waiting, true)) return;
  connection.stream->on_writable([weak = std::weak_ptr(self), key = connection.key] {
    const auto hub = weak.lock();
    if (!hub) return;
    const auto found = (*hub)->connections.find(key);
    if (found == (*hub)->connections.end()) return;
    found->second->is_waiting = false;
    (*hub)->queue(*found->second);
  });
}

/// The bytes that the socket took; negative when the connection has gone, and with it `connection`.
std::ptrdiff_t Hub::Impl::write_parts(Connection& connection, std::span<const std::string_view> some,
                                      std::size_t bytes) {
  std::string together;
  std::string_view whole;
  if (some.size() > kMostParts) {
    together.reserve(bytes);
    for (const std::string_view part : some) together += part;
    whole = together;
    some = {&whole, 1};
  }
  const std::ptrdiff_t taken = connection.stream->try_write(some);
  ++slice_writes;
  if (taken < 0) {
    drop(connection);
    return taken;
  }
  slice_bytes += static_cast<std::size_t>(taken);
  figures.delivered_bytes += static_cast<std::uint64_t>(taken);
  if (taken > 0) connection.written_at = clock.mono_now();
  return taken;
}

/// True when nothing of a begun frame is left. False: it waits, or has gone.
bool Hub::Impl::write_tail(Connection& connection) {
  if (connection.tail.empty()) return true;
  const std::string_view tail = connection.tail;
  const std::ptrdiff_t taken = write_parts(connection, {&tail, 1}, tail.size());
  if (taken < 0) return false;
  connection.tail.erase(0, static_cast<std::size_t>(taken));
  if (!connection.tail.empty()) {
    wait_writable(connection);
    return false;
  }
  connection.tail.shrink_to_fit();
  return true;
}

/// A connection that takes less than is published: what waits for it is bounded.
void Hub::Impl::give_up_backlog(Connection& connection) {
  if (connection.behind_bytes > settings.reader_bytes) connection.resync_reason = "slow";
}

void Hub::Impl::catch_up(Connection& connection) {
  if (!connection.is_behind || connection.is_waiting) return;
  if (!write_tail(connection)) return;
  if (connection.cursor < window.floor() && connection.resync_reason.empty()) {
    connection.resync_reason = connection.behind_bytes > 0 ? "slow" : "window";
  }
  if (!connection.resync_reason.empty()) {
    write_resync(connection);
  } else {
    write_backlog(connection);
  }
}

/// Whatever it missed is not sent any more: the client fetches the present state after this message.
void Hub::Impl::write_resync(Connection& connection) {
  std::string frame;
  append_frame(frame, epoch, delivered, Resync{std::string(connection.resync_reason)});
  const std::string_view whole = frame;
  const std::ptrdiff_t taken = write_parts(connection, {&whole, 1}, whole.size());
  if (taken < 0) return;
  if (taken == 0) return wait_writable(connection);
  ++figures.resyncs;
  connection.resync_reason = {};
  connection.cursor = delivered;
  connection.behind_bytes = 0;
  connection.tail = frame.substr(static_cast<std::size_t>(taken));
  if (connection.tail.empty()) {
    connection.is_behind = false;
  } else {
    wait_writable(connection);
  }
}

void Hub::Impl::write_backlog(Connection& connection) {
  const Backlog backlog = window.collect(connection.view->shelves, connection.cursor, kBacklogBytes);
  slice_writes += backlog.samples_seen / kSamplesAWrite;
  std::vector<std::string_view> backlog_parts;
  std::size_t bytes = 0;
  for (const Piece& piece : backlog.pieces) {
    bytes += piece.bytes.size();
    if (!backlog_parts.empty() && backlog_parts.back().end() == piece.bytes.begin()) {
      backlog_parts.back() = {backlog_parts.back().data(), backlog_parts.back().size() + piece.bytes.size()};
    } else {
      backlog_parts.push_back(piece.bytes);
    }
  }
  std::size_t left = 0;
  if (!backlog_parts.empty()) {
    const std::ptrdiff_t taken = write_parts(connection, backlog_parts, bytes);
    if (taken < 0) return;
    left = static_cast<std::size_t>(taken);
  }
  const bool is_all_written = left == bytes;
  for (const Piece& piece : backlog.pieces) {
    if (left == 0) break;
    connection.cursor = piece.sequence;
    ++figures.delivered;
    if (piece.is_kept) connection.behind_bytes -= std::min(connection.behind_bytes, piece.bytes.size());
    if (piece.bytes.size() > left) connection.tail = piece.bytes.substr(left);
    left -= std::min(left, piece.bytes.size());
  }
  if (!is_all_written) {
    give_up_backlog(connection);
    wait_writable(connection);
  } else if (backlog.is_cut) {
    queue(connection);
  } else {
    connection.is_behind = false;
    connection.behind_bytes = 0;
  }
}

}  // namespace fettle::stream
