#include "fettle/events/event_json.h"

#include "fettle/base/json_codec.h"

namespace fettle::events {

EventDto event_dto(const Event& event) {
  return {event.id,       event.at,          event.type,
          event.severity, event.environment, {event.source_kind, event.source_id, event.source_name},
          event.message,  event.fields};
}

std::string event_json(const Event& event) {
  return to_json(event_dto(event));
}

namespace {

void append_csv_cell(std::string& out, std::string_view text) {
  out += '"';
  // A name that comes from a host must not be run by whoever opens the file.
  if (!text.empty() && std::string_view("=+-@\t\r").contains(text.front())) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

std::string csv_head() {
  return "at,severity,type,environment_id,source_kind,source_id,source_name,message,fields\r\n";
}

void append_csv_row(std::string& out, const Event& event) {
  out += format_time(event.at);
  out += ',';
  out += severity_name(event.severity);
  for (const std::string& text : {event.type, event.environment.text(), event.source_kind, event.source_id,
                                  event.source_name, event.message, fields_json(event.fields)}) {
    out += ',';
    append_csv_cell(out, text);
  }
  out += "\r\n";
}

std::string_view severity_name(Severity severity) {
  return detail::enum_name(severity);
}

std::optional<Severity> parse_severity(std::string_view name) {
  Severity severity{};
  if (!detail::enum_value(name, severity)) return std::nullopt;
  return severity;
}

std::string fields_json(const std::map<std::string, std::string>& fields) {
  return to_json(fields);
}

Result<std::map<std::string, std::string>> parse_fields(std::string_view json) {
  return from_json<std::map<std::string, std::string>>(json, "/fields");
}

}  // namespace fettle::events

FETTLE_JSON(fettle::events::EventDto)
