// `fettle backup-self`: writes the archive beside its name and renames it when it is whole and synced, so
// that a file of that name is always a whole one. Blocks.
#pragma once
#include "fettle/base/result.h"
#include "fettle/cli/actions.h"

namespace fettle::app {

/// Errors: `conflict` ("file_exists"), `cancelled`, those of SelfBackup, of the API, of files.
Result<cli::BackupDone> backup_self(const cli::BackupOptions& options,
                                    const cli::OnByteProgress& on_progress);

}  // namespace fettle::app
