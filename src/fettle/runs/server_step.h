// What a task of the server sees of its run, and how it ended. Loop thread.
#pragma once
#include <optional>
#include <string>

#include "fettle/io/async_event.h"
#include "fettle/runs/plan.h"
#include "fettle/runs/run_book.h"

namespace fettle::runs {

class ServerStep final : public StepContext {
 public:
  ServerStep(RunBook& book, io::Clock& clock, const Run& run, const Step& step)
      : book_(book),
        clock_(clock),
        id_(run.id),
        index_(step.index),
        is_dry_(run.is_dry),
        parameters_(run.parameters) {}

  [[nodiscard]] bool is_dry() const override { return is_dry_; }
  [[nodiscard]] const std::string& parameters() const override { return parameters_; }
  [[nodiscard]] bool is_cancelled() const override { return is_cancelled_ || is_late_; }
  void log(LogLevel level, std::string text, std::map<std::string, std::string> fields) override;
  void count(const std::string& name, std::int64_t add) override;
  void set_counter(const std::string& name, std::int64_t value) override;
  void progress(double fraction, std::string message) override;

  // For who carries it out.
  Task<void> perform(const TaskFunction& function);
  Task<void> expire(Seconds deadline);
  void cancel();
  /// Returns when it has ended, is late, or was cancelled.
  Task<void> wait() { return wake_.wait(); }
  [[nodiscard]] bool is_late() const { return is_late_; }
  [[nodiscard]] bool was_cancelled() const { return is_cancelled_; }
  [[nodiscard]] const std::optional<Result<StepOutcome>>& outcome() const { return outcome_; }
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  bool may_count(const std::string& name);
  void tell_counter(const std::string& name);

  RunBook& book_;
  io::Clock& clock_;
  RunId id_;
  std::uint32_t index_;
  bool is_dry_;
  std::string parameters_;
  Counters counters_;
  std::optional<Result<StepOutcome>> outcome_;
  bool is_late_ = false, is_cancelled_ = false;
  io::AsyncEvent wake_;
};

}  // namespace fettle::runs
