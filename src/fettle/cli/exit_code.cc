#include "fettle/cli/exit_code.h"

namespace fettle::cli {

ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_found:
      return ExitCode::not_found;
    case ErrorCode::unauthenticated:
    case ErrorCode::forbidden:
      return ExitCode::denied;
    case ErrorCode::rate_limited:
    case ErrorCode::unavailable:
    case ErrorCode::timeout:
    case ErrorCode::closed:
      return ExitCode::try_again;
    case ErrorCode::invalid_input:
    case ErrorCode::unsupported:
    case ErrorCode::unprocessable:
      return ExitCode::usage;
    case ErrorCode::conflict:
    case ErrorCode::gone:
    case ErrorCode::precondition_failed:
    case ErrorCode::too_large:
    case ErrorCode::cancelled:
    case ErrorCode::io:
    case ErrorCode::corrupt:
    case ErrorCode::internal:
      return ExitCode::failure;
  }
  return ExitCode::failure;
}

}  // namespace fettle::cli
