// The exit codes of every command, and which error ends in which (docs/command-line.md).
#pragma once
#include <cstdint>

#include "fettle/base/result.h"

namespace fettle::cli {

enum class ExitCode : std::uint8_t {
  ok = 0,
  failure = 1,
  usage = 2,  // command line, configuration, or what was given to the server
  not_found = 4,
  denied = 5,
  try_again = 75,  // Source: EX_TEMPFAIL of sysexits.h
};

ExitCode exit_code_of(ErrorCode code);

}  // namespace fettle::cli
