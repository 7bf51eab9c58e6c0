// A live host as the API gives it.
#pragma once
#include "fettle/fleet/fleet_dto.h"
#include "fettle/fleet/roster.h"
#include "fettle/metrics/history.h"

namespace fettle::fleet {

/// `server_version` is what an agent's is compared with.
HostDto make_host_dto(const LiveHost& host, const metrics::History& history, std::string_view server_version);
/// Whether `version` is older than `than`, number by number; what is not made of numbers is not older.
bool is_older_version(std::string_view version, std::string_view than);
LayoutDto make_layout_dto(const metrics::Latest* latest);
/// Names of units and kinds as the API spells them.
std::string_view unit_name(metrics::Unit unit);
std::string_view kind_name(wire::SeriesKind kind);
/// Takes what it knows from a MachineDto and passes over the rest: a newer agent may say more (T3a).
std::optional<wire::Inventory> inventory_from_machine(const std::optional<JsonText>& machine);

}  // namespace fettle::fleet
