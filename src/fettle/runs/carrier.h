// Who carries runs out: the server itself (server_runs.h) or the agents of hosts (host_runs.h). Loop thread.
#pragma once
#include "fettle/base/result.h"
#include "fettle/io/task.h"
#include "fettle/runs/live_run.h"
#include "fettle/store/session.h"

namespace fettle::runs {

class Carrier {
 public:
  virtual ~Carrier() = default;
  /// Whether a run on this target could be handed over now. Errors: `unavailable` "host_offline", `conflict`
  /// "agent_too_old".
  [[nodiscard]] virtual Result<> check(const Target& target) const = 0;
  /// Where a target is by now: it may have moved since a run of it was asked for. Nothing when its host is
  /// gone. In the transaction that stores its start, on the store's thread.
  [[nodiscard]] virtual std::optional<EnvironmentId> place(store::Session& /*session*/,
                                                           const Target& target) const {
    return target.environment;
  }
  /// The run is stored, and is its own from now on.
  virtual void begin(const RunId& id) = 0;
  /// That it should end is stored.
  virtual void cancel(const RunId& id) = 0;
};

}  // namespace fettle::runs
