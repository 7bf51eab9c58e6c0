#include "fettle/app/local_enrolment.h"

namespace fettle::app {

Task<Result<std::optional<Secret<std::string>>>> make_local_enrolment(
    fleet::Fleet& fleet, const access::Environments& environments) {
  if (fleet.roster().size() > 0) co_return std::nullopt;
  const access::Actor actor{"system", "", "server", ""};
  auto made = co_await fleet.enrolment().make_token(actor, environments.default_id(), std::nullopt);
  if (!made) co_return std::unexpected(std::move(made).error());
  co_return std::move(made->text);
}

Result<> keep_local_enrolment(io::Files& files, const std::string& path,
                              const std::optional<Secret<std::string>>& token) {
  return token ? files.write_atomically(path, token->reveal() + "\n") : files.remove(path);
}

}  // namespace fettle::app
