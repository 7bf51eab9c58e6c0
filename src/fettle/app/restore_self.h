// Puts a copy that `fettle backup-self` made into an empty data folder (docs/backup-self.md). Everything is
// checked and synced beside the folder, then put in place by one rename: killed at any moment it leaves the
// folder as it was. Blocks.
#pragma once
#include "fettle/base/result.h"
#include "fettle/cli/actions.h"

namespace fettle::app {

/// Errors: `conflict` ("folder_not_empty"; "backup_newer"; "wrong_master_key"), `corrupt` ("bad_archive",
/// "bad_database"), `not_found`, `io`, `unavailable` ("disk_full").
Result<cli::RestoreDone> restore_self(const cli::RestoreOptions& options,
                                      const cli::OnByteProgress& on_progress);

}  // namespace fettle::app
