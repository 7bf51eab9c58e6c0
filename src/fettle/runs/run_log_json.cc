#include "fettle/runs/run_log_json.h"

#include "fettle/base/json_codec.h"
#include "fettle/base/text.h"

namespace fettle::runs {

RunLogLineDto run_log_line_dto(const NumberedLine& line) {
  return {line.sequence, line.line.at, line.line.level, line.line.step, line.line.text, line.line.fields};
}

std::string encode_lines(const std::vector<NumberedLine>& lines) {
  std::string out;
  for (const NumberedLine& line : lines) {
    append_json(out, run_log_line_dto(line));
    out += '\n';
  }
  return out;
}

std::vector<NumberedLine> decode_lines(std::string_view text) {
  std::vector<NumberedLine> out;
  for (const std::string_view one : split(text, '\n')) {
    if (one.empty()) continue;
    auto dto = from_json<RunLogLineDto>(one, "");
    FETTLE_CHECK(dto, "a line of a log that this module did not write");
    out.push_back(
        {dto->sequence, {dto->at, dto->level, dto->step, std::move(dto->text), std::move(dto->fields)}});
  }
  return out;
}

void append_plain_line(std::string& out, const NumberedLine& line) {
  out += format_time(line.line.at);
  out += ' ';
  out += detail::enum_name(line.line.level);
  if (line.line.step > 0) out += " [" + std::to_string(line.line.step) + "]";
  out += ' ';
  out += escape_control(line.line.text);
  for (const auto& [name, value] : line.line.fields) {
    out += ' ';
    out += escape_control(name) + "=" + escape_control(value);
  }
  out += '\n';
}

}  // namespace fettle::runs

FETTLE_JSON(fettle::runs::RunLogLineDto)
