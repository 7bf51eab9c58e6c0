// Conditions and silences as the API gives them and as the stream carries them.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>

#include "fettle/base/json.h"
#include "fettle/events/condition.h"
#include "fettle/events/event_json.h"
#include "fettle/events/silence.h"

namespace fettle::events {

BOOST_DESCRIBE_ENUM(ConditionSeverity, warning, error)

enum class ConditionState : std::uint8_t { open, closed };
BOOST_DESCRIBE_ENUM(ConditionState, open, closed)

struct AcknowledgementDto {
  std::string by_id, by_name, note;
  WallTime at;
  std::optional<WallTime> until;
};
BOOST_DESCRIBE_STRUCT(AcknowledgementDto, (), (by_id, by_name, note, at, until))

struct ConditionDto {
  ConditionId id;
  std::string kind;
  EnvironmentId environment_id;
  EventSourceDto source;
  std::string target;
  ConditionSeverity severity = ConditionSeverity::warning;
  ConditionState state = ConditionState::open;
  std::string title, message;
  std::map<std::string, std::string> fields;
  WallTime opened_at, changed_at;
  std::optional<WallTime> worsened_at, closed_at;
  std::string close_reason;
  std::optional<AcknowledgementDto> acknowledged;
  std::optional<WallTime> silenced_until;
  bool is_hidden = false;  // its host is away: what was known of it is not known any more
};
BOOST_DESCRIBE_STRUCT(ConditionDto, (),
                      (id, kind, environment_id, source, target, severity, state, title, message, fields,
                       opened_at, changed_at, worsened_at, closed_at, close_reason, acknowledged,
                       silenced_until, is_hidden))

struct SilenceDto {
  SilenceId id;
  EnvironmentId environment_id;
  std::optional<std::string> host_id, label, kind;
  std::string reason, by_id, by_name;
  WallTime created_at, until;
};
BOOST_DESCRIBE_STRUCT(SilenceDto, (),
                      (id, environment_id, host_id, label, kind, reason, by_id, by_name, created_at, until))

/// What is true of a condition now beside its row.
struct ConditionView {
  std::optional<std::string> source_name;  // as it is called now
  std::optional<WallTime> silenced_until;
  bool is_hidden = false;
  WallTime now;
};
ConditionDto condition_dto(const Condition& condition, const ConditionView& view);
std::string condition_json(const Condition& condition, const ConditionView& view);
SilenceDto silence_dto(const Silence& silence);

std::string_view condition_severity_name(ConditionSeverity severity);
std::optional<ConditionSeverity> parse_condition_severity(std::string_view name);

}  // namespace fettle::events
