// An inventory, labels and a refusal as they are stored.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "fettle/base/result.h"
#include "fettle/fleet/host.h"
#include "fettle/wire/messages.h"

namespace fettle::fleet {

std::string inventory_to_json(const wire::Inventory& inventory);
/// Fields that are missing or unknown are left as they are: an older row stays readable.
Result<wire::Inventory> inventory_from_json(std::string_view text);
std::string refusal_to_json(const Refusal& refusal);
std::optional<Refusal> refusal_from_json(std::string_view text);
std::string labels_to_json(const std::map<std::string, std::string>& labels);
std::map<std::string, std::string> labels_from_json(std::string_view text);

}  // namespace fettle::fleet
