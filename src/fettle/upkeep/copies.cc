#include "fettle/upkeep/copies.h"

#include <fmt/format.h>

#include <algorithm>

#include "fettle/base/byte_text.h"
#include "fettle/upkeep/retention.h"

namespace fettle::upkeep {
namespace {

using runs::StepContext;
using runs::StepOutcome;

constexpr std::string_view kPrefix = "fettle-";
constexpr std::string_view kSuffix = ".tar.zst";

struct Plan {
  std::string folder;
  std::int64_t keep = 7;
  std::chrono::hours between{24};
};

struct Look {
  std::vector<std::string> names;
  std::uint64_t free_bytes = 0, data_bytes = 0;
};

Result<Look> look_at(io::Files& files, const std::string& folder,
                     const std::function<std::uint64_t()>& data_bytes) {
  Look look;
  look.data_bytes = data_bytes();
  if (auto made = files.make_folders(folder); !made) return std::unexpected(std::move(made).error());
  FETTLE_TRY(look.names, files.list(folder));
  FETTLE_TRY(look.free_bytes, files.free_bytes(folder));
  return look;
}

Result<std::int64_t> remove_all(io::Files& files, const std::string& folder,
                                const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (auto removed = files.remove(folder + "/" + name); !removed)
      return std::unexpected(std::move(removed).error());
  if (auto synced = files.sync_folder(folder); !synced) return std::unexpected(std::move(synced).error());
  return static_cast<std::int64_t>(names.size());
}

std::int64_t count_copies(const std::vector<std::string>& names) {
  return std::ranges::count_if(names,
                               [](const std::string& name) { return parse_copy_name(name).has_value(); });
}

Task<Result<StepOutcome>> copy(CopyGround ground, Plan plan, StepContext& step) {
  io::Files* files = &ground.files;
  auto list = [files, folder = plan.folder, data_bytes = ground.data_bytes] {
    return look_at(*files, folder, data_bytes);
  };
  FETTLE_CO_TRY(const Look look, co_await io::offload(ground.loop, ground.workers, std::move(list)));
  const WallTime now = ground.clock.wall_now();
  const CopyDecision decision = decide_copies(look.names, now, plan.between, plan.keep);
  step.set_counter(kSeen, count_copies(look.names));
  step.set_counter(kDeleted, 0);
  if (!decision.is_due) {
    co_return StepOutcome{
        fmt::format("the newest copy is younger than {}", amount(plan.between.count(), "hour", "hours"))};
  }
  step.set_counter(kEligible, static_cast<std::int64_t>(decision.remove.size()));
  // While it is made, the database lies there a second time.
  const std::uint64_t wanted = 2 * look.data_bytes;
  if (look.free_bytes < wanted) {
    co_return StepOutcome{fmt::format("no copy was made: {} bytes are free in {} and {} are wanted",
                                      look.free_bytes, plan.folder, wanted),
                          true};
  }
  if (step.is_dry())
    co_return StepOutcome{
        fmt::format("would make a copy and remove {}",
                    amount(static_cast<std::int64_t>(decision.remove.size()), "copy", "copies"))};
  // Called while the step waits for it, and not after.
  StepContext* watched = &step;
  auto made =
      co_await ground.make(plan.folder + "/" + copy_name(now), [watched] { return watched->is_cancelled(); });
  if (!made) co_return std::unexpected(std::move(made).error());
  step.set_counter("files", static_cast<std::int64_t>(made->files));
  step.set_counter("written_bytes", static_cast<std::int64_t>(made->bytes));
  auto remove = [files, folder = plan.folder, names = decision.remove] {
    return remove_all(*files, folder, names);
  };
  FETTLE_CO_TRY(const std::int64_t removed,
                co_await io::offload(ground.loop, ground.workers, std::move(remove)));
  step.set_counter(kDeleted, removed);
  co_return StepOutcome{
      fmt::format("made {}, {}", copy_name(now), format_bytes(static_cast<double>(made->bytes)))};
}

}  // namespace

std::string copy_name(WallTime at) {
  std::string name(kPrefix);
  // "2026-11-28T03:15:00.000Z" without what a file name needs not.
  for (const char c : format_time(std::chrono::floor<Seconds>(at)).substr(0, 19))
    if (c != '-' && c != ':') name += c;
  return name + "Z" + std::string(kSuffix);
}

std::optional<WallTime> parse_copy_name(std::string_view name) {
  constexpr std::size_t kTimeLength = 16;  // "20261128T031500Z"
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix) ||
      name.size() != kPrefix.size() + kTimeLength + kSuffix.size())
    return std::nullopt;
  const std::string_view t = name.substr(kPrefix.size(), kTimeLength);
  return parse_time(fmt::format("{}-{}-{}T{}:{}:{}Z", t.substr(0, 4), t.substr(4, 2), t.substr(6, 2),
                                t.substr(9, 2), t.substr(11, 2), t.substr(13, 2)));
}

CopyDecision decide_copies(const std::vector<std::string>& names, WallTime now, std::chrono::hours between,
                           std::int64_t keep) {
  std::vector<std::pair<WallTime, std::string>> copies;
  for (const std::string& name : names)
    if (const auto at = parse_copy_name(name)) copies.emplace_back(*at, name);
  std::ranges::sort(copies);
  CopyDecision out;
  // One that a clock that ran ahead has made says nothing of now. A quarter of an hour early is on time: runs
  // do not begin to the second.
  const WallTime enough = now - between + std::chrono::minutes(15);
  out.is_due = std::ranges::none_of(
      copies, [&](const auto& copy) { return copy.first > enough && copy.first <= now; });
  if (!out.is_due || keep == 0) return out;
  const auto there = static_cast<std::int64_t>(copies.size()) + 1;
  for (std::int64_t i = 0; i < there - keep && i < there - 1; ++i)
    out.remove.push_back(copies[static_cast<std::size_t>(i)].second);
  return out;
}

runs::PlanTask copy_task(CopyGround ground, const UpkeepSettings& settings) {
  const Plan plan{settings.copy_folder, settings.copies, settings.between_copies};
  return {
      .name = "self_copy",
      .title = "Copy the server's own data",
      .why_skipped = {},
      .function = [ground = std::move(ground), plan](StepContext& step) { return copy(ground, plan, step); }};
}

}  // namespace fettle::upkeep
