// The agent protocol as plain values. Only this module knows protobuf; encode and decode copy between the
// two. Wall times are UTC milliseconds. Scales of gauges are those of metrics/catalog.h (bytes, seconds,
// hundredths of load).
#pragma once
#include <compare>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fettle/base/result.h"

namespace fettle::wire {

struct Version {
  std::uint32_t major = 1;
  std::uint32_t minor = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};
inline constexpr Version kVersion{1, 0};

/// (start of the agent, number within it): the identity of a heartbeat. Compares in the order of sending.
struct Position {
  std::uint64_t boot = 0;
  std::uint64_t sequence = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

enum class SeriesKind : std::uint8_t { gauge, counter, unknown };

struct Series {
  std::string metric;
  std::string label;
  SeriesKind kind = SeriesKind::gauge;
  friend auto operator<=>(const Series&, const Series&) = default;
};

struct SeriesSet {
  std::uint64_t id = 0;  // series_set_id(*this)
  std::string boot_id;
  std::vector<Series> series;
  friend bool operator==(const SeriesSet&, const SeriesSet&) = default;
};
/// First eight bytes of a SHA-256 over boot id and series in order, never 0.
std::uint64_t series_set_id(const SeriesSet& set);

/// Stands in `values` where a series has no value at this time.
inline constexpr std::int64_t kAbsent = std::numeric_limits<std::int64_t>::min();

struct Inventory {
  std::string hostname, os, kernel, architecture, cpu_model;
  std::uint32_t cores = 0;
  std::uint64_t memory_bytes = 0;
  std::string boot_id;
  std::int64_t booted_at_ms = 0;
  std::string machine_id_hash, virtualization;
  friend bool operator==(const Inventory&, const Inventory&) = default;
};

struct Settings {
  std::uint32_t heartbeat_interval_ms = 5000;
};

struct Challenge {
  std::string nonce;
  Version version;
  std::string server_id;
};
struct Hello {
  Version version;
  std::string host_id, signature, agent_version;
  std::uint64_t boot = 0;
  std::int64_t now_ms = 0, started_at_ms = 0;
  Inventory inventory;
  std::uint64_t outbox_records = 0, outbox_dropped = 0;
};
struct Welcome {
  Position acknowledged;
  Settings settings;
  std::int64_t now_ms = 0;
};
struct Heartbeat {
  Position position, after;
  std::int64_t sampled_at_ms = 0, monotonic_ms = 0;
  std::uint64_t series_set = 0;
  std::vector<std::int64_t> values;
  std::optional<Inventory> inventory;
};
struct Ack {
  Position position;
};
struct Goodbye {
  std::string reason;
};
/// A kind that this version does not know: counted, not fatal.
struct Unknown {};

using Message =
    std::variant<Unknown, Challenge, Hello, Welcome, SeriesSet, Heartbeat, Ack, Settings, Goodbye>;

/// What the hello's signature covers.
std::string hello_signing_input(std::string_view nonce, std::string_view server_id, std::string_view host_id);

/// Reuses its parsing memory from call to call; one per link or one per loop. Loop thread.
class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  /// `corrupt` when it is no Envelope, or exceeds kMaxSeries or kMaxText. The heartbeat path reuses `into`'s
  /// vectors.
  Result<> decode(std::string_view bytes, Message& into);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

inline constexpr std::size_t kMaxSeries = 2000;  // per host
inline constexpr std::size_t kMaxText = 512;     // bytes of any one text

std::string encode(const Message& message);
void encode_to(const Message& message, std::string& out);  // replaces out, keeps its capacity

}  // namespace fettle::wire
