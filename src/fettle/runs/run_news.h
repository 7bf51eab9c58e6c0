// What others hear of runs: messages of the stream (at most ten a second a run, changes of its state always),
// events and conditions. Everything here tells what is committed; the progress of a step is told as it comes.
// Loop thread, but for record_end.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fettle/events/condition_repo.h"
#include "fettle/events/condition_service.h"
#include "fettle/events/event_log.h"
#include "fettle/io/clock.h"
#include "fettle/io/random.h"
#include "fettle/runs/live_run.h"
#include "fettle/stream/hub.h"

namespace fettle::runs {

class RunNews {
 public:
  RunNews(io::Clock& clock, io::Random& random, stream::Hub& hub, events::Conditions& conditions,
          std::string server_id);

  /// Now: its state changed.
  void tell(LiveRun& live);
  /// Soon: a step changed, or how far it is. True when tell_due has to be called.
  [[nodiscard]] bool tell_soon(LiveRun& live);
  /// What has waited long enough. True when it has to be called again.
  [[nodiscard]] bool tell_due(LiveRun& live);
  void tell_lines(const Run& run, const std::vector<NumberedLine>& lines);

  /// The event of a run that has ended, to be recorded with the change.
  events::Event end_event(const Run& run);
  /// Opens or closes the condition of its (target, plan).
  void judge(const Run& run);
  /// At a start, of one that may have been judged before: what people closed since stays closed.
  void judge_again(const Run& run, const std::vector<events::condition_repo::ClosedByHand>& closed);
  /// At a start: conditions with a key that no run has any more.
  void close_nameless();
  void set_hanging(LiveRun& live, bool is_hanging);

  static constexpr Millis kBetweenUpdates{100};

 private:
  struct Source {
    std::string kind, id, name;
  };
  [[nodiscard]] Source source_of(const Run& run) const;
  [[nodiscard]] events::ConditionKey key_of(const Run& run, std::string kind) const;
  [[nodiscard]] bool has_its_fill(const events::ConditionKey& key) const;
  void publish(LiveRun& live, stream::Keep keep);
  void publish_steps(const Run& run, const std::set<std::uint32_t>& changed, WallTime now);

  io::Clock& clock_;
  io::Random& random_;
  stream::Hub& hub_;
  events::Conditions& conditions_;
  std::string server_id_;
};

}  // namespace fettle::runs
