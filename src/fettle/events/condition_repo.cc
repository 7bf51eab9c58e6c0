#include "fettle/events/condition_repo.h"

#include <algorithm>

#include "fettle/base/check.h"
#include "fettle/events/condition_json.h"
#include "fettle/events/event_json.h"

namespace fettle::events::condition_repo {
namespace {

#define FETTLE_CONDITION_COLUMNS                                                                             \
  "SELECT sequence, id, kind, source_id, target, environment_id, source_kind, source_name, severity, title," \
  " message, fields, opened_at, changed_at, worsened_at, closed_at, close_reason, acknowledged_at,"          \
  " acknowledged_until, acknowledged_by_id, acknowledged_by_name, acknowledged_note, own_events FROM"        \
  " condition"

constexpr std::string_view kOpen = FETTLE_CONDITION_COLUMNS " WHERE closed_at IS NULL";
constexpr std::string_view kList = FETTLE_CONDITION_COLUMNS
    " WHERE environment_id = ?1 AND sequence < ?2 AND opened_at < ?4 AND (closed_at IS NULL OR closed_at >= "
    "?3)"
    " AND (?5 IS NULL OR kind = ?5) ORDER BY sequence DESC LIMIT ?6";
constexpr std::string_view kListOfSource = FETTLE_CONDITION_COLUMNS
    " WHERE source_id = ?7 AND environment_id = ?1 AND sequence < ?2 AND opened_at < ?4"
    " AND (closed_at IS NULL OR closed_at >= ?3) AND (?5 IS NULL OR kind = ?5) ORDER BY sequence DESC LIMIT "
    "?6";

#undef FETTLE_CONDITION_COLUMNS

constexpr std::string_view kInsert =
    "INSERT INTO condition (id, kind, source_id, target, environment_id, source_kind, source_name, severity, "
    "title,"
    " message, fields, opened_at, changed_at, own_events)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

// Each touches its own columns, so that a change and an acknowledgement that cross do not undo each other.
// What is over keeps the text of when it was bad.
constexpr std::string_view kChange =
    "UPDATE condition SET severity = ?2, message = CASE WHEN ?7 IS NULL THEN ?3 ELSE message END,"
    " fields = CASE WHEN ?7 IS NULL THEN ?4 ELSE fields END, changed_at = ?5, worsened_at = ?6, "
    "closed_at = ?7,"
    " close_reason = ?8 WHERE id = ?1";
constexpr std::string_view kAcknowledge =
    "UPDATE condition SET acknowledged_at = ?2, acknowledged_until = ?3, acknowledged_by_id = ?4,"
    " acknowledged_by_name = ?5, acknowledged_note = ?6 WHERE id = ?1 AND closed_at IS NULL";
constexpr std::string_view kNotAcknowledged =
    "UPDATE condition SET acknowledged_at = NULL, acknowledged_until = NULL, acknowledged_by_id = NULL,"
    " acknowledged_by_name = NULL, acknowledged_note = NULL WHERE id = ?1 AND closed_at IS NULL";

constexpr std::string_view kClose =
    "UPDATE condition SET changed_at = ?2, closed_at = ?2, close_reason = ?3 WHERE id = ?1 AND closed_at IS "
    "NULL";
constexpr std::string_view kClosedSince =
    "SELECT source_id, kind, target, closed_at FROM condition WHERE closed_at >= ?1 AND kind = ?2"
    " AND close_reason = ?3 ORDER BY closed_at DESC LIMIT 1000";

constexpr std::string_view kMove =
    "UPDATE condition SET environment_id = ?2 WHERE source_id = ?1 AND closed_at IS NULL";

constexpr std::string_view kSilences =
    "SELECT id, environment_id, source_id, label, kind, reason, by_id, by_name, created_at, until FROM "
    "silence"
    " WHERE until > ?1 ORDER BY id";
constexpr std::string_view kInsertSilence =
    "INSERT INTO silence (id, environment_id, source_id, label, kind, reason, by_id, by_name, created_at, "
    "until)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
constexpr std::string_view kEndSilence = "UPDATE silence SET until = ?2 WHERE id = ?1 AND until > ?2";

std::optional<WallTime> time_at(const store::Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return wall_from_unix_ms(row.integer(column));
}

std::optional<std::int64_t> ms_of(const std::optional<WallTime>& time) {
  if (!time) return std::nullopt;
  return unix_ms(*time);
}

struct Stored {
  std::int64_t sequence = 0;
  Condition condition;
};

template <class T>
T expect_stored(std::optional<T> value) {
  FETTLE_CHECK(value, "a condition that this module did not write");
  return *value;
}

Stored read_row(const store::Row& row) {
  Stored out;
  out.sequence = row.integer(0);
  Condition& condition = out.condition;
  condition.id = expect_stored(ConditionId::parse(row.text(1)));
  condition.key = {.source_id = row.text(3), .kind = row.text(2), .target = row.text(4)};
  condition.environment = expect_stored(EnvironmentId::parse(row.text(5)));
  condition.source_kind = row.text(6);
  condition.source_name = row.text(7);
  condition.severity = expect_stored(parse_condition_severity(row.text(8)));
  condition.title = row.text(9);
  condition.message = row.text(10);
  auto fields = parse_fields(row.text(11));
  FETTLE_CHECK(fields, "fields that this module did not write");
  condition.fields = std::move(*fields);
  condition.opened_at = wall_from_unix_ms(row.integer(12));
  condition.changed_at = wall_from_unix_ms(row.integer(13));
  condition.worsened_at = time_at(row, 14);
  condition.closed_at = time_at(row, 15);
  condition.close_reason = row.text(16);
  if (const auto at = time_at(row, 17)) {
    condition.acknowledgement =
        Acknowledgement{row.text(19), row.text(20), row.text(21), *at, time_at(row, 18)};
  }
  if (row.integer(22) != 0) condition.events = ConditionEvents::claimant;
  return out;
}

Silence read_silence(const store::Row& row) {
  Silence out;
  out.id = expect_stored(SilenceId::parse(row.text(0)));
  out.environment = expect_stored(EnvironmentId::parse(row.text(1)));
  out.source_id = row.optional_text(2);
  out.label = row.optional_text(3);
  out.kind = row.optional_text(4);
  out.reason = row.text(5);
  out.by_id = row.text(6);
  out.by_name = row.text(7);
  out.created_at = wall_from_unix_ms(row.integer(8));
  out.until = wall_from_unix_ms(row.integer(9));
  return out;
}

}  // namespace

std::vector<Condition> all_open(store::Session& session) {
  return session.query_all(kOpen, {}, [](const store::Row& row) { return read_row(row).condition; });
}

void insert(store::Session& session, const Condition& condition) {
  session.execute(kInsert,
                  {condition.id.text(), condition.key.kind, condition.key.source_id, condition.key.target,
                   condition.environment.text(), condition.source_kind, condition.source_name,
                   condition_severity_name(condition.severity), condition.title, condition.message,
                   fields_json(condition.fields), unix_ms(condition.opened_at), unix_ms(condition.changed_at),
                   condition.events == ConditionEvents::claimant});
}

void change(store::Session& session, const Condition& condition) {
  session.execute(kChange,
                  {condition.id.text(), condition_severity_name(condition.severity), condition.message,
                   fields_json(condition.fields), unix_ms(condition.changed_at), ms_of(condition.worsened_at),
                   ms_of(condition.closed_at), condition.close_reason});
}

bool acknowledge(store::Session& session, const ConditionId& id, const Acknowledgement* seen) {
  if (seen == nullptr) return session.execute(kNotAcknowledged, {id.text()}) > 0;
  return session.execute(kAcknowledge, {id.text(), unix_ms(seen->at), ms_of(seen->until), seen->by_id,
                                        seen->by_name, seen->note}) > 0;
}

bool close(store::Session& session, const Condition& condition) {
  return session.execute(kClose, {condition.id.text(), ms_of(condition.closed_at), condition.close_reason}) >
         0;
}

std::vector<ClosedByHand> closed_by_hand(store::Session& session, std::string_view kind, WallTime since) {
  return session.query_all(kClosedSince, {unix_ms(since), kind, kClosedByHand}, [](const store::Row& row) {
    return ClosedByHand{{row.text(0), row.text(1), row.text(2)}, wall_from_unix_ms(row.integer(3))};
  });
}

void move_source(store::Session& session, const std::string& source_id, const EnvironmentId& environment) {
  session.execute(kMove, {source_id, environment.text()});
}

Answer list(store::Session& session, const Question& question) {
  const std::int64_t before = question.before.value_or(INT64_MAX);
  const auto most = static_cast<std::int64_t>(question.limit) + 1;  // one more tells whether there is more
  std::optional<std::string_view> kind;
  if (question.kind) kind = *question.kind;
  std::vector<Stored> found;
  for (const EnvironmentId& environment : question.environments) {
    const std::string id = environment.text();
    auto part =
        question.source_id
            ? session.query_all(
                  kListOfSource,
                  {id, before, unix_ms(question.from), unix_ms(question.to), kind, most, *question.source_id},
                  read_row)
            : session.query_all(kList, {id, before, unix_ms(question.from), unix_ms(question.to), kind, most},
                                read_row);
    std::ranges::move(part, std::back_inserter(found));
  }
  std::ranges::sort(found, std::ranges::greater{}, &Stored::sequence);
  Answer out;
  for (Stored& stored : found) {
    if (out.conditions.size() == question.limit) break;
    out.conditions.push_back(std::move(stored.condition));
    out.next = stored.sequence;
  }
  if (found.size() <= question.limit) out.next.reset();
  return out;
}

store::OldRows old_conditions() {
  return store::old_rows_by_time("condition", "sequence", "closed_at");
}

store::MovingRows moving_conditions() {
  return store::moving_rows("condition", "condition_by_source", "source_id");
}

std::vector<Silence> all_silences(store::Session& session, WallTime now) {
  return session.query_all(kSilences, {unix_ms(now)}, read_silence);
}

void insert_silence(store::Session& session, const Silence& silence) {
  session.execute(kInsertSilence, {silence.id.text(), silence.environment.text(), silence.source_id,
                                   silence.label, silence.kind, silence.reason, silence.by_id,
                                   silence.by_name, unix_ms(silence.created_at), unix_ms(silence.until)});
}

void end_silence(store::Session& session, const SilenceId& id, WallTime at) {
  session.execute(kEndSilence, {id.text(), unix_ms(at)});
}

store::OldRows old_silences() {
  return store::old_rows_by_time("silence", "id", "until");
}

}  // namespace fettle::events::condition_repo
