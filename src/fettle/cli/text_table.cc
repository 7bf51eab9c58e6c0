#include "fettle/cli/text_table.h"

#include <fmt/format.h>

#include "fettle/base/check.h"
#include "fettle/base/text.h"

namespace fettle::cli {
namespace {

// Source: ECMA-48, SGR parameters.
std::string_view colour_code(Colour colour) {
  switch (colour) {
    case Colour::none:
      return "";
    case Colour::green:
      return "\x1b[32m";
    case Colour::yellow:
      return "\x1b[33m";
    case Colour::red:
      return "\x1b[31m";
  }
  return "";
}

std::string padded(const std::string& text, std::size_t width, Align align) {
  std::size_t length = count_code_points(text);
  std::string space(width > length ? width - length : 0, ' ');
  return align == Align::left ? text + space : space + text;
}

void end_line(std::string& out) {
  while (out.ends_with(' ')) out.pop_back();
  out += '\n';
}

}  // namespace

std::string format_table(const TextTable& table, Palette palette) {
  std::vector<std::size_t> widths;
  for (const Column& column : table.columns) widths.push_back(count_code_points(column.title));
  std::vector<std::vector<std::string>> texts;
  for (const auto& row : table.rows) {
    FETTLE_CHECK(row.size() == table.columns.size(), "a row has a cell for each column");
    auto& line = texts.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      line.push_back(has_control(row[i].text) ? escape_control(row[i].text) : row[i].text);
      widths[i] = std::max(widths[i], count_code_points(line.back()));
    }
  }
  std::string out;
  for (std::size_t i = 0; i < widths.size(); ++i)
    out += (i ? "  " : "") + padded(table.columns[i].title, widths[i], table.columns[i].align);
  end_line(out);
  for (std::size_t r = 0; r < texts.size(); ++r) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      std::string cell = padded(texts[r][i], widths[i], table.columns[i].align);
      Colour colour = palette == Palette::coloured ? table.rows[r][i].colour : Colour::none;
      out += i ? "  " : "";
      out += colour == Colour::none ? cell : fmt::format("{}{}\x1b[0m", colour_code(colour), cell);
    }
    end_line(out);
  }
  return out;
}

}  // namespace fettle::cli
