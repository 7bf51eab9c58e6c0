// What is open: the door for everyone who watches something (T26), acknowledgements and silences. Changes are
// decided here, written together, and shown after their commit. Loop thread; `app` loads, starts and stops
// it.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "fettle/access/audit.h"
#include "fettle/events/condition_json.h"
#include "fettle/events/condition_rules.h"
#include "fettle/events/event_log.h"
#include "fettle/events/silence.h"
#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/io/random.h"
#include "fettle/io/task_scope.h"

namespace fettle::events {

/// What it stands on; all outlive it.
struct ConditionGround {
  io::Loop& loop;
  io::Clock& clock;
  io::Random& random;
  io::Log log;
  store::Store& store;
  EventLog& events;
  stream::Hub& hub;
};

struct ConditionCounts {
  std::uint64_t errors = 0, warnings = 0;  // that ask for someone
  std::uint64_t quiet = 0;                 // acknowledged or silenced
};

class Conditions {
 public:
  explicit Conditions(ConditionGround ground);

  /// Reads what is open and which silences hold, before anyone watches.
  Task<Result<>> load();
  void start();
  Task<void> stop();

  /// The door. Claiming what is open with the same severity changes what is shown of it (in memory, told to
  /// those who look); what is claimed last before a write counts. A write that fails is tried again.
  void open_condition(ConditionClaim claim);
  void close_condition(const ConditionKey& key, std::string_view reason = "over");
  /// All of one source: it is gone.
  void close_source(const std::string& source_id, std::string_view reason);
  /// The source belongs to another environment now.
  void move_source(const std::string& source_id, const EnvironmentId& environment);
  /// While a source is away its conditions stay as they are and out of sight, but for those that say so
  /// (tells_of_absence).
  void set_away(const std::string& source_id, bool is_away);

  /// How sources are called and labelled now. Before load().
  void on_source(std::function<std::optional<SourceFacts>(const std::string& source_id)> facts) {
    source_facts_ = std::move(facts);
  }

  [[nodiscard]] const Condition* find(const ConditionKey& key) const;
  [[nodiscard]] const Condition* find(const ConditionId& id) const;
  void for_each_of(const std::string& source_id, const std::function<void(const Condition&)>& visit) const;
  void for_each(const std::function<void(const Condition&)>& visit) const;
  /// What is in sight, worst first: errors before warnings, then the newest.
  [[nodiscard]] std::vector<const Condition*> in_sight(const std::vector<EnvironmentId>& environments) const;
  [[nodiscard]] ConditionView view_of(const Condition& condition) const;
  [[nodiscard]] ConditionCounts counts(const std::vector<EnvironmentId>& environments) const;

  /// Without one it is taken back. Errors: `not_found` when it is not open.
  Task<Result<Condition>> acknowledge(access::Actor actor, ConditionId id,
                                      std::optional<Acknowledgement> seen);
  /// A person says that it is over. Errors: `not_found`, `conflict` (ends_by_itself) for all but those that
  /// may_be_closed_by_hand. It opens anew when it is claimed again.
  Task<Result<Condition>> close_by_hand(access::Actor actor, ConditionId id);
  Task<Result<Silence>> make_silence(access::Actor actor, Silence silence);
  Task<Result<>> end_silence(access::Actor actor, SilenceId id);
  [[nodiscard]] const std::vector<Silence>& silences() const { return silences_; }
  [[nodiscard]] const Silence* find_silence_by_id(const SilenceId& id) const;

 private:
  struct Wanted {
    std::optional<ConditionClaim> claim;  // none: over
    std::string reason;
  };
  struct Change {
    ConditionChange what = ConditionChange::none;
    Condition condition;  // as it becomes
    std::optional<Event> event;
  };

  void want(const ConditionKey& key, Wanted wanted);
  void tell_anew(Condition& open, const ConditionClaim& claim);
  Task<void> write_pending();
  std::vector<Change> decide(const std::map<ConditionKey, Wanted>& batch);
  Change make_change(ConditionChange what, const Condition* open, const ConditionKey& key,
                     const Wanted& wanted);
  std::optional<Event> event_of(const Change& change);
  Event make_event(const Condition& condition, std::string type, Severity severity, std::string message);
  void apply(const Change& change);
  void publish(const Condition& condition);
  void publish_covered(const Silence& silence, WallTime when);
  [[nodiscard]] std::string name_of(const Condition& condition) const;
  Task<void> sweep_forever();
  void sweep();

  ConditionGround ground_;
  std::function<std::optional<SourceFacts>(const std::string&)> source_facts_;
  std::map<ConditionKey, Condition> open_;
  std::unordered_map<ConditionId, ConditionKey> key_by_id_;
  std::map<ConditionKey, Wanted> pending_;
  std::set<ConditionKey> in_flight_;
  bool is_writing_ = false;
  std::set<std::string> away_;
  std::vector<Silence> silences_;
  io::TaskScope tasks_;
};

}  // namespace fettle::events
