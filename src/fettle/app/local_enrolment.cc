#include "fettle/app/local_enrolment.h"

namespace fettle::app {

Task<Result<>> offer_local_enrolment(fleet::Fleet& fleet, const access::Environments& environments,
                                     io::Files& files, std::string path) {
  if (fleet.roster().size() > 0) co_return files.remove(path);
  const access::Actor actor{"system", "", "server", ""};
  auto made = co_await fleet.enrolment().make_token(actor, environments.default_id(), std::nullopt);
  if (!made) co_return std::unexpected(std::move(made).error());
  co_return files.write_atomically(path, made->text.reveal() + "\n");
}

}  // namespace fettle::app
