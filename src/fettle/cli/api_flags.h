// The flags of every command that asks a server: where it is, and on whose behalf.
#pragma once
#include <memory>
#include <string>

#include "fettle/cli/api_client.h"
#include "fettle/cli/surroundings.h"
#include "fettle/cli/token_input.h"

namespace CLI {
class App;
}

namespace fettle::cli {

struct ApiFlags {
  std::string url;
  TokenInput token{.text = {}, .file = {}, .variable = "FETTLE_TOKEN"};
};

/// --url (or FETTLE_URL), --token, --token-file (or FETTLE_TOKEN).
std::shared_ptr<ApiFlags> add_api_flags(CLI::App& command);
std::string api_url(const ApiFlags& flags, const Surroundings& surroundings);

}  // namespace fettle::cli
