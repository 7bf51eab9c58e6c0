// The inside of the hub. Publishing fills the next tick; a tick is sealed (its kept frames move into the
// window), delivered in slices that leave the loop to others, and finished. A connection is either level with
// the ticks, and gets each one as a gather list that all connections of its view share, or behind, and is
// given its backlog out of the window. Included by the hub's own .cc files only.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fettle/io/async_event.h"
#include "fettle/io/task_scope.h"
#include "fettle/stream/hub.h"
#include "fettle/stream/resume_window.h"

namespace fettle::stream {

struct View;

/// A message of a tick. Offsets count in the tick's buffer of kept frames or of samples while it is filled;
/// `bytes` is valid once it is sealed.
struct TickFrame {
  std::uint64_t sequence = 0;
  std::size_t offset = 0, size = 0;
  bool is_kept = false;
  bool is_replaced = false;  // by a newer sample of its key
  SampleSlot* slot = nullptr;
  std::int64_t row_at = 0;
  std::vector<std::size_t> row_ends;  // of a fleet_status: where each row ends, after `rows_begin`
  std::size_t rows_begin = 0;
  std::string_view bytes;
};

/// Frames of one topic whose sequences and bytes follow each other without a gap.
struct Span {
  std::uint64_t first = 0, last = 0;
  std::string_view bytes;
};

struct TopicState {
  Topic topic;
  Shelf shelf;
  std::vector<View*> views;
  std::size_t watching_views = 0;  // those with members
  MonoTime unwatched_at{};
  bool was_watched = false;
  bool is_interest_told = false;
  bool is_lingering = false;

  std::vector<TickFrame> open;    // of the tick that is being filled
  std::vector<TickFrame> sealed;  // of the tick that is being delivered
  std::vector<Span> spans;
  std::size_t kept_bytes = 0, messages = 0;
};

struct Connection;

using ViewKey = std::pair<std::vector<std::string>, std::vector<EnvironmentId>>;

/// All connections that look at the same topics in the same environments.
struct View {
  const ViewKey* key = nullptr;
  std::vector<TopicState*> topics;
  std::vector<Shelf*> shelves;
  std::vector<Connection*> members;
  bool is_idle = false;            // in the list of those that may go
  std::uint64_t tick = 0;          // the last one that had something for it
  std::vector<TopicState*> dirty;  // topics that had something in it
  std::size_t kept_bytes = 0, messages = 0;
};

struct Connection {
  std::uint64_t key = 0;  // random; its text is the connection id
  std::shared_ptr<net::ByteStream> stream;
  View* view = nullptr;
  std::size_t place_in_view = 0, place_in_all = 0;
  std::string principal_id, session_id;
  bool is_behind = false;   // gets backlog, not ticks
  bool is_queued = false;   // in `ready`
  bool is_waiting = false;  // for the socket to take more
  std::uint64_t served_tick = 0;
  std::uint64_t cursor = 0;  // while behind: all up to here was written, the last one but for `tail`
  std::string tail;          // the rest of a frame that was begun
  std::string_view resync_reason;
  std::size_t behind_bytes = 0;  // kept messages after the cursor
  MonoTime written_at{};         // when the socket took something last
};

struct Hub::Impl {
  Impl(io::Loop& on, io::Clock& time, io::Random& source, io::Log sink, HubSettings chosen,
       std::string build);
  ~Impl();

  // hub.cc
  void publish(const Topic& topic, const Message& message, Keep keep, std::string_view key);
  TopicState& topic_state(const Topic& topic);
  [[nodiscard]] bool is_watched(const TopicState& state) const;
  void append_sample(TopicState& state, TickFrame& frame, const Message& message, std::string_view key);

  // hub_connections.cc
  Result<> admit(const std::string& principal_id) const;
  Result<> attach(std::shared_ptr<net::ByteStream> stream, Subscription subscription);
  Result<> set_topics(std::string_view id, const Principal& principal, std::vector<std::string> topics);
  void rescope(std::string_view principal_id, std::string_view session_id, const Principal* now);
  void greet(Connection& connection, const Subscription& subscription);
  void drop(Connection& connection);
  View& view_of(ViewKey key);
  void join(Connection& connection, View& view);
  void leave(View& view, std::size_t place);
  void move_to(Connection& connection, ViewKey key);
  void tell_interest();
  void drop_idle_views();

  // hub_delivery.cc
  void seal();
  void seal_topic(TopicState& state, std::string_view kept);
  bool deliver_slice();
  void write_tick(Connection& connection, const View& view);
  void gather(const View& view);
  void fall_behind(Connection& connection, const View& view, std::size_t taken);
  void note_backlog(Connection& connection, const View& view);
  void finish_tick();

  // hub_backlog.cc
  void catch_up(Connection& connection);
  void give_up_backlog(Connection& connection);
  bool write_tail(Connection& connection);
  void write_resync(Connection& connection);
  void write_backlog(Connection& connection);
  std::ptrdiff_t write_parts(Connection& connection, std::span<const std::string_view> parts,
                             std::size_t bytes);
  void wait_writable(Connection& connection);
  void queue(Connection& connection);
  [[nodiscard]] std::uint64_t position(const Connection& connection) const;

  // hub_upkeep.cc
  Task<void> run_ticks();
  Task<void> run_upkeep();
  Task<void> yield();
  void keep_alive(Connection& connection, MonoTime now);
  void end_interest(MonoTime now);
  void drop_idle_topics();
  Task<void> stop();

  io::Loop& loop;
  io::Clock& clock;
  io::Random& random;
  io::Log log;
  const HubSettings settings;
  const std::string version;
  const std::string epoch;

  std::uint64_t sequence = 0;   // the last one given out
  std::uint64_t delivered = 0;  // the mark of the last sealed tick: above all that is in it
  ResumeWindow window;
  HubFigures figures;

  std::unordered_map<Topic, std::unique_ptr<TopicState>> topics;
  std::map<ViewKey, std::unique_ptr<View>> views;
  std::vector<View*> idle_views;  // had no members at some time
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections;
  std::vector<Connection*> all;  // in no order
  std::unordered_map<std::string, std::vector<Connection*>> by_principal;
  std::unordered_map<std::string, std::uint64_t> rescoped_at;  // sequence at which grants changed
  std::uint64_t rescopes = 0;                                  // how often who may see what has changed
  std::deque<std::uint64_t> ready;                             // behind, and not waiting
  std::vector<std::pair<Topic, bool>> interest_news;
  std::vector<TopicState*> lingering;  // nobody looks, and it has not been said yet
  std::vector<std::function<void(const Topic&, bool)>> interest_listeners;

  // The tick that is being filled.
  std::string open_kept, open_samples;
  std::vector<TopicState*> open_topics;
  std::string sample_key;

  // The tick that is being delivered.
  std::uint64_t tick = 0;
  bool is_delivering = false;
  std::uint64_t tick_first = 0;
  MonoTime tick_at{};
  std::string sealed_samples;
  std::vector<TopicState*> sealed_topics;
  std::vector<View*> dirty_views;
  std::size_t next_view = 0, next_member = 0, ready_left = 0;
  bool is_gathered = false;
  std::vector<std::string_view> parts;
  std::size_t parts_bytes = 0;
  std::string flat;
  std::vector<Span> merged;
  std::size_t slice_writes = 0, slice_bytes = 0;

  MonoTime last_tick_at{};
  bool is_stopped = false;
  std::shared_ptr<Impl*> self;  // for callbacks of byte streams, which may come after the hub has gone
  io::AsyncEvent work;
  io::TaskScope tasks;
};

}  // namespace fettle::stream
