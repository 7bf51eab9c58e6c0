#include "fettle/fleet/roster.h"

#include <algorithm>

#include "fettle/base/check.h"

namespace fettle::fleet {

LiveHost& Roster::add(Host row) {
  const HostNumber number = row.number;
  FETTLE_CHECK(number != 0 && !by_number_.contains(number), "a host has a number of its own");
  auto live = std::make_unique<LiveHost>();
  live->row = std::move(row);
  live->interval = live->expected = interval_;
  number_by_id_[live->row.id] = number;
  count(*live);
  return *by_number_.emplace(number, std::move(live)).first->second;
}

void Roster::remove(HostNumber number) {
  const auto found = by_number_.find(number);
  if (found == by_number_.end()) return;
  uncount(*found->second);
  number_by_id_.erase(found->second->row.id);
  by_number_.erase(found);
}

LiveHost* Roster::find(HostNumber number) {
  const auto found = by_number_.find(number);
  return found == by_number_.end() ? nullptr : found->second.get();
}

LiveHost* Roster::find(const HostId& id) {
  const auto found = number_by_id_.find(id);
  return found == number_by_id_.end() ? nullptr : find(found->second);
}

void Roster::count(LiveHost& host) {
  const std::pair now(host.row.environment, host.row.state);
  if (host.counted_as == now) return;
  uncount(host);
  ++counts_[now.first][static_cast<std::size_t>(now.second)];
  host.counted_as = now;
}

void Roster::uncount(LiveHost& host) {
  if (!host.counted_as) return;
  --counts_[host.counted_as->first][static_cast<std::size_t>(host.counted_as->second)];
  host.counted_as.reset();
}

std::array<std::uint64_t, 4> Roster::counts(const std::vector<EnvironmentId>& environments) const {
  std::array<std::uint64_t, 4> sum{};
  for (const EnvironmentId& environment : environments) {
    const auto found = counts_.find(environment);
    if (found == counts_.end()) continue;
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += found->second[i];
  }
  return sum;
}

void Roster::for_each(const std::function<void(LiveHost&)>& visit) {
  for (auto& [number, host] : by_number_) visit(*host);
}

std::vector<LiveHost*> Roster::in_environments(const std::vector<EnvironmentId>& environments) {
  std::vector<LiveHost*> out;
  for (auto& [number, host] : by_number_) {
    if (std::ranges::find(environments, host->row.environment) != environments.end())
      out.push_back(host.get());
  }
  std::ranges::sort(out, [](const LiveHost* a, const LiveHost* b) {
    return a->row.name != b->row.name ? a->row.name < b->row.name : a->row.number < b->row.number;
  });
  return out;
}

}  // namespace fettle::fleet
