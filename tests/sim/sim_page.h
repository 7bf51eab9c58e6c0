// A simulated browser tab: one stream, its bytes parsed strictly, its rules checked with every message
// (invariants 24 and 26 of the brief): ids only rise, nothing of a foreign environment comes, nothing is
// missing across a reconnect.
#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fettle/io/sim/sim_loop.h"
#include "fettle/stream/hub.h"
#include "tests/support/fake_byte_stream.h"
#include "tests/support/sse_parser.h"

namespace fettle::sim {

class SimPage {
 public:
  SimPage(io::SimLoop& loop, std::string name, std::vector<EnvironmentId> environments);

  void connect(stream::Hub& hub);
  void cut();
  [[nodiscard]] bool is_connected() const { return stream_ != nullptr && !stream_->is_closed; }
  /// From now on the person may view these; nothing of another may come any more (invariant 25). What came
  /// before is checked first.
  std::string rescope(stream::Hub& hub, std::vector<EnvironmentId> environments);
  /// The session ends, and with it the stream.
  std::string end_session(stream::Hub& hub);
  /// Reads what has come and checks it; the first fault, or empty.
  std::string check();
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  [[nodiscard]] std::uint64_t resyncs() const { return resyncs_; }
  /// Ids of the events that it was told of, in order, since the last resync.
  [[nodiscard]] const std::vector<std::string>& events() const { return events_; }
  [[nodiscard]] bool missed_nothing() const { return resyncs_ == 0; }

 private:
  [[nodiscard]] Principal principal() const;
  std::string check_message(const testing::SseEvent& message);

  io::SimLoop& loop_;
  const std::string name_;
  std::vector<EnvironmentId> environments_;
  std::shared_ptr<testing::FakeByteStream> stream_;
  testing::SseParser parser_;
  std::string last_id_, epoch_;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t messages_ = 0, resyncs_ = 0;
  std::vector<std::string> events_;
};

}  // namespace fettle::sim
