// SQL of the table `threshold`.
#pragma once
#include <vector>

#include "fettle/fleet/threshold.h"
#include "fettle/store/session.h"

namespace fettle::fleet::threshold_repo {

/// Rows of kinds that this version does not know are left out and left alone.
std::vector<Threshold> all(store::Session& session);
/// False when there is one of the same scope, target and kind.
bool insert(store::Session& session, const Threshold& threshold);
/// Its values, if its version is still `version`.
bool change(store::Session& session, const Threshold& threshold, std::int64_t version);
bool remove(store::Session& session, const ThresholdId& id);
void remove_host(store::Session& session, const HostId& host);

}  // namespace fettle::fleet::threshold_repo
