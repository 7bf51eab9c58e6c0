#include "fettle/runs/expectation_rules.h"

#include <fmt/format.h>

#include "fettle/base/json.h"
#include "fettle/base/json_value.h"
#include "fettle/base/text.h"
#include "fettle/runs/cron_rules.h"
#include "fettle/runs/fire_rules.h"

namespace fettle::runs {
namespace {

constexpr std::string_view kExpectedMember = "expected";

const JsonNode* member(const JsonNode& object, std::string_view name) {
  if (object.kind != JsonNode::Kind::object) return nullptr;
  for (const JsonNode& one : object.items)
    if (one.name == name) return &one;
  return nullptr;
}

std::string text_of(const JsonNode& object, std::string_view name) {
  const JsonNode* found = member(object, name);
  return found != nullptr && found->kind == JsonNode::Kind::string ? found->text : std::string();
}

ExpectedTimes times_of(const JsonNode& object) {
  return {std::string(truncate_utf8(text_of(object, "timing"), kLongestTiming)),
          std::string(truncate_utf8(text_of(object, "zone"), kLongestTiming))};
}

}  // namespace

ExpectedTimes read_expected_times(const std::string& text) {
  const auto json = parse_json(text);
  if (json && member(*json, "timing") != nullptr) return times_of(*json);
  return {std::string(truncate_utf8(text, kLongestTiming)), {}};
}

std::string expected_times_json(const ExpectedTimes& times) {
  std::string json = R"({"timing":)";
  append_json_string(json, times.timing);
  if (!times.zone.empty()) {
    json += R"(,"zone":)";
    append_json_string(json, times.zone);
  }
  return json + '}';
}

std::optional<ExpectedTimes> expected_times(const Run& run) {
  // Looked for in the text first: lists of runs ask this of each.
  if (run.target.kind != kCommandTarget || !run.parameters.contains(R"("expected":)")) return std::nullopt;
  const auto json = parse_json(run.parameters);
  const JsonNode* expected = json ? member(*json, kExpectedMember) : nullptr;
  if (expected == nullptr) return std::nullopt;
  if (expected->kind == JsonNode::Kind::string) return read_expected_times(expected->text);
  return times_of(*expected);
}

std::expected<Timing, std::string> parse_expected(const ExpectedTimes& times) {
  auto timing = parse_timing(times.timing, 0);
  if (!timing) {
    const TimingFault& fault = timing.error();
    std::string what = fmt::format("{}: {} (column {})", fault.field, fault.detail, fault.column);
    if (!fault.hint.empty()) what += "; " + fault.hint;
    return std::unexpected(std::move(what));
  }
  if (const auto* cron = std::get_if<CronFields>(&timing->when); cron != nullptr && cron->has_hash)
    return std::unexpected(
        "timing: H and ~ choose a time of a schedule; here the time itself has to be named");
  const std::string zone = expected_zone(times, *timing);
  if (!is_zone_name(zone))
    return std::unexpected("time zone: \"" + escape_control(zone) + "\" is no name of the tz database");
  return std::move(*timing);
}

std::string expected_zone(const ExpectedTimes& times, const Timing& timing) {
  if (timing.zone) return *timing.zone;
  return times.zone.empty() ? "UTC" : times.zone;
}

std::optional<ExpectationKey> expectation_key(const Run& run) {
  const auto slash = run.target.id.find('/');
  if (run.target.kind != kCommandTarget || !run.target.host || slash == std::string::npos)
    return std::nullopt;
  return ExpectationKey{*run.target.host, run.target.id.substr(slash + 1)};
}

std::optional<WallTime> next_expected(const Timing& timing, const Zone& zone, WallTime began) {
  constexpr std::chrono::minutes kEarly{1};
  if (const auto* interval = std::get_if<Interval>(&timing.when)) return began + interval->period;
  const auto fire = next_fire(timing, zone, std::chrono::floor<Seconds>(began + kEarly));
  return fire ? std::optional<WallTime>(fire->at) : std::nullopt;
}

events::ConditionKey run_overdue_key(const ExpectationKey& key) {
  return {key.host.text(), std::string(kRunOverdueKind), "exec " + key.name};
}

events::ConditionClaim run_overdue_claim(const Expectation& expectation, WallTime due) {
  events::ConditionClaim out;
  out.key = run_overdue_key(expectation.key);
  out.source_kind = "host";
  out.severity = events::ConditionSeverity::warning;
  out.title = expectation.key.name + " is overdue";
  // With its name: as an event the sentence stands without a title.
  out.message =
      fmt::format("the command {} was expected to begin at {} ({}) and has not; the run before began at {}",
                  expectation.key.name, format_time(due), expectation.times.timing,
                  format_time(std::chrono::floor<Seconds>(expectation.began)));
  out.fields = {{"plan", "exec"}, {"run", expectation.run.text()}, {"name", expectation.key.name}};
  return out;
}

}  // namespace fettle::runs
