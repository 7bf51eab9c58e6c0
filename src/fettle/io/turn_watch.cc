#include "fettle/io/turn_watch.h"

#include <time.h>

#include <algorithm>

namespace fettle::io {
namespace {

Nanos steady_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return Seconds(now.tv_sec) + Nanos(now.tv_nsec);
}

/// A system call, unlike the clock.
Nanos thread_cpu_time() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return Seconds(spent.tv_sec) + Nanos(spent.tv_nsec);
}

constexpr Nanos kBetweenLooks = Millis(2);

}  // namespace

const TurnName& TurnWatch::named(const char* task) {
  return names_.try_emplace(task, TurnName{*this, task}).first->second;
}

TurnWatch::Guard::Guard(TurnWatch& owner, const char* name) : watch(owner), task(name), began(steady_now()) {
  watch.inside_ = true;
  if (began - watch.looked_at_ < kBetweenLooks) return;
  watch.looked_at_ = began;
  watch.computed_ = thread_cpu_time();
}

TurnWatch::Guard::~Guard() {
  watch.inside_ = false;
  const Nanos now = steady_now();
  const Nanos took = now - began;
  // Only this thread writes them: a load and a store are enough, and cheaper than an atomic addition.
  watch.turns.store(watch.turns.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (took > kSlowTurn) [[unlikely]]
    watch.record_long(task, took, now);
}

void TurnWatch::record_long(const char* task, Nanos took, Nanos now) {
  // At most kBetweenLooks of it belongs to turns before this one.
  const Nanos computed = std::min(thread_cpu_time() - computed_, took);
  if (computed > kSlowTurn) {
    slow_turns.fetch_add(1, std::memory_order_relaxed);
    const auto ns = static_cast<std::uint64_t>(computed.count());
    if (ns > longest_ns.load(std::memory_order_relaxed)) longest_ns.store(ns, std::memory_order_relaxed);
    tell(slow_, "slow turn of the loop", task, computed, now);
  } else {
    delayed_turns.fetch_add(1, std::memory_order_relaxed);
    if (took > kLongWait) tell(waited_, "a turn of the loop waited long", task, took, now);
  }
}

void TurnWatch::tell(Tally& tally, std::string_view message, const char* task, Nanos took, Nanos now) {
  ++tally.turns;
  if (took > tally.worst) {
    tally.worst = took;
    tally.task = task;
  }
  if (!log_ || (tally.said_at && now - *tally.said_at < kBetweenWords)) return;
  log_->warn(message, {{"task", tally.task},
                       {"ms", std::chrono::floor<Millis>(tally.worst).count()},
                       {"turns", tally.turns}});
  tally = {.said_at = now};
}

}  // namespace fettle::io
