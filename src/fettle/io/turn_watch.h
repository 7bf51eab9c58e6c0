// Times every turn of the loop (a resumption of a task, a posted callback), counts those that took too long,
// and says so once a minute with the name of the worst. On a busy machine a turn also takes long because the
// thread was not running: what counts as slow is processor time; what merely waited is counted apart. Two
// clock reads a turn, and one of the thread's processor time every 2 ms. Loop thread only, but for the
// figures.
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "fettle/base/time.h"
#include "fettle/io/log.h"

namespace fettle::io {

/// Nothing may hold the loop longer (architecture.md, One loop).
constexpr Nanos kSlowTurn = Millis(10);
/// A turn that waited this long (for a disk, or for a processor) is worth a word even so.
constexpr Nanos kLongWait = Millis(250);
constexpr Nanos kBetweenWords = std::chrono::minutes(1);

class TurnWatch;

/// What a task's executor carries: one per name, kept as long as the loop.
struct TurnName {
  TurnWatch& watch;
  const char* task;
};

class TurnWatch {
 public:
  const TurnName& named(const char* task);
  void log_to(const Log& log) { log_.emplace(log); }

  /// Runs one turn; a turn inside a turn belongs to the outer one.
  template <class F>
  void run(const char* task, F&& turn) {
    if (inside_) {
      std::forward<F>(turn)();
      return;
    }
    const Guard guard(*this, task);
    std::forward<F>(turn)();
  }

  std::atomic<std::uint64_t> turns{0};
  std::atomic<std::uint64_t> slow_turns{0};     // that computed for longer than kSlowTurn
  std::atomic<std::uint64_t> delayed_turns{0};  // that took longer than kSlowTurn, most of it waiting
  std::atomic<std::uint64_t> longest_ns{0};

 private:
  struct Guard {
    TurnWatch& watch;
    const char* task;
    Nanos began;
    Guard(TurnWatch& owner, const char* name);
    ~Guard();
  };
  /// Of one kind since the last word about it.
  struct Tally {
    std::uint64_t turns = 0;
    Nanos worst{0};
    const char* task = "";
    std::optional<Nanos> said_at;
  };
  void record_long(const char* task, Nanos took, Nanos now);
  void tell(Tally& tally, std::string_view message, const char* task, Nanos took, Nanos now);

  bool inside_ = false;
  std::optional<Log> log_;
  Nanos looked_at_{0};  // when the processor time was read last
  Nanos computed_{0};   // and what it was
  Tally slow_, waited_;
  std::map<std::string_view, TurnName> names_;  // nodes stay where they are
};

/// The loop's executor with a task's name on it; everything but `execute` is the inner executor's business.
template <class Inner>
class TimedExecutor {
 public:
  TimedExecutor(Inner inner, const TurnName& name) : inner_(std::move(inner)), name_(&name) {}

  template <class Property>
    requires requires(const Inner& inner, const Property& property) { boost::asio::query(inner, property); }
  decltype(auto) query(const Property& property) const noexcept {
    return boost::asio::query(inner_, property);
  }
  template <class Property>
    requires requires(const Inner& inner, const Property& property) { boost::asio::require(inner, property); }
  auto require(const Property& property) const noexcept {
    auto inner = boost::asio::require(inner_, property);
    return TimedExecutor<decltype(inner)>(std::move(inner), *name_);
  }
  template <class Property>
    requires requires(const Inner& inner, const Property& property) { boost::asio::prefer(inner, property); }
  auto prefer(const Property& property) const noexcept {
    auto inner = boost::asio::prefer(inner_, property);
    return TimedExecutor<decltype(inner)>(std::move(inner), *name_);
  }
  template <class F>
  void execute(F function) const {
    inner_.execute([function = std::move(function), name = name_]() mutable {
      name->watch.run(name->task, std::move(function));
    });
  }
  friend bool operator==(const TimedExecutor& a, const TimedExecutor& b) noexcept {
    return a.inner_ == b.inner_ && a.name_ == b.name_;
  }

 private:
  Inner inner_;
  const TurnName* name_;
};

}  // namespace fettle::io
