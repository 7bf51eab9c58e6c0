#include "fettle/cli/schedule_arguments.h"

#include <fmt/format.h>

#include <charconv>

#include "fettle/base/json.h"

namespace fettle::cli {
namespace {

/// By id, or by a name that only one of them has.
Result<JsonNode> pick_named(std::vector<JsonNode> all, const std::string& wanted, std::string_view what) {
  std::vector<JsonNode> named;
  for (JsonNode& one : all) {
    if (text_member(one, "id") == wanted) return std::move(one);
    if (text_member(one, "name") == wanted) named.push_back(std::move(one));
  }
  if (named.size() == 1) return std::move(named.front());
  if (named.empty())
    return fail(ErrorCode::not_found, "not_found",
                fmt::format("there is no {} '{}' that this token may see", what, wanted));
  return fail(ErrorCode::invalid_input, "name_ambiguous",
              fmt::format("{} of the name '{}' are {}; give the id", what, wanted, named.size()));
}

/// "90s", "15m", "2h", "1d" as milliseconds.
Result<std::int64_t> span_of(const std::string& flag, const std::string& text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  constexpr std::int64_t kMost = 1'000'000'000;
  static const std::map<std::string_view, std::int64_t> kUnits{
      {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  const auto found = kUnits.find(unit);
  if (error == std::errc() && count >= 0 && count <= kMost && (count == 0 || found != kUnits.end()))
    return count == 0 ? 0 : count * found->second;
  return fail(ErrorCode::invalid_input, "bad_time",
              fmt::format("--{}: '{}' is no length of time; write 90s, 15m, 2h or 1d", flag, text));
}

}  // namespace

std::string span_text(std::int64_t ms) {
  for (const auto& [unit, of] : std::initializer_list<std::pair<const char*, std::int64_t>>{
           {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}})
    if (ms % of == 0) return std::to_string(ms / of) + unit;
  return std::to_string(ms) + "ms";
}

std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

Result<ApiClient> client_of(const ScheduleArguments& arguments, std::string_view scope,
                            const CommandContext& context) {
  FETTLE_TRY(std::string url, api_url(*arguments.api, context.surroundings));
  FETTLE_TRY(Secret<std::string> token, api_token(*arguments.api, context.surroundings, scope));
  return ApiClient(context.actions, std::move(url), std::move(token));
}

Result<JsonNode> find_named(const ApiClient& client, const std::string& path, const std::string& wanted,
                            std::string_view what) {
  FETTLE_TRY(std::vector<JsonNode> all, client.list(path));
  return pick_named(std::move(all), wanted, what);
}

/// The list of them comes all at once.
Result<JsonNode> find_plan(const ApiClient& client, const std::string& wanted) {
  FETTLE_TRY(const JsonNode plans, client.get("/api/v1/plans"));
  const JsonNode* items = member(plans, "items");
  return pick_named(items == nullptr ? std::vector<JsonNode>() : items->items, wanted, "plan");
}

Result<std::string> members_of(const ScheduleArguments& arguments) {
  static const std::map<std::string, std::string> kTexts{{"id", "id"},           {"name", "name"},
                                                         {"timing", "timing"},   {"zone", "time_zone"},
                                                         {"misfire", "misfire"}, {"overlap", "overlap"}};
  static const std::map<std::string, std::string> kSpans{{"jitter", "jitter_ms"},
                                                         {"catch-up", "catch_up_ms"}};
  std::string out;
  for (const auto& [flag, value] : arguments.values) {
    if (value.empty()) continue;
    if (const auto text = kTexts.find(flag); text != kTexts.end()) {
      out += json_text(text->second) + ":" + json_text(value) + ",";
    } else if (const auto span = kSpans.find(flag); span != kSpans.end()) {
      FETTLE_TRY(const std::int64_t ms, span_of(flag, value));
      out += json_text(span->second) + ":" + std::to_string(ms) + ",";
    } else if (flag == "misfire-limit") {
      out += "\"misfire_limit\":" + value + ",";
    } else if (flag == "parameters") {
      if (!parse_json(value))
        return fail(ErrorCode::invalid_input, "bad_parameters", "--parameters must be a JSON object");
      out += "\"parameters\":" + value + ",";
    }
  }
  return out;
}

Result<std::string> set_members(const std::vector<std::string>& pairs) {
  std::string out;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos)
      return fail(ErrorCode::invalid_input, "bad_parameters", "--set takes NAME=VALUE, and got " + pair);
    out += json_text(pair.substr(0, equals)) + ":" + json_text(pair.substr(equals + 1)) + ",";
  }
  if (out.empty()) return out;
  out.pop_back();
  return "\"parameters\":{" + out + "},";
}

std::string what_of(const JsonNode& schedule) {
  std::string out = text_member(schedule, "plan");
  const JsonNode* parameters = member(schedule, "parameters");
  if (parameters == nullptr) return out;
  for (const JsonNode& one : parameters->items)
    if (!one.text.empty()) out += " " + one.text;
  return out;
}

std::string as_object(std::string members) {
  if (members.ends_with(',')) members.pop_back();
  return "{" + members + "}";
}

std::string or_dash(std::string text) {
  return text.empty() ? "-" : text;
}

bool is_enabled(const JsonNode& schedule) {
  const JsonNode* found = member(schedule, "is_enabled");
  return found != nullptr && found->boolean;
}

}  // namespace fettle::cli
