#include "fettle/fleet/inventory_json.h"

#include <boost/describe.hpp>

#include "fettle/base/json_codec.h"

namespace fettle::fleet {
namespace {

/// All optional: a row that an older or a newer version wrote stays readable.
struct StoredInventory {
  std::optional<std::string> hostname, os, kernel, architecture, cpu_model;
  std::optional<std::uint32_t> cores;
  std::optional<std::uint64_t> memory_bytes;
  std::optional<std::string> boot_id;
  std::optional<std::int64_t> booted_at_ms;
  std::optional<std::string> machine_id_hash, virtualization;
};
BOOST_DESCRIBE_STRUCT(StoredInventory, (),
                      (hostname, os, kernel, architecture, cpu_model, cores, memory_bytes, boot_id,
                       booted_at_ms, machine_id_hash, virtualization))

}  // namespace

std::string inventory_to_json(const wire::Inventory& inventory) {
  const StoredInventory stored{inventory.hostname,      inventory.os,
                               inventory.kernel,        inventory.architecture,
                               inventory.cpu_model,     inventory.cores,
                               inventory.memory_bytes,  inventory.boot_id,
                               inventory.booted_at_ms,  inventory.machine_id_hash,
                               inventory.virtualization};
  return to_json(stored);
}

Result<wire::Inventory> inventory_from_json(std::string_view text) {
  FETTLE_TRY(StoredInventory stored, from_json<StoredInventory>(text, "/inventory"));
  return wire::Inventory{stored.hostname.value_or(""),      stored.os.value_or(""),
                         stored.kernel.value_or(""),        stored.architecture.value_or(""),
                         stored.cpu_model.value_or(""),     stored.cores.value_or(0),
                         stored.memory_bytes.value_or(0),   stored.boot_id.value_or(""),
                         stored.booted_at_ms.value_or(0),   stored.machine_id_hash.value_or(""),
                         stored.virtualization.value_or("")};
}

std::string labels_to_json(const std::map<std::string, std::string>& labels) {
  return to_json(labels);
}

std::map<std::string, std::string> labels_from_json(std::string_view text) {
  return from_json<std::map<std::string, std::string>>(text, "/labels")
      .value_or(std::map<std::string, std::string>{});
}

}  // namespace fettle::fleet
