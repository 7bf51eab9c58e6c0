#include "fettle/access/session_end.h"

#include "fettle/access/audit_repo.h"
#include "fettle/access/session_repo.h"
#include "fettle/access/token_repo.h"

namespace fettle::access {
namespace {

constexpr std::int64_t kAllTokens = 1'000;  // more than a person may have

}  // namespace

std::size_t end_sessions(store::Session& session, CredentialService& credentials, const EndSessions& what) {
  auto* told = &credentials;
  std::size_t count = 0;
  for (const LoginSession& login : session_repo::of_person(session, what.person)) {
    if (what.kept && login.id == *what.kept) continue;
    session_repo::remove(session, login.id);
    audit_repo::append(session, {what.now, what.actor, "session.end", login.id.text(), what.why});
    session.after_commit([told, login] { told->credential_ended(login.person.text(), login.id.text()); });
    ++count;
  }
  return count;
}

void tell_all_ended(store::Session& session, CredentialService& credentials, const PersonId& person) {
  auto* told = &credentials;
  for (const LoginSession& login : session_repo::of_person(session, person)) {
    session.after_commit([told, person, id = login.id] { told->credential_ended(person.text(), id.text()); });
  }
  for (const ApiToken& token : token_repo::of_person(session, person, std::nullopt, kAllTokens)) {
    session.after_commit([told, id = token.id] { told->credential_ended(id.text(), id.text()); });
  }
}

}  // namespace fettle::access
