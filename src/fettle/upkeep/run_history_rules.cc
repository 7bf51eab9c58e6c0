#include "fettle/upkeep/run_history_rules.h"

#include <algorithm>

#include "fettle/runs/run.h"

namespace fettle::upkeep {
namespace {

void keep_lower(std::optional<std::int64_t>& lowest, std::optional<std::int64_t> other) {
  if (other && (!lowest || *other < *lowest)) lowest = other;
}

}  // namespace

std::vector<runs::GoingRuns> HistoryWalk::take(const runs::TargetRuns& runs) {
  std::vector<runs::GoingRuns> out;
  seen_ += runs.ended;
  eligible_ += runs.beyond;
  keep_lower(oldest_, runs.oldest_ms);
  if (runs.up_to > 0) out.push_back({runs.target, runs.up_to});
  if (runs.target.kind != runs::kCommandTarget || commands_per_host_ == 0) {
    finish();
    keep_lower(oldest_left_, runs.oldest_left_ms);
    return out;
  }
  // The id is that of the host, a slash and the name: what belongs to a host comes in a row.
  const std::string host = runs.target.id.substr(0, runs.target.id.find('/'));
  if (host != host_) finish();
  host_ = host;
  names_.emplace(runs.newest, runs);
  if (std::cmp_less_equal(names_.size(), commands_per_host_)) return out;
  const auto& [newest, gone] = *names_.begin();
  eligible_ += gone.ended - gone.beyond;
  out.push_back({gone.target, newest});
  names_.erase(names_.begin());
  return out;
}

void HistoryWalk::finish() {
  for (const auto& [newest, runs] : names_) keep_lower(oldest_left_, runs.oldest_left_ms);
  names_.clear();
  host_.clear();
}

}  // namespace fettle::upkeep
