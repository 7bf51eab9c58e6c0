// The simulation's loop: one thread, virtual time, one seed. Turns of the loop, jobs of the work queues and
// their answers interleave as the seed says; time moves only when nothing can run. The same seed gives the
// same trace hash. The test drives it: run(task), run_for, run_until. Nodes (a server, many agents) share one
// SimLoop.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fettle/base/time.h"
#include "fettle/io/loop.h"
#include "fettle/io/sim/sim_random.h"

namespace fettle::io {

class SimWorkQueue;

/// How long a job waits before it runs, drawn evenly from here: slow disks, busy pools.
struct WorkDelay {
  Nanos least{0};
  Nanos most{0};
};

class SimLoop final : public Loop {
 public:
  explicit SimLoop(std::uint64_t seed);
  ~SimLoop() override;
  SimLoop(const SimLoop&) = delete;
  SimLoop& operator=(const SimLoop&) = delete;

  void post(Callback work) override;
  std::unique_ptr<WorkQueue> make_work_queue(std::string name, std::size_t threads,
                                             std::size_t capacity) override;
  boost::asio::any_io_executor executor() override;

  /// Runs the task to its end and gives its value back; its exception is thrown here. Checks that it ends
  /// within `limit` of virtual time.
  template <class T>
  T run(Task<T> task, Nanos limit = std::chrono::hours(1)) {
    std::optional<T> value;
    run(keep(std::move(task), &value), limit);
    return std::move(*value);
  }
  void run(Task<void> task, Nanos limit = std::chrono::hours(1));
  /// Runs until `done` holds (asked after each turn); false when `limit` has passed or nothing is left to
  /// happen.
  bool run_until(const std::function<bool()>& done, Nanos limit);
  void run_for(Nanos duration);
  /// Runs what can run without time passing.
  void run_ready();

  [[nodiscard]] MonoTime now() const { return now_; }
  /// Time that a job or a turn takes: moves on at once; what falls due runs afterwards.
  void pass_time(Nanos duration);
  /// Calls `work` on the loop at `due`. A number for cancel_timer.
  std::uint64_t add_timer(MonoTime due, Callback work);
  void cancel_timer(std::uint64_t number);

  /// For the queues whose names begin with `prefix`, from the next job on.
  void set_work_delay(const std::string& prefix, WorkDelay delay);
  /// Called after each turn: the place of invariants.
  void check_each_turn(std::function<void()> check) { check_ = std::move(check); }

  /// The loop's own stream; nodes take `random().stream(n)`.
  SimRandom& random() { return random_; }
  /// Mixes what happened into the hash of the whole run.
  void trace(std::uint64_t what);
  void trace(std::string_view what);
  [[nodiscard]] std::uint64_t trace_hash() const { return hash_; }
  [[nodiscard]] std::uint64_t turns() const { return turns_; }

 private:
  friend class SimWorkQueue;
  template <class T>
  static Task<void> keep(Task<T> task, std::optional<T>* value) {
    value->emplace(co_await std::move(task));
  }
  bool turn();
  [[nodiscard]] std::optional<MonoTime> next_time() const;
  void advance_to(MonoTime time);
  [[nodiscard]] WorkDelay delay_of(std::string_view queue) const;

  struct Impl;
  std::unique_ptr<Impl> impl_;
  SimRandom random_;
  MonoTime now_;
  std::uint64_t hash_;
  std::uint64_t turns_ = 0;
  std::uint64_t turns_at_this_time_ = 0;
  std::uint64_t next_timer_ = 1;
  std::map<std::pair<MonoTime, std::uint64_t>, Callback> timers_;
  std::map<std::uint64_t, MonoTime> timer_due_;
  std::map<std::string, WorkDelay, std::less<>> delays_;
  std::vector<SimWorkQueue*> queues_;  // in order of making
  SimWorkQueue* working_ = nullptr;    // whose job runs right now
  std::function<void()> check_;
};

}  // namespace fettle::io
