// Remembers the answers to requests that carried an Idempotency-Key, so that a repeated one gets the first
// answer again. In memory and bounded; the oldest answers go first. Loop thread.
#pragma once
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "fettle/base/crypto.h"
#include "fettle/base/time.h"
#include "fettle/net/http.h"

namespace fettle::io {
class Clock;
}

namespace fettle::net {

class AnswerMemory {
 public:
  static constexpr std::chrono::hours kKeptFor{24};
  static constexpr std::size_t kMaxAnswers = 4096;
  static constexpr std::size_t kMaxBytes = 16 * 1024 * 1024;
  static constexpr std::size_t kMaxKeyBytes = 255;

  explicit AnswerMemory(io::Clock& clock) : clock_(clock) {}

  struct First {};  // not seen: do the work, then keep() or forget()
  struct Replay {
    Response response;
  };
  /// `scope` is principal and route. Error: `unprocessable` when the key came with another body, `conflict`
  /// while the first request is still running, `invalid_input` for a key that is empty or too long.
  Result<std::variant<First, Replay>> begin(const std::string& scope, std::string_view key,
                                            std::string_view body);
  void keep(const std::string& scope, std::string_view key, const Response& response);
  void forget(const std::string& scope, std::string_view key);

  /// Who asks, and what.
  static std::string scope_of(const Principal& principal, const Request& request);
  /// What an answer is kept under.
  static std::string full_key(const std::string& scope, std::string_view key);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    Hash256 body{};
    MonoTime began;
    bool is_done = false;
    Response response;
    std::size_t bytes = 0;
    std::list<std::string>::iterator age;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  void drop(Entries::iterator entry);
  void drop_old();

  io::Clock& clock_;
  Entries entries_;
  std::list<std::string> oldest_first_;
  std::size_t bytes_ = 0;
};

}  // namespace fettle::net
