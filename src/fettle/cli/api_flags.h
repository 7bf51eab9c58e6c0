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
  std::string pin;
  TokenInput token{.text = {}, .file = {}, .variable = "FETTLE_TOKEN"};
};

/// --url (or FETTLE_URL), --pin (or FETTLE_PIN), --token, --token-file (or FETTLE_TOKEN).
std::shared_ptr<ApiFlags> add_api_flags(CLI::App& command);

/// Without a slash at its end. `invalid_input` ("bad_url") when it is no address that can be called.
Result<std::string> api_url(const ApiFlags& flags, const Surroundings& surroundings);

/// With the pin of the server's certificate behind it where one is given (base/certificate_pin.h). Never
/// empty: `unauthenticated` ("no_token") says where a token with `scope` comes from and how it is
/// given.
Result<Secret<std::string>> api_token(const ApiFlags& flags, const Surroundings& surroundings,
                                      std::string_view scope);

/// The address of a server as a person typed it, in `source` ("--url"). Errors as of api_url.
Result<std::string> check_server_url(std::string url, std::string_view source);

}  // namespace fettle::cli
