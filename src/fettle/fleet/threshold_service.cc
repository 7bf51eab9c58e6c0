#include "fettle/fleet/threshold_service.h"

#include <algorithm>

#include "fettle/access/audit_repo.h"
#include "fettle/fleet/threshold_repo.h"

namespace fettle::fleet {
namespace {

std::string describe(const Threshold& threshold) {
  const WatchKind& kind = watch_kind(threshold.kind);
  std::string text(kind.kind);
  if (threshold.target) text += " of " + *threshold.target;
  if (threshold.host) text += " on " + threshold.host->text();
  if (threshold.label) text += " for " + *threshold.label;
  if (threshold.is_watched) text += *threshold.is_watched ? ": watched" : ": not watched";
  if (threshold.warning) text += ", warning " + watch_value(kind, *threshold.warning);
  if (threshold.error) text += ", error " + watch_value(kind, *threshold.error);
  if (threshold.hold_seconds == 0) text += ", at once";
  if (threshold.hold_seconds > 0) text += ", for " + std::to_string(*threshold.hold_seconds) + " s";
  return text;
}

}  // namespace

Task<Result<>> Thresholds::load() {
  auto stored = co_await store_.read([](store::Session& session) { return threshold_repo::all(session); });
  if (!stored) co_return std::unexpected(std::move(stored).error());
  all_ = std::move(*stored);
  co_return Result<>{};
}

const Threshold* Thresholds::find(const ThresholdId& id) const {
  const auto found = std::ranges::find(all_, id, &Threshold::id);
  return found == all_.end() ? nullptr : &*found;
}

Task<Result<Threshold>> Thresholds::add(access::Actor actor, Threshold threshold) {
  if (all_.size() >= kMostThresholds)
    co_return fail(ErrorCode::conflict, "too_many", "there are 1,000 overrides already; remove some first");
  threshold.changed_at = wall_from_unix_ms(unix_ms(clock_.wall_now()));
  threshold.changed_by = actor.name;
  threshold.id = random_.make_id<ThresholdId>(threshold.changed_at);
  threshold.version = 1;
  auto* self = this;
  auto written = co_await store_.write([self, actor, threshold](store::Session& session) -> Result<> {
    if (!threshold_repo::insert(session, threshold))
      return fail(ErrorCode::conflict, "exists",
                  "there is an override for exactly this already; change that one");
    access::audit_repo::append(
        session, {threshold.changed_at, actor, "threshold.create", threshold.id.text(), describe(threshold)});
    session.after_commit([self, threshold] {
      self->all_.push_back(threshold);
      self->changed();
    });
    return {};
  });
  if (!written) co_return std::unexpected(std::move(written).error());
  co_return threshold;
}

Task<Result<Threshold>> Thresholds::change(access::Actor actor, Threshold threshold, std::int64_t version) {
  threshold.changed_at = wall_from_unix_ms(unix_ms(clock_.wall_now()));
  threshold.changed_by = actor.name;
  threshold.version = version + 1;
  auto* self = this;
  auto written =
      co_await store_.write([self, actor, threshold, version](store::Session& session) -> Result<> {
        if (!threshold_repo::change(session, threshold, version))
          return fail(ErrorCode::precondition_failed, "changed_meanwhile",
                      "somebody else changed or removed it meanwhile; look at it again");
        access::audit_repo::append(session, {threshold.changed_at, actor, "threshold.change",
                                             threshold.id.text(), describe(threshold)});
        session.after_commit([self, threshold] {
          const auto found = std::ranges::find(self->all_, threshold.id, &Threshold::id);
          if (found == self->all_.end()) return;
          *found = threshold;
          self->changed();
        });
        return {};
      });
  if (!written) co_return std::unexpected(std::move(written).error());
  co_return threshold;
}

Task<Result<>> Thresholds::remove(access::Actor actor, ThresholdId id) {
  const WallTime now = clock_.wall_now();
  const Threshold* known = find(id);
  const std::string detail = known == nullptr ? std::string() : describe(*known);
  auto* self = this;
  co_return co_await store_.write([self, actor, id, now, detail](store::Session& session) -> Result<> {
    if (!threshold_repo::remove(session, id))
      return fail(ErrorCode::not_found, "not_found", "there is no such override");
    access::audit_repo::append(session, {now, actor, "threshold.remove", id.text(), detail});
    session.after_commit([self, id] {
      std::erase_if(self->all_, [&](const Threshold& one) { return one.id == id; });
      self->changed();
    });
    return {};
  });
}

void Thresholds::forget(const HostId& host) {
  if (std::erase_if(all_, [&](const Threshold& one) { return one.host == host; }) > 0) changed();
}

}  // namespace fettle::fleet
