// What goes on by itself: the ticks, and one sweep a second for keep-alive, dead connections, interest and
// topics that nobody needs.
#include "fettle/base/check.h"
#include "fettle/io/work_queue.h"
#include "fettle/stream/frame.h"
#include "fettle/stream/hub_impl.h"
#include "fettle/stream/resume_rules.h"

namespace fettle::stream {
namespace {

constexpr Seconds kSweep{1};
constexpr std::size_t kKeepAlivesASlice = 500;  // about 2 ms of system calls
constexpr std::uint64_t kSweepsBetweenIdleTopics = 60;

}  // namespace

Task<void> Hub::Impl::yield() {
  co_await io::suspend_until_called([this](Callback resume) { loop.post(std::move(resume)); });
}

Task<void> Hub::Impl::run_ticks() {
  while (true) {
    co_await work.wait();
    const MonoTime due = last_tick_at + settings.tick;
    if (clock.mono_now() < due) co_await clock.sleep_until(due);
    work.reset();
    seal();
    while (!deliver_slice()) co_await yield();
    finish_tick();
  }
}

Task<void> Hub::Impl::run_upkeep() {
  for (std::uint64_t sweep = 1;; ++sweep) {
    co_await clock.sleep_for(kSweep);
    const MonoTime now = clock.mono_now();
    end_interest(now);
    if (sequence > delivered) work.set();  // what nobody looks at must reach the window all the same
    std::size_t visited = 0;
    for (std::size_t i = all.size(); i-- > 0;) {
      if (i < all.size()) keep_alive(*all[i], now);  // the list may have become shorter meanwhile
      if (++visited % kKeepAlivesASlice == 0) co_await yield();
    }
    std::erase_if(rescoped_at, [this](const auto& entry) { return entry.second < window.floor(); });
    if (!is_delivering) {
      window.advance(delivered, now);
      drop_idle_views();
      if (sweep % kSweepsBetweenIdleTopics == 0) drop_idle_topics();
    }
  }
}

void Hub::Impl::keep_alive(Connection& connection, MonoTime now) {
  const Nanos silence = now - connection.written_at;
  if (connection.is_behind) {
    if (silence < settings.stalled || !connection.is_waiting) return;
    ++figures.closed_slow;
    log.info("closed a stream that takes nothing", {{"principal", connection.principal_id}});
    return drop(connection);
  }
  // One sweep early, so that no silence is longer than the setting.
  if (silence < settings.keep_alive - kSweep) return;
  // With an id but no data: a client dispatches nothing, yet its Last-Event-ID stays young enough for the
  // window.
  connection.cursor = position(connection);
  std::string text(kKeepAlive);
  text += "id: " + format_stream_id({epoch, connection.cursor}) + "\n\n";
  const std::string_view whole = text;
  const std::ptrdiff_t taken = connection.stream->try_write({&whole, 1});
  if (taken < 0) return drop(connection);
  if (taken > 0) connection.written_at = now;
  if (static_cast<std::size_t>(taken) == text.size()) return;
  connection.is_behind = true;
  if (taken > 0) connection.tail = text.substr(static_cast<std::size_t>(taken));
  wait_writable(connection);
}

void Hub::Impl::end_interest(MonoTime now) {
  std::erase_if(lingering, [this, now](TopicState* state) {
    if (state->watching_views == 0 && now - state->unwatched_at < settings.interest_grace) return false;
    if (state->watching_views == 0) {
      state->is_interest_told = false;
      interest_news.emplace_back(state->topic, false);
    }
    state->is_lingering = false;
    return true;
  });
  tell_interest();
}

void Hub::Impl::drop_idle_topics() {
  std::erase_if(topics, [this](const auto& entry) {
    const TopicState& state = *entry.second;
    return state.views.empty() && !state.is_lingering && state.shelf.is_empty() && state.open.empty() &&
           !is_watched(state);
  });
}

Task<void> Hub::Impl::stop() {
  if (std::exchange(is_stopped, true)) co_return;
  co_await tasks.stop();
  // The rest of a tick that was under way, and one more for what has been published since.
  for (int i = 0; i < 2; ++i) {
    if (!is_delivering) seal();
    while (!deliver_slice()) {
    }
    finish_tick();
  }
  for (const Connection* connection : std::vector(all.begin(), all.end())) {
    drop(*connections.at(connection->key));
  }
  self.reset();
}

}  // namespace fettle::stream
