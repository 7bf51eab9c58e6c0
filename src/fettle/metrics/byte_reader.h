// Numbers and texts in the files of this module: fixed ones little endian, varints, texts as a length and
// bytes.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/metrics/sample.h"
#include "fettle/metrics/varint.h"

namespace fettle::metrics {

template <class T>
void put_fixed(std::vector<std::uint8_t>& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> 8 * i));
}
template <class T>
T get_fixed(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= std::uint64_t{bytes[i]} << 8 * i;
  return static_cast<T>(value);
}

inline std::uint8_t* put_text(std::uint8_t* out, std::string_view text) {
  out = put_varint(out, text.size());
  return std::copy(text.begin(), text.end(), out);
}

/// The same for buffers that grow.
inline void append_varint(std::vector<std::uint8_t>& out, std::uint64_t value) {
  const std::size_t begin = out.size();
  out.resize(begin + kMaxVarintBytes);
  out.resize(static_cast<std::size_t>(put_varint(out.data() + begin, value) - out.data()));
}
inline void append_delta(std::vector<std::uint8_t>& out, std::int64_t after, std::int64_t before = 0) {
  append_varint(out, zigzag(wrapping_difference(after, before)));
}
inline void append_text(std::vector<std::uint8_t>& out, std::string_view text) {
  append_varint(out, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

/// Reads varints and texts; once something is missing, all further answers are empty and `is_good` is false.
struct ByteReader {
  const std::uint8_t* in;
  const std::uint8_t* end;
  bool is_good = true;

  explicit ByteReader(std::span<const std::uint8_t> bytes) : in(bytes.data()), end(in + bytes.size()) {}

  void moved_to(const std::uint8_t* place) {
    is_good = is_good && place != nullptr;
    in = is_good ? place : end;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    moved_to(get_varint(in, end, value));
    return is_good ? value : 0;
  }
  HostNumber host() {
    const std::uint64_t value = number();
    is_good = is_good && value <= std::numeric_limits<HostNumber>::max();
    return static_cast<HostNumber>(value);
  }
  std::int64_t delta(std::int64_t before) {
    moved_to(get_delta(in, end, before));
    return before;
  }
  std::string text() {
    const std::uint64_t size = number();
    is_good = is_good && size <= static_cast<std::uint64_t>(end - in);
    if (!is_good) return {};
    const auto* const begin = reinterpret_cast<const char*>(in);
    in += size;
    return {begin, static_cast<std::size_t>(size)};
  }
  std::uint64_t fixed64() {
    is_good = is_good && end - in >= 8;
    if (!is_good) return 0;
    in += 8;
    return get_fixed<std::uint64_t>({in - 8, in});
  }
  [[nodiscard]] bool is_done() const { return is_good && in == end; }
};

}  // namespace fettle::metrics
