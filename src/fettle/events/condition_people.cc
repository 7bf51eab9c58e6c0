// What people do with conditions: acknowledge and silence them, and how that ends by itself.
#include <algorithm>

#include "fettle/access/audit_repo.h"
#include "fettle/events/condition_repo.h"
#include "fettle/events/condition_service.h"
#include "fettle/store/store.h"

namespace fettle::events {
namespace {

constexpr Seconds kSweep{5};

WallTime to_millis(WallTime time) {
  return wall_from_unix_ms(unix_ms(time));
}

/// What a silence covers, for the audit log.
std::string describe(const Silence& silence) {
  std::string text = silence.kind.value_or("everything");
  if (silence.source_id) text += " of " + *silence.source_id;
  if (silence.label) text += " with the label " + *silence.label;
  text += " in " + silence.environment.text() + ", until " + format_time(silence.until);
  if (!silence.reason.empty()) text += "; " + silence.reason;
  return text;
}

}  // namespace

Task<Result<Condition>> Conditions::acknowledge(access::Actor actor, ConditionId id,
                                                std::optional<Acknowledgement> seen) {
  const Condition* open = find(id);
  if (open == nullptr)
    co_return fail(ErrorCode::not_found, "not_found", "this condition is not open any more");
  Event event =
      make_event(*open, seen ? "condition.acknowledged" : "condition.unacknowledged", Severity::info,
                 name_of(*open) + ": " + open->title +
                     (seen ? ", acknowledged by " : ", acknowledgement taken back by ") + actor.name);
  if (seen && !seen->note.empty()) event.fields["note"] = seen->note;
  std::string detail = name_of(*open) + ": " + open->title;
  if (seen && !seen->note.empty()) detail += "; " + seen->note;
  auto* self = this;
  auto written = co_await ground_.store.write(
      [self, actor, id, seen, event, detail](store::Session& session) -> Result<> {
        if (!condition_repo::acknowledge(session, id, seen ? &*seen : nullptr))
          return fail(ErrorCode::not_found, "not_found", "this condition is not open any more");
        access::audit_repo::append(
            session,
            {event.at, actor, seen ? "condition.acknowledge" : "condition.unacknowledge", id.text(), detail});
        self->ground_.events.record(session, event);
        session.after_commit([self, id, seen] {
          const auto found = self->key_by_id_.find(id);
          if (found == self->key_by_id_.end()) return;
          Condition& condition = self->open_.at(found->second);
          condition.acknowledgement = seen;
          self->publish(condition);
        });
        return {};
      });
  if (!written) co_return std::unexpected(std::move(written).error());
  const Condition* now = find(id);
  if (now == nullptr)
    co_return fail(ErrorCode::not_found, "not_found", "this condition is not open any more");
  co_return *now;
}

Task<Result<Condition>> Conditions::close_by_hand(access::Actor actor, ConditionId id) {
  const Condition* open = find(id);
  if (open == nullptr)
    co_return fail(ErrorCode::not_found, "not_found", "this condition is not open any more");
  if (!may_be_closed_by_hand(open->key.kind))
    co_return fail(ErrorCode::conflict, "ends_by_itself",
                   "this condition ends by itself when its cause does; it can be acknowledged or silenced");
  Change change{.what = ConditionChange::closed, .condition = *open, .event = {}};
  Condition& closed = change.condition;
  closed.changed_at = to_millis(ground_.clock.wall_now());
  closed.closed_at = closed.changed_at;
  closed.close_reason = kClosedByHand;
  change.event = make_event(closed, "condition.closed", Severity::info,
                            name_of(closed) + ": " + closed.title + ", closed by " + actor.name);
  change.event->fields["reason"] = kClosedByHand;
  const std::string detail = name_of(closed) + ": " + closed.title;
  auto* self = this;
  auto written =
      co_await ground_.store.write([self, actor, change, detail](store::Session& session) -> Result<> {
        const Condition& condition = change.condition;
        if (!condition_repo::close(session, condition))
          return fail(ErrorCode::not_found, "not_found", "this condition is not open any more");
        access::audit_repo::append(session,
                                   {change.event->at, actor, "condition.close", condition.id.text(), detail});
        self->ground_.events.record(session, *change.event);
        session.after_commit([self, change] {
          if (self->key_by_id_.contains(change.condition.id)) self->apply(change);
        });
        return {};
      });
  if (!written) co_return std::unexpected(std::move(written).error());
  co_return change.condition;
}

const Silence* Conditions::find_silence_by_id(const SilenceId& id) const {
  const auto found = std::ranges::find(silences_, id, &Silence::id);
  return found == silences_.end() ? nullptr : &*found;
}

Task<Result<Silence>> Conditions::make_silence(access::Actor actor, Silence silence) {
  silence.created_at = to_millis(ground_.clock.wall_now());
  silence.id = ground_.random.make_id<SilenceId>(silence.created_at);
  silence.until = to_millis(silence.until);
  auto* self = this;
  auto written = co_await ground_.store.write([self, actor, silence](store::Session& session) {
    condition_repo::insert_silence(session, silence);
    access::audit_repo::append(
        session, {silence.created_at, actor, "silence.create", silence.id.text(), describe(silence)});
    session.after_commit([self, silence] {
      self->silences_.push_back(silence);
      self->publish_covered(silence, silence.created_at);
    });
  });
  if (!written) co_return std::unexpected(std::move(written).error());
  co_return silence;
}

Task<Result<>> Conditions::end_silence(access::Actor actor, SilenceId id) {
  const WallTime now = to_millis(ground_.clock.wall_now());
  const Silence* known = find_silence_by_id(id);
  const std::string detail = known == nullptr ? std::string() : describe(*known);
  auto* self = this;
  co_return co_await ground_.store.write([self, actor, id, now, detail](store::Session& session) {
    condition_repo::end_silence(session, id, now);
    access::audit_repo::append(session, {now, actor, "silence.end", id.text(), detail});
    session.after_commit([self, id, now] {
      const auto found = std::ranges::find(self->silences_, id, &Silence::id);
      if (found == self->silences_.end()) return;
      const Silence ended = *found;
      self->silences_.erase(found);
      self->publish_covered(ended, now - Millis(1));
    });
  });
}

/// What this silence covered (or covers) looks different now.
void Conditions::publish_covered(const Silence& silence, WallTime when) {
  for (const auto& [key, condition] : open_) {
    if (condition.environment != silence.environment) continue;
    const auto facts = source_facts_ ? source_facts_(key.source_id) : std::nullopt;
    if (covers(silence, condition, facts ? &*facts : nullptr, when)) publish(condition);
  }
}

Task<void> Conditions::sweep_forever() {
  for (;;) {
    co_await ground_.clock.sleep_for(kSweep);
    sweep();
  }
}

void Conditions::sweep() {
  const WallTime now = ground_.clock.wall_now();
  for (std::size_t i = 0; i < silences_.size();) {
    if (silences_[i].until > now) {
      ++i;
      continue;
    }
    const Silence ended = silences_[i];
    silences_.erase(silences_.begin() + static_cast<std::ptrdiff_t>(i));
    publish_covered(ended, ended.until - Millis(1));
  }
  for (auto& [key, condition] : open_) {
    const auto& seen = condition.acknowledgement;
    if (!seen || !seen->until || *seen->until > now) continue;
    condition.acknowledgement.reset();
    publish(condition);
  }
}

}  // namespace fettle::events
