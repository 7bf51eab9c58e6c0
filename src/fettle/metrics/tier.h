// The three kinds of kept history and the periods that their files stand for: raw samples by the hour,
// minutes by the day, hours by the month, all in UTC. Pure.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fettle::metrics {

enum class Tier : std::uint8_t { raw, minute, hour };
inline constexpr std::array kTiers{Tier::raw, Tier::minute, Tier::hour};
constexpr std::size_t index_of(Tier tier) {
  return static_cast<std::size_t>(tier);
}
/// By index.
using TierSet = std::array<bool, 3>;
inline constexpr TierSet kAllTiers{true, true, true};

inline constexpr std::int64_t kMinuteMs = 60'000;
inline constexpr std::int64_t kHourMs = 3'600'000;
inline constexpr std::int64_t kDayMs = 86'400'000;

std::string_view tier_name(Tier tier);
/// How far apart the rows of a tier are; 0 for raw samples.
std::int64_t tier_step_ms(Tier tier);
/// Start of the period that a time falls into, and where it ends. Times from 1970 to the year 10000.
std::int64_t period_of(Tier tier, std::int64_t at_ms);
std::int64_t period_end(Tier tier, std::int64_t period_ms);

/// One file. A later generation of a period replaces the earlier ones.
struct PackId {
  Tier tier = Tier::raw;
  std::int64_t period_ms = 0;
  std::uint32_t generation = 0;
  friend auto operator<=>(const PackId&, const PackId&) = default;
};
/// "20261127T23-0.pack", "20261127-0.pack", "202611-0.pack".
std::string pack_name(const PackId& id);
std::optional<PackId> parse_pack_name(Tier tier, std::string_view name);
/// Below the folder of the history.
std::string pack_path(const std::string& folder, const PackId& id);

/// How long each tier is kept, in milliseconds; 0: for ever.
using TierKeep = std::array<std::int64_t, 3>;
inline constexpr TierKeep kDefaultKeep{kDayMs, 30 * kDayMs, 396 * kDayMs};
/// Whether a period is over for longer than it is kept.
bool is_too_old(Tier tier, std::int64_t period_ms, std::int64_t now_ms, const TierKeep& keep);

}  // namespace fettle::metrics
