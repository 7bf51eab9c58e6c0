#include "fettle/cli/token_input.h"

#include "fettle/base/text.h"

namespace fettle::cli {

Result<Secret<std::string>> read_token(const TokenInput& input, const Surroundings& surroundings) {
  if (!input.text.empty()) return Secret<std::string>(input.text);
  if (!input.file.empty()) {
    FETTLE_TRY(std::string text, read_named_file(surroundings, input.file));
    if (trim(text).empty())
      return fail(ErrorCode::unprocessable, "empty_token_file", input.file + " holds no token");
    return Secret<std::string>(std::string(trim(text)));
  }
  return Secret<std::string>(surroundings.variable(input.variable));
}

}  // namespace fettle::cli
