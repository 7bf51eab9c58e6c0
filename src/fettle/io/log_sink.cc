#include "fettle/io/log_sink.h"

#include <errno.h>
#include <unistd.h>

#include "fettle/base/text.h"

namespace fettle::io {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_unit(std::string& out, char32_t value) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHexDigits[(value >> shift) & 15U];
}

/// JSON's escapes serve both formats. What a terminal or a reader of lines would obey, and what is no UTF-8,
/// does not pass (S9).
void append_escaped(std::string& out, std::string_view text) {
  constexpr char32_t kReplacement = 0xFFFD;
  const bool cut = text.size() > kLongestField;
  if (cut) text = truncate_utf8(text, kLongestField);
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint step = decode_code_point(text, at);
    if (!step.is_valid) {
      append_unit(out, kReplacement);
    } else if (step.value == U'"' || step.value == U'\\') {
      out += '\\';
      out += static_cast<char>(step.value);
    } else if (step.value == U'\n') {
      out += "\\n";
    } else if (step.value == U'\r') {
      out += "\\r";
    } else if (step.value == U'\t') {
      out += "\\t";
    } else if (is_control(step.value)) {
      append_unit(out, step.value);
    } else {
      out += text.substr(at, step.size);
    }
    at += step.size;
  }
  if (cut) out += "...";
}

bool is_plain(std::string_view text) {
  if (text.empty()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f && c != '"' && c != '=' && c != '\\';
  });
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

bool is_json_number(const LogValue& value) {
  return value.is_number() &&
         value.text().find_first_not_of("-0123456789.") == std::string::npos;  // not inf, nan
}

std::string format_json(const LogLine& line, WallTime time) {
  std::string out = "{\"ts\":\"" + format_time(time) + "\",\"level\":\"" +
                    std::string(log_level_name(line.level)) + "\",\"component\":";
  append_quoted(out, line.component);
  out += ",\"message\":";
  append_quoted(out, line.message);
  for (const LogField& field : line.fields) {
    out += ',';
    append_quoted(out, field.key);
    out += ':';
    if (is_json_number(field.value)) {
      out += field.value.text();
    } else {
      append_quoted(out, field.value.text());
    }
  }
  return out + "}\n";
}

std::string format_text(const LogLine& line, WallTime time) {
  std::string out = format_time(time) + ' ' + std::string(log_level_name(line.level)) + ' ';
  append_escaped(out, line.component);
  out += ' ';
  append_escaped(out, line.message);
  for (const LogField& field : line.fields) {
    out += ' ';
    append_escaped(out, field.key);
    out += '=';
    if (is_plain(field.value.text())) {
      append_escaped(out, field.value.text());
    } else {
      append_quoted(out, field.value.text());
    }
  }
  return out + '\n';
}

}  // namespace

std::string format_log_line(const LogLine& line, WallTime time, LogFormat format) {
  switch (format) {
    case LogFormat::text:
      return format_text(line, time);
    case LogFormat::json:
      return format_json(line, time);
  }
  return {};
}

void StderrSink::write(const LogLine& line) {
  const auto now = std::chrono::floor<Micros>(std::chrono::system_clock::now());
  const std::string text = format_log_line(line, now, format_);
  const std::lock_guard lock(mutex_);
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

void MemorySink::write(const LogLine& line) {
  Entry entry{line.level, std::string(line.component), std::string(line.message), {}};
  for (const LogField& field : line.fields) entry.fields.emplace_back(field.key, field.value.text());
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= capacity_) entries_.erase(entries_.begin());
  entries_.push_back(std::move(entry));
}

std::vector<MemorySink::Entry> MemorySink::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

std::size_t MemorySink::count(std::string_view message) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.message == message; }));
}

}  // namespace fettle::io
