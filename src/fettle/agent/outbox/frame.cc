#include "fettle/agent/outbox/frame.h"

#include "fettle/base/check.h"
#include "fettle/base/encoding.h"

namespace fettle::agent {
namespace {

template <class T>
void put(std::string& out, T number) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(number >> (8 * i) & 0xff);
}

template <class T>
bool take(std::string_view& from, T& number) {
  if (from.size() < sizeof(T)) return false;
  number = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    number |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(from[i])) << (8 * i));
  from.remove_prefix(sizeof(T));
  return true;
}

bool take_body(std::string_view body, Frame& frame) {
  if (body.empty()) return false;
  frame = Frame{};
  frame.kind = static_cast<FrameKind>(body.front());
  body.remove_prefix(1);
  bool fits = true;
  if (frame.kind == FrameKind::set) {
    fits = take(body, frame.set_id);
  } else if (frame.kind == FrameKind::heartbeat) {
    std::uint64_t sampled = 0;
    fits = take(body, frame.position.boot) && take(body, frame.position.sequence) && take(body, sampled) &&
           take(body, frame.set_id);
    frame.sampled_at_ms = static_cast<std::int64_t>(sampled);
  }
  frame.payload = body;
  return fits;
}

}  // namespace

void append_frame(std::string& out, const Frame& frame) {
  const std::size_t start = out.size();
  out.append(kFrameHead, '\0');
  out += static_cast<char>(frame.kind);
  switch (frame.kind) {
    case FrameKind::head:
      put(out, kSegmentVersion);
      break;
    case FrameKind::set:
      put(out, frame.set_id);
      break;
    case FrameKind::heartbeat:
      put(out, frame.position.boot);
      put(out, frame.position.sequence);
      put(out, static_cast<std::uint64_t>(frame.sampled_at_ms));
      put(out, frame.set_id);
      break;
    case FrameKind::thinned:
      break;
  }
  out.append(frame.payload);
  const std::string_view body = std::string_view(out).substr(start + kFrameHead);
  FETTLE_CHECK(body.size() <= kLargestFrame);
  std::string head;
  put(head, static_cast<std::uint32_t>(body.size()));
  put(head, crc32c(as_bytes(body)));
  out.replace(start, kFrameHead, head);
}

FrameRead take_frame(std::string_view& rest, Frame& frame) {
  std::string_view from = rest;
  std::uint32_t size = 0, crc = 0;
  if (!take(from, size) || !take(from, crc)) return FrameRead::incomplete;
  if (size == 0 || size > kLargestFrame) return FrameRead::broken;
  if (from.size() < size) return FrameRead::incomplete;
  const std::string_view body = from.substr(0, size);
  if (crc32c(as_bytes(body)) != crc || !take_body(body, frame)) return FrameRead::broken;
  rest = from.substr(size);
  return FrameRead::good;
}

}  // namespace fettle::agent
