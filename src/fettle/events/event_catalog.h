// Every type of event there is, what it says, and how severe it usually is. docs/events.md says the same; a
// test holds the three (this, the documentation, the code) together.
#pragma once
#include <span>
#include <string_view>

#include "fettle/events/event_log.h"

namespace fettle::events {

struct EventType {
  std::string_view type;
  Severity severity;
  std::string_view summary;
};

/// In alphabetical order.
std::span<const EventType> known_event_types();

}  // namespace fettle::events
