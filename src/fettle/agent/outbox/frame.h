// How records lie in a segment: size, CRC32C, body. Pure. A frame that is cut short or whose bits have
// changed is never taken for a good one.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "fettle/wire/messages.h"

namespace fettle::agent {

// The body is a kind and what belongs to it; numbers are little endian:
//   head:      version u32
//   set:       id u64, encoded series set
//   heartbeat: boot u64, sequence u64, sampled_at_ms i64, set u64, encoded heartbeat
//   thinned:   nothing; what follows was thinned
enum class FrameKind : std::uint8_t { head = 1, set = 2, heartbeat = 3, thinned = 4 };

struct Frame {
  FrameKind kind = FrameKind::head;  // may be a number that this version does not know
  wire::Position position;
  std::int64_t sampled_at_ms = 0;
  std::uint64_t set_id = 0;
  std::string_view payload;
};

inline constexpr std::uint32_t kSegmentVersion = 1;
inline constexpr std::size_t kFrameHead = 8;
/// A series set of wire::kMaxSeries with names of wire::kMaxText each.
inline constexpr std::size_t kLargestFrame = 4UL * 1024 * 1024;

void append_frame(std::string& out, const Frame& frame);

enum class FrameRead : std::uint8_t { good, incomplete, broken };
/// Takes a frame off the front of `rest` when it is good; `frame.payload` points into it. `incomplete` when
/// more bytes might make it good.
FrameRead take_frame(std::string_view& rest, Frame& frame);

}  // namespace fettle::agent
