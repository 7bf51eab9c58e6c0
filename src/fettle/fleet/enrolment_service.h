// Bringing a machine into the fleet (S2): an administrator makes a token, the machine shows it once and
// leaves its public key. Loop thread.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "fettle/access/audit.h"
#include "fettle/access/login_limiter.h"
#include "fettle/base/principal.h"
#include "fettle/base/result.h"
#include "fettle/base/secret.h"
#include "fettle/fleet/enrolment.h"
#include "fettle/fleet/host_writes.h"
#include "fettle/fleet/roster.h"
#include "fettle/io/log.h"
#include "fettle/io/random.h"

namespace fettle::fleet {

struct MadeToken {
  EnrolmentToken token;
  Secret<std::string> text;  // told once; only its hash is stored
};

struct EnrolFacts {
  Secret<std::string> token;
  std::vector<std::uint8_t> public_key;
  std::string name;
  std::optional<wire::Inventory> inventory;
  std::string address;
};

struct EnrolmentFigures {
  std::uint64_t refused = 0, limited = 0;
};

class EnrolmentService {
 public:
  EnrolmentService(Roster& roster, store::Store& store, HostWrites& writes, events::EventLog& events,
                   io::Clock& clock, io::Random& random, io::Log log);

  Task<Result<MadeToken>> make_token(access::Actor actor, EnvironmentId environment,
                                     std::optional<std::string> name);
  Task<Result<EnrolmentToken>> find(EnrolmentId id);
  /// `conflict` when it was used already.
  Task<Result<>> revoke(access::Actor actor, EnrolmentId id);
  /// Uses the token and adds the host, in one transaction: of a hundred at the same moment one wins. Errors:
  /// `unauthenticated` (enrolment_token_unknown), `gone` (enrolment_token_used, enrolment_token_expired),
  /// `unprocessable` (public_key, name), `rate_limited` for an address that was refused too often lately. A
  /// refusal is logged with its address, and costs no write.
  Task<Result<Host>> enrol(EnrolFacts facts);

  [[nodiscard]] EnrolmentState state_of(const EnrolmentToken& token) const;
  [[nodiscard]] const EnrolmentFigures& figures() const { return figures_; }

 private:
  Task<Result<Host>> use_token(EnrolFacts facts);

  Roster& roster_;
  store::Store& store_;
  HostWrites& writes_;
  events::EventLog& events_;
  io::Clock& clock_;
  io::Random& random_;
  io::Log log_;
  access::BucketMap refusals_;  // by address
  EnrolmentFigures figures_;
};

}  // namespace fettle::fleet
