#include "fettle/fleet/host_repo.h"

#include "fettle/fleet/inventory_json.h"
#include "fettle/fleet/uptime_repo.h"

namespace fettle::fleet::host_repo {
namespace {

constexpr std::string_view kColumns =
    "SELECT number, id, environment_id, name, public_key, enrolled_at, labels, inventory, agent_version,"
    " protocol_major, protocol_minor, agent_started_at, address, state, state_since, state_reason, "
    "last_seen_at,"
    " clock_skewed FROM host ORDER BY number";

constexpr std::string_view kNameTaken = "SELECT 1 FROM host WHERE environment_id = ?1 AND name = ?2";

constexpr std::string_view kInsert =
    "INSERT INTO host (id, environment_id, name, public_key, enrolled_at, inventory, state, state_since)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', ?5) RETURNING number";

constexpr std::string_view kDescribe =
    "UPDATE host SET inventory = ?2, address = ?3,"
    " agent_version = coalesce(?4, agent_version), protocol_major = coalesce(?5, protocol_major),"
    " protocol_minor = coalesce(?6, protocol_minor), agent_started_at = coalesce(?7, agent_started_at)"
    " WHERE number = ?1";

constexpr std::string_view kChangeState =
    "UPDATE host SET state = ?2, state_reason = ?3, state_since = ?4, last_seen_at = coalesce(?5, "
    "last_seen_at)"
    " WHERE number = ?1";

constexpr std::string_view kSetSkewed = "UPDATE host SET clock_skewed = ?2 WHERE number = ?1";
constexpr std::string_view kRemove = "DELETE FROM host WHERE number = ?1";

WallTime time_of(std::int64_t ms) {
  return wall_from_unix_ms(ms);
}

Host read_host(const store::Row& row) {
  Host host;
  host.number = static_cast<HostNumber>(row.integer(0));
  host.id = HostId::parse(row.text(1)).value_or(HostId{});
  host.environment = EnvironmentId::parse(row.text(2)).value_or(EnvironmentId{});
  host.name = row.text(3);
  host.public_key = row.blob(4);
  host.enrolled_at = time_of(row.integer(5));
  host.labels = labels_from_json(row.text(6));
  if (!row.is_null(7)) {
    if (auto inventory = inventory_from_json(row.text(7))) host.inventory = *inventory;
  }
  if (!row.is_null(8)) {
    host.agent =
        AgentInfo{row.text(8),
                  {static_cast<std::uint32_t>(row.integer(9)), static_cast<std::uint32_t>(row.integer(10))},
                  row.integer(11)};
  }
  host.address = row.text(12);
  host.state = parse_host_state(row.text(13));
  host.state_since = time_of(row.integer(14));
  host.state_reason = row.text(15);
  if (!row.is_null(16)) host.last_seen_at = time_of(row.integer(16));
  host.clock_skewed = row.integer(17) != 0;
  return host;
}

bool is_name_taken(store::Session& session, const NewHost& host, const std::string& name) {
  return session
      .query_one(kNameTaken, {host.environment.text(), name}, [](const store::Row&) { return true; })
      .value_or(false);
}

}  // namespace

std::vector<Host> all(store::Session& session) {
  return session.query_all(kColumns, {}, read_host);
}

Host insert(store::Session& session, NewHost host) {
  std::string name = host.name;
  for (int number = 2; is_name_taken(session, host, name); ++number) {
    name = host.name + " (" + std::to_string(number) + ")";
  }
  std::optional<std::string> inventory;
  if (host.inventory) inventory = inventory_to_json(*host.inventory);
  const auto number = session.query_one(
      kInsert,
      {host.id.text(), host.environment.text(), name, host.public_key, unix_ms(host.enrolled_at), inventory},
      [](const store::Row& row) { return row.integer(0); });
  Host out;
  out.number = static_cast<HostNumber>(number.value_or(0));
  uptime_repo::add_state(session, {out.number, host.enrolled_at, HostState::waiting, {}});
  out.id = host.id;
  out.environment = host.environment;
  out.name = std::move(name);
  out.public_key = std::move(host.public_key);
  out.enrolled_at = host.enrolled_at;
  out.inventory = std::move(host.inventory);
  out.state_since = host.enrolled_at;
  return out;
}

void describe(store::Session& session, const Description& description) {
  const std::string inventory = inventory_to_json(description.inventory);
  if (description.agent) {
    const AgentInfo& agent = *description.agent;
    session.execute(kDescribe, {std::int64_t{description.number}, inventory, description.address,
                                agent.version, std::int64_t{agent.protocol.major},
                                std::int64_t{agent.protocol.minor}, agent.started_at_ms});
    return;
  }
  session.execute(kDescribe, {std::int64_t{description.number}, inventory, description.address, std::nullopt,
                              std::nullopt, std::nullopt, std::nullopt});
}

void change_state(store::Session& session, const StateChange& change) {
  std::optional<std::int64_t> last_seen;
  if (change.last_seen_at) last_seen = unix_ms(*change.last_seen_at);
  session.execute(kChangeState, {std::int64_t{change.number}, host_state_name(change.state), change.reason,
                                 unix_ms(change.since), last_seen});
  uptime_repo::add_state(session, {change.number, change.known_since, change.state, change.reason});
}

void set_clock_skewed(store::Session& session, HostNumber number, bool skewed) {
  session.execute(kSetSkewed, {std::int64_t{number}, skewed});
}

bool remove(store::Session& session, HostNumber number) {
  uptime_repo::remove_host(session, number);
  return session.execute(kRemove, {std::int64_t{number}}) > 0;
}

}  // namespace fettle::fleet::host_repo
