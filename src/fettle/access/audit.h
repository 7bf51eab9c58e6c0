// The audit entry: who did what, when, through what (S8). Any module appends one in the transaction of its
// change with audit_repo::append.
#pragma once
#include <string>

#include "fettle/base/crypto.h"
#include "fettle/base/principal.h"
#include "fettle/base/time.h"

namespace fettle::net {
struct Request;
class RequestContext;
}  // namespace fettle::net

namespace fettle::access {

struct Actor {
  std::string kind;  // "person", "token", "host", "server"
  std::string id;
  std::string name;     // of a token: "ada (token nightly)", so that a person stands behind every entry
  std::string address;  // where the request came from; empty for the server itself
};

struct AuditEntry {
  WallTime at;  // kept to the millisecond
  Actor actor;
  std::string action;  // "token.create": the thing, then the verb
  std::string object;  // the id of what was changed
  std::string detail;
};

/// An entry as it stands in the log. The hash covers everything here and the hash of the entry before.
struct AuditRow {
  std::int64_t sequence = 0;  // from 1, without gaps
  AuditEntry entry;
  Hash256 hash{};
};

/// The end of the log; the default is that of an empty one.
struct AuditHead {
  std::int64_t sequence = 0;
  Hash256 hash{};
  friend bool operator==(const AuditHead&, const AuditHead&) = default;
};

Actor actor_of(const Principal& principal, const net::Request& request);
/// Who asks.
Actor actor_of(const net::RequestContext& context);

}  // namespace fettle::access
