#include "fettle/fleet/host_dto.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "fettle/base/json_value.h"
#include "fettle/base/text.h"
#include "fettle/fleet/host_text_rules.h"

namespace fettle::fleet {
namespace {

std::optional<double> known(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

MachineDto make_machine(const wire::Inventory& inventory) {
  MachineDto out;
  out.hostname = inventory.hostname;
  out.os = inventory.os;
  out.kernel = inventory.kernel;
  out.architecture = inventory.architecture;
  out.cpu_model = inventory.cpu_model;
  out.cores = inventory.cores;
  out.memory_bytes = inventory.memory_bytes;
  out.boot_id = inventory.boot_id;
  if (inventory.booted_at_ms > 0) out.booted_at = wall_from_unix_ms(inventory.booted_at_ms);
  out.virtualization = inventory.virtualization;
  return out;
}

SummaryDto make_summary(const metrics::Summary& summary) {
  SummaryDto out;
  out.at = summary.at_ms;
  out.cpu_percent = known(summary.cpu_percent);
  out.memory_percent = known(summary.memory_percent);
  out.disk_percent = known(summary.disk_percent);
  if (!summary.disk_mount.empty()) out.disk_mount = summary.disk_mount;
  out.rx_bytes_per_second = known(summary.rx_bytes_per_second);
  out.tx_bytes_per_second = known(summary.tx_bytes_per_second);
  out.agent_cpu_percent = known(summary.agent_cpu_percent);
  out.agent_memory_bytes = known(summary.agent_memory_bytes);
  return out;
}

}  // namespace

std::string_view unit_name(metrics::Unit unit) {
  switch (unit) {
    case metrics::Unit::percent:
      return "percent";
    case metrics::Unit::bytes:
      return "bytes";
    case metrics::Unit::bytes_per_second:
      return "bytes_per_second";
    case metrics::Unit::per_second:
      return "per_second";
    case metrics::Unit::count:
      return "count";
    case metrics::Unit::seconds:
      return "seconds";
    case metrics::Unit::load:
      return "load";
    case metrics::Unit::celsius:
      return "celsius";
  }
  return "count";
}

std::string_view kind_name(wire::SeriesKind kind) {
  switch (kind) {
    case wire::SeriesKind::gauge:
      return "gauge";
    case wire::SeriesKind::counter:
      return "counter";
    case wire::SeriesKind::unknown:
      return "unknown";
  }
  return "unknown";
}

bool is_older_version(std::string_view version, std::string_view than) {
  const auto parts = split(version, '.');
  const auto others = split(than, '.');
  for (std::size_t i = 0; i < std::min(parts.size(), others.size()); ++i) {
    unsigned mine = 0, other = 0;
    const auto read = [](std::string_view text, unsigned& into) {
      return std::from_chars(text.data(), text.data() + text.size(), into).ec == std::errc{};
    };
    if (!read(parts[i], mine) || !read(others[i], other)) return false;
    if (mine != other) return mine < other;
  }
  return parts.size() < others.size();
}

HostDto make_host_dto(const LiveHost& host, const metrics::History& history,
                      std::string_view server_version) {
  const Host& row = host.row;
  HostDto out;
  out.id = row.id;
  out.number = row.number;
  out.environment_id = row.environment;
  out.name = row.name;
  out.state = row.state;
  out.state_since = row.state_since;
  out.state_reason = row.state_reason;
  out.last_seen_at = host.last_seen();
  out.enrolled_at = row.enrolled_at;
  out.labels_by_hand = row.labels;
  if (row.inventory) out.labels_by_agent = allowed_labels(row.inventory->labels);
  out.labels = merged_labels(out.labels_by_hand, out.labels_by_agent);
  out.revision = row.revision;
  out.locked_at = row.locked_at;
  if (const auto& refusal = row.refusal ? row.refusal : host.wrong_key)
    out.refusal = RefusalDto{refusal->at, refusal->code, refusal->detail, refusal->address};
  out.key_changed_at = row.key_changed_at;
  if (row.inventory && row.inventory->units)
    out.units = UnitsDto{row.inventory->units->failed, row.inventory->units->failed_total};
  out.interval_ms = host.interval.count();
  if (host.clock_skew) out.clock_skew_ms = host.clock_skew->count();
  out.clock_skewed = row.clock_skewed;
  out.dropped_heartbeats = host.outbox_dropped;
  if (row.agent) {
    out.agent = AgentDto{
        row.agent->version,
        std::to_string(row.agent->protocol.major) + "." + std::to_string(row.agent->protocol.minor),
        wall_from_unix_ms(row.agent->started_at_ms), is_older_version(row.agent->version, server_version)};
  }
  if (row.inventory) out.machine = make_machine(*row.inventory);
  if (!row.address.empty()) out.address = row.address;
  if (const auto summary = history.summary(row.number)) out.summary = make_summary(*summary);
  return out;
}

LayoutDto make_layout_dto(const metrics::Latest* latest) {
  LayoutDto out;
  if (latest == nullptr || latest->layout == nullptr) return out;
  out.layout = latest->layout->id;
  for (const auto& entry : latest->layout->entries) {
    out.series.push_back({entry.key, entry.metric, entry.label, entry.unit, entry.kind});
  }
  return out;
}

std::optional<wire::Inventory> inventory_from_machine(const std::optional<JsonText>& machine) {
  if (!machine) return std::nullopt;
  const auto node = parse_json(machine->text);
  if (!node) return std::nullopt;
  wire::Inventory out;
  const std::map<std::string_view, std::string*> texts{{"hostname", &out.hostname},
                                                       {"os", &out.os},
                                                       {"kernel", &out.kernel},
                                                       {"architecture", &out.architecture},
                                                       {"cpu_model", &out.cpu_model},
                                                       {"boot_id", &out.boot_id},
                                                       {"virtualization", &out.virtualization}};
  for (const JsonNode& item : node->items) {
    if (item.kind == JsonNode::Kind::string) {
      if (const auto found = texts.find(item.name); found != texts.end()) {
        *found->second = std::string(truncate_utf8(item.text, wire::kMaxText));
      }
      if (item.name == "booted_at") {
        if (const auto time = parse_time(item.text)) out.booted_at_ms = unix_ms(*time);
      }
    } else if (item.kind == JsonNode::Kind::integer && item.integer >= 0) {
      if (item.name == "cores") out.cores = static_cast<std::uint32_t>(item.integer);
      if (item.name == "memory_bytes") out.memory_bytes = static_cast<std::uint64_t>(item.integer);
    }
  }
  return out;
}

}  // namespace fettle::fleet
