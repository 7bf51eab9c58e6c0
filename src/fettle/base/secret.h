// A value that cannot be printed: no stream operator, no formatter, no JSON. What leaves it is asked for by
// name.
#pragma once
#include <string>
#include <utility>

namespace fettle {

template <class T = std::string>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) : value_(std::move(value)) {}
  [[nodiscard]] const T& reveal() const { return value_; }

 private:
  T value_{};
};

}  // namespace fettle
