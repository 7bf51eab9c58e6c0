#include "fettle/fleet/threshold_repo.h"

namespace fettle::fleet::threshold_repo {
namespace {

constexpr std::string_view kAll =
    "SELECT id, environment_id, host_id, label, target, kind, warning, error, hold_seconds, is_watched, "
    "changed_at,"
    " changed_by, version FROM threshold ORDER BY id";
constexpr std::string_view kInsert =
    "INSERT INTO threshold (id, environment_id, host_id, label, target, kind, warning, error, hold_seconds, "
    "is_watched,"
    " changed_at, changed_by, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 1)"
    " ON CONFLICT (environment_id, host_id, label, target, kind) DO NOTHING";
constexpr std::string_view kChange =
    "UPDATE threshold SET warning = ?3, error = ?4, hold_seconds = ?5, is_watched = ?6, changed_at = ?7,"
    " changed_by = ?8, version = version + 1 WHERE id = ?1 AND version = ?2";
constexpr std::string_view kRemove = "DELETE FROM threshold WHERE id = ?1";
constexpr std::string_view kRemoveHost = "DELETE FROM threshold WHERE host_id = ?1";

std::optional<std::string> unless_empty(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

std::vector<Threshold> all(store::Session& session) {
  std::vector<Threshold> out;
  session.query(kAll, {}, [&](const store::Row& row) {
    const WatchKind* kind = find_watch_kind(row.text(5));
    if (kind == nullptr) return;
    Threshold one;
    one.id = ThresholdId::parse(row.text(0)).value_or(ThresholdId{});
    one.environment = EnvironmentId::parse(row.text(1)).value_or(EnvironmentId{});
    one.host = HostId::parse(row.text(2));
    one.label = unless_empty(row.text(3));
    one.target = unless_empty(row.text(4));
    one.kind = kind->id;
    if (!row.is_null(6)) one.warning = row.real(6);
    if (!row.is_null(7)) one.error = row.real(7);
    one.hold_seconds = row.optional_integer(8);
    if (!row.is_null(9)) one.is_watched = row.integer(9) != 0;
    one.changed_at = wall_from_unix_ms(row.integer(10));
    one.changed_by = row.text(11);
    one.version = row.integer(12);
    out.push_back(std::move(one));
  });
  return out;
}

bool insert(store::Session& session, const Threshold& threshold) {
  return session.execute(
             kInsert, {threshold.id.text(), threshold.environment.text(),
                       threshold.host ? threshold.host->text() : std::string(), threshold.label.value_or(""),
                       threshold.target.value_or(""), watch_kind(threshold.kind).kind, threshold.warning,
                       threshold.error, threshold.hold_seconds, threshold.is_watched,
                       unix_ms(threshold.changed_at), threshold.changed_by}) > 0;
}

bool change(store::Session& session, const Threshold& threshold, std::int64_t version) {
  return session.execute(kChange, {threshold.id.text(), version, threshold.warning, threshold.error,
                                   threshold.hold_seconds, threshold.is_watched,
                                   unix_ms(threshold.changed_at), threshold.changed_by}) > 0;
}

bool remove(store::Session& session, const ThresholdId& id) {
  return session.execute(kRemove, {id.text()}) > 0;
}

void remove_host(store::Session& session, const HostId& host) {
  session.execute(kRemoveHost, {host.text()});
}

}  // namespace fettle::fleet::threshold_repo
