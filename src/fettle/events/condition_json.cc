#include "fettle/events/condition_json.h"

#include "fettle/base/json_codec.h"

namespace fettle::events {

ConditionDto condition_dto(const Condition& condition, const ConditionView& view) {
  ConditionDto out;
  out.id = condition.id;
  out.kind = condition.key.kind;
  out.environment_id = condition.environment;
  out.source = {condition.source_kind, condition.key.source_id,
                view.source_name.value_or(condition.source_name)};
  out.target = condition.key.target;
  out.severity = condition.severity;
  out.state = condition.closed_at ? ConditionState::closed : ConditionState::open;
  out.title = condition.title;
  out.message = condition.message;
  out.fields = condition.fields;
  out.opened_at = condition.opened_at;
  out.changed_at = condition.changed_at;
  out.worsened_at = condition.worsened_at;
  out.closed_at = condition.closed_at;
  out.close_reason = condition.close_reason;
  if (const auto& seen = condition.acknowledgement; seen && (!seen->until || *seen->until > view.now))
    out.acknowledged = AcknowledgementDto{seen->by_id, seen->by_name, seen->note, seen->at, seen->until};
  out.silenced_until = view.silenced_until;
  out.is_hidden = view.is_hidden;
  return out;
}

std::string condition_json(const Condition& condition, const ConditionView& view) {
  return to_json(condition_dto(condition, view));
}

SilenceDto silence_dto(const Silence& silence) {
  return {silence.id,     silence.environment, silence.source_id, silence.label,      silence.kind,
          silence.reason, silence.by_id,       silence.by_name,   silence.created_at, silence.until};
}

std::string_view condition_severity_name(ConditionSeverity severity) {
  return detail::enum_name(severity);
}

std::optional<ConditionSeverity> parse_condition_severity(std::string_view name) {
  ConditionSeverity severity{};
  if (!detail::enum_value(name, severity)) return std::nullopt;
  return severity;
}

}  // namespace fettle::events

FETTLE_JSON(fettle::events::ConditionDto)
