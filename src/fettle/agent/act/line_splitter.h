// Output of a program as lines of a log: split at newlines, valid UTF-8, none longer than a log line may be.
// Pure; one for each stream.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace fettle::agent {

class LineSplitter {
 public:
  using OnLine = std::function<void(std::string)>;

  /// `on_line` gets each line that ends in these bytes, without its newline and a CR before it. A line that
  /// is too long comes in parts.
  void add(std::string_view bytes, const OnLine& on_line);
  /// What came last and has no newline.
  void end(const OnLine& on_line);

 private:
  void give(std::string_view line, const OnLine& on_line) const;
  std::string rest_;  // of a line that goes on
};

/// Bytes that are no UTF-8 as U+FFFD.
std::string repair_utf8(std::string_view bytes);

}  // namespace fettle::agent
