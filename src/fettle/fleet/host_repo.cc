#include "fettle/fleet/host_repo.h"

#include "fettle/fleet/inventory_json.h"
#include "fettle/fleet/uptime_repo.h"

namespace fettle::fleet::host_repo {
namespace {

#define FETTLE_HOST_COLUMNS                                                                             \
  "SELECT number, id, environment_id, name, public_key, enrolled_at, labels, inventory, agent_version," \
  " protocol_major, protocol_minor, agent_started_at, address, state, state_since, state_reason,"       \
  " last_seen_at, clock_skewed, revision, locked_at, refusal, key_changed_at FROM host"
constexpr std::string_view kAll = FETTLE_HOST_COLUMNS " ORDER BY number";
constexpr std::string_view kFind = FETTLE_HOST_COLUMNS " WHERE id = ?1";
#undef FETTLE_HOST_COLUMNS

constexpr std::string_view kNameTaken = "SELECT 1 FROM host WHERE environment_id = ?1 AND name = ?2";

constexpr std::string_view kInsert =
    "INSERT INTO host (id, environment_id, name, public_key, enrolled_at, inventory, state, state_since)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', ?5) RETURNING number";

constexpr std::string_view kDescribe =
    "UPDATE host SET inventory = ?2, address = ?3,"
    " agent_version = coalesce(?4, agent_version), protocol_major = coalesce(?5, protocol_major),"
    " protocol_minor = coalesce(?6, protocol_minor), agent_started_at = coalesce(?7, agent_started_at),"
    " refusal = CASE WHEN ?4 IS NULL THEN refusal END WHERE number = ?1";

constexpr std::string_view kChangeState =
    "UPDATE host SET state = ?2, state_reason = ?3, state_since = ?4, last_seen_at = coalesce(?5, "
    "last_seen_at)"
    " WHERE number = ?1";

constexpr std::string_view kSetSkewed = "UPDATE host SET clock_skewed = ?2 WHERE number = ?1";
constexpr std::string_view kFindEditable =
    "SELECT name, revision, environment_id FROM host WHERE number = ?1";
constexpr std::string_view kEdit =
    "UPDATE host SET name = ?2, labels = coalesce(?3, labels), environment_id = ?4, revision = revision + 1"
    " WHERE number = ?1";
constexpr std::string_view kNameTakenByOther =
    "SELECT 1 FROM host WHERE environment_id = ?1 AND name = ?2 AND number != ?3";
constexpr std::string_view kSetRefusal = "UPDATE host SET refusal = ?2 WHERE number = ?1";
constexpr std::string_view kSetLocked = "UPDATE host SET locked_at = ?2 WHERE number = ?1";
constexpr std::string_view kReplaceKey =
    "UPDATE host SET public_key = ?2, key_changed_at = ?3, locked_at = NULL, refusal = NULL"
    " WHERE number = ?1 AND (?4 IS NULL OR public_key = ?4)";
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
  host.revision = row.integer(18);
  if (!row.is_null(19)) host.locked_at = time_of(row.integer(19));
  if (!row.is_null(20)) host.refusal = refusal_from_json(row.text(20));
  if (!row.is_null(21)) host.key_changed_at = time_of(row.integer(21));
  return host;
}

bool is_name_taken(store::Session& session, const NewHost& host, const std::string& name) {
  return session
      .query_one(kNameTaken, {host.environment.text(), name}, [](const store::Row&) { return true; })
      .value_or(false);
}

}  // namespace

std::vector<Host> all(store::Session& session) {
  return session.query_all(kAll, {}, read_host);
}

std::optional<Host> find(store::Session& session, const HostId& id) {
  return session.query_one(kFind, {id.text()}, read_host);
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

Result<Edited> edit(store::Session& session, const Edit& edit) {
  struct Before {
    std::string name;
    std::int64_t revision;
    std::string environment;
  };
  const std::int64_t number{edit.number};
  const auto before = session.query_one(kFindEditable, {number}, [](const store::Row& row) {
    return Before{row.text(0), row.integer(1), row.text(2)};
  });
  if (!before) return fail(ErrorCode::not_found, "not_found", "there is no such host");
  if (edit.revision && *edit.revision != before->revision) {
    return fail(ErrorCode::precondition_failed, "changed_meanwhile",
                "somebody else has changed this host meanwhile; look at it again");
  }
  const std::string name = edit.name.value_or(before->name);
  const std::string environment = edit.environment ? edit.environment->text() : before->environment;
  const bool is_taken =
      session
          .query_one(kNameTakenByOther, {environment, name, number}, [](const store::Row&) { return true; })
          .has_value();
  if (is_taken) {
    return std::unexpected(Error{ErrorCode::conflict,
                                 "name_taken",
                                 "another host of the environment has this name",
                                 {{"/body/name", "another host of the environment has this name"}},
                                 0});
  }
  std::optional<std::string> labels;
  if (edit.labels) labels = labels_to_json(*edit.labels);
  session.execute(kEdit, {number, name, labels, environment});
  return Edited{name, before->revision + 1,
                EnvironmentId::parse(before->environment).value_or(EnvironmentId{})};
}

void set_refusal(store::Session& session, HostNumber number, const Refusal& refusal) {
  session.execute(kSetRefusal, {std::int64_t{number}, refusal_to_json(refusal)});
}

void set_locked(store::Session& session, HostNumber number, std::optional<WallTime> at) {
  std::optional<std::int64_t> ms;
  if (at) ms = unix_ms(*at);
  session.execute(kSetLocked, {std::int64_t{number}, ms});
}

bool replace_key(store::Session& session, HostNumber number, const std::vector<std::uint8_t>& key,
                 WallTime now, const std::optional<std::vector<std::uint8_t>>& old_key) {
  return session.execute(kReplaceKey, {std::int64_t{number}, key, unix_ms(now), old_key}) == 1;
}

bool remove(store::Session& session, HostNumber number) {
  uptime_repo::remove_host(session, number);
  return session.execute(kRemove, {std::int64_t{number}}) > 0;
}

}  // namespace fettle::fleet::host_repo
