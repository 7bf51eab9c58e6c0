// Tasks of the database file itself: whether it is sound, what its planner knows, free pages, the write-ahead
// log. Loop thread.
#pragma once
#include <vector>

#include "fettle/io/clock.h"
#include "fettle/runs/plan.h"
#include "fettle/store/store.h"
#include "fettle/store/store_care.h"
#include "fettle/upkeep/doubt.h"

namespace fettle::upkeep {

struct StoreGround {
  store::Store& store;
  store::StoreCare& care;
  io::Clock& clock;
  Doubts& doubts;
};

std::vector<runs::PlanTask> store_tasks(StoreGround ground);

/// Whether a read that failed says that the database is damaged, and not only that it could not be asked now.
[[nodiscard]] bool tells_of_damage(const Error& error);

/// So much stays free in the file: what is written next goes there.
inline constexpr std::uint64_t kKeptFree = 1024ULL * 1024;

}  // namespace fettle::upkeep
