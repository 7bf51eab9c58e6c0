// SQL of the table `ledger`: where every due time ended (B14).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fettle/runs/schedule.h"
#include "fettle/store/moving_rows.h"
#include "fettle/store/old_rows.h"
#include "fettle/store/session.h"

namespace fettle::runs::ledger_repo {

/// An entry with what it says when its schedule is gone.
struct Row {
  LedgerEntry entry;
  std::string schedule_name;
  EnvironmentId environment;
  std::optional<HostId> host;
};

/// In place of what was said of this due time before, unless that was that it ran.
void put(store::Session& session, const Row& row);

/// Takes away what was open in (after, until]: the caller is about to say how those ended, several in one
/// row.
void absorb(store::Session& session, const ScheduleId& schedule, Instant after, Instant until);

struct Place {
  Instant nominal;
  ScheduleId schedule;
  std::int32_t fold = 0;
};
struct Filter {
  std::vector<EnvironmentId> environments;
  std::optional<ScheduleId> schedule;
  std::optional<HostId> host;
  std::vector<LedgerOutcome> outcomes;
  std::optional<Instant> from, to;
  std::optional<Place> after;  // of the list before
  std::size_t limit = 50;
};
struct Answer {
  std::vector<Row> rows;      // newest due time first
  std::optional<Place> next;  // `after` of the next answer; rows may be none all the same
};
Answer list(store::Session& session, const Filter& filter);

/// Those of a host that moves to another environment; as store::move_some.
std::optional<std::string> move_some(store::Session& session, const store::MoveStep& step);
/// For retention, by the due time, which is kept in seconds.
store::OldRows old_entries();
/// All but the newest `keep` of a schedule up to `now`, and of those behind it, which a clock that ran ahead
/// has written: neither takes the place of the other. Up to `most` of each; how many went.
std::int64_t prune_schedule(store::Session& session, const ScheduleId& schedule, std::int64_t keep,
                            std::int64_t most, Instant now);
/// Some of its entries; true when none is left.
bool forget_environment(store::Session& session, const io::Clock& clock, const EnvironmentId& environment);

}  // namespace fettle::runs::ledger_repo
