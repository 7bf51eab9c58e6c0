// Errors of the API in the words of a command line: nobody who typed flags wrote a body. Pure.
#pragma once
#include "fettle/base/result.h"

namespace fettle::cli {

/// "/body/parameters/name" is "--set name=VALUE", "/body/jitter_ms" is "--jitter". An error of one field
/// becomes one sentence.
Error in_flags(Error error);

}  // namespace fettle::cli
