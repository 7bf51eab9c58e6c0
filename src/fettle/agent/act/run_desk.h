// The work of a host: takes the server's orders, refuses what the policy does not allow, carries out the rest
// a few at a time and of each target one at a time, and says what becomes of it through the book. A lost link
// changes nothing here. Loop thread; start() once, stop() before it goes.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "fettle/agent/act/host_plan.h"
#include "fettle/agent/act/run_book.h"
#include "fettle/agent/work_door.h"

namespace fettle::agent {

struct RunDeskFigures {
  std::size_t running = 0, waiting = 0;
  std::uint64_t taken = 0, refused = 0;
  RunBookFigures book;
};

class RunDesk final : public WorkDoor {
 public:
  RunDesk(io::Loop& loop, io::Clock& clock, io::Log log, std::unique_ptr<RunBook> book);
  ~RunDesk() override;
  RunDesk(const RunDesk&) = delete;
  RunDesk& operator=(const RunDesk&) = delete;
  /// Before start().
  void add_plan(HostPlan plan);
  /// What the policy names: told with each welcome, and at once where there is a link.
  void offer_commands(std::vector<std::string> names);

  /// Reads what earlier starts left; what they did not end is reported as interrupted. A disk that cannot be
  /// read is no reason not to measure: then orders are refused.
  Task<void> start();
  /// Ends what runs; back soon after `deadline`.
  Task<void> stop(MonoTime deadline);

  std::uint64_t open() override;
  void close(std::uint64_t opening) override { book_->close(opening); }
  bool take(const wire::Message& message) override;
  Task<std::optional<std::string>> next(std::uint64_t opening) override { return book_->next(opening); }
  [[nodiscard]] bool is_told() const override { return book_->is_told(); }

  /// For runs that begin on the host by themselves: they are told through the same book.
  [[nodiscard]] RunBook& book() { return *book_; }
  /// Those that were not over when the agent ended last. After start().
  [[nodiscard]] std::vector<StoredRun> take_unfinished() { return std::move(unfinished_); }
  [[nodiscard]] RunDeskFigures figures() const;

  static constexpr std::size_t kMostAtOnce = 8;
  static constexpr std::size_t kMostWaiting = 56;
  /// Whose end the server has not taken; those that are on their way to the disk count as well.
  static constexpr std::size_t kMostHeld = RunBook::kMostOrdered;
  static constexpr std::uint64_t kMostHeldBytes = 256ULL << 20;
  /// Lines are told this long after the first of them.
  static constexpr Nanos kLogDelay = Millis(250);
  /// The same while more than a few run.
  static constexpr Nanos kLogDelayOfMany = Seconds(1);
  static constexpr std::size_t kFew = 4;
  static constexpr std::size_t kReportAtOnce = RunCourse::kMostLineBytes;

 private:
  class Tools;
  struct Live;

  void take_order(const wire::RunOrder& order);
  void cancel(const wire::RunCancel& order);
  void refuse(const wire::RunOrder& order, std::string why);
  [[nodiscard]] std::string why_refused(const wire::RunOrder& order) const;
  Task<void> take_up(wire::RunOrder order);
  void start_next();
  /// The run that has begun here on the same target, where there is one.
  [[nodiscard]] const Live* in_the_way(const Live& live) const;
  void leave(const std::string& id);
  Task<void> carry_out(std::string id);
  Task<void> do_step(Live& live, std::uint32_t index);
  [[nodiscard]] Seconds deadline_of(const Live& live, const std::string& name) const;
  Task<StepEnd> run_step(Live& live, std::uint32_t index, const std::string& name);
  Task<void> perform(Live& live, const StepFunction& function);
  Task<void> expire(Live& live, Seconds deadline);
  void tell_news(Live& live);
  void tell_soon(Live& live);
  Task<void> tell_later(std::string id);
  void end_run(Live& live);
  void end_faulty(Live& live);
  void end_unbegun(const std::string& id, wire::RunPhase phase, std::string why);
  [[nodiscard]] std::int64_t now_ms() const { return unix_ms(clock_.wall_now()); }

  io::Loop& loop_;
  io::Clock& clock_;
  io::Log log_;
  std::unique_ptr<RunBook> book_;
  std::map<std::string, HostPlan> plans_;
  wire::HostCommands commands_;
  std::map<std::string, std::unique_ptr<Live>> live_;  // taken, and not over; pointers are handed to tasks
  std::set<std::string> taking_;                       // on their way to the disk
  std::deque<std::string> waiting_;
  std::size_t running_ = 0;
  std::uint64_t taken_ = 0, refused_ = 0;
  std::vector<StoredRun> unfinished_;
  std::string why_closed_ = "the agent is starting";
  bool is_stopping_ = false;
  io::TaskScope tasks_;
};

}  // namespace fettle::agent
