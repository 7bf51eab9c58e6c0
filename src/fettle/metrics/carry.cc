#include "fettle/metrics/carry.h"

#include <fmt/format.h>

#include <unordered_map>

#include "fettle/base/encoding.h"
#include "fettle/metrics/byte_reader.h"
#include "fettle/metrics/catalog.h"

namespace fettle::metrics {
namespace {

constexpr std::string_view kMagic = "FETTLEC1";
constexpr std::string_view kSuffix = ".carry";
constexpr std::size_t kNameDigits = 16;

std::vector<std::int64_t> rearranged(const HostCarry& carry, const std::vector<wire::Series>& series) {
  std::unordered_map<std::string, std::int64_t> values;
  for (std::size_t i = 0; i < carry.values.size(); ++i)
    values.emplace(series_key((*carry.series)[i]), carry.values[i]);
  std::vector<std::int64_t> out;
  out.reserve(series.size());
  for (const wire::Series& one : series) {
    const auto found = values.find(series_key(one));
    out.push_back(found == values.end() ? wire::kAbsent : found->second);
  }
  return out;
}

void append_series(std::vector<std::uint8_t>& out, const std::vector<wire::Series>& series) {
  append_varint(out, series.size());
  for (const wire::Series& one : series) {
    append_text(out, one.metric);
    append_text(out, one.label);
    out.push_back(static_cast<std::uint8_t>(one.kind));
  }
}

std::shared_ptr<const std::vector<wire::Series>> read_series(ByteReader& reader, std::size_t most) {
  const std::uint64_t count = reader.number();
  reader.is_good = reader.is_good && count <= most;
  auto series = std::make_shared<std::vector<wire::Series>>(reader.is_good ? count : 0);
  for (wire::Series& one : *series) {
    one.metric = reader.text();
    one.label = reader.text();
    const std::uint64_t kind = reader.number();
    reader.is_good = reader.is_good && kind <= static_cast<std::uint64_t>(wire::SeriesKind::unknown);
    one.kind = static_cast<wire::SeriesKind>(kind);
  }
  return series;
}

}  // namespace

bool operator==(const HostCarry& a, const HostCarry& b) {
  const auto parts = [](const HostCarry& c) {
    return std::tie(c.position, c.at_ms, c.monotonic_ms, c.elapsed_before_ms, c.boot, c.rewound_boot,
                    c.rewinds, c.cores, c.values);
  };
  return parts(a) == parts(b) && (a.series == b.series || (a.series && b.series && *a.series == *b.series));
}

RowFact advance(HostCarry& carry, const Sample& sample,
                std::shared_ptr<const std::vector<wire::Series>> series, std::vector<std::int64_t>& before) {
  const SampleTime time = decide_sample_time(sample.sampled_at_ms, sample.received_at_ms);
  RowFact fact{.at_ms = time.at_ms, .interval = {}, .is_late = false, .is_flagged = time.is_flagged};
  const auto boot_of = [&carry](const std::string& id) {
    return carry.rewinds > 0 && id == carry.rewound_boot ? id + "+" + std::to_string(carry.rewinds) : id;
  };
  std::string boot = boot_of(sample.set->boot_id);
  Newest newest{.position = carry.position,
                .at_ms = carry.at_ms,
                .monotonic_ms = carry.monotonic_ms,
                .is_same_boot = carry.series && boot == carry.boot};
  if (is_rewound(newest, sample.position, sample.monotonic_ms)) {
    carry.rewound_boot = sample.set->boot_id;
    ++carry.rewinds;
    boot = boot_of(sample.set->boot_id);
    newest.is_same_boot = false;
  }
  const bool is_other_layout = !carry.series || (carry.series != series && *carry.series != *series);
  if (!carry.series) {
    before.assign(sample.values.size(), wire::kAbsent);
  } else if (is_other_layout) {
    before = rearranged(carry, *series);
  } else {
    before.assign(carry.values.begin(), carry.values.end());
  }
  carry.position = sample.position;
  if (newest.is_same_boot && sample.monotonic_ms < newest.monotonic_ms) {
    fact.is_late = true;
    return fact;
  }
  if (carry.series)
    fact.interval =
        decide_interval({.boot_id = carry.boot, .monotonic_ms = carry.monotonic_ms},
                        {.boot_id = boot, .monotonic_ms = sample.monotonic_ms}, carry.elapsed_before_ms);
  if (is_other_layout || boot != carry.boot) carry.cores = 0;
  carry.at_ms = time.at_ms;
  carry.monotonic_ms = sample.monotonic_ms;
  carry.elapsed_before_ms = fact.interval.elapsed_ms;
  carry.boot = std::move(boot);
  carry.series = std::move(series);
  carry.values.assign(sample.values.begin(), sample.values.end());
  return fact;
}

std::string carry_name(std::uint64_t segment) {
  return fmt::format("{:016x}{}", segment, kSuffix);
}

std::optional<std::uint64_t> parse_carry_name(std::string_view name) {
  if (name.size() != kNameDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  std::array<std::uint8_t, 8> bytes{};
  if (!hex_decode(name.substr(0, kNameDigits), bytes)) return std::nullopt;
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  if (carry_name(number) != name) return std::nullopt;  // upper case
  return number;
}

std::vector<std::uint8_t> encode_carries(const Carries& carries) {
  std::vector<std::uint8_t> out(kMagic.begin(), kMagic.end());
  // Hosts share layouts: each is written once, and named by its place.
  std::map<std::vector<wire::Series>, std::size_t> places;
  std::vector<const std::vector<wire::Series>*> layouts;
  for (const auto& [host, carry] : carries)
    if (places.emplace(*carry.series, layouts.size()).second) layouts.push_back(carry.series.get());
  append_varint(out, layouts.size());
  for (const auto* layout : layouts) append_series(out, *layout);
  append_varint(out, carries.size());
  for (const auto& [host, carry] : carries) {
    append_varint(out, host);
    append_varint(out, carry.position.boot);
    append_varint(out, carry.position.sequence);
    append_delta(out, carry.at_ms);
    append_delta(out, carry.monotonic_ms);
    append_delta(out, carry.elapsed_before_ms);
    append_text(out, carry.boot);
    append_text(out, carry.rewound_boot);
    append_varint(out, carry.rewinds);
    append_varint(out, carry.cores);
    append_varint(out, places.at(*carry.series));
    for (const std::int64_t value : carry.values) append_delta(out, value);
  }
  put_fixed(out, crc32c(out));
  return out;
}

Result<Carries> parse_carries(std::span<const std::uint8_t> bytes) {
  const auto damaged = [] {
    return fail(ErrorCode::corrupt, "history_corrupt", "what sealing remembers of hosts is damaged");
  };
  if (bytes.size() < kMagic.size() + 4 || as_text(bytes.first(kMagic.size())) != kMagic) return damaged();
  const auto content = bytes.first(bytes.size() - 4);
  if (get_fixed<std::uint32_t>(bytes.last(4)) != crc32c(content)) return damaged();
  ByteReader reader(content.subspan(kMagic.size()));
  const std::uint64_t count = reader.number();
  if (!reader.is_good || count > bytes.size()) return damaged();
  std::vector<std::shared_ptr<const std::vector<wire::Series>>> layouts;
  for (std::uint64_t i = 0; i < count && reader.is_good; ++i)
    layouts.push_back(read_series(reader, bytes.size() / 3));
  const std::uint64_t hosts = reader.number();
  Carries carries;
  for (std::uint64_t i = 0; i < hosts && reader.is_good; ++i) {
    HostCarry& carry = carries[reader.host()];
    carry.position.boot = reader.number();
    carry.position.sequence = reader.number();
    carry.at_ms = reader.delta(0);
    carry.monotonic_ms = reader.delta(0);
    carry.elapsed_before_ms = reader.delta(0);
    carry.boot = reader.text();
    carry.rewound_boot = reader.text();
    carry.rewinds = static_cast<std::uint32_t>(reader.number());
    carry.cores = static_cast<std::uint32_t>(reader.number());
    const std::uint64_t layout = reader.number();
    if (!reader.is_good || layout >= layouts.size()) return damaged();
    carry.series = layouts[layout];
    carry.values.reserve(carry.series->size());
    for (std::size_t v = 0; v < carry.series->size() && reader.is_good; ++v)
      carry.values.push_back(reader.delta(0));
  }
  if (!reader.is_done()) return damaged();
  return carries;
}

}  // namespace fettle::metrics
