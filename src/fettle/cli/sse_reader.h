// Server-sent events out of bytes that arrive in any pieces (WHATWG HTML, section 9.2.6). Pure.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace fettle::cli {

struct SseEvent {
  std::string id;    // the last one that was sent, as Last-Event-ID takes it
  std::string type;  // "message" when the stream names none
  std::string data;
};

class SseReader {
 public:
  /// False from `on_event` ends it: feed then returns false too. False as well for a line without an end.
  bool feed(std::string_view bytes, const std::function<bool(const SseEvent&)>& on_event);
  [[nodiscard]] const std::string& last_id() const { return id_; }
  /// Of a new connection: what was begun is dropped, the id is kept.
  void restart();

 private:
  bool take_line(std::string_view line, const std::function<bool(const SseEvent&)>& on_event);
  std::string unread_, id_, type_, data_;
  bool has_data_ = false;
  bool is_after_cr_ = false;
};

}  // namespace fettle::cli
