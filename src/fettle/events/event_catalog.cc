#include "fettle/events/event_catalog.h"

#include <algorithm>
#include <array>

namespace fettle::events {
namespace {

constexpr auto kTypes = std::to_array<EventType>({
    {"certificate.changed", Severity::info, "The server serves another certificate."},
    {"certificate.refused", Severity::error,
     "A new certificate or key could not be used; the one before stays in use."},
    {"certificate.runs_out", Severity::warning, "The server's certificate runs out soon."},
    {"condition.acknowledged", Severity::info, "Someone has seen a condition and said so."},
    {"condition.closed", Severity::success,
     "A condition is over; info when it ended because its host was removed or it is not watched any more."},
    {"condition.improved", Severity::info,
     "A condition is not as bad as it was: a warning instead of an error."},
    {"condition.opened", Severity::warning,
     "A lasting state of affairs began; error when it is that bad at once."},
    {"condition.unacknowledged", Severity::info, "An acknowledgement was taken back."},
    {"condition.worsened", Severity::error, "A condition became an error."},
    {"host.clock_in_step", Severity::success, "The clock of a host agrees with the server's again."},
    {"host.clock_skewed", Severity::warning,
     "The clock of a host differs from the server's by more than 30 s."},
    {"host.cloned", Severity::error,
     "Two agents have the identity of one host; it is locked until a person has looked."},
    {"host.enrolled", Severity::success, "A machine joined the fleet."},
    {"host.key_changed", Severity::info, "An agent proves who it is with a new key from now on."},
    {"host.labelled", Severity::info, "A host was given labels, or lost some."},
    {"host.moved", Severity::info, "A host went to another environment."},
    {"host.offline", Severity::warning,
     "No heartbeat came for three intervals and 15 s; info when the agent was stopped and said so."},
    {"host.online", Severity::success, "The first heartbeat came, or the first after a host was offline."},
    {"host.re_enrolled", Severity::info, "A host was enrolled anew: its old key is refused from now on."},
    {"host.rebooted", Severity::info,
     "The machine started anew; warning when its agent had not been stopped before."},
    {"host.refused", Severity::error, "The agent speaks another protocol than this server."},
    {"host.removed", Severity::info, "A host was taken out of the fleet and its key revoked."},
    {"host.renamed", Severity::info, "A host was given another name."},
    {"host.unlocked", Severity::info, "A host that was locked because of a copy may come back."},
    {"pending_run.abandoned", Severity::warning,
     "A scheduled run that could not be handed over was given up."},
    {"person.created", Severity::info, "The first person became the administrator."},
    {"run.abandoned", Severity::error, "The host of a run was away for too long: the run was given up."},
    {"run.cancelled", Severity::info, "A run was cancelled."},
    {"run.completed", Severity::success, "A run went well."},
    {"run.completed_with_warnings", Severity::warning, "A run went well, and yet someone should look."},
    {"run.failed", Severity::error, "A step of a run failed."},
    {"run.interrupted", Severity::warning, "Whoever carried out a run ended in the middle of it."},
    {"schedule.changed", Severity::info, "A schedule was changed, switched on or off."},
    {"schedule.created", Severity::info, "A schedule was made."},
    {"schedule.removed", Severity::info, "A schedule was removed."},
    {"server.started", Severity::info, "The server started."},
});
static_assert(std::ranges::is_sorted(kTypes, {}, &EventType::type));

}  // namespace

std::span<const EventType> known_event_types() {
  return kTypes;
}

}  // namespace fettle::events
