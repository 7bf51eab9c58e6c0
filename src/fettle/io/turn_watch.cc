#include "fettle/io/turn_watch.h"

#include <time.h>

namespace fettle::io {
namespace {

Nanos steady_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return Seconds(now.tv_sec) + Nanos(now.tv_nsec);
}

}  // namespace

const TurnName& TurnWatch::named(const char* task) {
  return names_.try_emplace(task, TurnName{*this, task}).first->second;
}

TurnWatch::Guard::Guard(TurnWatch& owner, const char* name) : watch(owner), task(name), began(steady_now()) {
  watch.inside_ = true;
}

TurnWatch::Guard::~Guard() {
  watch.inside_ = false;
  const Nanos now = steady_now();
  const Nanos took = now - began;
  // Only this thread writes them: a load and a store are enough, and cheaper than an atomic addition.
  watch.turns.store(watch.turns.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (took > kSlowTurn) [[unlikely]]
    watch.record_slow(task, took, now);
}

void TurnWatch::record_slow(const char* task, Nanos took, Nanos now) {
  slow_turns.fetch_add(1, std::memory_order_relaxed);
  const auto ns = static_cast<std::uint64_t>(took.count());
  if (ns > longest_ns.load(std::memory_order_relaxed)) longest_ns.store(ns, std::memory_order_relaxed);
  if (!log_ || now - last_logged_ < Seconds(1)) return;
  last_logged_ = now;
  log_->warn("slow turn of the loop", {{"task", task}, {"ms", std::chrono::floor<Millis>(took).count()}});
}

}  // namespace fettle::io
