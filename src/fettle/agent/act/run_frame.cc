#include "fettle/agent/act/run_frame.h"

#include "fettle/base/check.h"
#include "fettle/base/encoding.h"

namespace fettle::agent {
namespace {

template <class T>
void put(std::string& out, T number) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(number >> (8 * i) & 0xff);
}

template <class T>
T take(std::string_view& from) {
  T number = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    number |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(from[i])) << (8 * i));
  from.remove_prefix(sizeof(T));
  return number;
}

}  // namespace

void append_run_frame(std::string& out, const RunFrame& frame) {
  std::string body;
  body += static_cast<char>(frame.kind);
  put(body, frame.first);
  put(body, frame.second);
  body.append(frame.payload);
  FETTLE_CHECK(body.size() <= kLargestRunFrame);
  put(out, static_cast<std::uint32_t>(body.size()));
  put(out, crc32c(as_bytes(body)));
  out += body;
}

RunFrameRead take_run_frame(std::string_view& rest, RunFrame& frame) {
  std::string_view from = rest;
  if (from.size() < kRunFrameHead) return RunFrameRead::incomplete;
  const auto size = take<std::uint32_t>(from);
  const auto crc = take<std::uint32_t>(from);
  if (size < kRunFrameFixed - kRunFrameHead || size > kLargestRunFrame) return RunFrameRead::broken;
  if (from.size() < size) return RunFrameRead::incomplete;
  std::string_view body = from.substr(0, size);
  if (crc32c(as_bytes(body)) != crc) return RunFrameRead::broken;
  rest = from.substr(size);
  frame.kind = static_cast<RunFrameKind>(body.front());
  body.remove_prefix(1);
  frame.first = take<std::uint64_t>(body);
  frame.second = take<std::uint64_t>(body);
  frame.payload = body;
  return RunFrameRead::good;
}

}  // namespace fettle::agent
