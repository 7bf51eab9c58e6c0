// A new generation of a pack: of each host one chunk instead of many pieces, and nothing of hosts that are
// gone. Until it is whole and synced the one before counts. Blocks; history queue.
#pragma once
#include "fettle/metrics/sealer.h"

namespace fettle::metrics {

/// Errors as Sealer::compact.
Result<CompactOutcome> compact_pack(io::Files& files, const std::string& folder, const CompactOrder& order,
                                    ColumnCoder& coder);

}  // namespace fettle::metrics
