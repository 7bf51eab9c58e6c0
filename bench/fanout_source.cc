#include "bench/fanout_source.h"

#include <fmt/format.h>

#include <algorithm>

namespace fettle::bench {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kShortestPauseNs = 1'000'000;

}  // namespace

std::string make_fanout_body(std::uint64_t number, std::int64_t due_ns) {
  std::string body = fmt::format(R"({{"n":{},"t":{},"fill":")", number, due_ns);
  body.append(kFanoutBodyBytes - 2 - body.size(), 'x');
  return body + "\"}";
}

std::int64_t FanoutSchedule::due_ns(std::uint64_t number) const {
  return began_ns + static_cast<std::int64_t>(static_cast<double>(number - 1) / rate * kSecondNs);
}

std::uint64_t FanoutSchedule::due_count(std::int64_t now_ns) const {
  const double elapsed_s = static_cast<double>(now_ns - began_ns) / kSecondNs;
  return std::min(count, static_cast<std::uint64_t>(elapsed_s * rate) + 1);
}

std::int64_t FanoutSchedule::pause_ns() const {
  return std::max(kShortestPauseNs, static_cast<std::int64_t>(0.5 * kSecondNs / rate));
}

}  // namespace fettle::bench
