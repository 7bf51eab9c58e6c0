// A line of a run's log as the API gives it, as the stream carries it and as the store keeps it: one shape.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <string>
#include <vector>

#include "fettle/base/json.h"
#include "fettle/runs/run_log.h"

namespace fettle::runs {

BOOST_DESCRIBE_ENUM(LogLevel, debug, info, warning, error)

struct RunLogLineDto {
  std::int64_t sequence = 0;
  WallTime at;
  LogLevel level = LogLevel::info;
  std::uint32_t step = 0;
  std::string text;
  std::map<std::string, std::string> fields;
};
BOOST_DESCRIBE_STRUCT(RunLogLineDto, (), (sequence, at, level, step, text, fields))

RunLogLineDto run_log_line_dto(const NumberedLine& line);

/// One line of JSON for each, with its end.
std::string encode_lines(const std::vector<NumberedLine>& lines);
std::vector<NumberedLine> decode_lines(std::string_view text);

/// As people read it: time, level, step, text, fields; control characters escaped.
void append_plain_line(std::string& out, const NumberedLine& line);

}  // namespace fettle::runs
