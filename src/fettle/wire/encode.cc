// Values to protobuf. Nothing else in the product includes the generated header but decode.cc.
#include <google/protobuf/arena.h>

#include "agent.pb.h"
#include "fettle/base/check.h"
#include "fettle/wire/messages.h"
#include "fettle/wire/run_proto.h"

namespace fettle::wire {
namespace {

namespace pb = fettle::wire::v1;

void put(const Position& from, pb::Position& to) {
  to.set_boot(from.boot);
  to.set_sequence(from.sequence);
}

void put(const Version& from, pb::Version& to) {
  to.set_major(from.major);
  to.set_minor(from.minor);
}

void put(const Inventory& from, pb::Inventory& to) {
  to.set_hostname(clean_text(from.hostname));
  to.set_os(clean_text(from.os));
  to.set_kernel(clean_text(from.kernel));
  to.set_architecture(clean_text(from.architecture));
  to.set_cpu_model(clean_text(from.cpu_model));
  to.set_cores(from.cores);
  to.set_memory_bytes(from.memory_bytes);
  to.set_boot_id(clean_text(from.boot_id));
  to.set_booted_at_ms(from.booted_at_ms);
  to.set_machine_id_hash(clean_text(from.machine_id_hash));
  to.set_virtualization(clean_text(from.virtualization));
  if (from.units) {
    pb::UnitStates& units = *to.mutable_units();
    for (std::size_t i = 0; i < std::min(from.units->failed.size(), kMostUnitNames); ++i)
      units.add_failed(clean_text(from.units->failed[i]));
    units.set_failed_total(from.units->failed_total);
  }
  for (const auto& [key, value] : from.labels) {
    if (static_cast<std::size_t>(to.labels_size()) >= kMostLabels) break;
    pb::Label& label = *to.add_labels();
    label.set_key(clean_text(key));
    label.set_value(clean_text(value));
  }
}

pb::SeriesKind kind_number(SeriesKind kind) {
  switch (kind) {
    case SeriesKind::gauge:
      return pb::SERIES_KIND_GAUGE;
    case SeriesKind::counter:
      return pb::SERIES_KIND_COUNTER;
    case SeriesKind::unknown:
      return pb::SERIES_KIND_UNSPECIFIED;
  }
  return pb::SERIES_KIND_UNSPECIFIED;
}

struct PutBody {
  pb::Envelope& envelope;

  void operator()(const Unknown& /*none*/) const {}
  void operator()(const Challenge& from) const {
    pb::Challenge& to = *envelope.mutable_challenge();
    to.set_nonce(from.nonce);
    put(from.version, *to.mutable_version());
    to.set_server_id(clean_text(from.server_id));
    to.set_channel_bound(from.channel_bound);
  }
  void operator()(const Hello& from) const {
    pb::Hello& to = *envelope.mutable_hello();
    put(from.version, *to.mutable_version());
    to.set_host_id(clean_text(from.host_id));
    to.set_signature(from.signature);
    to.set_agent_version(clean_text(from.agent_version));
    to.set_boot(from.boot);
    to.set_now_ms(from.now_ms);
    to.set_started_at_ms(from.started_at_ms);
    put(from.inventory, *to.mutable_inventory());
    to.set_outbox_records(from.outbox_records);
    to.set_outbox_dropped(from.outbox_dropped);
    to.set_after_link(from.after_link);
  }
  void operator()(const Welcome& from) const {
    pb::Welcome& to = *envelope.mutable_welcome();
    put(from.acknowledged, *to.mutable_acknowledged());
    to.mutable_settings()->set_heartbeat_interval_ms(from.settings.heartbeat_interval_ms);
    to.set_now_ms(from.now_ms);
    to.set_link(from.link);
  }
  void operator()(const SeriesSet& from) const {
    pb::SeriesSet& to = *envelope.mutable_series_set();
    to.set_id(from.id);
    to.set_boot_id(clean_text(from.boot_id));
    to.mutable_series()->Reserve(static_cast<int>(from.series.size()));
    for (const Series& series : from.series) {
      pb::Series& entry = *to.add_series();
      entry.set_metric(clean_text(series.metric));
      entry.set_label(clean_text(series.label));
      entry.set_kind(kind_number(series.kind));
    }
  }
  void operator()(const Heartbeat& from) const {
    pb::Heartbeat& to = *envelope.mutable_heartbeat();
    put(from.position, *to.mutable_position());
    put(from.after, *to.mutable_after());
    to.set_sampled_at_ms(from.sampled_at_ms);
    to.set_monotonic_ms(from.monotonic_ms);
    to.set_series_set(from.series_set);
    to.mutable_values()->Add(from.values.begin(), from.values.end());
    if (from.inventory) put(*from.inventory, *to.mutable_inventory());
  }
  void operator()(const Ack& from) const { put(from.position, *envelope.mutable_ack()->mutable_position()); }
  void operator()(const Settings& from) const {
    envelope.mutable_settings()->set_heartbeat_interval_ms(from.heartbeat_interval_ms);
  }
  void operator()(const Goodbye& from) const {
    envelope.mutable_goodbye()->set_reason(clean_text(from.reason));
  }
  void operator()(const KeyChange& from) const {
    pb::KeyChange& to = *envelope.mutable_key_change();
    to.set_public_key(from.public_key);
    to.set_by_old(from.by_old);
    to.set_by_new(from.by_new);
  }
  void operator()(const KeyChanged& from) const {
    envelope.mutable_key_changed()->set_public_key(from.public_key);
  }
  void operator()(const CertificatePins& from) const {
    pb::CertificatePins& to = *envelope.mutable_certificate_pins();
    for (const CertificatePin& pin : from.pins) to.add_pins(pin.data(), pin.size());
  }
  void operator()(const RunOrder& from) const { put_run(from, *envelope.mutable_run_order()); }
  void operator()(const RunTaken& from) const { put_run(from, *envelope.mutable_run_taken()); }
  void operator()(const RunCancel& from) const { put_run(from, *envelope.mutable_run_cancel()); }
  void operator()(const RunReport& from) const { put_run(from, *envelope.mutable_run_report()); }
  void operator()(const RunReportAck& from) const { put_run(from, *envelope.mutable_run_report_ack()); }
  void operator()(const RunsHeld& from) const { put_run(from, *envelope.mutable_runs_held()); }
  void operator()(const RunOpened& from) const { put_run(from, *envelope.mutable_run_opened()); }
  void operator()(const HostCommands& from) const { put_run(from, *envelope.mutable_host_commands()); }
};

}  // namespace

std::string encode(const Message& message) {
  std::string out;
  encode_to(message, out);
  return out;
}

void encode_to(const Message& message, std::string& out) {
  // A heartbeat of 200 values fits the block on the stack; larger messages take memory as they need it.
  alignas(8) std::array<char, 4096> block;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by use
  google::protobuf::Arena arena(block.data(), block.size());
  auto* envelope = google::protobuf::Arena::CreateMessage<pb::Envelope>(&arena);
  std::visit(PutBody{*envelope}, message);
  FETTLE_CHECK(envelope->SerializeToString(&out), "an envelope without required fields always serialises");
}

}  // namespace fettle::wire
