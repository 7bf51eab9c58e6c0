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
  std::optional<std::vector<std::string>> failed_units;
  std::optional<std::uint32_t> failed_units_total;
  std::optional<std::map<std::string, std::string>> labels;
};
BOOST_DESCRIBE_STRUCT(StoredInventory, (),
                      (hostname, os, kernel, architecture, cpu_model, cores, memory_bytes, boot_id,
                       booted_at_ms, machine_id_hash, virtualization, failed_units, failed_units_total,
                       labels))

struct StoredRefusal {
  std::int64_t at_ms = 0;
  std::string code, detail, address;
};
BOOST_DESCRIBE_STRUCT(StoredRefusal, (), (at_ms, code, detail, address))

}  // namespace

std::string inventory_to_json(const wire::Inventory& inventory) {
  StoredInventory stored{inventory.hostname,      inventory.os,
                         inventory.kernel,        inventory.architecture,
                         inventory.cpu_model,     inventory.cores,
                         inventory.memory_bytes,  inventory.boot_id,
                         inventory.booted_at_ms,  inventory.machine_id_hash,
                         inventory.virtualization};
  if (inventory.units) {
    stored.failed_units = inventory.units->failed;
    stored.failed_units_total = inventory.units->failed_total;
  }
  if (!inventory.labels.empty()) stored.labels = inventory.labels;
  return to_json(stored);
}

Result<wire::Inventory> inventory_from_json(std::string_view text) {
  FETTLE_TRY(StoredInventory stored, from_json<StoredInventory>(text, "/inventory"));
  wire::Inventory out{stored.hostname.value_or(""),      stored.os.value_or(""),
                      stored.kernel.value_or(""),        stored.architecture.value_or(""),
                      stored.cpu_model.value_or(""),     stored.cores.value_or(0),
                      stored.memory_bytes.value_or(0),   stored.boot_id.value_or(""),
                      stored.booted_at_ms.value_or(0),   stored.machine_id_hash.value_or(""),
                      stored.virtualization.value_or("")};
  if (stored.failed_units)
    out.units = wire::UnitStates{std::move(*stored.failed_units), stored.failed_units_total.value_or(0)};
  if (stored.labels) out.labels = std::move(*stored.labels);
  return out;
}

std::string refusal_to_json(const Refusal& refusal) {
  return to_json(StoredRefusal{unix_ms(refusal.at), refusal.code, refusal.detail, refusal.address});
}

std::optional<Refusal> refusal_from_json(std::string_view text) {
  auto stored = from_json<StoredRefusal>(text, "/refusal");
  if (!stored) return std::nullopt;
  return Refusal{wall_from_unix_ms(stored->at_ms), stored->code, stored->detail, stored->address};
}

std::string labels_to_json(const std::map<std::string, std::string>& labels) {
  return to_json(labels);
}

std::map<std::string, std::string> labels_from_json(std::string_view text) {
  return from_json<std::map<std::string, std::string>>(text, "/labels")
      .value_or(std::map<std::string, std::string>{});
}

}  // namespace fettle::fleet
