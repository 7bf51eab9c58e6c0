#include "fettle/io/sim/sim_process.h"

#include <csignal>

#include "fettle/io/async_event.h"

namespace fettle::io {
namespace {

class Program : public std::enable_shared_from_this<Program> {
 public:
  Program(SimLoop& loop, std::shared_ptr<std::size_t> running, SimProgram script, ProcessOrder order)
      : loop_(loop), running_(std::move(running)), script_(std::move(script)), order_(std::move(order)) {
    ++*running_;
  }
  ~Program() { stop_timers(); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void begin() {
    if (order_.deadline > Nanos(0))
      set(deadline_, order_.deadline, [](Program& p) { p.ask(ProcessCause::deadline); });
    go_on();
  }

  Task<std::optional<OutputPiece>> read() {
    const auto self = shared_from_this();
    for (;;) {
      if (written_) {
        auto piece = std::exchange(written_, std::nullopt);
        go_on();
        co_return piece;
      }
      if (over_.is_set()) co_return std::nullopt;
      news_.reset();
      co_await news_.wait();
    }
  }

  Task<ProcessEnd> wait() {
    const auto self = shared_from_this();
    co_await over_.wait();
    co_return end_;
  }

  void ask(ProcessCause cause) {
    if (over_.is_set() || cause_ != ProcessCause::ended) return;
    cause_ = cause;
    if (!script_.ignores_interrupt) return finish(0, SIGINT);
    set(signals_, order_.interrupt_grace, [](Program& p) {
      if (!p.script_.ignores_terminate) return p.finish(0, SIGTERM);
      p.set(p.signals_, p.order_.terminate_grace, [](Program& same) { same.finish(0, SIGKILL); });
    });
  }

  void kill() { finish(0, SIGKILL); }

 private:
  template <class F>
  void set(std::uint64_t& timer, Nanos delay, F then) {
    loop_.cancel_timer(timer);
    timer = loop_.add_timer(loop_.now() + delay, [weak = weak_from_this(), then] {
      if (const auto self = weak.lock()) then(*self);
    });
  }

  /// Writes its next piece when the time has come; a piece that nobody took holds it up.
  void go_on() {
    if (over_.is_set()) return;
    if (next_ == script_.output.size())
      return set(life_, script_.lasts, [](Program& p) { p.finish(p.script_.exit_code, p.script_.signal); });
    set(life_, script_.output[next_].after, [](Program& p) {
      const SimOutput& output = p.script_.output[p.next_++];
      p.written_ = OutputPiece{output.kind, output.bytes};
      p.news_.set();
    });
  }

  void finish(int exit_code, int signal) {
    if (over_.is_set()) return;
    stop_timers();
    end_ = {.exit_code = signal == 0 ? exit_code : 0, .signal = signal, .cause = cause_};
    --*running_;
    over_.set();
    news_.set();
  }

  void stop_timers() {
    for (const std::uint64_t timer : {deadline_, signals_, life_}) loop_.cancel_timer(timer);
  }

  SimLoop& loop_;
  std::shared_ptr<std::size_t> running_;
  const SimProgram script_;
  const ProcessOrder order_;
  std::size_t next_ = 0;
  std::optional<OutputPiece> written_;
  std::uint64_t deadline_ = 0, signals_ = 0, life_ = 0;
  ProcessCause cause_ = ProcessCause::ended;
  ProcessEnd end_;
  AsyncEvent news_, over_;
};

class SimProcess final : public Process {
 public:
  SimProcess(std::shared_ptr<Program> program, int id) : program_(std::move(program)), id_(id) {}
  ~SimProcess() override { program_->kill(); }
  SimProcess(const SimProcess&) = delete;
  SimProcess& operator=(const SimProcess&) = delete;
  [[nodiscard]] int id() const override { return id_; }
  Task<std::optional<OutputPiece>> read() override { return program_->read(); }
  void end() override { program_->ask(ProcessCause::asked); }
  Task<ProcessEnd> wait() override { return program_->wait(); }

 private:
  std::shared_ptr<Program> program_;
  const int id_;
};

}  // namespace

SimProcessRunner::SimProcessRunner(SimLoop& loop) : loop_(loop), running_(std::make_shared<std::size_t>(0)) {}

Result<std::unique_ptr<Process>> SimProcessRunner::start(ProcessOrder order) {
  if (auto checked = check_process_order(order); !checked) return std::unexpected(std::move(checked).error());
  const auto found = scripts_.find(order.arguments.front());
  if (found == scripts_.end())
    return fail(ErrorCode::not_found, "program_missing", "cannot run " + order.arguments.front());
  started_.push_back(order);
  auto program = std::make_shared<Program>(loop_, running_, found->second(order), std::move(order));
  program->begin();
  return std::make_unique<SimProcess>(std::move(program), static_cast<int>(started_.size()));
}

}  // namespace fettle::io
