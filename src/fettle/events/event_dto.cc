#include "fettle/events/event_dto.h"

#include "fettle/base/json_codec.h"
#include "fettle/net/router.h"

FETTLE_JSON(fettle::events::EventDto)
FETTLE_JSON(fettle::net::Page<fettle::events::EventDto>)

namespace fettle::events {

EventDto make_event_dto(const Event& event) {
  return {event.id,          event.at,
          event.type,        std::string(severity_name(event.severity)),
          event.environment, {event.source_kind, event.source_id, event.source_name},
          event.message,     event.fields};
}

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::success:
      return "success";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "info";
}

std::optional<Severity> parse_severity(std::string_view name) {
  for (const Severity severity : {Severity::info, Severity::success, Severity::warning, Severity::error}) {
    if (severity_name(severity) == name) return severity;
  }
  return std::nullopt;
}

std::string fields_to_json(const std::map<std::string, std::string>& fields) {
  return to_json(fields);
}

std::map<std::string, std::string> fields_from_json(std::string_view text) {
  return from_json<std::map<std::string, std::string>>(text, "/fields")
      .value_or(std::map<std::string, std::string>{});
}

}  // namespace fettle::events
