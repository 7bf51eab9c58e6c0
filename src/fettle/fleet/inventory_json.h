// An inventory as it is stored and as the API gives it.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "fettle/base/result.h"
#include "fettle/wire/messages.h"

namespace fettle::fleet {

std::string inventory_to_json(const wire::Inventory& inventory);
/// Fields that are missing or unknown are left as they are: an older row stays readable.
Result<wire::Inventory> inventory_from_json(std::string_view text);
std::string labels_to_json(const std::map<std::string, std::string>& labels);
std::map<std::string, std::string> labels_from_json(std::string_view text);

}  // namespace fettle::fleet
