#include "fettle/app/version.h"

namespace fettle::app {

std::string_view version() {
  return FETTLE_VERSION;
}

}  // namespace fettle::app
