#include "fettle/cli/host_lookup.h"

namespace fettle::cli {

Result<std::string> host_id_of(const std::string& host, const ApiClient& client) {
  if (host.empty() || host.starts_with("host_")) return host;
  FETTLE_TRY(const auto hosts, client.list("/api/v1/hosts"));
  std::vector<std::string> found;
  for (const JsonNode& each : hosts)
    if (text_member(each, "name") == host) found.push_back(text_member(each, "id"));
  if (found.size() == 1) return found.front();
  if (found.empty())
    return fail(ErrorCode::not_found, "host_not_found",
                "there is no host '" + host + "' that this token may see");
  return fail(ErrorCode::unprocessable, "host_ambiguous",
              "several hosts are called '" + host + "': name one by its id");
}

}  // namespace fettle::cli
