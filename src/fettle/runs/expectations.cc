#include "fettle/runs/expectations.h"

#include <algorithm>

#include "fettle/access/audit_repo.h"
#include "fettle/runs/expectation_repo.h"
#include "fettle/runs/expectation_rules.h"

namespace fettle::runs {
namespace {

constexpr int kLooksBetweenZones = 20;  // 10 minutes

}  // namespace

Expectations::Expectations(ExpectationGround ground, fleet::Fleet& fleet, Engine& engine)
    : ground_(std::move(ground)),
      fleet_(fleet),
      engine_(engine),
      zones_(ground_.zones),
      tasks_(ground_.loop, ground_.log) {}

void Expectations::connect() {
  engine_.on_changed([this](const Run& run) {
    if (run.is_live()) take(run);
  });
  fleet_.on_remove_write(expectation_repo::forget_host);
  fleet_.on_removed([this](const HostId& host) { drop_host(host); });
}

Task<Result<>> Expectations::load() {
  auto stored =
      co_await ground_.store.read([](store::Session& session) { return expectation_repo::all(session); });
  if (!stored) co_return std::unexpected(std::move(stored).error());
  for (Expectation& expectation : *stored) {
    auto timing = parse_expected(expectation.times);
    if (!timing) continue;  // a later version understood it
    const auto key = expectation.key;
    put(std::move(expectation), std::move(*timing));
    Watched& watched = watched_.at(key);
    watched.is_overdue = ground_.conditions.find(run_overdue_key(key)) != nullptr;
    watched.look_from = ground_.clock.mono_now() + kAfterReturn;
  }
  // The server may have ended between the end of an expectation and that of its condition.
  std::vector<events::ConditionKey> left;
  ground_.conditions.for_each([&](const events::Condition& condition) {
    if (condition.key.kind != kRunOverdueKind) return;
    const bool is_watched = std::ranges::any_of(
        watched_, [&](const auto& one) { return run_overdue_key(one.first) == condition.key; });
    if (!is_watched) left.push_back(condition.key);
  });
  for (const auto& key : left) ground_.conditions.close_condition(key, "no more expected");
  co_return Result<>{};
}

void Expectations::start() {
  tasks_.spawn("runs.expectations", watch_forever());
}

Task<void> Expectations::stop() {
  co_await tasks_.stop();
}

void Expectations::take(const Run& run) {
  const auto key = expectation_key(run);
  if (!key) return;
  const WallTime began = run.started_at.value_or(run.created_at);
  const auto known = watched_.find(*key);
  if (known != watched_.end() && known->second.expectation.began > began) return;
  const auto times = expected_times(run);
  auto timing = times ? parse_expected(*times) : std::unexpected(std::string());
  if (!timing) return drop(*key);
  if (known == watched_.end()) {
    const auto first = watched_.lower_bound({key->host, {}});
    std::size_t others = 0;
    for (auto at = first; at != watched_.end() && at->first.host == key->host; ++at) ++others;
    if (others >= kMostExpectations) return;
  }
  put({*key, *times, began, run.id}, std::move(*timing));
}

void Expectations::put(Expectation expectation, Timing timing) {
  const ExpectationKey key = expectation.key;
  Watched& watched = watched_[key];
  if (std::exchange(watched.is_overdue, false)) ground_.conditions.close_condition(run_overdue_key(key));
  watched.zone = zones_.known(expected_zone(expectation.times, timing));
  watched.expectation = std::move(expectation);
  watched.timing = std::move(timing);
  watched.fault.clear();
  watched.next.reset();
  if (watched.zone) watched.next = next_expected(watched.timing, *watched.zone, watched.expectation.began);
}

void Expectations::drop(const ExpectationKey& key) {
  if (watched_.erase(key) > 0) ground_.conditions.close_condition(run_overdue_key(key), "no more expected");
}

void Expectations::drop_host(const HostId& host) {
  std::erase_if(watched_, [&](const auto& one) { return one.first.host == host; });
}

void Expectations::for_each_of(const HostId& host, const std::function<void(const View&)>& visit) const {
  for (auto at = watched_.lower_bound({host, {}}); at != watched_.end() && at->first.host == host; ++at) {
    const Watched& one = at->second;
    visit({one.expectation, one.timing, one.next, one.is_overdue, one.fault});
  }
}

Task<Result<>> Expectations::forget(access::Actor actor, ExpectationKey key) {
  if (!watched_.contains(key))
    co_return fail(ErrorCode::not_found, "not_found", "this host expects no run of that name");
  auto* self = this;
  const WallTime now = ground_.clock.wall_now();
  co_return co_await ground_.store.write([self, key, actor, now](store::Session& session) {
    expectation_repo::forget(session, key);
    access::audit_repo::append(session, {now, actor, "run.expect_no_more", key.host.text(), key.name});
    session.after_commit([self, key] { self->drop(key); });
  });
}

Task<void> Expectations::watch_forever() {
  for (int looks = 0;; ++looks) {
    if (looks % kLooksBetweenZones == 0) ignore(co_await zones_.refresh(), "what changed is found below");
    co_await find_zones();
    for (auto& [key, watched] : watched_) look(watched);
    co_await ground_.clock.sleep_for(kBetweenLooks);
  }
}

Task<void> Expectations::find_zones() {
  std::vector<std::string> unknown;
  for (const auto& [key, watched] : watched_) {
    std::string zone = expected_zone(watched.expectation.times, watched.timing);
    if (!zones_.known(zone) && std::ranges::find(unknown, zone) == unknown.end())
      unknown.push_back(std::move(zone));
  }
  std::map<std::string, std::string> faults;
  for (const std::string& zone : unknown) {
    if (auto found = co_await zones_.find(zone); !found) faults[zone] = found.error().detail;
  }
  for (auto& [key, watched] : watched_) {
    const std::string name = expected_zone(watched.expectation.times, watched.timing);
    ZonePtr zone = zones_.known(name);
    const auto fault = faults.find(name);
    watched.fault = fault == faults.end() ? std::string() : fault->second;
    if (zone == watched.zone) continue;
    watched.zone = std::move(zone);
    if (watched.zone) watched.next = next_expected(watched.timing, *watched.zone, watched.expectation.began);
  }
}

void Expectations::look(Watched& watched) {
  const Expectation& expectation = watched.expectation;
  const fleet::LiveHost* host = fleet_.roster().find(expectation.key.host);
  if (host == nullptr) return;
  const MonoTime now = ground_.clock.mono_now();
  if (host->link == nullptr) watched.look_from = now + kAfterReturn;
  if (now < watched.look_from || watched.is_overdue || !watched.next) return;
  if (ground_.clock.wall_now() < *watched.next + kExpectationGrace) return;
  watched.is_overdue = true;
  events::ConditionClaim claim = run_overdue_claim(expectation, *watched.next);
  claim.environment = host->row.environment;
  claim.source_name = host->row.name;
  ground_.conditions.open_condition(std::move(claim));
}

}  // namespace fettle::runs
