// An open page counts as use of its session, and a stream never outlives what it was opened with: both are
// looked at once a minute. Ends that are made (log-out, revocation) reach the streams at once by access's own
// hook.
#pragma once
#include <functional>
#include <set>
#include <string>

#include "fettle/access/credential_service.h"
#include "fettle/io/clock.h"

namespace fettle::app {

struct Audience {
  std::function<std::set<std::pair<std::string, std::string>>()> who;  // principal, session (empty: a token)
  std::function<void(const std::string& principal, const std::string& session)> end;
};

/// Until it is cancelled.
Task<void> watch_sessions(access::CredentialService& credentials, Audience audience, io::Clock& clock);

}  // namespace fettle::app
