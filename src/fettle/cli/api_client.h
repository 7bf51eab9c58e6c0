// The API as commands use it: one request after another, lists read to their end, problems as errors. Unknown
// members of an answer are left alone, so that a program reads what a newer server says.
#pragma once
#include <string>
#include <vector>

#include "fettle/base/json_value.h"
#include "fettle/cli/actions.h"

namespace fettle::cli {

class ApiClient {
 public:
  /// `url` as http://ADDRESS:PORT with or without a slash at its end.
  ApiClient(const Actions& actions, std::string url, Secret<std::string> bearer);

  Result<JsonNode> get(const std::string& path) const;
  /// With this JSON as its body; empty: none. An answer without a body gives a null.
  Result<JsonNode> send(const std::string& method, const std::string& path,
                        const std::string& json_body) const;
  /// All items of a list, over as many pages as there are.
  Result<std::vector<JsonNode>> list(const std::string& path) const;

 private:
  const Actions& actions_;
  std::string url_;
  Secret<std::string> bearer_;
};

/// The error that an answer stands for, with the sentence of its problem body. `status` is not 2xx.
Error error_of_answer(const ApiAnswer& answer);

/// For a value in a path or a query: RFC 3986, unreserved characters as they are.
std::string percent_encode(std::string_view text);

/// Member of an object; nullptr when there is none or `node` is no object.
const JsonNode* member(const JsonNode& node, std::string_view name);
/// Empty when the member is absent or no string.
std::string text_member(const JsonNode& node, std::string_view name);
std::optional<double> number_member(const JsonNode& node, std::string_view name);

}  // namespace fettle::cli
