#include "fettle/fleet/threshold.h"

#include "fettle/events/silence.h"

namespace fettle::fleet {
namespace {

bool fits(const Threshold& override_, const ThresholdSubject& subject, WatchKindId kind,
          std::string_view target) {
  if (override_.kind != kind || override_.environment != subject.environment) return false;
  if (override_.target && *override_.target != target) return false;
  if (override_.host) return *override_.host == subject.host;
  return !override_.label || events::fits_label(subject.labels, *override_.label);
}

/// Whether a comes before b for each value that both give.
bool is_more_specific(const Threshold& a, const Threshold& b) {
  if (a.scope() != b.scope()) return a.scope() > b.scope();
  if (a.target.has_value() != b.target.has_value()) return a.target.has_value();
  return a.label != b.label ? a.label < b.label : a.id < b.id;
}

template <class T>
void settle(Settled<T>& value, const std::optional<T>& given, const Threshold& from) {
  if (!given || value.from) return;
  value = {*given, from.scope(), from.id};
}

}  // namespace

EffectiveThreshold decide_threshold(std::span<const Threshold> overrides, const ThresholdSubject& subject,
                                    WatchKindId kind, std::string_view target) {
  const WatchKind& standard = watch_kind(kind);
  EffectiveThreshold out;
  out.warning.value = standard.warning;
  out.error.value = standard.error;
  out.hold_seconds.value = standard.hold_seconds;
  out.is_watched.value = true;
  std::vector<const Threshold*> fitting;
  for (const Threshold& one : overrides)
    if (fits(one, subject, kind, target)) fitting.push_back(&one);
  std::ranges::sort(fitting, [](const Threshold* a, const Threshold* b) { return is_more_specific(*a, *b); });
  for (const Threshold* one : fitting) {
    settle(out.warning, one->warning, *one);
    settle(out.error, one->error, *one);
    settle(out.hold_seconds, one->hold_seconds, *one);
    settle(out.is_watched, one->is_watched, *one);
  }
  return out;
}

events::WatchLimits watch_limits(WatchKindId kind, const EffectiveThreshold& effective) {
  const WatchKind& standard = watch_kind(kind);
  const double sign = standard.is_below ? -1 : 1;
  return {.warning = sign * effective.warning.value,
          .error = sign * effective.error.value,
          .slack = standard.slack,
          .hold = Seconds(effective.hold_seconds.value),
          .calm = Seconds(standard.calm_seconds)};
}

}  // namespace fettle::fleet
