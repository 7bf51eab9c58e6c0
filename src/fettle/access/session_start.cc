#include "fettle/access/session_start.h"

#include "fettle/access/audit_repo.h"
#include "fettle/access/session_repo.h"
#include "fettle/base/check.h"
#include "fettle/base/encoding.h"
#include "fettle/base/token.h"

namespace fettle::access {
namespace {

constexpr std::int64_t kSessionsOfOne = 50;

}  // namespace

NewSession make_session(io::Random& random, WallTime now, const Actor& person,
                        const AccessSettings& settings) {
  const auto id = PersonId::parse(person.id);
  FETTLE_CHECK(id.has_value(), "only people have sessions");
  std::array<std::uint8_t, 32> bytes{};
  random.fill(bytes);
  NewSession made;
  made.cookie = Secret(base64url_encode(bytes));
  made.row.id = random.make_id<SessionId>(now);
  made.row.secret_hash = token_hash(made.cookie.reveal());
  made.row.person = *id;
  made.row.address = person.address;
  made.row.created_at = now;
  made.row.last_used_at = now;
  made.row.ends_at = now + settings.session_absolute;
  return made;
}

std::vector<SessionId> record_session(store::Session& session, const LoginSession& login,
                                      const Actor& person) {
  session_repo::insert(session, login);
  audit_repo::append(session, {login.created_at, person, "session.start", login.id.text(), {}});
  const std::vector<SessionId> gone = session_repo::remove_oldest(session, login.person, kSessionsOfOne);
  for (const SessionId& id : gone) {
    audit_repo::append(session, {login.created_at, person, "session.end", id.text(), "too many sessions"});
  }
  return gone;
}

}  // namespace fettle::access
