// Rows and columns for a terminal: each column as wide as its widest cell, counted in code points.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::cli {

enum class Align : std::uint8_t { left, right };
enum class Colour : std::uint8_t { none, green, yellow, red };

struct Column {
  std::string title;
  Align align = Align::left;
};
struct Cell {
  Cell(std::string words, Colour shade = Colour::none) : text(std::move(words)), colour(shade) {}
  Cell(const char* words) : Cell(std::string(words)) {}
  std::string text;  // control characters are escaped when the table is made
  Colour colour;
};

struct TextTable {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  // as many cells each as there are columns
};

enum class Palette : std::uint8_t { plain, coloured };
std::string format_table(const TextTable& table, Palette palette);

}  // namespace fettle::cli
