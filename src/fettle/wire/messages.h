// The agent protocol as plain values. Only this module knows protobuf; encode and decode copy between the
// two. Wall times are UTC milliseconds. Scales of gauges are those of metrics/catalog.h (bytes, seconds,
// hundredths of load).
#pragma once
#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fettle/base/certificate_pin.h"
#include "fettle/base/result.h"
#include "fettle/wire/run_messages.h"

namespace fettle::wire {

struct Version {
  std::uint32_t major = 1;
  std::uint32_t minor = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};
inline constexpr Version kVersion{1, 2};

/// What decode makes of times beyond these. A clock may be as wrong as it likes, and is shown so; its numbers
/// must not overflow ours (any difference of two fits 64 bits of nanoseconds), nor become dates that nobody
/// can read. -1 stands for all before 1970, which is believed of no sample; the last is 2100-01-01.
inline constexpr std::int64_t kFirstUnixMs = -1;
inline constexpr std::int64_t kLastUnixMs = 4'102'444'800'000;
inline constexpr std::int64_t kMostMonotonicMs = kLastUnixMs;

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
/// First eight bytes of a SHA-256 over boot id and series in order, never 0. A peer's `id` is only its name
/// for the set: a newer agent may hash more than this version knows.
std::uint64_t series_set_id(const SeriesSet& set);

/// Stands in `values` where a series has no value at this time.
inline constexpr std::int64_t kAbsent = std::numeric_limits<std::int64_t>::min();

/// What systemd says of its units.
struct UnitStates {
  std::vector<std::string> failed;  // in the order of names, at most kMostUnitNames
  std::uint32_t failed_total = 0;
  friend bool operator==(const UnitStates&, const UnitStates&) = default;
};

struct Inventory {
  std::string hostname, os, kernel, architecture, cpu_model;
  std::uint32_t cores = 0;
  std::uint64_t memory_bytes = 0;
  std::string boot_id;
  std::int64_t booted_at_ms = 0;
  std::string machine_id_hash, virtualization;
  std::optional<UnitStates> units;            // nothing where there is no systemd, or it has not answered
  std::map<std::string, std::string> labels;  // as configured there; nobody has checked them
  friend bool operator==(const Inventory&, const Inventory&) = default;
};

struct Settings {
  std::uint32_t heartbeat_interval_ms = 5000;
  friend bool operator==(const Settings&, const Settings&) = default;
};

struct Challenge {
  std::string nonce;
  Version version;
  std::string server_id;
  bool channel_bound = false;  // hello_signing_input takes the binding of the channel
  friend bool operator==(const Challenge&, const Challenge&) = default;
};
struct Hello {
  Version version;
  std::string host_id, signature, agent_version;
  std::uint64_t boot = 0;
  std::int64_t now_ms = 0, started_at_ms = 0;
  Inventory inventory;
  std::uint64_t outbox_records = 0, outbox_dropped = 0;
  std::uint64_t after_link = 0;  // Welcome.link that this process got last; 0: none, or an agent of 1.0
  friend bool operator==(const Hello&, const Hello&) = default;
};
struct Welcome {
  Position acknowledged;
  Settings settings;
  std::int64_t now_ms = 0;
  std::uint64_t link = 0;  // random; 0 from a server of 1.0
  friend bool operator==(const Welcome&, const Welcome&) = default;
};
struct Heartbeat {
  Position position, after;
  std::int64_t sampled_at_ms = 0, monotonic_ms = 0;
  std::uint64_t series_set = 0;
  std::vector<std::int64_t> values;
  std::optional<Inventory> inventory;
  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};
struct Ack {
  Position position;
  friend bool operator==(const Ack&, const Ack&) = default;
};
struct Goodbye {
  std::string reason;
  friend bool operator==(const Goodbye&, const Goodbye&) = default;
};
struct KeyChange {
  std::string public_key, by_old, by_new;
  friend bool operator==(const KeyChange&, const KeyChange&) = default;
};
struct KeyChanged {
  std::string public_key;
  friend bool operator==(const KeyChanged&, const KeyChanged&) = default;
};
struct CertificatePins {
  std::vector<CertificatePin> pins;
  friend bool operator==(const CertificatePins&, const CertificatePins&) = default;
};
/// A kind that this version does not know: counted, not fatal.
struct Unknown {
  friend bool operator==(const Unknown&, const Unknown&) = default;
};

using Message = std::variant<Unknown, Challenge, Hello, Welcome, SeriesSet, Heartbeat, Ack, Settings, Goodbye,
                             KeyChange, KeyChanged, CertificatePins, RunOrder, RunTaken, RunCancel, RunReport,
                             RunReportAck, RunsHeld, RunOpened, HostCommands>;

/// What the hello's signature covers. `channel_binding` is empty where the server does not end TLS itself.
struct HelloFacts {
  std::string_view nonce, server_id, host_id, channel_binding;
};
std::string hello_signing_input(const HelloFacts& facts);
/// What both signatures of a change of keys cover.
std::string key_signing_input(std::string_view server_id, std::string_view host_id,
                              std::string_view public_key);
/// From this minor on a peer knows of links' names and changes of keys.
inline constexpr std::uint32_t kMinorWithKeyChange = 1;
/// From this minor on a peer knows of runs.
inline constexpr std::uint32_t kMinorWithRuns = 2;

/// Reuses its parsing memory (8 KiB) from call to call; one per loop serves all links. Loop thread.
class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  /// `corrupt` ("bad_message") when it is no Envelope, or exceeds a limit below; `into` is then unspecified.
  /// The heartbeat path reuses `into`'s vectors.
  Result<> decode(std::string_view bytes, Message& into);
  /// How many messages had fields that this version does not know (T3a: passed over, never fatal).
  [[nodiscard]] std::uint64_t with_unknown_fields() const { return with_unknown_fields_; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::uint64_t with_unknown_fields_ = 0;
};

// Limits of what is decoded; the sender keeps to the first and the last.
inline constexpr std::size_t kMaxSeries = 2000;    // per host
inline constexpr std::size_t kMaxText = 512;       // bytes of any one text
inline constexpr std::size_t kMostUnitNames = 64;  // more are counted, not named
inline constexpr std::size_t kMostLabels = 32;     // of one host's configuration; more are passed over
inline constexpr std::size_t kMaxPins = 8;
inline constexpr std::size_t kMaxMessageBytes = 1 << 20;

/// What travels for `text`: at most `limit` bytes, and U+FFFD for each byte that is no UTF-8 (a mount point
/// may have any name). encode and series_set_id apply it.
std::string clean_text(std::string_view text, std::size_t limit = kMaxText);

std::string encode(const Message& message);
void encode_to(const Message& message, std::string& out);  // replaces out, keeps its capacity

}  // namespace fettle::wire
