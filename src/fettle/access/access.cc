#include "fettle/access/access.h"

#include "fettle/access/account_api.h"
#include "fettle/access/audit_api.h"
#include "fettle/access/environment_api.h"
#include "fettle/access/people_api.h"
#include "fettle/access/session_api.h"
#include "fettle/access/token_api.h"

namespace fettle::access {

Access::Access(io::Loop& loop, io::Clock& clock, io::Random& random, io::Files& files, const io::Log& log,
               store::Store& store, AccessSettings settings, const MasterKeys& keys)
    : settings_(std::move(settings)),
      log_(log.with("access")),
      store_(store),
      hasher_(loop, settings_.password_cost),
      credentials_(loop, clock, log_, store, settings_),
      second_factor_(clock, random, log_, store, SecretBox(keys)),
      setup_(loop, clock, random, files, log_, store, settings_, credentials_, hasher_, limiter_),
      sessions_(clock, random, log_, store, settings_, credentials_, hasher_, limiter_, second_factor_),
      invitations_(clock, random, log_, store, hasher_, limiter_, sessions_, second_factor_),
      account_(clock, random, log_, store, credentials_, hasher_, limiter_, second_factor_),
      people_(clock, random, store, credentials_),
      tokens_(clock, random, store, credentials_),
      roles_(clock, store, credentials_),
      environment_service_(loop, clock, random, log_, store, credentials_, environments_),
      verifier_(clock, store) {}

Task<Result<>> Access::start() {
  if (auto loaded = co_await environments_.load(store_); !loaded) co_return loaded;
  if (auto started = co_await setup_.start(); !started) co_return started;
  credentials_.start();
  co_return Result<>{};
}

Task<void> Access::stop() {
  co_await environment_service_.stop();
  co_await credentials_.stop();
}

void Access::add_routes(net::Router& router) {
  add_session_routes(router, {setup_, sessions_, invitations_, credentials_, settings_.session_absolute});
  add_account_routes(router, {account_, sessions_});
  add_people_routes(router, {people_, sessions_, second_factor_});
  add_token_routes(router, tokens_);
  add_environment_routes(router, environment_service_);
  add_audit_routes(router, store_, verifier_);
}

}  // namespace fettle::access
