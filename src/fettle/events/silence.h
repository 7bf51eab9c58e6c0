// A silence: for a while, conditions of these hosts and kinds ask for nobody. They are still watched and
// shown as silenced.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "fettle/events/condition.h"

namespace fettle::events {

struct Silence {
  SilenceId id;
  EnvironmentId environment;
  // All that is given must fit.
  std::optional<std::string> source_id;  // a host
  std::optional<std::string> label;      // "role" or "role=db"
  std::optional<std::string> kind;
  std::string reason;
  std::string by_id, by_name;
  WallTime created_at, until;
};

/// What is known of a source at present.
struct SourceFacts {
  std::string name;
  std::map<std::string, std::string> labels;
};

/// "role" fits any value of that label, "role=db" the one.
bool fits_label(const std::map<std::string, std::string>& labels, std::string_view label);
bool covers(const Silence& silence, const Condition& condition, const SourceFacts* source, WallTime now);
/// The silence that covers this condition longest, or nullptr.
template <class Range>
const Silence* find_silence(const Range& silences, const Condition& condition, const SourceFacts* source,
                            WallTime now) {
  const Silence* found = nullptr;
  for (const Silence& silence : silences) {
    if (!covers(silence, condition, source, now)) continue;
    if (found == nullptr || found->until < silence.until) found = &silence;
  }
  return found;
}

}  // namespace fettle::events
