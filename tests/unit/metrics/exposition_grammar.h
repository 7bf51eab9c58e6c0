// A strict reader of what a scraper is given: every line must be what the format allows at its place.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace fettle::metrics {

struct Exposition {
  std::map<std::string, std::string> types;    // family to type
  std::map<std::string, std::string> samples;  // name with labels to value
  std::set<std::string> complaints;
};

inline Exposition parse_exposition(const std::string& text, bool is_openmetrics) {
  static const std::regex kMeta(R"(# (TYPE|UNIT|HELP) ([a-zA-Z_][a-zA-Z0-9_]*) (.*))");
  static const std::regex kSample(
      R"(([a-zA-Z_][a-zA-Z0-9_]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+))");
  static const std::regex kValue(R"(NaN|[+-]Inf|-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?)");
  Exposition out;
  const auto complain = [&](const std::string& line, const char* why) {
    out.complaints.insert(why + (": " + line));
  };
  if (!text.empty() && text.back() != '\n') complain("", "the last line does not end");
  std::istringstream lines(text);
  std::string family;
  std::set<std::string> meta_seen;
  bool has_ended = false;
  bool has_samples = false;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (has_ended) complain(line, "behind the end");
    if (line == "# EOF") {
      has_ended = true;
    } else if (std::regex_match(line, match, kMeta)) {
      if (match[2] != family) {
        family = match[2];
        has_samples = false;
        if (match[1] != "TYPE") complain(line, "a family begins with its type");
        if (out.types.contains(family)) complain(line, "a family comes twice");
        out.types[family] = "";
      }
      if (has_samples) complain(line, "metadata behind samples");
      if (!meta_seen.insert(match[1].str() + " " + family).second) complain(line, "said twice");
      if (match[1] == "TYPE") out.types[family] = match[3];
      if (match[1] == "UNIT" && (!is_openmetrics || !family.ends_with("_" + match[3].str())))
        complain(line, "the unit does not end the name");
    } else if (std::regex_match(line, match, kSample)) {
      const bool has_total = is_openmetrics && out.types[family] == "counter";
      const std::string name = match[1];
      const bool is_part =
          out.types[family] == "histogram" &&
          (name == family + "_bucket" || name == family + "_sum" || name == family + "_count");
      if (name != family + (has_total ? "_total" : "") && !is_part)
        complain(line, "a sample outside its family");
      if (out.types[family] == "histogram" && !is_part)
        complain(line, "a histogram has buckets, a sum and a count");
      if (name == family + "_bucket" && match[2].str().find("le=\"") == std::string::npos)
        complain(line, "a bucket says its bound");
      if (!is_openmetrics && (out.types[family] == "counter") != family.ends_with("_total"))
        complain(line, "a counter ends in _total");
      if (!out.samples.emplace(match[1].str() + match[2].str(), match[3]).second)
        complain(line, "a sample comes twice");
      if (!std::regex_match(match[3].str(), kValue)) complain(line, "no number");
      has_samples = true;
    } else {
      complain(line, "no line of this format");
    }
  }
  if (has_ended != is_openmetrics) complain("", "the end");
  return out;
}

}  // namespace fettle::metrics
