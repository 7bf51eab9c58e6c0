#include "fettle/stream/topics.h"

#include "fettle/base/text.h"

namespace fettle::stream {
namespace {
constexpr std::string_view kHostPrefix = "host:";
constexpr std::string_view kRunPrefix = "run:";

struct RunTag {
  static constexpr std::string_view prefix = "run";
};

/// One spelling only: ids are lower case.
template <class IdType>
bool is_id_text(std::string_view text) {
  const auto id = IdType::parse(text);
  return id && id->text() == text;
}
constexpr std::size_t kLongestQuoted = 64;  // of a wrong name, in an error
}  // namespace

bool is_topic_name(std::string_view name) {
  if (name == "fleet" || name == "events" || name == "logs" || name == "runs") return true;
  if (name.starts_with(kHostPrefix)) return is_id_text<HostId>(name.substr(kHostPrefix.size()));
  return name.starts_with(kRunPrefix) && is_id_text<Id<RunTag>>(name.substr(kRunPrefix.size()));
}

Result<std::vector<std::string>> parse_topics(std::span<const std::string> names, std::string_view root) {
  Error error{ErrorCode::unprocessable, "invalid_field", {}, {}, 0};
  for (std::size_t i = 0; i < names.size() && error.fields.size() < kMostTopics; ++i) {
    if (is_topic_name(names[i])) continue;
    error.fields.push_back(
        {std::string(root) + "/" + std::to_string(i),
         "'" + escape_control(truncate_utf8(names[i], kLongestQuoted)) +
             "' is no topic; there are fleet, events, logs, runs, host:<host id> and run:<run id>"});
  }
  std::vector<std::string> topics(names.begin(), names.end());
  std::ranges::sort(topics);
  const auto [first, last] = std::ranges::unique(topics);
  topics.erase(first, last);
  if (topics.size() > kMostTopics && error.fields.empty()) {
    error.fields.push_back(
        {std::string(root), "at most " + std::to_string(kMostTopics) + " topics at a time"});
  }
  if (error.fields.empty()) return topics;
  error.detail = error.fields.front().detail;
  return std::unexpected(std::move(error));
}

std::vector<std::string> split_topics(std::string_view text) {
  std::vector<std::string> names;
  if (text.empty()) return names;
  for (const std::string_view part : split(text, ',')) names.emplace_back(trim(part));
  return names;
}

}  // namespace fettle::stream
