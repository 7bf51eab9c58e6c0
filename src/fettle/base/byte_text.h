// Sizes as people read them. Pure.
#pragma once
#include <string>

namespace fettle {

/// "1.50 MiB", powers of 1024 and three digits, as the page writes them.
std::string format_bytes(double bytes);

}  // namespace fettle
