// How findings look in a terminal: for `fettle doctor`, and for what asks about one thing in the same way.
#pragma once
#include <string>
#include <string_view>

#include "fettle/cli/doctor.h"
#include "fettle/cli/surroundings.h"

namespace fettle::cli {

std::string_view word_of(DoctorState state);
bool any_failed(const DoctorFindings& findings);
bool is_colour_wanted(const Surroundings& around);
/// A line each, and one for what to do.
std::string as_text(const DoctorFindings& findings, bool is_coloured);

}  // namespace fettle::cli
