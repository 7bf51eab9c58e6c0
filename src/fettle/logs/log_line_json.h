// A line of the server's log as the API gives it and as the stream carries it: one shape, one schema.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <string>

#include "fettle/base/json.h"
#include "fettle/io/log_ring.h"

namespace fettle::logs {

/// What a line can be asked for by; `off` is no level of a line.
enum class LineLevel : std::uint8_t { trace, debug, info, warn, error };
BOOST_DESCRIBE_ENUM(LineLevel, trace, debug, info, warn, error)

struct LogLineDto {
  std::int64_t id = 0;  // grows from line to line, also over restarts
  WallTime at, last_at;
  LineLevel level = LineLevel::info;
  std::string component, message;
  std::map<std::string, std::string> fields;
  std::int64_t count = 1;  // how often it came within 30 s
};
BOOST_DESCRIBE_STRUCT(LogLineDto, (), (id, at, last_at, level, component, message, fields, count))

LogLineDto log_line_dto(const io::LogRecord& record);
std::string log_line_json(const io::LogRecord& record);

}  // namespace fettle::logs
