// An event as the API and the stream give it, and as it is stored.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "fettle/events/event_log.h"

namespace fettle::events {

struct EventSourceDto {
  std::string kind, id, name;
};
BOOST_DESCRIBE_STRUCT(EventSourceDto, (), (kind, id, name))

struct EventDto {
  EventId id;
  WallTime at;
  std::string type, severity;
  EnvironmentId environment_id;
  EventSourceDto source;
  std::string message;
  std::map<std::string, std::string> fields;
};
BOOST_DESCRIBE_STRUCT(EventDto, (), (id, at, type, severity, environment_id, source, message, fields))

EventDto make_event_dto(const Event& event);
std::string_view severity_name(Severity severity);
std::optional<Severity> parse_severity(std::string_view name);
std::string fields_to_json(const std::map<std::string, std::string>& fields);
std::map<std::string, std::string> fields_from_json(std::string_view text);

}  // namespace fettle::events
