// Typed ids: a UUIDv7 (RFC 9562 section 5.7) behind a prefix that names the kind, `host_01935e2f...` (32 hex
// digits). Sortable by creation time, unmistakable in a log, and not convertible into each other.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace fettle {

using Uuid = std::array<std::uint8_t, 16>;

/// Builds a version 7 UUID from milliseconds since the epoch and 10 random bytes.
Uuid make_uuid7(std::int64_t unix_ms, const std::array<std::uint8_t, 10>& random);
std::string uuid_hex(const Uuid& uuid);
std::optional<Uuid> parse_uuid_hex(std::string_view hex);

/// `Tag` has `static constexpr std::string_view prefix`.
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(const Uuid& uuid) : uuid_(uuid) {}

  static std::optional<Id> parse(std::string_view text) {
    constexpr std::size_t head = Tag::prefix.size() + 1;
    if (text.size() != head + 32 || !text.starts_with(Tag::prefix) || text[head - 1] != '_')
      return std::nullopt;
    auto uuid = parse_uuid_hex(text.substr(head));
    if (!uuid) return std::nullopt;
    return Id(*uuid);
  }

  [[nodiscard]] std::string text() const {
    std::string out(Tag::prefix);
    out += '_';
    out += uuid_hex(uuid_);
    return out;
  }
  [[nodiscard]] const Uuid& uuid() const { return uuid_; }
  [[nodiscard]] bool is_nil() const { return uuid_ == Uuid{}; }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  Uuid uuid_{};
};

struct HostTag {
  static constexpr std::string_view prefix = "host";
};
struct EnvironmentTag {
  static constexpr std::string_view prefix = "env";
};
struct PersonTag {
  static constexpr std::string_view prefix = "person";
};
struct SessionTag {
  static constexpr std::string_view prefix = "session";
};
struct TokenTag {
  static constexpr std::string_view prefix = "token";
};
struct EnrolmentTag {
  static constexpr std::string_view prefix = "enrol";
};
struct EventTag {
  static constexpr std::string_view prefix = "event";
};
struct ServerTag {
  static constexpr std::string_view prefix = "server";
};

using HostId = Id<HostTag>;
using EnvironmentId = Id<EnvironmentTag>;
using PersonId = Id<PersonTag>;
using SessionId = Id<SessionTag>;
using TokenId = Id<TokenTag>;
using EnrolmentId = Id<EnrolmentTag>;
using EventId = Id<EventTag>;
using ServerId = Id<ServerTag>;

}  // namespace fettle

template <class Tag>
struct std::hash<fettle::Id<Tag>> {
  std::size_t operator()(const fettle::Id<Tag>& id) const noexcept {
    std::uint64_t low = 0;  // the last eight bytes are random
    for (std::size_t i = 8; i < 16; ++i) low = low << 8 | id.uuid()[i];
    return static_cast<std::size_t>(low);
  }
};
