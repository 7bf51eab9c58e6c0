// Tells words about runs from other messages before they are decoded. Pure.
#pragma once
#include <string_view>

namespace fettle::wire {

/// Whether these bytes begin as a word about runs does; what they are is known once they are decoded. Fields
/// 15 to 21 of Envelope, as protobuf writes their head: number * 8 + 2 (bytes of some length), in one byte
/// below 16 and in two from there on.
inline bool begins_as_work(std::string_view bytes) {
  constexpr unsigned kFirst = 15, kLast = 21, kWithLength = 2, kMore = 0x80;
  if (bytes.size() < 2) return false;
  unsigned head = static_cast<unsigned char>(bytes[0]);
  if ((head & kMore) != 0) head = (head - kMore) + static_cast<unsigned char>(bytes[1]) * kMore;
  return head % 8 == kWithLength && head / 8 >= kFirst && head / 8 <= kLast;
}

}  // namespace fettle::wire
