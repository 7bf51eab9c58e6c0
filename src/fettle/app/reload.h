// What SIGHUP does: the configuration is read again, and what can change without a restart changes, all of it
// or nothing. Each part that can adds one function. Loop thread.
#pragma once
#include <functional>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/cli/options.h"
#include "fettle/io/log.h"
#include "fettle/io/log_sink.h"

namespace fettle::app {

class Reload {
 public:
  /// Looks at what is wanted, changes nothing yet, and returns what puts it in force; that cannot fail.
  using Prepare = std::function<Result<std::function<void()>>(const cli::ServerOptions& wanted)>;
  void add(Prepare prepare) { prepares_.push_back(std::move(prepare)); }

  /// `in_force` follows what was changed. Says in the log what became of it.
  void apply(const Result<cli::ServerOptions>& wanted, cli::ServerOptions& in_force,
             const io::Log& log) const;

 private:
  std::vector<Prepare> prepares_;
};

/// The names of keys that differ and only count after a restart.
std::vector<std::string> keys_that_need_restart(const cli::ServerOptions& in_force,
                                                const cli::ServerOptions& wanted);

Reload::Prepare reload_log_level(io::LogSink& sink);

}  // namespace fettle::app
