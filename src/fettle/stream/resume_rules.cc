#include "fettle/stream/resume_rules.h"

#include <charconv>

namespace fettle::stream {
namespace {

constexpr std::uint64_t kLargestSequence = (std::uint64_t{1} << 53U) - 1;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

std::optional<StreamId> parse_stream_id(std::string_view text) {
  if (text.size() < kEpochSize + 2 || text.size() > kLongestId) return std::nullopt;
  const std::string_view epoch = text.substr(0, kEpochSize);
  if (!std::ranges::all_of(epoch, is_alphanumeric) || text[kEpochSize] != '-') return std::nullopt;
  const std::string_view digits = text.substr(kEpochSize + 1);
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  std::uint64_t sequence = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), sequence);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (sequence > kLargestSequence) return std::nullopt;
  return StreamId{std::string(epoch), sequence};
}

std::string format_stream_id(const StreamId& id) {
  return id.epoch + '-' + std::to_string(id.sequence);
}

ResumePlan decide_resume(std::string_view last_event_id, const StreamPosition& position) {
  if (last_event_id.empty()) return {position.delivered, {}};
  const auto id = parse_stream_id(last_event_id);
  if (id && id->epoch != position.epoch) return {position.delivered, "restart"};
  if (!id || id->sequence > position.delivered || id->sequence < position.floor) {
    return {position.delivered, "window"};
  }
  return {id->sequence, {}};
}

}  // namespace fettle::stream
