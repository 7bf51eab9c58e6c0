#include "fettle/logs/log_filter.h"

#include "fettle/base/text.h"

namespace fettle::logs {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains(std::string_view text, std::string_view lowered) {
  return !std::ranges::search(text, lowered, {}, lower, {}).empty();
}

bool has_text(const io::LogEntry& entry, std::string_view lowered) {
  if (contains(entry.message, lowered) || contains(entry.component, lowered)) return true;
  return std::ranges::any_of(entry.fields, [lowered](const auto& field) {
    return contains(field.first + "=" + field.second, lowered);  // "host=web-1" as it is shown
  });
}

}  // namespace

bool is_wanted(const io::LogRecord& record, const LogFilter& filter) {
  if (record.entry->level < filter.least) return false;
  if (filter.after && record.id <= *filter.after) return false;
  if (filter.before && record.id >= *filter.before) return false;
  if (filter.since && record.last_at < *filter.since) return false;
  return filter.text.empty() || has_text(*record.entry, to_lower_ascii(filter.text));
}

LogSelection select_newest(const std::vector<io::LogRecord>& records, const LogFilter& filter,
                           std::size_t most) {
  LogSelection out;
  for (auto record = records.rbegin(); record != records.rend(); ++record) {
    if (!is_wanted(*record, filter)) continue;
    if (out.records.size() == most) {
      out.has_older = true;
      break;
    }
    out.records.push_back(*record);
  }
  std::ranges::reverse(out.records);
  return out;
}

}  // namespace fettle::logs
