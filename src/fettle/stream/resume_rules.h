// Ids of the stream, `<epoch>-<sequence>`, and what a connection that brings one is told. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fettle::stream {

constexpr std::size_t kEpochSize = 8;
/// Longer ids are not ours, and would make browsers ask first (CORS, 128 bytes).
constexpr std::size_t kLongestId = 64;

/// `epoch` is one life of the server, [A-Za-z0-9]{8}; `sequence` counts its messages, below 2^53 so that
/// browsers can compare it as a number.
struct StreamId {
  std::string epoch;
  std::uint64_t sequence = 0;
  friend bool operator==(const StreamId&, const StreamId&) = default;
};

/// nullopt unless it is spelled exactly as we spell it.
std::optional<StreamId> parse_stream_id(std::string_view text);
std::string format_stream_id(const StreamId& id);

/// Where the server stands: all up to `delivered` was handed out, and of all after `floor` the window has
/// every kept message and the newest sample of each key.
struct StreamPosition {
  std::string_view epoch;
  std::uint64_t floor = 0;
  std::uint64_t delivered = 0;
};

/// Go on after this sequence; with a reason, something may have been missed, and the client is told so.
struct ResumePlan {
  std::uint64_t after = 0;
  std::string_view resync_reason;  // empty, "restart", "window"
  friend bool operator==(const ResumePlan&, const ResumePlan&) = default;
};

/// `last_event_id` as the client sent it; empty: it has seen nothing, and begins now.
ResumePlan decide_resume(std::string_view last_event_id, const StreamPosition& position);

}  // namespace fettle::stream
