#include "fettle/fleet/server_life.h"

#include "fettle/fleet/uptime_repo.h"

namespace fettle::fleet {
namespace {

/// A server that is killed is known to have lived until this long before.
constexpr std::chrono::minutes kBetweenSigns{1};

}  // namespace

Task<Result<>> ServerLifeRecord::begin() {
  began_at_ = wall_from_unix_ms(unix_ms(clock_.wall_now()));
  const WallTime at = began_at_;
  co_return co_await store_.write([at](store::Session& session) { uptime_repo::begin_life(session, at); });
}

Task<void> ServerLifeRecord::note() {
  if (began_at_ == WallTime{}) co_return;  // it never served
  const WallTime from = began_at_, now = clock_.wall_now();
  ignore(co_await store_.write(
             [from, now](store::Session& session) {
               uptime_repo::begin_life(session, from);  // on a full disk it may not have been said yet
               uptime_repo::note_alive(session, from, now);
             },
             store::Priority::upkeep),
         "the next sign says the same");
}

Task<void> ServerLifeRecord::keep() {
  for (;;) {
    co_await clock_.sleep_for(kBetweenSigns);
    co_await note();
  }
}

Task<void> ServerLifeRecord::end() {
  co_await note();
}

}  // namespace fettle::fleet
