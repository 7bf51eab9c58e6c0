// A range answer as columns (I12): JSON for the page, CSV for people. Written by hand, because it is the
// largest answer of the product.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "fettle/metrics/history.h"

namespace fettle::fleet {

/// Which values of a bucket are wanted; one is a third of the bytes of all.
struct WantedValues {
  bool mean = true, min = true, max = true;

  /// "mean", "min" and "max", separated by commas; nothing for another word, or none.
  static std::optional<WantedValues> parse(std::string_view text);
};

/// What is not wanted is an empty column.
std::string range_to_json(const metrics::RangeAnswer& answer, std::string_view host_id,
                          WantedValues wanted = {});
/// One row a bucket: time (RFC 3339), then mean, min and max of each series, as far as they are wanted.
std::string range_to_csv(const metrics::RangeAnswer& answer, WantedValues wanted = {});

}  // namespace fettle::fleet
