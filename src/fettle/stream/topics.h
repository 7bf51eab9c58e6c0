// Topics: what a page can look at. Inside the server a topic is (environment, name); a client names only the
// second part and gets it in each environment that it may view.
#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/id.h"
#include "fettle/base/result.h"

namespace fettle::stream {

/// (environment, name): "fleet", "events", "logs", "runs", "host:<id>", "run:<id>".
struct Topic {
  EnvironmentId environment;
  std::string name;
  friend auto operator<=>(const Topic&, const Topic&) = default;
};

constexpr std::size_t kMostTopics = 32;  // of one connection

/// What a client may name: "fleet", "events", "logs" (of the server: who may view `system` gets lines),
/// "runs", "host:<host id>", "run:<run id>".
bool is_topic_name(std::string_view name);

/// Sorted, each once. Error: `unprocessable` with a pointer that begins with `root` ("/query/topics") when a
/// name is unknown or there are more than kMostTopics.
Result<std::vector<std::string>> parse_topics(std::span<const std::string> names, std::string_view root);

/// The names in a query parameter: "fleet,events"; an empty text is no topic at all.
std::vector<std::string> split_topics(std::string_view text);

}  // namespace fettle::stream

template <>
struct std::hash<fettle::stream::Topic> {
  std::size_t operator()(const fettle::stream::Topic& topic) const noexcept {
    // The golden ratio spreads equal names over environments (and the other way round).
    return std::hash<fettle::EnvironmentId>{}(topic.environment) * 0x9E3779B97F4A7C15U ^
           std::hash<std::string>{}(topic.name);
  }
};
