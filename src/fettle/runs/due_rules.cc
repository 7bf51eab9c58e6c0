#include "fettle/runs/due_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fettle::runs {
namespace {

Instant floor_seconds(WallTime time) {
  return std::chrono::floor<Seconds>(time);
}

/// Builds one decision. Due times are handled from the oldest to the newest, so that whatever is settled is
/// settled without a gap.
class Decider {
 public:
  explicit Decider(const DueFacts& facts)
      : facts_(facts),
        settings_(facts.schedule.settings),
        now_(floor_seconds(facts.now)),
        until_(now_ - jitter_of(facts.schedule.id, settings_.jitter)) {
    out_.settled_until = facts.schedule.settled_until;
    out_.blocked = facts.blocked;
  }

  DueDecision decide() {
    if (out_.settled_until > now_ + kClockCorrection) {
      // The clock was ahead when these were settled. What has a run already keeps it by its identity.
      out_.settled_until = now_;
      out_.is_clock_corrected = true;
      out_.blocked.reset();
      return std::move(out_);
    }
    if (until_ <= out_.settled_until) return std::move(out_);
    if (count(out_.settled_until, until_) == 0) return std::move(out_);
    // One after the other: the next does not take the place of the one that waits.
    if (settings_.misfire == Misfire::run_all && (facts_.live_run || facts_.pending != nullptr))
      return std::move(out_);
    settle_old();
    switch (settings_.misfire) {
      case Misfire::skip:
        decide_skip();
        break;
      case Misfire::run_once:
        decide_once();
        break;
      case Misfire::run_all:
        decide_all();
        break;
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::int64_t count(Instant after, Instant until) const {
    return count_fires(facts_.timing, facts_.zone, after, until);
  }
  [[nodiscard]] std::vector<Fire> last(Instant after, Instant until, std::size_t most) const {
    return last_fires(facts_.timing, facts_.zone, after, until, most);
  }
  void note(const Fire& fire, LedgerOutcome outcome, std::string reason, std::int64_t number = 1) {
    out_.ledger.push_back(
        {facts_.schedule.id, fire.at, fire.fold, facts_.now, outcome, std::move(reason), {}, number});
  }
  /// All in (settled, until] end alike.
  void settle(Instant until, LedgerOutcome outcome, const std::string& reason) {
    const std::int64_t number = count(out_.settled_until, until);
    if (number > 0) note(last(out_.settled_until, until, 1).front(), outcome, reason, number);
    out_.settled_until = std::max(out_.settled_until, until);
    if (out_.blocked && *out_.blocked <= out_.settled_until) out_.blocked.reset();
  }

  /// What is older than the window is missed.
  void settle_old() {
    const Seconds window = std::max(kInTime, std::chrono::ceil<Seconds>(settings_.catch_up));
    // A due time that was decided to wait for its host stays as long as it takes.
    Instant limit = until_ - window;
    if (out_.blocked) limit = std::min(limit, *out_.blocked - Seconds(1));
    if (limit > out_.settled_until)
      settle(limit, LedgerOutcome::missed,
             "nobody ran it in time, and it is older than the time to catch up");
  }

  void decide_skip() {
    if (const Instant limit = until_ - kInTime; limit > out_.settled_until)
      settle(limit, LedgerOutcome::missed, "nobody ran it in time, and the schedule skips what is missed");
    decide_once();
  }

  void decide_once() {
    const auto fires = last(out_.settled_until, until_, 1);
    if (fires.empty()) return;
    settle(fires.front().at - Seconds(1), LedgerOutcome::superseded, "a later due time took its place");
    act(fires.front());
  }

  void decide_all() {
    const std::size_t limit = std::clamp<std::size_t>(settings_.misfire_limit, 1, kMostMisfires);
    const auto fires = last(out_.settled_until, until_, limit);
    if (fires.empty()) return;
    settle(fires.front().at - Seconds(1), LedgerOutcome::missed,
           fmt::format("more were missed than the {} that are run later", limit));
    act(fires.front());
  }

  void act(const Fire& fire) {
    if (!facts_.cannot_run.empty()) {
      note(fire, LedgerOutcome::blocked, facts_.cannot_run);
      return take(fire);
    }
    if (facts_.live_run) {
      if (settings_.overlap == Overlap::skip) {
        note(fire, LedgerOutcome::skipped, "the run before it still went on: " + facts_.live_run->text());
        return take(fire);
      }
      return pend(fire, "the run before it still goes on: " + facts_.live_run->text(), Millis(0),
                  settings_.overlap == Overlap::cancel_running ? facts_.live_run : std::nullopt);
    }
    if (facts_.is_host_away) {
      if (facts_.queues_misses) return pend(fire, facts_.why_away, settings_.retry.backoff, {});
      if (out_.blocked != fire.at) note(fire, LedgerOutcome::blocked, facts_.why_away);
      out_.blocked = fire.at;
      return;  // stays open
    }
    const bool is_in_time = fire.at > until_ - kInTime;
    std::string reason =
        fire.note == FireNote::gap ? "the time meant did not exist that day: right after the gap" : "";
    if (!is_in_time) {
      if (!reason.empty()) reason += "; ";
      reason += out_.blocked == fire.at ? "the host was away" : "nobody ran it in time";
    }
    supersede_pending();
    out_.action = StartDue{fire, is_in_time ? LedgerOutcome::ran : LedgerOutcome::late, std::move(reason)};
    take(fire);
  }

  void pend(const Fire& fire, std::string why, Millis wait, std::optional<RunId> cancels) {
    note(fire, LedgerOutcome::blocked, why);
    supersede_pending();
    PendingRun pending{facts_.schedule.id, fire.at,        fire.fold, 0,
                       facts_.now + wait,  std::move(why), facts_.now};
    out_.action = PendDue{std::move(pending), cancels};
    take(fire);
  }

  void supersede_pending() {
    if (facts_.pending == nullptr) return;
    note({facts_.pending->nominal, facts_.pending->fold, FireNote::none}, LedgerOutcome::superseded,
         "it waited until a later due time took its place");
    out_.drops_pending = true;
  }

  void take(const Fire& fire) {
    out_.settled_until = fire.at;
    out_.blocked.reset();
  }

  const DueFacts& facts_;
  const ScheduleSettings& settings_;
  const Instant now_, until_;
  DueDecision out_;
};

constexpr std::array<std::string_view, 6> kOutcomes{"ran",     "late",   "skipped",
                                                    "blocked", "missed", "superseded"};

}  // namespace

std::string_view outcome_name(LedgerOutcome outcome) {
  return kOutcomes[static_cast<std::size_t>(outcome)];
}

std::optional<LedgerOutcome> parse_outcome(std::string_view name) {
  const auto found = std::ranges::find(kOutcomes, name);
  if (found == kOutcomes.end()) return std::nullopt;
  return static_cast<LedgerOutcome>(found - kOutcomes.begin());
}

std::uint64_t schedule_seed(const ScheduleId& id) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i < id.uuid().size(); ++i) value = value << 8 | id.uuid()[i];
  value = (value ^ value >> 33) * 0xFF51AFD7ED558CCDULL;
  return value ^ value >> 33;
}

Seconds jitter_of(const ScheduleId& id, Millis jitter) {
  const std::int64_t most = std::chrono::floor<Seconds>(jitter).count();
  if (most <= 0) return Seconds(0);
  return Seconds(static_cast<std::int64_t>(schedule_seed(id) % static_cast<std::uint64_t>(most + 1)));
}

DueDecision decide_due(const DueFacts& facts) {
  return Decider(facts).decide();
}

std::optional<NextDue> next_due(const Schedule& schedule, const Timing& timing, const Zone& zone) {
  const auto fire = next_fire(timing, zone, schedule.settled_until);
  if (!fire) return std::nullopt;
  return NextDue{*fire, fire->at + jitter_of(schedule.id, schedule.settings.jitter)};
}

Millis pending_backoff(const RetryPolicy& retry, std::uint32_t attempt) {
  Millis wait = std::clamp(retry.backoff, Millis(1'000), kMostBackoff);
  for (std::uint32_t i = 0; i < attempt && wait < kMostBackoff; ++i) wait *= 2;
  return std::min(wait, kMostBackoff);
}

PendingDecision decide_pending(const PendingFacts& facts) {
  if (facts.schedule == nullptr) return {PendingStep::abandon, "its schedule is gone"};
  if (!facts.schedule->settings.is_enabled) return {PendingStep::abandon, "its schedule was switched off"};
  if (facts.pending.attempt >= facts.schedule->settings.retry.attempts)
    return {PendingStep::abandon, fmt::format("{} attempts failed, the last one: {}", facts.pending.attempt,
                                              facts.pending.last_error)};
  if (!facts.cannot_run.empty()) return {PendingStep::abandon, facts.cannot_run};
  if (facts.is_host_away || facts.is_target_busy) return {};
  // A time further away than any wait is that of a clock that was wrong.
  const bool is_due =
      facts.pending.next_attempt_at <= facts.now || facts.pending.next_attempt_at > facts.now + kMostBackoff;
  if (!facts.refusal.empty())
    return is_due ? PendingDecision{PendingStep::refused, facts.refusal} : PendingDecision{};
  return is_due || facts.has_host_come ? PendingDecision{PendingStep::attempt, {}} : PendingDecision{};
}

PendingRun after_failure(PendingRun pending, const RetryPolicy& retry, WallTime now, std::string error) {
  ++pending.attempt;
  pending.next_attempt_at = now + pending_backoff(retry, pending.attempt);
  pending.last_error = std::move(error);
  return pending;
}

PendingRun after_busy(PendingRun pending, WallTime now, std::string error) {
  pending.next_attempt_at = now;
  pending.last_error = std::move(error);
  return pending;
}

std::string decide_overdue(const Schedule& schedule, const PendingRun* pending,
                           std::optional<Instant> blocked, WallTime now, std::string_view why_blocked) {
  if (!schedule.settings.is_enabled) return {};
  const Seconds late = jitter_of(schedule.id, schedule.settings.jitter) + kOverdue;
  const auto says = [](Instant nominal, std::string_view what) {
    return fmt::format("What was due at {} {}", format_time(nominal), what);
  };
  if (pending != nullptr && pending->nominal + late <= now)
    return says(pending->nominal, "still waits: " + pending->last_error + ".");
  if (blocked && *blocked + late <= now) return says(*blocked, fmt::format("still waits: {}.", why_blocked));
  if (pending != nullptr || blocked || !schedule.last) return {};
  if (schedule.last->outcome == LedgerOutcome::missed) return says(schedule.last->nominal, "was missed.");
  if (schedule.last->outcome == LedgerOutcome::blocked)
    return says(schedule.last->nominal, "could not be run.");
  return {};
}

}  // namespace fettle::runs
