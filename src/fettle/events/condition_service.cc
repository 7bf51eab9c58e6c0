#include "fettle/events/condition_service.h"

#include <algorithm>

#include "fettle/base/check.h"
#include "fettle/events/condition_repo.h"
#include "fettle/store/store.h"
#include "fettle/stream/hub.h"

namespace fettle::events {
namespace {

constexpr std::size_t kMostPerWrite = 500;
constexpr Seconds kAfterFailure{1};

WallTime to_millis(WallTime time) {
  return wall_from_unix_ms(unix_ms(time));
}

}  // namespace

Conditions::Conditions(ConditionGround ground)
    : ground_(std::move(ground)), tasks_(ground_.loop, ground_.log) {}

Task<Result<>> Conditions::load() {
  const WallTime now = ground_.clock.wall_now();
  struct Stored {
    std::vector<Condition> open;
    std::vector<Silence> silences;
  };
  auto stored = co_await ground_.store.read([now](store::Session& session) {
    return Stored{condition_repo::all_open(session), condition_repo::all_silences(session, now)};
  });
  if (!stored) co_return std::unexpected(std::move(stored).error());
  for (Condition& condition : stored->open) {
    key_by_id_[condition.id] = condition.key;
    ConditionKey key = condition.key;
    open_.emplace(std::move(key), std::move(condition));
  }
  silences_ = std::move(stored->silences);
  co_return Result<>{};
}

void Conditions::start() {
  tasks_.spawn("conditions.sweep", sweep_forever());
}

Task<void> Conditions::stop() {
  co_await tasks_.stop();
}

void Conditions::open_condition(ConditionClaim claim) {
  const ConditionKey key = claim.key;
  want(key, {std::move(claim), {}});
}

void Conditions::close_condition(const ConditionKey& key, std::string_view reason) {
  want(key, {std::nullopt, std::string(reason)});
}

void Conditions::close_source(const std::string& source_id, std::string_view reason) {
  std::vector<ConditionKey> keys;
  for_each_of(source_id, [&](const Condition& condition) { keys.push_back(condition.key); });
  for (const auto& [key, wanted] : pending_)
    if (key.source_id == source_id) keys.push_back(key);
  for (const ConditionKey& key : in_flight_)
    if (key.source_id == source_id) keys.push_back(key);
  for (const ConditionKey& key : keys) close_condition(key, reason);
  away_.erase(source_id);
}

void Conditions::want(const ConditionKey& key, Wanted wanted) {
  const Condition* open = find(key);
  const bool is_settled = !in_flight_.contains(key);
  if (is_settled &&
      decide_condition(open, wanted.claim ? &*wanted.claim : nullptr) == ConditionChange::none) {
    pending_.erase(key);
    if (open != nullptr && wanted.claim) tell_anew(open_.at(key), *wanted.claim);
    return;
  }
  pending_[key] = std::move(wanted);
  if (std::exchange(is_writing_, true)) return;
  tasks_.spawn("conditions.write", write_pending());
}

/// The present value is for whoever looks. It is not worth a write: after a restart it is said again.
void Conditions::tell_anew(Condition& open, const ConditionClaim& claim) {
  if (open.message == claim.message && open.fields == claim.fields) return;
  open.message = claim.message;
  open.fields = claim.fields;
  publish(open);
}

Task<void> Conditions::write_pending() {
  struct Writing {
    Conditions& conditions;
    ~Writing() {
      conditions.is_writing_ = false;
      conditions.in_flight_.clear();
    }
  };
  const Writing writing{*this};
  while (!pending_.empty()) {
    std::map<ConditionKey, Wanted> batch;
    while (!pending_.empty() && batch.size() < kMostPerWrite)
      batch.insert(pending_.extract(pending_.begin()));
    std::vector<Change> changes = decide(batch);
    if (changes.empty()) continue;
    for (const auto& [key, wanted] : batch) in_flight_.insert(key);
    auto* self = this;
    auto written = co_await ground_.store.write([self, changes](store::Session& session) {
      for (const Change& change : changes) {
        if (change.what == ConditionChange::opened) {
          condition_repo::insert(session, change.condition);
        } else {
          condition_repo::change(session, change.condition);
          if (change.what == ConditionChange::worsened)
            condition_repo::acknowledge(session, change.condition.id, nullptr);
        }
        if (change.event) self->ground_.events.record(session, *change.event);
        session.after_commit([self, change] { self->apply(change); });
      }
    });
    in_flight_.clear();
    if (written) continue;
    // Said again, unless something else has been said since.
    for (auto& [key, wanted] : batch) pending_.try_emplace(key, std::move(wanted));
    co_await ground_.clock.sleep_for(kAfterFailure);
  }
}

std::vector<Conditions::Change> Conditions::decide(const std::map<ConditionKey, Wanted>& batch) {
  std::vector<Change> changes;
  for (const auto& [key, wanted] : batch) {
    const Condition* open = find(key);
    const ConditionChange what = decide_condition(open, wanted.claim ? &*wanted.claim : nullptr);
    if (what == ConditionChange::none) continue;
    changes.push_back(make_change(what, open, key, wanted));
  }
  return changes;
}

Conditions::Change Conditions::make_change(ConditionChange what, const Condition* open,
                                           const ConditionKey& key, const Wanted& wanted) {
  Change change;
  change.what = what;
  Condition& condition = change.condition;
  if (open != nullptr) condition = *open;
  condition.changed_at = to_millis(ground_.clock.wall_now());
  if (what == ConditionChange::opened) {
    condition.id = ground_.random.make_id<ConditionId>(condition.changed_at);
    condition.key = key;
    condition.opened_at = condition.changed_at;
    condition.title = wanted.claim->title;
    condition.environment = wanted.claim->environment;
    condition.source_kind = wanted.claim->source_kind;
    condition.events = wanted.claim->events;
  }
  if (wanted.claim) {
    condition.source_name = wanted.claim->source_name;
    condition.severity = wanted.claim->severity;
    condition.message = wanted.claim->message;
    condition.fields = wanted.claim->fields;
  }
  if (what == ConditionChange::worsened) {
    condition.worsened_at = condition.changed_at;
    condition.acknowledgement.reset();
  }
  if (what == ConditionChange::closed) {
    condition.closed_at = condition.changed_at;
    condition.close_reason = wanted.reason;
  }
  change.event = event_of(change);
  return change;
}

Event Conditions::make_event(const Condition& condition, std::string type, Severity severity,
                             std::string message) {
  Event event;
  event.at = ground_.clock.wall_now();
  event.id = ground_.random.make_id<EventId>(event.at);
  event.type = std::move(type);
  event.severity = severity;
  event.environment = condition.environment;
  event.source_kind = condition.source_kind;
  event.source_id = condition.key.source_id;
  event.source_name = name_of(condition);
  event.message = std::move(message);
  event.fields = condition.fields;
  event.fields["condition"] = condition.id.text();
  event.fields["kind"] = condition.key.kind;
  if (!condition.key.target.empty()) event.fields["target"] = condition.key.target;
  return event;
}

std::optional<Event> Conditions::event_of(const Change& change) {
  const Condition& condition = change.condition;
  const bool is_end = change.what == ConditionChange::opened || change.what == ConditionChange::closed;
  if (is_end && condition.events == ConditionEvents::claimant) return std::nullopt;
  const Severity severity =
      condition.severity == ConditionSeverity::error ? Severity::error : Severity::warning;
  const std::string name = name_of(condition);
  switch (change.what) {
    case ConditionChange::none:
      return std::nullopt;
    case ConditionChange::opened:
      return make_event(condition, "condition.opened", severity, name + ": " + condition.message);
    case ConditionChange::worsened:
      return make_event(condition, "condition.worsened", severity, name + ": " + condition.message);
    case ConditionChange::improved:
      return make_event(condition, "condition.improved", Severity::info,
                        name + ": " + condition.title + ", not as bad as before");
    case ConditionChange::closed:
      break;
  }
  Event event = make_event(condition, "condition.closed",
                           condition.close_reason == "over" ? Severity::success : Severity::info, {});
  event.message = name + ": " + condition.title +
                  (condition.close_reason == "removed"   ? ", and it was removed"
                   : condition.close_reason == "gone"    ? ", not there any more"
                   : condition.close_reason == "setting" ? ", not watched any more"
                                                         : ", over");
  event.fields["reason"] = condition.close_reason;
  return event;
}

void Conditions::apply(const Change& change) {
  Condition condition = change.condition;
  if (change.what == ConditionChange::closed) {
    key_by_id_.erase(condition.id);
    open_.erase(condition.key);
  } else {
    Condition& stored = open_[condition.key];
    // An acknowledgement may have been committed since this was decided.
    if (change.what != ConditionChange::worsened && !stored.id.is_nil())
      condition.acknowledgement = stored.acknowledgement;
    // Its source may have moved since.
    if (!stored.id.is_nil()) condition.environment = stored.environment;
    key_by_id_[condition.id] = condition.key;
    stored = condition;
  }
  publish(condition);
}

void Conditions::move_source(const std::string& source_id, const EnvironmentId& environment) {
  bool is_any = false;
  for (auto at = open_.lower_bound({.source_id = source_id, .kind = {}, .target = {}});
       at != open_.end() && at->first.source_id == source_id; ++at) {
    is_any = true;
    at->second.environment = environment;
    publish(at->second);
  }
  if (!is_any) return;
  struct Move {
    static Task<void> go(store::Store& store, std::string id, EnvironmentId to) {
      ignore(co_await store.write(
                 [id, to](store::Session& session) { condition_repo::move_source(session, id, to); }),
             "the next sample of the host says so again after a restart");
    }
  };
  tasks_.spawn("conditions.move", Move::go(ground_.store, source_id, environment));
}

void Conditions::set_away(const std::string& source_id, bool is_away) {
  const bool is_new = is_away ? away_.insert(source_id).second : away_.erase(source_id) > 0;
  if (!is_new) return;
  for_each_of(source_id, [this](const Condition& condition) {
    if (!tells_of_absence(condition.key.kind)) publish(condition);
  });
}

const Condition* Conditions::find(const ConditionKey& key) const {
  const auto found = open_.find(key);
  return found == open_.end() ? nullptr : &found->second;
}

const Condition* Conditions::find(const ConditionId& id) const {
  const auto found = key_by_id_.find(id);
  return found == key_by_id_.end() ? nullptr : find(found->second);
}

void Conditions::for_each_of(const std::string& source_id,
                             const std::function<void(const Condition&)>& visit) const {
  for (auto at = open_.lower_bound({.source_id = source_id, .kind = {}, .target = {}});
       at != open_.end() && at->first.source_id == source_id; ++at)
    visit(at->second);
}

void Conditions::for_each(const std::function<void(const Condition&)>& visit) const {
  for (const auto& [key, condition] : open_) visit(condition);
}

std::vector<const Condition*> Conditions::in_sight(const std::vector<EnvironmentId>& environments) const {
  std::vector<const Condition*> out;
  for (const auto& [key, condition] : open_) {
    if (!tells_of_absence(key.kind) && away_.contains(key.source_id)) continue;
    if (std::ranges::find(environments, condition.environment) != environments.end())
      out.push_back(&condition);
  }
  std::ranges::sort(out, [](const Condition* a, const Condition* b) {
    return a->severity != b->severity ? a->severity > b->severity : a->id > b->id;
  });
  return out;
}

ConditionView Conditions::view_of(const Condition& condition) const {
  ConditionView view;
  view.now = ground_.clock.wall_now();
  const auto facts = source_facts_ ? source_facts_(condition.key.source_id) : std::nullopt;
  if (facts) view.source_name = facts->name;
  if (condition.closed_at) return view;
  const Silence* silence = find_silence(silences_, condition, facts ? &*facts : nullptr, view.now);
  if (silence != nullptr) view.silenced_until = silence->until;
  view.is_hidden = !tells_of_absence(condition.key.kind) && away_.contains(condition.key.source_id);
  return view;
}

ConditionCounts Conditions::counts(const std::vector<EnvironmentId>& environments) const {
  ConditionCounts out;
  for (const Condition* condition : in_sight(environments)) {
    const ConditionView view = view_of(*condition);
    const auto& seen = condition->acknowledgement;
    if (view.silenced_until || (seen && (!seen->until || *seen->until > view.now))) {
      ++out.quiet;
    } else {
      ++(condition->severity == ConditionSeverity::error ? out.errors : out.warnings);
    }
  }
  return out;
}

std::string Conditions::name_of(const Condition& condition) const {
  const auto facts = source_facts_ ? source_facts_(condition.key.source_id) : std::nullopt;
  return facts ? facts->name : condition.source_name;
}

void Conditions::publish(const Condition& condition) {
  ground_.hub.publish({condition.environment, "events"},
                      stream::ConditionMessage{condition_json(condition, view_of(condition))},
                      stream::Keep::kept);
}

}  // namespace fettle::events
