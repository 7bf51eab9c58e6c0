#include "fettle/cli/doctor_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "fettle/base/text.h"

namespace fettle::cli {

std::string_view word_of(DoctorState state) {
  switch (state) {
    case DoctorState::good:
      return "ok";
    case DoctorState::note:
      return "note";
    case DoctorState::warning:
      return "warning";
    case DoctorState::failed:
      return "FAILED";
  }
  return "";
}

bool any_failed(const DoctorFindings& findings) {
  return std::ranges::find(findings, DoctorState::failed, &DoctorFinding::state) != findings.end();
}

bool is_colour_wanted(const Surroundings& around) {
  return around.out_is_terminal && around.variable("NO_COLOR").empty();
}

std::string as_text(const DoctorFindings& findings, bool is_coloured) {
  std::string out;
  for (const DoctorFinding& finding : findings) {
    std::string_view colour = finding.state == DoctorState::good      ? "\033[32m"
                              : finding.state == DoctorState::warning ? "\033[33m"
                              : finding.state == DoctorState::failed  ? "\033[31m"
                                                                      : "";
    if (!is_coloured) colour = "";
    out += fmt::format("  {}{:<8}{} {:<14} {}\n", colour, word_of(finding.state),
                       colour.empty() ? "" : "\033[0m", finding.check, escape_control(finding.detail));
    if (!finding.advice.empty())
      out += fmt::format("  {:<8} {:<14} -> {}\n", "", "", escape_control(finding.advice));
  }
  return out;
}

}  // namespace fettle::cli
