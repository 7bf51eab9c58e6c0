// An open page counts as use of its session, and a stream never outlives what it was opened with: both are
// looked at once a minute. Ends that are made (log-out, revocation) reach the streams at once by access's own
// hook.
#pragma once
#include "fettle/access/credential_service.h"
#include "fettle/io/clock.h"
#include "fettle/stream/hub.h"

namespace fettle::app {

/// Until it is cancelled.
Task<void> watch_sessions(access::CredentialService& credentials, stream::Hub& hub, io::Clock& clock);

}  // namespace fettle::app
