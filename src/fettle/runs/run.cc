#include "fettle/runs/run.h"

#include "fettle/base/check.h"
#include "fettle/runs/run_service.h"

namespace fettle::runs {

std::string_view state_name(RunState state) {
  switch (state) {
    case RunState::queued:
      return "queued";
    case RunState::dispatched:
      return "dispatched";
    case RunState::running:
      return "running";
    case RunState::completed:
      return "completed";
    case RunState::completed_with_warnings:
      return "completed_with_warnings";
    case RunState::failed:
      return "failed";
    case RunState::cancelled:
      return "cancelled";
    case RunState::interrupted:
      return "interrupted";
    case RunState::abandoned:
      return "abandoned";
  }
  FETTLE_CHECK(false);
}

}  // namespace fettle::runs
