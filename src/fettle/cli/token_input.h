// Secrets as commands take them: on the line, from a file, from the environment; in this order.
#pragma once
#include <string>

#include "fettle/cli/surroundings.h"

#include "fettle/base/secret.h"

namespace fettle::cli {

struct TokenInput {
  std::string text;      // as given on the line
  std::string file;      // named on the line
  std::string variable;  // name of the environment variable
};

/// The token without surrounding space; empty when there is none anywhere.
Result<Secret<std::string>> read_token(const TokenInput& input, const Surroundings& surroundings);

}  // namespace fettle::cli
