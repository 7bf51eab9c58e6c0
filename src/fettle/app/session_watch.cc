#include "fettle/app/session_watch.h"

namespace fettle::app {
namespace {

constexpr Seconds kBetweenLooks{60};

}  // namespace

Task<void> watch_sessions(access::CredentialService& credentials, Audience audience, io::Clock& clock) {
  for (;;) {
    co_await clock.sleep_for(kBetweenLooks);
    for (const auto& [principal_id, session_id] : audience.who()) {
      Principal asked;
      asked.kind = session_id.empty() ? PrincipalKind::token : PrincipalKind::person;
      asked.id = principal_id;
      asked.session_id = session_id;
      const auto now = co_await credentials.current(std::move(asked));
      if (!now) audience.end(principal_id, session_id);
    }
  }
}

}  // namespace fettle::app
