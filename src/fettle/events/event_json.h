// An event as the API gives it and as the stream carries it: one shape, one schema ("Event").
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <string>

#include "fettle/base/json.h"
#include "fettle/events/event_log.h"

namespace fettle::events {

BOOST_DESCRIBE_ENUM(Severity, debug, info, success, warning, error)

struct EventSourceDto {
  std::string kind, id, name;
};
BOOST_DESCRIBE_STRUCT(EventSourceDto, (), (kind, id, name))

struct EventDto {
  EventId id;
  WallTime at;
  std::string type;
  Severity severity = Severity::info;
  EnvironmentId environment_id;
  EventSourceDto source;
  std::string message;
  std::map<std::string, std::string> fields;
};
BOOST_DESCRIBE_STRUCT(EventDto, (), (id, at, type, severity, environment_id, source, message, fields))

EventDto event_dto(const Event& event);
std::string event_json(const Event& event);

/// RFC 4180, with a head; what a spreadsheet would take for a formula is quoted with an apostrophe.
std::string csv_head();
void append_csv_row(std::string& out, const Event& event);

/// As they stand in the database.
std::string_view severity_name(Severity severity);
std::optional<Severity> parse_severity(std::string_view name);
std::string fields_json(const std::map<std::string, std::string>& fields);
Result<std::map<std::string, std::string>> parse_fields(std::string_view json);

}  // namespace fettle::events
