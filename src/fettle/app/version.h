// What this program calls itself; the number comes from the build file.
#pragma once
#include <string_view>

namespace fettle::app {

std::string_view version();

}  // namespace fettle::app
