// A condition (vocabulary): a lasting state of affairs that someone should know. Values only.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "fettle/base/id.h"
#include "fettle/base/time.h"

namespace fettle {

struct ConditionTag {
  static constexpr std::string_view prefix = "condition";
};
struct SilenceTag {
  static constexpr std::string_view prefix = "silence";
};
using ConditionId = Id<ConditionTag>;
using SilenceId = Id<SilenceTag>;

}  // namespace fettle

namespace fettle::events {

enum class ConditionSeverity : std::uint8_t { warning, error };

/// What makes a condition the same one: at most one of each is open.
struct ConditionKey {
  std::string source_id;  // "host_..."
  std::string kind;       // "disk.space"
  std::string target;     // what of it, "/var"; empty when it is the whole
  friend auto operator<=>(const ConditionKey&, const ConditionKey&) = default;
};

/// Someone has seen it. Ends with the condition, when it worsens, or at `until`.
struct Acknowledgement {
  std::string by_id, by_name, note;
  WallTime at;
  std::optional<WallTime> until;
  friend bool operator==(const Acknowledgement&, const Acknowledgement&) = default;
};

/// The condition that a source which is away may show: what was known of it otherwise is not known any
/// more, and comes back into sight with it.
inline constexpr std::string_view kOfflineKind = "host.offline";
/// The other one: it has been away for months.
inline constexpr std::string_view kAbsentKind = "host.absent";
constexpr bool tells_of_absence(std::string_view kind) {
  return kind == kOfflineKind || kind == kAbsentKind;
}

/// A failure is told once, and only the next run of the same work takes it back; there may never be one.
/// Whatever else is watched ends by itself.
inline constexpr std::string_view kRunFailedKind = "run.failed";
constexpr bool may_be_closed_by_hand(std::string_view kind) {
  return kind == kRunFailedKind;
}
inline constexpr std::string_view kClosedByHand = "by_hand";

/// Who tells the event log that a condition began or ended; that it worsened or improved is told here in any
/// case.
enum class ConditionEvents : std::uint8_t {
  conditions,  // this module: condition.opened, condition.closed
  claimant,    // whoever claims it has events of its own (host.offline, host.online)
};

/// A row of the table `condition`.
struct Condition {
  ConditionId id;
  ConditionKey key;
  EnvironmentId environment;
  std::string source_kind, source_name;  // "host", "web-1"
  ConditionSeverity severity = ConditionSeverity::warning;
  std::string title;    // a few words without numbers: "Disk / nearly full"
  std::string message;  // the cause, with numbers: as it is, in the store as it was at the last change
  std::map<std::string, std::string> fields;
  WallTime opened_at, changed_at;
  std::optional<WallTime> worsened_at, closed_at;
  std::string close_reason;  // "over", "gone", "removed", "setting", "by_hand"
  ConditionEvents events = ConditionEvents::conditions;
  std::optional<Acknowledgement> acknowledgement;
};

/// What someone who watches something says: this is so.
struct ConditionClaim {
  ConditionKey key;
  EnvironmentId environment;
  std::string source_kind, source_name;
  ConditionSeverity severity = ConditionSeverity::warning;
  std::string title, message;
  std::map<std::string, std::string> fields;
  ConditionEvents events = ConditionEvents::conditions;
};

}  // namespace fettle::events
