// The identity of a due time as the id of its run (B11). Pure.
#pragma once
#include "fettle/runs/run.h"

namespace fettle::runs {

/// The same for every server and after every restart: the time of the id is that of the due time, the rest is
/// made of SHA-256 over schedule, due time and fold. So the row of a second run cannot be stored, and an
/// agent that has carried it out knows it again even when the server has gone back to an older copy of its
/// data. A UUID of version 8 (RFC 9562 section 5.8): whoever knows the schedule can compute it, so it lies in
/// a space of its own, in which no host opens one (wire/opened_id.h).
RunId occurrence_run_id(const Occurrence& occurrence);

}  // namespace fettle::runs
