#include "fettle/runs/run_log.h"

#include <iterator>
#include <utility>

#include "fettle/base/text.h"

namespace fettle::runs {
namespace {

constexpr std::int64_t kLineOverhead = 48;  // time, level and the like

void cut(std::string& text) {
  if (text.size() > kMostLineBytes) text.resize(truncate_utf8(text, kMostLineBytes).size());
}

}  // namespace

std::int64_t bytes_of(const LogLine& line) {
  std::size_t bytes = line.text.size();
  for (const auto& [name, value] : line.fields) bytes += name.size() + value.size();
  return static_cast<std::int64_t>(bytes) + kLineOverhead;
}

void RunLog::add(LogLine line) {
  cut(line.text);
  while (line.fields.size() > kMostLineFields) line.fields.erase(std::prev(line.fields.end()));
  for (auto& [name, value] : line.fields) cut(value);
  if (dropped_ > 0 || bytes_ + bytes_of(line) > kMostLogBytes) {
    ++dropped_;
    return;
  }
  add_last(std::move(line));
}

void RunLog::add_last(LogLine line) {
  bytes_ += bytes_of(line);
  waiting_.push_back({++last_, std::move(line)});
}

std::vector<NumberedLine> RunLog::take() {
  return std::exchange(waiting_, {});
}

void RunLog::put_back(std::vector<NumberedLine> lines) {
  std::ranges::move(waiting_, std::back_inserter(lines));
  waiting_ = std::move(lines);
}

}  // namespace fettle::runs
