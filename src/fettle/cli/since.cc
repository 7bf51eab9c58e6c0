#include "fettle/cli/since.h"

#include <charconv>
#include <string>

namespace fettle::cli {

Result<WallTime> parse_since(std::string_view text, WallTime now) {
  if (const auto time = parse_time(text)) return *time;
  constexpr std::int64_t kMost = 100'000;
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error == std::errc{} && count >= 0 && count <= kMost) {
    if (unit == "s") return now - std::chrono::seconds(count);
    if (unit == "m") return now - std::chrono::minutes(count);
    if (unit == "h") return now - std::chrono::hours(count);
    if (unit == "d") return now - std::chrono::days(count);
  }
  return fail(ErrorCode::unprocessable, "bad_since",
              "--since takes a time ago such as 15m, 2h or 3d, or a time such as 2026-11-22T09:10:04Z");
}

}  // namespace fettle::cli
