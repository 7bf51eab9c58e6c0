// Environments made, renamed and removed by server administrators. Loop thread.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "fettle/access/audit.h"
#include "fettle/access/credential_service.h"
#include "fettle/access/environment_repo.h"
#include "fettle/access/environments.h"
#include "fettle/io/async_event.h"
#include "fettle/io/log.h"
#include "fettle/io/random.h"
#include "fettle/io/task_scope.h"

namespace fettle::access {

/// A module above that keeps things in environments. The functions run inside a write or a read.
struct EnvironmentUser {
  std::string what;  // "hosts"
  /// How many there are: with one of them the environment is not empty.
  std::function<std::int64_t(store::Session&, const EnvironmentId&)> count;
  /// Takes away some of what is worth nothing without the environment, as much as a write may hold the writer
  /// for; true when nothing of it is left. May be null.
  std::function<bool(store::Session&, const EnvironmentId&)> forget;
};

struct EnvironmentNote {
  EnvironmentRow row;
  std::int64_t people = 0;
  std::map<std::string, std::int64_t> things;  // by the `what` of each user
};

class EnvironmentService {
 public:
  EnvironmentService(io::Loop& loop, io::Clock& clock, io::Random& random, io::Log log, store::Store& store,
                     CredentialService& credentials, Environments& known)
      : clock_(clock),
        random_(random),
        log_(std::move(log)),
        store_(store),
        credentials_(credentials),
        known_(known),
        tasks_(loop, log_) {}

  /// Goes on with removals that a stop or a kill interrupted. When all users are known.
  void start();
  Task<void> stop() { return tasks_.stop(); }

  /// Before start().
  void add_user(EnvironmentUser user) { users_.push_back(std::move(user)); }

  Task<Result<std::vector<EnvironmentNote>>> list();
  /// The person who makes one becomes its administrator. Errors: `unprocessable`, `conflict` (name_taken,
  /// too_many_environments).
  Task<Result<EnvironmentNote>> make(Principal principal, Actor actor, std::string name);
  /// Errors: those of make, `not_found`, `precondition_failed`, `conflict` (built_in) for system.
  Task<Result<EnvironmentNote>> rename(Actor actor, EnvironmentId id, std::string name, std::string if_match);
  enum class Removed : std::uint8_t {
    gone,
    under_way,  // nobody can name it any more; what is in it goes in small writes
  };
  /// Roles in it and tokens limited to it go at once. `conflict` (built_in, environment_not_empty).
  Task<Result<Removed>> remove(Actor actor, EnvironmentId id);

 private:
  void tell(store::Session& session, const std::vector<PersonId>& people);
  Task<void> remove_forever();
  Task<bool> remove_some(EnvironmentRow row);
  Task<bool> give_up(EnvironmentRow row, Error why);

  io::Clock& clock_;
  io::Random& random_;
  io::Log log_;
  store::Store& store_;
  CredentialService& credentials_;
  Environments& known_;
  std::vector<EnvironmentUser> users_;
  io::AsyncEvent to_remove_;
  io::TaskScope tasks_;
};

}  // namespace fettle::access
