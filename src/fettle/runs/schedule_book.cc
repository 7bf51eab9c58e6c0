#include "fettle/runs/schedule_book.h"

namespace fettle::runs {

LiveSchedule& ScheduleBook::put(Schedule row, Timing timing, ZonePtr zone, std::string fault) {
  LiveSchedule& live = all_[row.id];
  live.row = std::move(row);
  live.timing = std::move(timing);
  live.zone = std::move(zone);
  live.fault = std::move(fault);
  live.look_at = {};
  settle(live);
  return live;
}

void ScheduleBook::erase(const ScheduleId& id) {
  const auto look = looks_.find(id);
  if (look != looks_.end()) {
    by_look_.erase({look->second, id});
    looks_.erase(look);
  }
  pending_.erase(id);
  blocked_.erase(id);
  note_waiting(id, {});
  all_.erase(id);
}

LiveSchedule* ScheduleBook::find(const ScheduleId& id) {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : &found->second;
}

const LiveSchedule* ScheduleBook::find(const ScheduleId& id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : &found->second;
}

void ScheduleBook::settle(LiveSchedule& live) {
  const ScheduleId id = live.row.id;
  if (const auto look = looks_.find(id); look != looks_.end()) {
    by_look_.erase({look->second, id});
    looks_.erase(look);
  }
  live.next.reset();
  if (live.row.settings.is_enabled && live.fault.empty() && live.zone != nullptr)
    live.next = next_due(live.row, live.timing, *live.zone);
  if (live.next) {
    const WallTime look = std::max(live.next->at, live.look_at);
    by_look_.insert({look, id});
    looks_[id] = look;
  }
  if (live.pending) {
    pending_.insert(id);
  } else {
    pending_.erase(id);
  }
  if (live.blocked) {
    blocked_.insert(id);
  } else {
    blocked_.erase(id);
  }
  note_waiting(id, live.pending || live.blocked ? live.row.settings.target.host : std::nullopt);
}

void ScheduleBook::note_waiting(const ScheduleId& id, const std::optional<HostId>& host) {
  if (const auto at = waits_for_.find(id); at != waits_for_.end()) {
    if (at->second == host) return;
    const auto of_host = waiting_.find(at->second);
    of_host->second.erase(id);
    if (of_host->second.empty()) waiting_.erase(of_host);
    waits_for_.erase(at);
  }
  if (!host) return;
  waiting_[*host].insert(id);
  waits_for_.emplace(id, *host);
}

const std::set<ScheduleId>& ScheduleBook::waiting_of(const HostId& host) const {
  static const std::set<ScheduleId> kNone;
  const auto at = waiting_.find(host);
  return at == waiting_.end() ? kNone : at->second;
}

std::vector<ScheduleId> ScheduleBook::due(WallTime now, std::size_t most) const {
  std::vector<ScheduleId> out;
  for (const auto& [look, id] : by_look_) {
    if (look > now || out.size() >= most) break;
    out.push_back(id);
  }
  return out;
}

void ScheduleBook::look_at(const ScheduleId& id, WallTime now) {
  LiveSchedule* live = find(id);
  if (live == nullptr) return;
  live->look_at = {};
  if (!live->next) return;
  if (const auto look = looks_.find(id); look != looks_.end()) by_look_.erase({look->second, id});
  by_look_.insert({now, id});
  looks_[id] = now;
}

}  // namespace fettle::runs
