// The table of keys as texts for people: docs/configuration.md (a test holds it current) and a commented file
// to start from.
#pragma once
#include <string>

namespace fettle::cli {

std::string config_reference_markdown();
std::string config_example_toml();

}  // namespace fettle::cli
