// What `fettle doctor` finds: each check with its outcome, and what to do about it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace fettle::cli {

/// `note` is for what may well be so; only `failed` makes the exit code 1.
enum class DoctorState : std::uint8_t { good, note, warning, failed };

struct DoctorFinding {
  std::string check;  // "data folder"
  DoctorState state = DoctorState::good;
  std::string detail;
  std::string advice;  // empty where there is nothing to do
};

using DoctorFindings = std::vector<DoctorFinding>;

}  // namespace fettle::cli
