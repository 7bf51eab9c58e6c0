// The table of what hosts expect to run by themselves. Inside a write or a read.
#pragma once
#include <string_view>
#include <vector>

#include "fettle/runs/expectation.h"
#include "fettle/store/session.h"

namespace fettle::runs::expectation_repo {

std::string_view schema_sql();

/// What a run that began says of the next, of the newest run only; one that says nothing, or nothing that can
/// be understood, ends what was expected.
enum class Noted : std::uint8_t { nothing, expected, too_many };
Noted note(store::Session& session, const Run& run);
void forget(store::Session& session, const ExpectationKey& key);
void forget_host(store::Session& session, const HostId& host);
std::vector<Expectation> all(store::Session& session);

}  // namespace fettle::runs::expectation_repo
