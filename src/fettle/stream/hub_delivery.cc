// A tick: sealed, written to all connections that are level with it, finished. Done in slices, so that the
// loop is never held for long however many connections there are.
#include "fettle/base/check.h"
#include "fettle/stream/hub_impl.h"

namespace fettle::stream {
namespace {

/// A write of a small frame costs 3 to 6 us of kernel time, a megabyte about 0.2 ms: a slice stays near 3 ms.
constexpr std::size_t kSliceWrites = 500;
constexpr std::size_t kSliceBytes = 12U << 20U;
/// More parts than this are copied together once rather than walked by the kernel for each connection.
constexpr std::size_t kMostParts = 64;
/// Buffers that grew beyond this in a burst are given back.
constexpr std::size_t kIdleBuffer = 1U << 20U;

bool comes_before(const Span& a, const Span& b) {
  return a.first < b.first;
}

void recycle(std::string& buffer) {
  buffer.clear();
  if (buffer.capacity() > kIdleBuffer) buffer.shrink_to_fit();
}

}  // namespace

void Hub::Impl::seal() {
  FETTLE_CHECK(!is_delivering, "one tick at a time");
  is_delivering = true;
  ++tick;
  tick_first = delivered + 1;
  delivered = ++sequence;  // a number above all of the tick's: the id of resyncs written in it
  tick_at = clock.mono_now();
  last_tick_at = tick_at;
  std::swap(sealed_samples, open_samples);
  std::swap(sealed_topics, open_topics);
  const std::string_view kept = window.add_block(open_kept, delivered, tick_at);
  recycle(open_kept);
  for (TopicState* state : sealed_topics) seal_topic(*state, kept);
  next_view = 0;
  is_gathered = false;
  ready_left = ready.size();
}

void Hub::Impl::seal_topic(TopicState& state, std::string_view kept) {
  std::swap(state.sealed, state.open);
  for (TickFrame& frame : state.sealed) {
    if (frame.is_replaced) continue;
    frame.bytes = (frame.is_kept ? kept : std::string_view(sealed_samples)).substr(frame.offset, frame.size);
    if (frame.is_kept) {
      window.add_kept(state.shelf, {frame.sequence, frame.bytes});
      state.kept_bytes += frame.size;
    } else if (frame.slot != nullptr) {
      window.set_sample(*frame.slot, frame.sequence, frame.bytes, tick_at);
    }
    std::size_t begin = frame.rows_begin;
    for (const std::size_t end : frame.row_ends) {
      const std::string_view row = frame.bytes.substr(begin, end - begin);
      sample_key.assign("row").append(row.substr(0, row.find(',')));
      window.set_row(window.slot(state.shelf, sample_key), frame.sequence, row, frame.row_at, tick_at);
      begin = end + 1;
    }
    ++state.messages;
    if (!state.spans.empty() && state.spans.back().last + 1 == frame.sequence &&
        state.spans.back().bytes.end() == frame.bytes.begin()) {
      Span& span = state.spans.back();
      span = {span.first, frame.sequence, {span.bytes.data(), span.bytes.size() + frame.size}};
    } else {
      state.spans.push_back({frame.sequence, frame.sequence, frame.bytes});
    }
  }
  for (View* view : state.views) {
    if (view->members.empty()) continue;
    if (std::exchange(view->tick, tick) != tick) {
      view->dirty.clear();
      view->kept_bytes = view->messages = 0;
      dirty_views.push_back(view);
    }
    view->dirty.push_back(&state);
    view->kept_bytes += state.kept_bytes;
    view->messages += state.messages;
  }
}

/// What the tick has for a view, in order of sequence, as few parts as there can be.
void Hub::Impl::gather(const View& view) {
  merged.clear();
  for (const TopicState* state : view.dirty) {
    merged.insert(merged.end(), state->spans.begin(), state->spans.end());
  }
  if (view.dirty.size() > 1) std::ranges::sort(merged, comes_before);
  parts.clear();
  parts_bytes = 0;
  for (const Span& span : merged) {
    parts_bytes += span.bytes.size();
    if (!parts.empty() && parts.back().data() + parts.back().size() == span.bytes.data()) {
      parts.back() = {parts.back().data(), parts.back().size() + span.bytes.size()};
    } else {
      parts.push_back(span.bytes);
    }
  }
  if (parts.size() <= kMostParts) return;
  flat.clear();
  for (const std::string_view part : parts) flat += part;
  parts.assign(1, flat);
}

/// True when the tick has been delivered to everyone.
bool Hub::Impl::deliver_slice() {
  slice_writes = slice_bytes = 0;
  const auto is_used_up = [this] { return slice_writes >= kSliceWrites || slice_bytes >= kSliceBytes; };
  for (; next_view < dirty_views.size(); ++next_view, is_gathered = false) {
    View& view = *dirty_views[next_view];
    if (!std::exchange(is_gathered, true)) {
      gather(view);
      next_member = view.members.size();
    }
    // From the end: who leaves meanwhile is replaced by one that has been served or came later.
    next_member = std::min(next_member, view.members.size());
    while (next_member > 0) {
      if (is_used_up()) return false;
      Connection& connection = *view.members[--next_member];
      if (std::exchange(connection.served_tick, tick) == tick) continue;
      if (connection.is_behind) {
        note_backlog(connection, view);
      } else {
        write_tick(connection, view);
      }
    }
  }
  for (; ready_left > 0 && !ready.empty(); --ready_left) {
    if (is_used_up()) return false;
    const auto found = connections.find(ready.front());
    ready.pop_front();
    if (found == connections.end()) continue;
    found->second->is_queued = false;
    catch_up(*found->second);
  }
  return true;
}

void Hub::Impl::write_tick(Connection& connection, const View& view) {
  const std::ptrdiff_t taken = connection.stream->try_write(parts);
  ++slice_writes;
  if (taken < 0) return drop(connection);
  const auto bytes = static_cast<std::size_t>(taken);
  slice_bytes += bytes;
  figures.delivered_bytes += bytes;
  if (bytes > 0) connection.written_at = tick_at;
  if (bytes == parts_bytes) {
    figures.delivered += view.messages;
    return;
  }
  fall_behind(connection, view, bytes);
}

/// The socket took only the beginning: finds the frame that was cut, and goes on from there out of the
/// window.
void Hub::Impl::fall_behind(Connection& connection, const View& view, std::size_t taken) {
  std::vector<const TickFrame*> frames;
  for (const TopicState* state : view.dirty) {
    for (const TickFrame& frame : state->sealed) {
      if (!frame.is_replaced) frames.push_back(&frame);
    }
  }
  std::ranges::sort(frames, {}, &TickFrame::sequence);
  connection.is_behind = true;
  connection.cursor = tick_first - 1;
  connection.behind_bytes = 0;
  for (const TickFrame* frame : frames) {
    if (taken == 0) {
      if (frame->is_kept) connection.behind_bytes += frame->size;
      continue;
    }
    connection.cursor = frame->sequence;
    ++figures.delivered;
    if (frame->size > taken) connection.tail = frame->bytes.substr(taken);
    taken -= std::min(taken, frame->size);
  }
  give_up_backlog(connection);
  wait_writable(connection);
}

void Hub::Impl::note_backlog(Connection& connection, const View& view) {
  connection.behind_bytes += view.kept_bytes;
  if (connection.is_waiting) give_up_backlog(connection);  // who does not wait is given it in this very tick
}

void Hub::Impl::finish_tick() {
  for (TopicState* state : sealed_topics) {
    state->sealed.clear();
    state->spans.clear();
    state->kept_bytes = state->messages = 0;
  }
  sealed_topics.clear();
  dirty_views.clear();
  recycle(sealed_samples);
  recycle(flat);
  is_delivering = false;
  window.advance(delivered, tick_at);
  drop_idle_views();
  tell_interest();
  if (!ready.empty()) work.set();
}

}  // namespace fettle::stream
