// Rotated copies of the server's own data: which are due and which go (pure), and the task that makes one.
// Loop thread; files on the workers. Who makes the archive is handed in.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fettle/io/clock.h"
#include "fettle/io/files.h"
#include "fettle/io/loop.h"
#include "fettle/io/work_queue.h"
#include "fettle/runs/plan.h"
#include "fettle/upkeep/upkeep_settings.h"

namespace fettle::upkeep {

/// "fettle-20261128T031500Z.tar.zst".
std::string copy_name(WallTime at);
std::optional<WallTime> parse_copy_name(std::string_view name);

struct CopyDecision {
  bool is_due = false;
  std::vector<std::string> remove;  // once the new one is there
};
/// `names`: all that lies in the folder. Files of other names are nobody's business. `keep` 0: all stay.
CopyDecision decide_copies(const std::vector<std::string>& names, WallTime now, std::chrono::hours between,
                           std::int64_t keep);

struct MadeCopy {
  std::uint64_t bytes = 0, files = 0;
};
struct CopyGround {
  io::Loop& loop;
  io::Clock& clock;
  io::Files& files;
  io::WorkQueue& workers;
  /// Writes an archive to this path; a file of that name is always a whole one. `is_cancelled` is looked at
  /// between pieces.
  std::function<Task<Result<MadeCopy>>(std::string path, std::function<bool()> is_cancelled)> make;
  std::function<std::uint64_t()> data_bytes;  // what a copy is made of; on a worker
};
runs::PlanTask copy_task(CopyGround ground, const UpkeepSettings& settings);

}  // namespace fettle::upkeep
