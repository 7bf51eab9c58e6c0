// Protobuf to values, with limits. One arena a Decoder: its first block serves every message that is no
// giant.
#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <array>

#include "agent.pb.h"
#include "fettle/wire/messages.h"
#include "fettle/wire/run_proto.h"

namespace fettle::wire {
namespace {

namespace pb = fettle::wire::v1;

Position get(const pb::Position& from) {
  return {from.boot(), from.sequence()};
}
Version get(const pb::Version& from) {
  return {from.major(), from.minor()};
}
Settings get(const pb::Settings& from) {
  return {from.heartbeat_interval_ms()};
}

std::int64_t wall_ms(std::int64_t ms) {
  return std::clamp(ms, kFirstUnixMs, kLastUnixMs);
}

SeriesKind kind_value(pb::SeriesKind kind) {
  if (kind == pb::SERIES_KIND_GAUGE) return SeriesKind::gauge;
  if (kind == pb::SERIES_KIND_COUNTER) return SeriesKind::counter;
  return SeriesKind::unknown;
}

/// Copies bodies and remembers whether every text kept to its limit.
class Copy {
 public:
  [[nodiscard]] bool fits() const { return fits_; }

  Inventory inventory(const pb::Inventory& from) {
    return {.hostname = text(from.hostname()),
            .os = text(from.os()),
            .kernel = text(from.kernel()),
            .architecture = text(from.architecture()),
            .cpu_model = text(from.cpu_model()),
            .cores = from.cores(),
            .memory_bytes = from.memory_bytes(),
            .boot_id = text(from.boot_id()),
            .booted_at_ms = wall_ms(from.booted_at_ms()),
            .machine_id_hash = text(from.machine_id_hash()),
            .virtualization = text(from.virtualization()),
            .units = units(from),
            .labels = labels(from)};
  }

  std::optional<UnitStates> units(const pb::Inventory& from) {
    if (!from.has_units()) return std::nullopt;
    UnitStates to;
    for (const std::string& name : from.units().failed()) {
      if (to.failed.size() >= kMostUnitNames) break;
      to.failed.push_back(text(name));
    }
    const auto named = static_cast<std::uint32_t>(to.failed.size());
    to.failed_total = std::max(from.units().failed_total(), named);
    return to;
  }

  std::map<std::string, std::string> labels(const pb::Inventory& from) {
    std::map<std::string, std::string> to;
    for (const pb::Label& label : from.labels()) {
      if (to.size() >= kMostLabels) break;
      to[text(label.key())] = text(label.value());
    }
    return to;
  }

  Challenge challenge(const pb::Challenge& from) {
    return {text(from.nonce()), get(from.version()), text(from.server_id()), from.channel_bound()};
  }

  Hello hello(const pb::Hello& from) {
    return {.version = get(from.version()),
            .host_id = text(from.host_id()),
            .signature = text(from.signature()),
            .agent_version = text(from.agent_version()),
            .boot = from.boot(),
            .now_ms = wall_ms(from.now_ms()),
            .started_at_ms = wall_ms(from.started_at_ms()),
            .inventory = inventory(from.inventory()),
            .outbox_records = from.outbox_records(),
            .outbox_dropped = from.outbox_dropped(),
            .after_link = from.after_link()};
  }

  SeriesSet series_set(const pb::SeriesSet& from) {
    SeriesSet to{.id = from.id(), .boot_id = text(from.boot_id()), .series = {}};
    if (static_cast<std::size_t>(from.series_size()) > kMaxSeries) {
      fits_ = false;
      return to;
    }
    to.series.reserve(static_cast<std::size_t>(from.series_size()));
    for (const pb::Series& series : from.series())
      to.series.push_back({text(series.metric()), text(series.label()), kind_value(series.kind())});
    return to;
  }

  void heartbeat(const pb::Heartbeat& from, Heartbeat& to) {
    to.position = get(from.position());
    to.after = get(from.after());
    to.sampled_at_ms = wall_ms(from.sampled_at_ms());
    to.monotonic_ms = std::clamp<std::int64_t>(from.monotonic_ms(), 0, kMostMonotonicMs);
    to.series_set = from.series_set();
    if (static_cast<std::size_t>(from.values_size()) > kMaxSeries) {
      fits_ = false;
      return;
    }
    to.values.assign(from.values().begin(), from.values().end());
    to.inventory.reset();
    if (from.has_inventory()) to.inventory = inventory(from.inventory());
  }

  /// A pin of another length is of a kind that this version does not know, and left out.
  CertificatePins certificate_pins(const pb::CertificatePins& from) {
    CertificatePins to;
    if (static_cast<std::size_t>(from.pins_size()) > kMaxPins) {
      fits_ = false;
      return to;
    }
    for (const std::string& bytes : from.pins()) {
      CertificatePin pin{};
      if (bytes.size() != pin.size()) continue;
      std::copy(bytes.begin(), bytes.end(), pin.begin());
      to.pins.push_back(pin);
    }
    return to;
  }

  template <class To, class From>
  To run(const From& from) {
    To to;
    fits_ = get_run(from, to) && fits_;
    return to;
  }

  std::string text(const std::string& from) {
    if (from.size() > kMaxText) {
      fits_ = false;
      return {};
    }
    return from;
  }

 private:
  bool fits_ = true;
};

/// The highest field that this version knows in the body with this number; 0: no such body. The lite runtime
/// keeps what it does not know and does not say so.
constexpr std::array<int, 22> kKnownFields{0, 3, 11, 11, 3, 7, 1, 1,  1, 3, 1,
                                           0, 0, 1,  0,  8, 3, 2, 10, 3, 2, 6};

/// Of a valid envelope: whether its body has fields beyond those (T3a: passed over, and counted).
bool has_unknown_fields(std::string_view bytes) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  const int body = WireFormatLite::GetTagFieldNumber(in.ReadTag());
  std::uint32_t size = 0;
  if (body < 1 || body >= static_cast<int>(kKnownFields.size()) ||
      kKnownFields[static_cast<std::size_t>(body)] == 0 || !in.ReadVarint32(&size))
    return false;
  const auto limit = in.PushLimit(static_cast<int>(size));
  bool has_unknown = false;
  for (std::uint32_t tag = in.ReadTag(); tag != 0; tag = in.ReadTag()) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    has_unknown = has_unknown || field > kKnownFields[static_cast<std::size_t>(body)];
    if (!WireFormatLite::SkipField(&in, tag)) break;
  }
  in.PopLimit(limit);
  return has_unknown;
}

std::unexpected<Error> bad_message(const char* why) {
  return fail(ErrorCode::corrupt, "bad_message", why);
}

}  // namespace

struct Decoder::Impl {
  // A heartbeat of 200 values parses within this.
  alignas(8) std::array<char, 8192> block{};
  google::protobuf::Arena arena{block.data(), block.size()};
};

Decoder::Decoder() : impl_(std::make_unique<Impl>()) {
  // The library would print a line to stderr for every malformed message that a stranger sends.
  google::protobuf::SetLogHandler(nullptr);
}
Decoder::~Decoder() = default;

Result<> Decoder::decode(std::string_view bytes, Message& into) {
  if (bytes.size() > kMaxMessageBytes) return bad_message("the message is longer than 1 MiB");
  // A hostile message of empty entries parses to many times its size: nothing of it stays.
  const struct Emptied {
    google::protobuf::Arena& arena;
    ~Emptied() { arena.Reset(); }
  } emptied{impl_->arena};
  auto& envelope = *google::protobuf::Arena::CreateMessage<pb::Envelope>(&impl_->arena);
  if (!envelope.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return bad_message("the message is not a valid envelope");

  Copy copy;
  switch (envelope.body_case()) {
    case pb::Envelope::kHeartbeat:
      if (!std::holds_alternative<Heartbeat>(into)) into.emplace<Heartbeat>();
      copy.heartbeat(envelope.heartbeat(), std::get<Heartbeat>(into));
      break;
    case pb::Envelope::kAck:
      into = Ack{get(envelope.ack().position())};
      break;
    case pb::Envelope::kSeriesSet:
      into = copy.series_set(envelope.series_set());
      break;
    case pb::Envelope::kChallenge:
      into = copy.challenge(envelope.challenge());
      break;
    case pb::Envelope::kHello:
      into = copy.hello(envelope.hello());
      break;
    case pb::Envelope::kWelcome:
      into = Welcome{get(envelope.welcome().acknowledged()), get(envelope.welcome().settings()),
                     wall_ms(envelope.welcome().now_ms()), envelope.welcome().link()};
      break;
    case pb::Envelope::kSettings:
      into = get(envelope.settings());
      break;
    case pb::Envelope::kGoodbye:
      into = Goodbye{copy.text(envelope.goodbye().reason())};
      break;
    case pb::Envelope::kKeyChange: {
      const pb::KeyChange& from = envelope.key_change();
      into = KeyChange{copy.text(from.public_key()), copy.text(from.by_old()), copy.text(from.by_new())};
      break;
    }
    case pb::Envelope::kKeyChanged:
      into = KeyChanged{copy.text(envelope.key_changed().public_key())};
      break;
    case pb::Envelope::kCertificatePins:
      into = copy.certificate_pins(envelope.certificate_pins());
      break;
    case pb::Envelope::kRunOrder:
      into = copy.run<RunOrder>(envelope.run_order());
      break;
    case pb::Envelope::kRunTaken:
      into = copy.run<RunTaken>(envelope.run_taken());
      break;
    case pb::Envelope::kRunCancel:
      into = copy.run<RunCancel>(envelope.run_cancel());
      break;
    case pb::Envelope::kRunReport:
      into = copy.run<RunReport>(envelope.run_report());
      break;
    case pb::Envelope::kRunReportAck:
      into = copy.run<RunReportAck>(envelope.run_report_ack());
      break;
    case pb::Envelope::kRunsHeld:
      into = copy.run<RunsHeld>(envelope.runs_held());
      break;
    case pb::Envelope::kRunOpened:
      into = copy.run<RunOpened>(envelope.run_opened());
      break;
    case pb::Envelope::kHostCommands:
      into = copy.run<HostCommands>(envelope.host_commands());
      break;
    case pb::Envelope::BODY_NOT_SET:
      into = Unknown{};
      break;
  }
  if (has_unknown_fields(bytes)) ++with_unknown_fields_;
  if (!copy.fits()) return bad_message("a text or list in the message is longer than allowed");
  return {};
}

}  // namespace fettle::wire
