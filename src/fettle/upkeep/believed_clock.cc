#include "fettle/upkeep/believed_clock.h"

namespace fettle::upkeep {
namespace {

constexpr std::chrono::hours kBetweenLooks{1};

constexpr std::string_view kRead = "SELECT known_at, seen_at, doubted_since FROM clock_trust WHERE id = 1";
constexpr std::string_view kWrite =
    "INSERT INTO clock_trust (id, known_at, seen_at, doubted_since) VALUES (1, ?1, ?2, ?3)"
    " ON CONFLICT (id) DO UPDATE SET known_at = ?1, seen_at = ?2, doubted_since = ?3";

std::optional<ClockTrust> read(store::Session& session) {
  return session.query_one(kRead, {}, [](const store::Row& row) {
    ClockTrust out{wall_from_unix_ms(row.integer(0)), wall_from_unix_ms(row.integer(1)), std::nullopt};
    if (const auto since = row.optional_integer(2)) out.doubted_since = wall_from_unix_ms(*since);
    return out;
  });
}

void write(store::Session& session, const ClockTrust& trust) {
  std::optional<std::int64_t> since;
  if (trust.doubted_since) since = unix_ms(*trust.doubted_since);
  session.execute(kWrite, {unix_ms(trust.known_at), unix_ms(trust.seen_at), since});
}

}  // namespace

BelievedClock::BelievedClock(io::Loop& loop, io::Clock& clock, io::Log log, store::Store& store)
    : clock_(clock), log_(std::move(log)), store_(store), tasks_(loop, log_) {}

Task<Result<>> BelievedClock::load() {
  FETTLE_CO_TRY(const std::optional<ClockTrust> stored, co_await store_.read(read));
  if (stored) {
    trust_ = *stored;
    is_loaded_ = true;
  }
  look();
  co_return Result<>{};
}

void BelievedClock::start() {
  tasks_.spawn("upkeep.clock", keep());
}

Task<void> BelievedClock::stop() {
  co_await tasks_.stop();
}

WallTime BelievedClock::now() {
  look();
  return believed_time(trust_);
}

void BelievedClock::look() {
  const WallTime now = clock_.wall_now();
  if (!is_loaded_) {  // the first look of all: there is nothing to doubt it by
    trust_ = {now, now, std::nullopt};
    is_loaded_ = true;
    return;
  }
  const bool was_doubted = trust_.doubted_since.has_value();
  trust_ = decide_trust(trust_, now);
  if (trust_.doubted_since.has_value() == was_doubted) return;
  if (was_doubted) {
    log_.info("the clock is believed again; old rows go as usual");
  } else {
    log_.warn(
        "the clock went far ahead since it was looked at; for a day nothing is removed for an age that it"
        " had not reached before",
        {{"clock", format_time(now)}, {"known", format_time(trust_.known_at)}});
  }
}

Task<void> BelievedClock::keep() {
  for (;;) {
    look();
    const ClockTrust trust = trust_;
    ignore(co_await store_.write([trust](store::Session& session) { write(session, trust); },
                                 store::Priority::upkeep),
           "the next look says the same");
    co_await clock_.sleep_for(kBetweenLooks);
  }
}

}  // namespace fettle::upkeep
