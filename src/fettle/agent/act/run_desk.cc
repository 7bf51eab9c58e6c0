#include "fettle/agent/act/run_desk.h"

#include <algorithm>

#include "fettle/base/check.h"
#include "fettle/base/text.h"
#include "fettle/io/kill_points.h"

namespace fettle::agent {
namespace {

using wire::RunPhase;
using wire::StepPhase;

constexpr Nanos kBetweenLooks = Millis(5);  // for programs to end, at a stop
constexpr std::string_view kWasCancelled = "the run was cancelled before";
constexpr std::string_view kWasStarted = "the agent ended in the middle, and was started again";
constexpr std::string_view kIsStopping = "the agent was stopped";
constexpr std::string_view kFault = "ended by a fault of the agent; its log has it";
constexpr Seconds kStepDeadline{3600};  // where the order names none

std::string seconds_text(Seconds time) {
  return std::to_string(time.count()) + (time == Seconds(1) ? " second" : " seconds");
}

}  // namespace

/// A run that was taken and is not over.
struct RunDesk::Live {
  explicit Live(wire::RunOrder asked) : order(std::move(asked)), course(order.steps) {}
  const wire::RunOrder order;
  RunCourse course;
  bool is_begun = false;
  bool is_cancelled = false;
  bool is_telling = false;  // a task will tell the news soon
  std::function<void()> on_cancel;
  // The present step. It may not end when it should: then it goes with its scope.
  std::unique_ptr<StepTools> tools;
  std::optional<StepEnd> end;
  bool is_late = false;
  io::AsyncEvent over;
  std::unique_ptr<io::TaskScope> scope;
};

class RunDesk::Tools final : public StepTools {
 public:
  Tools(RunDesk& desk, Live& live, std::uint32_t index) : desk_(desk), live_(live), index_(index) {}
  [[nodiscard]] const std::string& run_id() const override { return live_.order.run_id; }
  [[nodiscard]] const std::string& parameters() const override { return live_.order.parameters; }
  [[nodiscard]] bool is_dry() const override { return live_.order.is_dry; }
  [[nodiscard]] Seconds deadline() const override { return Seconds(live_.order.deadline_s); }
  void log(LineLevel level, std::string text) override {
    live_.course.add_line({.at_ms = desk_.now_ms(),
                           .level = static_cast<std::uint32_t>(level),
                           .step = index_,
                           .text = std::move(text)});
    if (live_.course.unreported_bytes() >= kReportAtOnce) return desk_.tell_news(live_);
    desk_.tell_soon(live_);
  }
  Task<void> room() override { return desk_.book_->room(); }
  void count(const std::string& name, std::int64_t value) override {
    live_.course.count(index_, name, value);
    desk_.tell_soon(live_);
  }
  void on_cancel(std::function<void()> call) override {
    live_.on_cancel = std::move(call);
    if (live_.is_cancelled && live_.on_cancel) live_.on_cancel();
  }

 private:
  RunDesk& desk_;
  Live& live_;
  const std::uint32_t index_;
};

RunDesk::RunDesk(io::Loop& loop, io::Clock& clock, io::Log log, std::unique_ptr<RunBook> book)
    : loop_(loop), clock_(clock), log_(std::move(log)), book_(std::move(book)), tasks_(loop_, log_) {}

RunDesk::~RunDesk() = default;

void RunDesk::add_plan(HostPlan plan) {
  FETTLE_CHECK(!plans_.contains(plan.name));
  const std::string name = plan.name;
  plans_.emplace(name, std::move(plan));
}

Task<void> RunDesk::start() {
  auto found = co_await book_->start();
  if (!found) {
    why_closed_ = "the agent cannot read what it keeps of its runs: " + found.error().detail;
    log_.error("the folder of runs cannot be read, no run is taken", {{"error", found.error()}});
    co_return;
  }
  why_closed_.clear();
  for (StoredRun& run : *found) {
    if (run.is_over()) continue;
    if (run.opened) {
      unfinished_.push_back(std::move(run));
      continue;
    }
    log_.warn("a run was interrupted by the end of the agent", {{"run", run.id}});
    book_->report(run.id,
                  interrupted_report(run.order->steps, run.steps, std::string(kWasStarted), now_ms()));
  }
}

Task<void> RunDesk::stop(MonoTime deadline) {
  is_stopping_ = true;
  for (const std::string& id : std::exchange(waiting_, {}))
    end_unbegun(id, RunPhase::interrupted, std::string(kIsStopping));
  for (auto& [id, live] : live_) {
    live->is_cancelled = true;
    if (live->on_cancel) live->on_cancel();
  }
  while (running_ > 0 && clock_.mono_now() < deadline) co_await clock_.sleep_for(kBetweenLooks);
  // What is left is killed with its task; the next start says that it was interrupted.
  co_await tasks_.stop();
  for (auto& [id, live] : live_) {
    if (live->scope) co_await live->scope->stop();
  }
  co_await book_->stop();
}

// ---- what the server says

void RunDesk::offer_commands(std::vector<std::string> names) {
  if (names == commands_.names) return;
  commands_.names = std::move(names);
  book_->say(commands_);
}

std::uint64_t RunDesk::open() {
  const std::uint64_t opening = book_->open();
  book_->say(commands_);  // behind the runs that are held: those are said first
  return opening;
}

bool RunDesk::take(const wire::Message& message) {
  if (const auto* order = std::get_if<wire::RunOrder>(&message)) {
    take_order(*order);
  } else if (const auto* end = std::get_if<wire::RunCancel>(&message)) {
    cancel(*end);
  } else if (const auto* ack = std::get_if<wire::RunReportAck>(&message)) {
    book_->acknowledge(*ack);
  } else {
    return false;
  }
  return true;
}

void RunDesk::refuse(const wire::RunOrder& order, std::string why) {
  ++refused_;
  log_.warn("an order is refused",
            {{"run", escape_control(order.run_id)}, {"plan", order.plan}, {"why", why}});
  book_->say(wire::RunTaken{.run_id = order.run_id,
                            .epoch = order.epoch,
                            .refused = std::string(truncate_utf8(why, wire::kMaxRunText))});
}

std::string RunDesk::why_refused(const wire::RunOrder& order) const {
  if (!HostRunId::parse(order.run_id)) return "this is no id of a run";
  if (!why_closed_.empty()) return why_closed_;
  if (is_stopping_) return std::string(kIsStopping);
  const auto plan = plans_.find(order.plan);
  if (plan == plans_.end()) return "this agent has no plan of that name";
  if (order.steps.empty()) return "the order names no step";
  if (std::string why = plan->second.why_refused(order.parameters); !why.empty()) return why;
  if (live_.size() + taking_.size() >= kMostAtOnce + kMostWaiting)
    return "this host has " + std::to_string(kMostAtOnce + kMostWaiting) + " runs already";
  const std::size_t held = book_->ordered_runs() + taking_.size();
  if (held >= kMostHeld || book_->figures().bytes >= kMostHeldBytes)
    return "this host holds " + std::to_string(held) + " runs whose end the server has not taken";
  return {};
}

void RunDesk::take_order(const wire::RunOrder& order) {
  if (taking_.contains(order.run_id)) return;  // answered when it is on disk
  if (book_->is_opened(order.run_id)) return refuse(order, "a run of this id began on this host by itself");
  if (book_->has_taken(order.run_id)) {
    book_->raise_epoch(order.run_id, order.epoch);
    return book_->say(
        wire::RunTaken{.run_id = order.run_id, .epoch = book_->epoch_of(order.run_id), .refused = {}});
  }
  if (std::string why = why_refused(order); !why.empty()) return refuse(order, std::move(why));
  io::reach(io::KillPoint::order_received);
  taking_.insert(order.run_id);
  tasks_.spawn("agent.run.take", take_up(order));
}

Task<void> RunDesk::take_up(wire::RunOrder order) {
  const std::string id = order.run_id;
  Result<> added;
  {
    struct Leave {  // however it ends
      RunDesk& desk;
      const std::string& id;
      ~Leave() { desk.taking_.erase(id); }
    };
    const Leave leave{*this, id};
    added = co_await book_->add(order);
  }
  if (!added) {
    refuse(order, added.error().reason == "run_done"
                      ? added.error().detail
                      : "the disk of the agent takes nothing: " + added.error().detail);
    co_return;
  }
  ++taken_;
  io::reach(io::KillPoint::order_kept);
  book_->say(wire::RunTaken{.run_id = id, .epoch = order.epoch, .refused = {}});
  io::reach(io::KillPoint::order_answered);
  Live& live = *(live_[id] = std::make_unique<Live>(std::move(order)));
  if (is_stopping_) {
    end_unbegun(id, RunPhase::interrupted, std::string(kIsStopping));
    co_return;
  }
  if (const Live* other = in_the_way(live)) {
    log_.warn("a run waits for the end of another of its target",
              {{"run", id}, {"other", other->order.run_id}, {"target", live.order.target}});
    live.course.add_line({.at_ms = now_ms(),
                          .level = static_cast<std::uint32_t>(LineLevel::info),
                          .text = "waits for the end of " + other->order.run_id +
                                  ", which this host still carries out on the same target"});
  }
  waiting_.push_back(id);
  start_next();
}

void RunDesk::cancel(const wire::RunCancel& order) {
  const auto found = live_.find(order.run_id);
  if (found == live_.end()) {
    // It has ended here, and its reports say so; or it is not known at all.
    if (!book_->holds(order.run_id))
      book_->say(wire::RunTaken{
          .run_id = order.run_id, .epoch = order.epoch, .refused = "this host does not have this run"});
    return;
  }
  Live& live = *found->second;
  if (order.epoch < book_->epoch_of(order.run_id) || std::exchange(live.is_cancelled, true)) return;
  log_.info("a run is to end", {{"run", order.run_id}});
  if (live.is_begun) {
    if (live.on_cancel) live.on_cancel();
    return;
  }
  std::erase(waiting_, order.run_id);
  end_unbegun(order.run_id, RunPhase::cancelled, "it was cancelled before it began");
}

// ---- what is done

const RunDesk::Live* RunDesk::in_the_way(const Live& live) const {
  if (live.order.target.empty()) return nullptr;  // of a server that does not name it
  for (const auto& [id, other] : live_)
    if (other->is_begun && other.get() != &live && other->order.target == live.order.target)
      return other.get();
  return nullptr;
}

/// The oldest first, but that none runs beside another of its target: a server that gave a run up may order
/// the next one while the first still ends here.
void RunDesk::start_next() {
  while (running_ < kMostAtOnce && !is_stopping_) {
    const auto next =
        std::ranges::find_if(waiting_, [&](const std::string& id) { return !in_the_way(*live_.at(id)); });
    if (next == waiting_.end()) return;
    const std::string id = *next;
    waiting_.erase(next);
    ++running_;
    live_.at(id)->is_begun = true;
    tasks_.spawn("agent.run", carry_out(id));
  }
}

Task<void> RunDesk::carry_out(std::string id) {
  struct Leave {  // however it ends: its slot is free, and it has a last word
    RunDesk& desk;
    const std::string& id;
    ~Leave() { desk.leave(id); }
  };
  const Leave leaving{*this, id};
  Live& live = *live_.at(id);
  log_.info("a run begins", {{"run", id}, {"plan", live.order.plan}});
  tell_news(live);
  for (std::uint32_t index = 1; index <= live.order.steps.size(); ++index) co_await do_step(live, index);
  end_run(live);
}

void RunDesk::leave(const std::string& id) {
  --running_;
  const auto found = live_.find(id);
  // Where the agent stops in the middle of a step, the stop ends that, and the next start says so.
  if (found->second->scope) return;
  if (!is_stopping_ && !book_->is_over(id)) end_faulty(*found->second);
  live_.erase(found);
  start_next();
}

Task<void> RunDesk::do_step(Live& live, std::uint32_t index) {
  const std::string& name = live.order.steps[index - 1];
  StepEnd end;
  if (live.is_cancelled) {
    end = {.phase = StepPhase::cancelled, .message = std::string(kWasCancelled)};
  } else if (std::ranges::find(live.order.skipped, name) != live.order.skipped.end()) {
    end = {.phase = StepPhase::skipped, .message = "not asked for this time"};
  } else {
    live.course.begin_step(index, now_ms());
    live.course.set_deadline(index, deadline_of(live, name));
    tell_news(live);
    end = co_await run_step(live, index, name);
  }
  live.course.end_step(index, std::move(end), now_ms());
  tell_news(live);
}

Seconds RunDesk::deadline_of(const Live& live, const std::string& name) const {
  const Seconds asked(live.order.deadline_s);
  const auto& tasks = plans_.at(live.order.plan).tasks;
  const auto task = std::ranges::find(tasks, name, &HostTask::name);
  if (task != tasks.end() && task->deadline_of) return task->deadline_of(live.order.parameters, asked);
  return asked > Seconds(0) ? asked : kStepDeadline;
}

Task<StepEnd> RunDesk::run_step(Live& live, std::uint32_t index, const std::string& name) {
  const auto& tasks = plans_.at(live.order.plan).tasks;
  const auto task = std::ranges::find(tasks, name, &HostTask::name);
  if (task == tasks.end())
    co_return StepEnd{.phase = StepPhase::failed, .message = "this agent does not have this step"};
  const Seconds deadline = deadline_of(live, name);
  live.tools = std::make_unique<Tools>(*this, live, index);
  live.end.reset();
  live.is_late = false;
  live.over.reset();
  live.scope = std::make_unique<io::TaskScope>(loop_, log_);
  live.scope->spawn("agent.run.step", perform(live, task->function));
  if (!task->ends_by_itself) {
    live.on_cancel = [&over = live.over] { over.set(); };
    live.scope->spawn("agent.run.deadline", expire(live, deadline));
  }
  co_await live.over.wait();
  co_await live.scope->stop();
  live.scope.reset();
  live.tools.reset();
  live.on_cancel = {};
  if (live.end) co_return std::move(*live.end);
  if (live.is_cancelled) co_return StepEnd{.phase = StepPhase::cancelled, .message = "the run was cancelled"};
  co_return StepEnd{
      .phase = StepPhase::failed,
      .message = live.is_late ? "did not end within " + seconds_text(deadline) : std::string(kFault)};
}

Task<void> RunDesk::perform(Live& live, const StepFunction& function) {
  struct Wake {
    io::AsyncEvent& over;
    ~Wake() { over.set(); }
  };
  const Wake wake{live.over};
  live.end = co_await function(*live.tools);
}

Task<void> RunDesk::expire(Live& live, Seconds deadline) {
  co_await clock_.sleep_for(deadline);
  live.is_late = true;
  live.over.set();
}

void RunDesk::tell_soon(Live& live) {
  if (std::exchange(live.is_telling, true)) return;
  tasks_.spawn("agent.run.tell", tell_later(live.order.run_id));
}

Task<void> RunDesk::tell_later(std::string id) {
  co_await clock_.sleep_for(running_ > kFew ? kLogDelayOfMany : kLogDelay);
  const auto found = live_.find(id);
  if (found == live_.end()) co_return;
  found->second->is_telling = false;
  tell_news(*found->second);
}

void RunDesk::tell_news(Live& live) {
  while (live.course.has_news()) book_->report(live.order.run_id, live.course.take_report(now_ms()));
}

void RunDesk::end_run(Live& live) {
  RunCourse& course = live.course;
  course.end_log();
  tell_news(live);
  wire::RunReport last = course.take_report(now_ms());
  last.phase = course.phase_at_end();
  last.message = course.message_at_end();
  last.exit_code = course.exit_code();
  if (is_stopping_ && last.phase > RunPhase::completed_with_warnings) {
    last.phase = RunPhase::interrupted;
    last.message = std::string(kIsStopping);
  } else if (live.is_cancelled && last.phase == RunPhase::failed) {
    // What failed while it was told to end did so because of that.
    last.phase = RunPhase::cancelled;
  }
  log_.info("a run has ended", {{"run", live.order.run_id}, {"phase", static_cast<int>(last.phase)}});
  book_->report(live.order.run_id, std::move(last));
}

/// Its task threw.
void RunDesk::end_faulty(Live& live) {
  live.course.end_log();
  tell_news(live);
  wire::RunReport last =
      interrupted_report(live.order.steps, live.course.steps(), std::string(kFault), now_ms());
  last.phase = RunPhase::failed;
  book_->report(live.order.run_id, std::move(last));
}

void RunDesk::end_unbegun(const std::string& id, RunPhase phase, std::string why) {
  const auto found = live_.find(id);
  wire::RunReport last = interrupted_report(found->second->order.steps, {}, std::move(why), now_ms());
  last.phase = phase;
  book_->report(id, std::move(last));
  live_.erase(found);
}

RunDeskFigures RunDesk::figures() const {
  return {.running = running_,
          .waiting = waiting_.size(),
          .taken = taken_,
          .refused = refused_,
          .book = book_->figures()};
}

}  // namespace fettle::agent
