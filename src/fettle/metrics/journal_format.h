// The bytes of a journal segment, written and read. A segment is a header and then records, all numbers
// little endian:
//   header   "FETTLEJ1", u32 version, u32 zero, u64 number, i64 created_ms, u32 CRC32C of what stands before
//   it record   u32 length of the payload (1..kMaxPayloadBytes), u32 CRC32C of length and payload, payload
//   payload  one byte kind, then (varints; "delta" is zigzag, against the record before of the same host)
//     1 set         host, u64 id, boot id, count, then metric, label, kind of each: what follows is of this
//     set 2 sample      host, boot, sequence, delta received, delta (sampled - received), delta (monotonic -
//                   sampled), deltas of the values; against zero behind a set record
//     3 checkpoint  count, then host, boot, sequence of each: the highest positions before this segment
// Every segment begins with a checkpoint and repeats the sets it uses, so that older ones can go as a whole.
// Texts are a varint length and bytes. Unknown kinds are skipped.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "fettle/metrics/sample.h"

namespace fettle::metrics {

inline constexpr std::uint32_t kJournalVersion = 1;
inline constexpr std::size_t kSegmentHeaderBytes = 36;
inline constexpr std::size_t kRecordHeaderBytes = 8;
inline constexpr std::size_t kMaxPayloadBytes = 16U << 20U;  // a checkpoint of a million hosts

/// Ordered, so that the same state gives the same bytes.
using Positions = std::map<HostNumber, wire::Position>;

struct SegmentHeader {
  std::uint32_t version = kJournalVersion;
  std::uint64_t number = 0;
  std::int64_t created_ms = 0;
};
std::string segment_name(std::uint64_t number);  // 16 hex digits and ".journal"
std::optional<std::uint64_t> parse_segment_name(std::string_view name);
void append_header(const SegmentHeader& header, std::vector<std::uint8_t>& out);
std::optional<SegmentHeader> parse_header(std::span<const std::uint8_t> bytes);

/// What the record before said of a host, in one segment.
struct HostContext {
  SeriesSetPtr set;
  std::int64_t received_at_ms = 0, sampled_at_ms = 0, monotonic_ms = 0;
  std::vector<std::int64_t> values;
};

/// Writes records; knows what the segment has said so far.
class SegmentEncoder {
 public:
  /// A new segment: header and checkpoint.
  void begin(const SegmentHeader& header, const Positions& highest, std::vector<std::uint8_t>& out);
  /// The sample, and its set before it where the segment needs it.
  void add(const Sample& sample, std::vector<std::uint8_t>& out);
  void forget(HostNumber host) { hosts_.erase(host); }

 private:
  std::unordered_map<HostNumber, HostContext> hosts_;
};

/// One record at the beginning of `bytes`.
struct RecordView {
  enum class State : std::uint8_t { whole, incomplete, bad };  // incomplete: more bytes could make it whole
  State state = State::incomplete;
  std::span<const std::uint8_t> payload;
};
RecordView view_record(std::span<const std::uint8_t> bytes);

/// Reads payloads in order; the twin of SegmentEncoder.
class SegmentDecoder {
 public:
  enum class Kind : std::uint8_t { nothing, sample, checkpoint, bad };
  /// On `sample` and `checkpoint` the member of that name holds it until the next call.
  Kind apply(std::span<const std::uint8_t> payload);
  Sample sample;
  Positions checkpoint;

 private:
  Kind apply_set(std::span<const std::uint8_t> payload);
  Kind apply_sample(std::span<const std::uint8_t> payload);
  Kind apply_checkpoint(std::span<const std::uint8_t> payload);

  std::unordered_map<HostNumber, HostContext> hosts_;
};

}  // namespace fettle::metrics
