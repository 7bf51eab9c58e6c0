// Carries out the plans of the server itself: one step after the other, each with its deadline, a few runs at
// a time. Loop thread; the engine starts and stops it.
#pragma once
#include <deque>
#include <map>
#include <memory>

#include "fettle/io/async_event.h"
#include "fettle/io/task_scope.h"
#include "fettle/runs/carrier.h"
#include "fettle/runs/run_book.h"

namespace fettle::runs {

class ServerRuns final : public Carrier {
 public:
  ServerRuns(const RunGround& ground, RunBook& book);
  ~ServerRuns() override;

  /// What was live when the server ended is interrupted.
  Task<void> settle();
  /// Cancels what runs and what waits, and returns when that is recorded, or after two seconds.
  Task<void> stop();

  [[nodiscard]] Result<> check(const Target& target) const override;
  void begin(const RunId& id) override;
  void cancel(const RunId& id) override;
  /// Runs that wait for one of kMostAtOnce to end.
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

  static constexpr std::size_t kMostAtOnce = 8;  // others wait as `queued`

 private:
  struct Active;
  struct NotesIdle;
  void begin_waiting();
  Task<void> carry_out(RunId id);
  Task<void> carry_out_steps(Active& active);
  bool may_begin(Step& step, const PlanTask& task);
  Task<void> run_step(Active& active, Step& step, const PlanTask& task);
  void finish_step(Active& active, Step& step);
  Task<void> end_unbegun(RunId id);
  Task<void> end_faulty(RunId id);
  void note_idle();

  RunGround ground_;
  RunBook& book_;
  std::map<RunId, std::unique_ptr<Active>> active_;
  std::deque<RunId> waiting_;
  io::AsyncEvent idle_;
  bool is_stopping_ = false;
  io::TaskScope tasks_;
};

}  // namespace fettle::runs
