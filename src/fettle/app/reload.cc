#include "fettle/app/reload.h"

namespace fettle::app {

void Reload::apply(const Result<cli::ServerOptions>& wanted, cli::ServerOptions& in_force,
                   const io::Log& log) const {
  if (!wanted) {
    log.error("the configuration was not reloaded; what was in force stays", {{"error", wanted.error()}});
    return;
  }
  std::vector<std::function<void()>> changes;
  for (const Prepare& prepare : prepares_) {
    auto change = prepare(*wanted);
    if (!change) {
      log.error("the configuration was not reloaded; what was in force stays", {{"error", change.error()}});
      return;
    }
    changes.push_back(std::move(*change));
  }
  for (const auto& change : changes) change();
  for (const std::string& key : keys_that_need_restart(in_force, *wanted)) {
    log.warn("a changed key counts after a restart", {{"key", key}});
  }
  in_force.log.level = wanted->log.level;
  log.info("the configuration was reloaded", {{"log_level", log_level_name(wanted->log.level)}});
}

std::vector<std::string> keys_that_need_restart(const cli::ServerOptions& in_force,
                                                const cli::ServerOptions& wanted) {
  std::vector<std::string> out;
  const auto compare = [&](const char* key, const auto& a, const auto& b) {
    if (!(a == b)) out.emplace_back(key);
  };
  compare("server.data", in_force.data_folder, wanted.data_folder);
  compare("server.listen", in_force.listen, wanted.listen);
  compare("server.public_url", in_force.public_url, wanted.public_url);
  compare("server.log_format", in_force.log.format, wanted.log.format);
  compare("server.heartbeat_interval_ms", in_force.heartbeat_interval, wanted.heartbeat_interval);
  compare("server.session_idle_hours", in_force.session_idle, wanted.session_idle);
  compare("server.session_absolute_hours", in_force.session_absolute, wanted.session_absolute);
  compare("server.tls", in_force.speaks_tls, wanted.speaks_tls);
  compare("server.tls_certificate", in_force.tls_certificate, wanted.tls_certificate);
  compare("server.tls_key", in_force.tls_key, wanted.tls_key);
  compare("server.trusted_proxies", in_force.trusted_proxies, wanted.trusted_proxies);
  compare("server.metrics_open_on_loopback", in_force.metrics_open_on_loopback,
          wanted.metrics_open_on_loopback);
  return out;
}

Reload::Prepare reload_log_level(io::LogSink& sink) {
  return [&sink](const cli::ServerOptions& wanted) -> Result<std::function<void()>> {
    return [&sink, level = wanted.log.level] { sink.set_level(level); };
  };
}

}  // namespace fettle::app
