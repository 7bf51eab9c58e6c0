#include "fettle/agent/act/host_check.h"

#include <fmt/format.h>

#include <array>

#include "fettle/wire/host_plans.h"

namespace fettle::agent {
namespace {

/// A clock that is further off than this makes times on the page hard to believe.
constexpr Millis kClockTolerance{2'000};
/// Less than this share of a disk is worth a warning.
constexpr std::uint64_t kLeastFreeShare = 20;  // a twentieth

StepEnd check_clock(const HostFacts& facts, StepTools& tools) {
  const auto ahead = facts.clock_ahead();
  if (!ahead) return {.phase = wire::StepPhase::skipped, .message = "no server has told its time yet"};
  tools.count("clock_ahead_ms", ahead->count());
  const bool is_off = std::chrono::abs(*ahead) > kClockTolerance;
  return {.message = std::to_string(ahead->count()) + " ms ahead of the server", .has_warning = is_off};
}

/// With one figure behind the point where it says something: "7.4 GiB", "512 MiB".
std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  constexpr double kStep = 1024, kWithPoint = 10;
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= kStep && unit + 1 < kUnits.size(); ++unit) size /= kStep;
  const bool has_point = unit > 0 && size < kWithPoint;
  return has_point ? fmt::format("{:.1f} {}", size, kUnits.at(unit))
                   : fmt::format("{:.0f} {}", size, kUnits.at(unit));
}

bool is_low(std::uint64_t free, std::uint64_t all) {
  return all > 0 && free < all / kLeastFreeShare;
}

Task<StepEnd> check_disk(const HostFacts& facts, StepTools& tools) {
  const auto disk = co_await facts.disk();
  if (!disk) co_return StepEnd{.phase = wire::StepPhase::failed, .message = disk.error().detail};
  tools.count("free_bytes", static_cast<std::int64_t>(disk->free_bytes));
  tools.count("all_bytes", static_cast<std::int64_t>(disk->all_bytes));
  if (disk->all_inodes > 0) tools.count("free_inodes", static_cast<std::int64_t>(disk->free_inodes));
  const bool has_few =
      is_low(disk->free_bytes, disk->all_bytes) || is_low(disk->free_inodes, disk->all_inodes);
  co_return StepEnd{
      .message = bytes_text(disk->free_bytes) + " of " + bytes_text(disk->all_bytes) + " are free",
      .has_warning = has_few};
}

StepEnd check_units(const HostFacts& facts, StepTools& tools) {
  const auto units = facts.units();
  if (!units)
    return {.phase = wire::StepPhase::skipped, .message = "there is no systemd here, or no answer yet"};
  tools.count("failed_units", units->failed_total);
  for (const std::string& name : units->failed) tools.log(LineLevel::warning, name + " has failed");
  return {.message = "failed units: " + std::to_string(units->failed_total),
          .has_warning = units->failed_total > 0};
}

StepEnd check_outbox(const HostFacts& facts, StepTools& tools) {
  const auto [waiting, dropped] = facts.outbox();
  tools.count("outbox_records", static_cast<std::int64_t>(waiting));
  tools.count("outbox_dropped", static_cast<std::int64_t>(dropped));
  return {.message = "heartbeats that wait to be sent: " + std::to_string(waiting)};
}

StepEnd check_policy(const HostFacts& facts, StepTools& tools) {
  const auto commands = static_cast<std::int64_t>(facts.commands());
  tools.count("commands", commands);
  return {.message = "commands that the policy allows: " + std::to_string(commands)};
}

/// A step that needs nothing to wait for.
StepFunction at_once(StepEnd (*check)(const HostFacts&, StepTools&), std::shared_ptr<const HostFacts> facts) {
  return [check, facts = std::move(facts)](StepTools& tools) -> Task<StepEnd> {
    return [](StepEnd end) -> Task<StepEnd> { co_return end; }(check(*facts, tools));
  };
}

}  // namespace

HostPlan make_host_check(HostFacts from) {
  const auto facts =
      std::make_shared<const HostFacts>(std::move(from));  // shared by the functions of the steps
  const auto name = [](std::size_t index) { return std::string(wire::kHostCheckSteps[index].name); };
  HostPlan plan{.name = std::string(wire::kHostCheckPlan)};
  plan.why_refused = [](const std::string&) { return std::string(); };
  plan.tasks.push_back({name(0), at_once(check_clock, facts)});
  plan.tasks.push_back({name(1), [facts](StepTools& tools) { return check_disk(*facts, tools); }});
  plan.tasks.push_back({name(2), at_once(check_units, facts)});
  plan.tasks.push_back({name(3), at_once(check_outbox, facts)});
  plan.tasks.push_back({name(4), at_once(check_policy, facts)});
  return plan;
}

}  // namespace fettle::agent
