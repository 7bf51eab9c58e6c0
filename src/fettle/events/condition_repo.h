// SQL of conditions and silences. Synchronous, inside a write or a read.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fettle/events/condition.h"
#include "fettle/events/silence.h"
#include "fettle/store/moving_rows.h"
#include "fettle/store/old_rows.h"
#include "fettle/store/session.h"

namespace fettle::events::condition_repo {

std::vector<Condition> all_open(store::Session& session);
void insert(store::Session& session, const Condition& condition);
/// Severity, message, fields, times and end; by id.
void change(store::Session& session, const Condition& condition);
/// Without one it is taken back. False when the condition is not open any more.
bool acknowledge(store::Session& session, const ConditionId& id, const Acknowledgement* seen);
/// False when it is not open any more.
bool close(store::Session& session, const Condition& condition);
/// Those of a kind that people have closed since then; the newest, if there are very many.
struct ClosedByHand {
  ConditionKey key;
  WallTime at;
};
std::vector<ClosedByHand> closed_by_hand(store::Session& session, std::string_view kind, WallTime since);
/// What is open of it.
void move_source(store::Session& session, const std::string& source_id, const EnvironmentId& environment);

/// Those that were open at some time between the two, open ones too; newest first.
struct Question {
  std::vector<EnvironmentId> environments;
  std::optional<std::string> source_id, kind;
  WallTime from, to;
  std::optional<std::int64_t> before;  // sequence
  std::size_t limit = 50;
};
struct Answer {
  std::vector<Condition> conditions;
  std::optional<std::int64_t> next;
};
Answer list(store::Session& session, const Question& question);

/// For retention: those that are over, by their end.
store::OldRows old_conditions();
/// Those of a source that moves to another environment.
store::MovingRows moving_conditions();

std::vector<Silence> all_silences(store::Session& session, WallTime now);
void insert_silence(store::Session& session, const Silence& silence);
void end_silence(store::Session& session, const SilenceId& id, WallTime at);
store::OldRows old_silences();

}  // namespace fettle::events::condition_repo
