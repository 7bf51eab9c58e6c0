// The identity of a due time as the id of its run (B11). Pure.
#pragma once
#include "fettle/runs/run.h"

namespace fettle::runs {

/// The same for every server and after every restart: the time of the id is that of the due time, the rest is
/// made of SHA-256 over schedule, due time and fold. So the row of a second run cannot be stored.
RunId occurrence_run_id(const Occurrence& occurrence);

}  // namespace fettle::runs
