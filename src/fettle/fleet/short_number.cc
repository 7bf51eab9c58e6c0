#include "fettle/fleet/short_number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "fettle/base/json.h"

namespace fettle::fleet {
namespace {

constexpr int kDigits = 6;
/// Powers of ten that a double holds exactly; numbers that need others are rare and take the slow way.
constexpr std::array<double, 23> kPowers{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                         1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                         1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr double kLeast = 1e-12;
constexpr double kMost = 1e18;
constexpr int kMostZeros = 4;  // more are written as an exponent

double power(int exponent) {
  return kPowers[static_cast<std::size_t>(exponent)];
}

/// The decimal exponent of a value within kLeast and kMost: 10^e <= value < 10^(e+1), or one less where the
/// last bit decides, which costs no digit that is kept.
int exponent_of(double value) {
  constexpr double kLog10Of2 = 0.30102999566398120;
  int binary = 0;
  std::frexp(value, &binary);
  int exponent = static_cast<int>(std::floor((binary - 1) * kLog10Of2));
  const double next = exponent + 1 >= 0 ? power(exponent + 1) : 1 / power(-exponent - 1);
  if (value >= next) ++exponent;
  return exponent;
}

void append_slowly(std::string& out, double value) {
  const double digits = kDigits - 1 - std::floor(std::log10(std::abs(value)));
  const double scale = std::pow(10.0, std::abs(digits));
  if (!std::isfinite(scale)) return append_json_number(out, value);
  append_json_number(out,
                     digits >= 0 ? std::round(value * scale) / scale : std::round(value / scale) * scale);
}

/// `whole` times ten to the power of `-places`.
void append_decimal(std::string& out, std::int64_t whole, int places) {
  while (whole % 10 == 0) {
    whole /= 10;
    --places;
  }
  std::array<char, 24> text{};
  const char* end = std::to_chars(text.data(), text.data() + text.size(), whole).ptr;
  const auto length = static_cast<int>(end - text.data());
  const std::string_view digits(text.data(), static_cast<std::size_t>(length));
  if (places < -kMostZeros) {
    out += digits;
    out += 'e';
    out += std::to_string(-places);
  } else if (places <= 0) {
    out += digits;
    out.append(static_cast<std::size_t>(-places), '0');
  } else if (places < length) {
    out += digits.substr(0, static_cast<std::size_t>(length - places));
    out += '.';
    out += digits.substr(static_cast<std::size_t>(length - places));
  } else {
    out += "0.";
    out.append(static_cast<std::size_t>(places - length), '0');
    out += digits;
  }
}

}  // namespace

void append_short_number(std::string& out, double value) {
  if (!std::isfinite(value) || value == 0) return append_json_number(out, value);
  const double size = std::abs(value);
  if (size < kLeast || size >= kMost) return append_slowly(out, value);
  const int places = kDigits - 1 - exponent_of(size);
  const double scaled = places >= 0 ? size * power(places) : size / power(-places);
  const auto whole = static_cast<std::int64_t>(std::round(scaled));
  if (value < 0) out += '-';
  append_decimal(out, whole, places);
}

}  // namespace fettle::fleet
