// A range answer as columns (I12): JSON for the page, CSV for people. Written by hand, because it is the
// largest answer of the product.
#pragma once
#include <string>
#include <string_view>

#include "fettle/metrics/history.h"

namespace fettle::fleet {

std::string range_to_json(const metrics::RangeAnswer& answer, std::string_view host_id);
/// One row a bucket: time (RFC 3339), then mean, min and max of each series.
std::string range_to_csv(const metrics::RangeAnswer& answer);

}  // namespace fettle::fleet
