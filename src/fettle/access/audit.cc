#include "fettle/access/audit.h"

#include "fettle/net/router.h"

namespace fettle::access {

Actor actor_of(const Principal& principal, const net::Request& request) {
  std::string_view kind = "anonymous";
  if (principal.kind == PrincipalKind::person) kind = "person";
  if (principal.kind == PrincipalKind::token) kind = "token";
  std::string name = principal.name;
  if (!principal.person.empty()) name = principal.person + " (token " + principal.name + ")";
  return {std::string(kind), principal.id, std::move(name), request.peer.address};
}

Actor actor_of(const net::RequestContext& context) {
  return actor_of(context.principal(), context.request());
}

}  // namespace fettle::access
