#include "fettle/events/silence.h"

namespace fettle::events {

bool fits_label(const std::map<std::string, std::string>& labels, std::string_view label) {
  const std::size_t equals = label.find('=');
  const auto found = labels.find(std::string(label.substr(0, equals)));
  if (found == labels.end()) return false;
  return equals == std::string_view::npos || found->second == label.substr(equals + 1);
}

bool covers(const Silence& silence, const Condition& condition, const SourceFacts* source, WallTime now) {
  if (silence.environment != condition.environment || silence.until <= now) return false;
  if (silence.source_id && *silence.source_id != condition.key.source_id) return false;
  if (silence.kind && *silence.kind != condition.key.kind) return false;
  return !silence.label || (source != nullptr && fits_label(source->labels, *silence.label));
}

}  // namespace fettle::events
