// Who is this: turns cookies and bearer tokens into Principals (net's Authenticator), says when one changes,
// and ends sessions that are not used. Loop thread; app starts it after the store and stops it before.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "fettle/access/access_settings.h"
#include "fettle/access/credential_cache.h"
#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/io/task_scope.h"
#include "fettle/net/router.h"
#include "fettle/store/store.h"

namespace fettle::access {

/// A credential that is no longer what it was. `now` is empty when it has ended.
struct ScopeChange {
  std::string principal_id;  // person_... or token_...
  std::string session_id;    // session_..., empty for a token
  std::optional<Principal> now;
};

class CredentialService final : public net::Authenticator {
 public:
  CredentialService(io::Loop& loop, io::Clock& clock, io::Log& log, store::Store& store,
                    AccessSettings settings);

  void start();
  /// Writes down the last uses, then ends.
  Task<void> stop();

  /// No SQL for a credential that is known. Errors besides those of the interface: the store's.
  Task<Result<Principal>> authenticate(const net::Request& request) override;
  /// The principal as it is by now, nullopt when its session or token has ended. Counts as use: an open
  /// stream asks from time to time, and its session does not end for want of clicks.
  Task<std::optional<Principal>> current(Principal principal);
  /// When the credential ends, as things stand: at its fixed end, or when it is not used any more.
  Task<std::optional<WallTime>> ends_at(Principal principal);

  /// Of a session that is known here; what the store says of its use may be a minute old.
  [[nodiscard]] std::optional<WallTime> last_use(const SessionId& id);

  /// Called on the loop, at once, for each credential that ended or whose grants changed.
  void on_scope_changed(std::function<void(const ScopeChange&)> listener);

  /// After the commit of its removal: tells the listeners.
  void credential_ended(std::string_view principal_id, std::string_view credential_id);
  /// After the commit of a change of the person's grants: reads afresh and tells the listeners.
  void person_changed(const PersonId& person);

  [[nodiscard]] std::size_t known() const { return cache_.size(); }

 private:
  enum class Kind : std::uint8_t { session, token };
  Task<Result<std::optional<KnownCredential>>> look_up(Kind kind, Hash256 secret_hash);
  Task<Result<std::optional<KnownCredential>>> look_up_id(std::string id);
  template <class Find>
  Task<Result<std::optional<KnownCredential>>> read_and_keep(Find find);
  [[nodiscard]] std::optional<WallTime> end_of(const KnownCredential& known) const;
  [[nodiscard]] bool is_over(const KnownCredential& known) const;
  std::optional<KnownCredential> use(KnownCredential* known);
  void tell(const ScopeChange& change);
  Task<void> tell_person_changed(PersonId person, std::vector<KnownCredential> before);
  Task<void> sweep();
  void end_what_is_over();
  Task<void> record_uses(Nanos at_least);

  io::Clock& clock_;
  io::Log& log_;
  store::Store& store_;
  const AccessSettings settings_;
  CredentialCache cache_;
  std::uint64_t generation_ = 0;  // of changes: what was read before one is not kept
  std::vector<std::function<void(const ScopeChange&)>> listeners_;
  io::TaskScope tasks_;
};

}  // namespace fettle::access
