// What can be set of this module.
#pragma once
#include <string>

#include "fettle/base/crypto.h"
#include "fettle/base/time.h"

namespace fettle::access {

struct AccessSettings {
  std::string data_folder;  // holds the file `setup-token` until there is a person
  /// A dashboard stays open on a wall all day, and its stream counts as use: a session ends a day after the
  /// last page was closed. OWASP's 30 minutes would send people to the log-in page each morning and noon.
  Seconds session_idle = std::chrono::hours(24);
  Seconds session_absolute = std::chrono::days(14);
  PasswordCost password_cost;
};

}  // namespace fettle::access
