#include "fettle/runs/host_gates.h"

namespace fettle::runs {

std::uint64_t HostGates::shut(const HostId& host) {
  Gate& gate = gates_[host];
  gate.is_open = false;
  return ++gate.number;
}

bool HostGates::open(const HostId& host, std::uint64_t number) {
  const auto at = gates_.find(host);
  if (at == gates_.end() || at->second.number != number) return false;
  at->second.is_open = true;
  return true;
}

void HostGates::forget(const HostId& host) {
  gates_.erase(host);
  unwanted_.erase(host);
}

void HostGates::add(const HostId& host, UnwantedRun run) {
  const RunId id = run.id;
  unwanted_[host].try_emplace(id, Unwanted{std::move(run), std::nullopt});
}

bool HostGates::erase(const HostId& host, const RunId& run) {
  const auto at = unwanted_.find(host);
  if (at == unwanted_.end() || at->second.erase(run) == 0) return false;
  if (at->second.empty()) unwanted_.erase(at);
  return true;
}

void HostGates::clear(const HostId& host) {
  unwanted_.erase(host);
}

bool HostGates::is_open(const HostId& host) const {
  const auto at = gates_.find(host);
  return at != gates_.end() && at->second.is_open;
}

std::optional<RunId> HostGates::in_the_way(const HostId& host, const Target& target) const {
  const auto at = unwanted_.find(host);
  if (at == unwanted_.end()) return std::nullopt;
  for (const auto& [id, unwanted] : at->second) {
    const Target& held = unwanted.run.target;
    if (held.kind == target.kind && held.id == target.id) return id;
  }
  return std::nullopt;
}

std::vector<HostGates::Wish> HostGates::due_wishes(MonoTime now) {
  std::vector<Wish> out;
  for (auto& [host, runs] : unwanted_) {
    for (auto& [id, unwanted] : runs) {
      if (unwanted.wished && now - *unwanted.wished < kBetweenWishes) continue;
      unwanted.wished = now;
      out.push_back({host, id, unwanted.run.epoch});
    }
  }
  return out;
}

}  // namespace fettle::runs
