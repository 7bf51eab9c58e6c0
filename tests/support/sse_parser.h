// Reads text/event-stream as WHATWG HTML section 9.2.6 says, but takes only what this server may write: LF,
// known fields, one data line. Anything else is a fault, kept in `fault`. Bytes may come in any portions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::testing {

struct SseEvent {
  std::string id;  // empty when the block had none
  std::string type;
  std::string data;
};

class SseParser {
 public:
  void feed(std::string_view bytes);
  /// Nothing of a block has come that has not been dispatched.
  [[nodiscard]] bool is_between_blocks() const {
    return rest_.empty() && !has_data_ && !has_id_ && !has_type_;
  }

  std::vector<SseEvent> events;  // dispatched
  std::string last_id;           // what a browser would send as Last-Event-ID: of dispatched blocks
  std::string retry;
  std::size_t comments = 0;
  std::string fault;

 private:
  void line(std::string_view text);
  void field(std::string_view name, std::string_view value);
  void dispatch();

  std::string rest_;
  SseEvent block_;
  bool has_data_ = false, has_id_ = false, has_type_ = false;
};

/// "abcdefgh-17" -> 17; 0 when there is none.
std::uint64_t sequence_of(std::string_view id);

}  // namespace fettle::testing
