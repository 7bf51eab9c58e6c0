#include "fettle/cli/service_place.h"

#include <charconv>

namespace fettle::cli {
namespace {

std::int64_t number_of(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole && number > 0 ? number : 0;
}

}  // namespace

io::ServicePlace service_place(const Surroundings& surroundings) {
  return {surroundings.variable("NOTIFY_SOCKET"), number_of(surroundings.variable("WATCHDOG_USEC")),
          number_of(surroundings.variable("WATCHDOG_PID"))};
}

}  // namespace fettle::cli
