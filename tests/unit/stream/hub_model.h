// What a page must have been given, kept beside the hub by a model that knows nothing of ticks, windows and
// buffers: for each page the kept messages that it is owed in order of publishing, and the newest sample of
// each key.
#pragma once
#include <deque>
#include <map>
#include <set>

#include "tests/unit/stream/hub_fixture.h"

namespace fettle::stream {

struct Published {
  std::int64_t number = 0;  // of all messages, in order of publishing
  Topic topic;
  MonoTime at{};
};

/// One browser tab: connects, reads, is cut, comes back with its last id.
struct ModelPage {
  std::string principal;
  std::set<std::string> topics;
  std::size_t buffer = 0;
  bool is_fast = false;

  std::shared_ptr<fettle::testing::FakeByteStream> stream;  // null: not connected
  fettle::testing::SseParser received, written;
  std::string connection, last_id, last_reason;
  std::uint64_t last_sequence = 0;

  std::deque<Published> owed;
  std::set<std::int64_t> allowed;                 // kept messages that may come, but need not
  std::map<std::uint64_t, std::int64_t> resyncs;  // written ones: their sequence, newest number at that time
  std::map<Topic, std::int64_t> looks_since;      // number at which it began to look
  std::map<Topic, std::int64_t> looked_since;     // the same, of topics that it has left
  std::map<std::string, std::int64_t> newest;     // of each sample key: the number that it has
  std::int64_t block_began = 0;  // newest number when the block that is being written was begun
  std::int64_t resynced_through = 0;
  MonoTime heard_at{};
  std::int64_t heard_count = 0;  // newest number when it last got an id, and when that was
  bool has_forged_id = false;
  bool is_rescoped = false;  // and has not been told so yet
  std::size_t seen_events = 0, seen_resyncs = 0;

  [[nodiscard]] bool looks_at(const Topic& topic) const { return looks_since.contains(topic); }
};

}  // namespace fettle::stream
