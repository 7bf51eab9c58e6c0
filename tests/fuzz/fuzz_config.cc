// A configuration file of any content gives settings or problems with a line, never more.
#include "fettle/base/check.h"
#include "fettle/cli/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  auto outcome =
      fettle::cli::resolve_config({.file_path = "f", .file_text = text, .environment = {}, .flags = {}});
  FETTLE_CHECK(outcome.config.settings().size() == fettle::cli::config_keys().size());
  for (const auto& problem : outcome.problems) {
    FETTLE_CHECK(problem.where.starts_with("f:"));
    FETTLE_CHECK(!problem.text.empty());
  }
  // Without a problem the options can be made, whatever the values are.
  if (outcome.problems.empty()) {
    static_cast<void>(fettle::cli::server_options(outcome.config));
    static_cast<void>(fettle::cli::agent_options(outcome.config));
  }
  return 0;
}
