#include "fettle/cli/api_flags.h"

#include <CLI/CLI.hpp>

namespace fettle::cli {

std::shared_ptr<ApiFlags> add_api_flags(CLI::App& command) {
  auto flags = std::make_shared<ApiFlags>();  // shared: the parser's options and the chosen command hold it
  command.add_option("--url", flags->url, "The server (or FETTLE_URL; default http://127.0.0.1:8420)")
      ->type_name("URL");
  CLI::Option* token = command.add_option("--token", flags->token.text, "API token (or FETTLE_TOKEN)");
  token->type_name("TOKEN");
  command.add_option("--token-file", flags->token.file, "File that holds the API token")
      ->type_name("FILE")
      ->excludes(token);
  return flags;
}

std::string api_url(const ApiFlags& flags, const Surroundings& surroundings) {
  std::string url = flags.url.empty() ? surroundings.variable("FETTLE_URL") : flags.url;
  return url.empty() ? "http://127.0.0.1:8420" : url;
}

}  // namespace fettle::cli
