// A line of a log that some program wrote: what level it has and what it says (T23). Pure; takes any bytes.
// JSON objects with `level` or `severity` and `msg` or `message`, and plain text that begins with a level
// ("ERROR disk full", "[warn] slow", "info: ready", "<4>as syslog has it", after a time too). What is neither
// is shown as it is.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "fettle/base/log_level.h"

namespace fettle {

struct LogText {
  std::optional<LogLevel> level;  // none: the line does not say
  std::string message;            // the whole line when it has no such parts
};

/// `line` without its line end; one at the end is taken off.
LogText parse_log_text(std::string_view line);

}  // namespace fettle
