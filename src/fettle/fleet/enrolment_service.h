// Bringing a machine into the fleet (S2): an administrator makes a token, the machine shows it once and
// leaves its public key. Loop thread.
#pragma once
#include <functional>
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
  /// One with which the machine of this host gets a new key: it stays the same host, and the old key is
  /// worthless from then on. `not_found` when there is no such host.
  Task<Result<MadeToken>> make_token_for(access::Actor actor, HostId host);
  /// A host has another key by now; its link, if it has one, is of the old one.
  void on_new_key(std::function<void(LiveHost&)> listener) { on_new_key_ = std::move(listener); }
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
  Task<Result<MadeToken>> store_token(access::Actor actor, EnrolmentToken token, std::string detail);
  Task<Result<Host>> use_token(EnrolFacts facts);
  /// In the write that uses the token.
  Result<Host> add_host(store::Session& session, const EnrolFacts& facts, const EnrolmentToken& token,
                        events::Event event);
  Result<Host> renew_host(store::Session& session, const EnrolFacts& facts, const EnrolmentToken& token,
                          events::Event event);

  Roster& roster_;
  store::Store& store_;
  HostWrites& writes_;
  events::EventLog& events_;
  io::Clock& clock_;
  io::Random& random_;
  io::Log log_;
  access::BucketMap refusals_;  // by address
  std::function<void(LiveHost&)> on_new_key_;
  EnrolmentFigures figures_;
};

}  // namespace fettle::fleet
