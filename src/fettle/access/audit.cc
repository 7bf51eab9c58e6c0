#include "fettle/access/audit.h"

#include "fettle/net/http.h"

namespace fettle::access {

Actor actor_of(const Principal& principal, const net::Request& request) {
  std::string_view kind = "anonymous";
  if (principal.kind == PrincipalKind::person) kind = "person";
  if (principal.kind == PrincipalKind::token) kind = "token";
  return {std::string(kind), principal.id, principal.name, request.peer.address};
}

}  // namespace fettle::access
