#include "fettle/metrics/journal_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "fettle/base/check.h"
#include "fettle/base/encoding.h"
#include "fettle/metrics/byte_reader.h"

namespace fettle::metrics {
namespace {

constexpr std::string_view kMagic = "FETTLEJ1";
constexpr std::string_view kSuffix = ".journal";
constexpr std::size_t kNameDigits = 16;

enum Kind : std::uint8_t { kSet = 1, kSample = 2, kCheckpoint = 3 };

std::uint32_t record_crc(std::span<const std::uint8_t> length, std::span<const std::uint8_t> payload) {
  return crc32c(payload, crc32c(length));
}

/// Appends one record whose payload has at most `most_bytes`; `fill` writes it and returns the place behind.
template <class Fill>
void append_record(std::vector<std::uint8_t>& out, std::size_t most_bytes, Fill fill) {
  const std::size_t begin = out.size();
  out.resize(begin + kRecordHeaderBytes + most_bytes);
  std::uint8_t* const payload = out.data() + begin + kRecordHeaderBytes;
  const auto length = static_cast<std::size_t>(fill(payload) - payload);
  FETTLE_CHECK(length >= 1 && length <= most_bytes && length <= kMaxPayloadBytes);
  out.resize(begin + kRecordHeaderBytes + length);
  const std::span<std::uint8_t> record = std::span(out).subspan(begin);
  for (std::size_t i = 0; i < 4; ++i) record[i] = static_cast<std::uint8_t>(length >> 8 * i);
  const std::uint32_t crc = record_crc(record.first(4), record.subspan(kRecordHeaderBytes));
  for (std::size_t i = 0; i < 4; ++i) record[4 + i] = static_cast<std::uint8_t>(crc >> 8 * i);
}

std::size_t most_set_bytes(const wire::SeriesSet& set) {
  std::size_t bytes = 64 + set.boot_id.size();
  for (const wire::Series& series : set.series)
    bytes += series.metric.size() + series.label.size() + 2 * kMaxVarintBytes + 1;
  return bytes;
}

std::uint8_t* put_set(std::uint8_t* out, HostNumber host, const wire::SeriesSet& set) {
  *out++ = kSet;
  out = put_varint(out, host);
  for (std::size_t i = 0; i < 8; ++i) *out++ = static_cast<std::uint8_t>(set.id >> 8 * i);
  out = put_text(out, set.boot_id);
  out = put_varint(out, set.series.size());
  for (const wire::Series& series : set.series) {
    out = put_text(out, series.metric);
    out = put_text(out, series.label);
    *out++ = static_cast<std::uint8_t>(series.kind);
  }
  return out;
}

}  // namespace

std::string segment_name(std::uint64_t number) {
  return fmt::format("{:016x}{}", number, kSuffix);
}

std::optional<std::uint64_t> parse_segment_name(std::string_view name) {
  if (name.size() != kNameDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  std::array<std::uint8_t, 8> bytes{};
  if (!hex_decode(name.substr(0, kNameDigits), bytes)) return std::nullopt;
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  if (segment_name(number) != name) return std::nullopt;  // upper case
  return number;
}

void append_header(const SegmentHeader& header, std::vector<std::uint8_t>& out) {
  const std::size_t begin = out.size();
  out.insert(out.end(), kMagic.begin(), kMagic.end());
  put_fixed(out, header.version);
  put_fixed(out, std::uint32_t{0});
  put_fixed(out, header.number);
  put_fixed(out, header.created_ms);
  put_fixed(out, crc32c(std::span(out).subspan(begin)));
}

std::optional<SegmentHeader> parse_header(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kSegmentHeaderBytes || as_text(bytes.first(kMagic.size())) != kMagic)
    return std::nullopt;
  constexpr std::size_t kCrcAt = kSegmentHeaderBytes - 4;
  if (get_fixed<std::uint32_t>(bytes.subspan(kCrcAt)) != crc32c(bytes.first(kCrcAt))) return std::nullopt;
  return SegmentHeader{.version = get_fixed<std::uint32_t>(bytes.subspan(8)),
                       .number = get_fixed<std::uint64_t>(bytes.subspan(16)),
                       .created_ms = get_fixed<std::int64_t>(bytes.subspan(24))};
}

void SegmentEncoder::begin(const SegmentHeader& header, const Positions& highest,
                           std::vector<std::uint8_t>& out) {
  hosts_.clear();
  append_header(header, out);
  append_record(out, 1 + kMaxVarintBytes * (1 + 3 * highest.size()), [&](std::uint8_t* to) {
    *to++ = kCheckpoint;
    to = put_varint(to, highest.size());
    for (const auto& [host, position] : highest) {
      to = put_varint(to, host);
      to = put_varint(to, position.boot);
      to = put_varint(to, position.sequence);
    }
    return to;
  });
}

void SegmentEncoder::add(const Sample& sample, std::vector<std::uint8_t>& out) {
  HostContext& host = hosts_[sample.host];
  if (host.set != sample.set) {
    if (!host.set || *host.set != *sample.set) {
      append_record(out, most_set_bytes(*sample.set),
                    [&](std::uint8_t* to) { return put_set(to, sample.host, *sample.set); });
      host = {};
      host.values.assign(sample.values.size(), 0);
    }
    host.set = sample.set;
  }
  FETTLE_CHECK(sample.values.size() == host.values.size());
  append_record(out, 1 + kMaxVarintBytes * (6 + sample.values.size()), [&](std::uint8_t* to) {
    *to++ = kSample;
    to = put_varint(to, sample.host);
    to = put_varint(to, sample.position.boot);
    to = put_varint(to, sample.position.sequence);
    to = put_delta(to, sample.received_at_ms, host.received_at_ms);
    to = put_delta(to, wrapping_difference(sample.sampled_at_ms, sample.received_at_ms),
                   wrapping_difference(host.sampled_at_ms, host.received_at_ms));
    to = put_delta(to, wrapping_difference(sample.monotonic_ms, sample.sampled_at_ms),
                   wrapping_difference(host.monotonic_ms, host.sampled_at_ms));
    for (std::size_t i = 0; i < sample.values.size(); ++i)
      to = put_delta(to, sample.values[i], host.values[i]);
    return to;
  });
  host.received_at_ms = sample.received_at_ms;
  host.sampled_at_ms = sample.sampled_at_ms;
  host.monotonic_ms = sample.monotonic_ms;
  host.values.assign(sample.values.begin(), sample.values.end());
}

RecordView view_record(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kRecordHeaderBytes) return {};
  const auto length = get_fixed<std::uint32_t>(bytes);
  if (length == 0 || length > kMaxPayloadBytes) return {.state = RecordView::State::bad, .payload = {}};
  if (bytes.size() - kRecordHeaderBytes < length) return {};
  const auto payload = bytes.subspan(kRecordHeaderBytes, length);
  if (get_fixed<std::uint32_t>(bytes.subspan(4)) != record_crc(bytes.first(4), payload))
    return {.state = RecordView::State::bad, .payload = {}};
  return {.state = RecordView::State::whole, .payload = payload};
}

SegmentDecoder::Kind SegmentDecoder::apply(std::span<const std::uint8_t> payload) {
  if (payload.empty()) return Kind::bad;
  switch (payload[0]) {
    case kSet:
      return apply_set(payload.subspan(1));
    case kSample:
      return apply_sample(payload.subspan(1));
    case kCheckpoint:
      return apply_checkpoint(payload.subspan(1));
    default:
      return Kind::nothing;
  }
}

SegmentDecoder::Kind SegmentDecoder::apply_set(std::span<const std::uint8_t> payload) {
  ByteReader reader(payload);
  const HostNumber host = reader.host();
  auto set = std::make_shared<wire::SeriesSet>();
  set->id = reader.fixed64();
  set->boot_id = reader.text();
  const std::uint64_t count = reader.number();
  if (!reader.is_good || count > payload.size() / 3) return Kind::bad;
  set->series.resize(static_cast<std::size_t>(count));
  for (wire::Series& series : set->series) {
    series.metric = reader.text();
    series.label = reader.text();
    const std::uint64_t kind = reader.number();
    if (kind > static_cast<std::uint64_t>(wire::SeriesKind::unknown)) return Kind::bad;
    series.kind = static_cast<wire::SeriesKind>(kind);
  }
  if (!reader.is_done()) return Kind::bad;
  HostContext& context = hosts_[host];
  context = {};
  context.values.assign(set->series.size(), 0);
  context.set = std::move(set);
  return Kind::nothing;
}

SegmentDecoder::Kind SegmentDecoder::apply_sample(std::span<const std::uint8_t> payload) {
  ByteReader reader(payload);
  const auto found = hosts_.find(reader.host());
  if (!reader.is_good || found == hosts_.end()) return Kind::bad;
  HostContext& host = found->second;
  sample.host = found->first;
  sample.position.boot = reader.number();
  sample.position.sequence = reader.number();
  sample.received_at_ms = reader.delta(host.received_at_ms);
  const std::int64_t sampled_after =
      reader.delta(wrapping_difference(host.sampled_at_ms, host.received_at_ms));
  sample.sampled_at_ms = wrapping_sum(sample.received_at_ms, sampled_after);
  const std::int64_t monotonic_after =
      reader.delta(wrapping_difference(host.monotonic_ms, host.sampled_at_ms));
  sample.monotonic_ms = wrapping_sum(sample.sampled_at_ms, monotonic_after);
  for (std::int64_t& value : host.values) value = reader.delta(value);
  if (!reader.is_done()) return Kind::bad;
  host.received_at_ms = sample.received_at_ms;
  host.sampled_at_ms = sample.sampled_at_ms;
  host.monotonic_ms = sample.monotonic_ms;
  sample.set = host.set;
  sample.values = host.values;
  return Kind::sample;
}

SegmentDecoder::Kind SegmentDecoder::apply_checkpoint(std::span<const std::uint8_t> payload) {
  ByteReader reader(payload);
  checkpoint.clear();
  const std::uint64_t count = reader.number();
  if (!reader.is_good || count > payload.size() / 3) return Kind::bad;
  for (std::uint64_t i = 0; i < count; ++i) {
    const HostNumber host = reader.host();
    const std::uint64_t boot = reader.number();
    checkpoint[host] = {boot, reader.number()};
  }
  return reader.is_done() ? Kind::checkpoint : Kind::bad;
}

}  // namespace fettle::metrics
