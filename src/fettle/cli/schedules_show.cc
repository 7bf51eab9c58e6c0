// `fettle schedules list`, `show` and `preview`.
#include <fmt/format.h>

#include "fettle/base/json.h"
#include "fettle/base/text.h"
#include "fettle/cli/schedule_arguments.h"
#include "fettle/cli/text_table.h"

namespace fettle::cli {
namespace {

bool is_set(const JsonNode& object, const char* name) {
  const JsonNode* found = member(object, name);
  return found != nullptr && found->kind == JsonNode::Kind::boolean && found->boolean;
}

/// What became of a due time; what is blocked may still wait.
std::string outcome_of(const JsonNode& due, bool is_waiting) {
  std::string outcome = text_member(due, "outcome");
  return outcome == "blocked" && is_waiting ? "waiting" : outcome;
}

std::string last_of(const JsonNode& schedule) {
  const JsonNode* last = member(schedule, "last");
  if (last == nullptr || last->kind != JsonNode::Kind::object) return "-";
  return outcome_of(*last, !text_member(schedule, "waiting").empty()) + " " +
         text_member(*last, "nominal_at");
}

Colour colour_of(const JsonNode& schedule) {
  const JsonNode* last = member(schedule, "last");
  const std::string outcome = last == nullptr ? "" : text_member(*last, "outcome");
  if (outcome == "missed" || outcome == "blocked") return Colour::red;
  return outcome == "late" || outcome == "skipped" ? Colour::yellow : Colour::none;
}

std::string times_text(const JsonNode& preview) {
  std::string out;
  if (const JsonNode* times = member(preview, "times")) {
    for (const JsonNode& time : times->items) {
      const std::string note = text_member(time, "note");
      out += "  " + text_member(time, "local");
      if (note == "gap") out += "  (the time meant does not exist that day)";
      if (note == "repeated") out += "  (clocks show this time twice that day)";
      out += '\n';
    }
  }
  return out;
}

Result<JsonNode> ask_preview(const ApiClient& client, const ScheduleArguments& arguments,
                             const std::string& id) {
  std::string body =
      "\"timing\":" + json_text(arguments.timing) + ",\"count\":" + std::to_string(arguments.count) + ",";
  if (!arguments.zone.empty()) body += "\"time_zone\":" + json_text(arguments.zone) + ",";
  if (!id.empty()) body += "\"schedule_id\":" + json_text(id) + ",";
  return client.send("POST", std::string(kSchedulesPath) + "/preview", as_object(std::move(body)));
}

}  // namespace

Result<std::string> list_schedules(const ScheduleArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "read", context));
  std::string path = kSchedulesPath;
  if (!arguments.environment.empty()) path += "?environment=" + percent_encode(arguments.environment);
  FETTLE_TRY(const std::vector<JsonNode> all, client.list(path));
  if (arguments.as_json) {
    std::string out = "{\"items\":[";
    for (const JsonNode& one : all) {
      if (out.back() != '[') out += ',';
      append_json_node(out, one);
    }
    return out + "]}\n";
  }
  TextTable table;
  table.columns = {{"NAME"}, {"WHAT"}, {"TARGET"}, {"WHEN"}, {"NEXT"}, {"LAST"}};
  for (const JsonNode& one : all) {
    const JsonNode* target = member(one, "target");
    table.rows.push_back(
        {text_member(one, "name"), what_of(one), target == nullptr ? "-" : text_member(*target, "name"),
         text_member(one, "sentence"), is_enabled(one) ? or_dash(text_member(one, "next_at")) : "off",
         Cell(last_of(one), colour_of(one))});
  }
  const bool is_coloured =
      context.surroundings.out_is_terminal && context.surroundings.variable("NO_COLOR").empty();
  if (all.empty())
    context.surroundings.err(
        "There is no schedule yet. Add one on the page, or: fettle schedules add --help\n");
  return format_table(table, is_coloured ? Palette::coloured : Palette::plain);
}

Result<std::string> preview_timing(const ScheduleArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "read", context));
  FETTLE_TRY(const JsonNode preview, ask_preview(client, arguments, ""));
  std::string out = text_member(preview, "sentence") + "\n" + times_text(preview);
  if (is_set(preview, "is_chosen"))
    out += "Each schedule chooses its own times for H and ~. One that is added with --id " +
           text_member(preview, "schedule_id") + " has these.\n";
  return out;
}

Result<std::string> show_schedule(const ScheduleArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "read", context));
  FETTLE_TRY(const JsonNode schedule, find_named(client, kSchedulesPath, arguments.schedule, "schedule"));
  if (arguments.as_json) {
    std::string out;
    append_json_node(out, schedule);
    return out + "\n";
  }
  std::string out =
      escape_control(text_member(schedule, "name")) + " (" + text_member(schedule, "id") + ")\n";
  const JsonNode* target = member(schedule, "target");
  out += "  " + escape_control(what_of(schedule)) + " on " +
         (target == nullptr ? "-" : escape_control(text_member(*target, "name"))) + ", " +
         text_member(schedule, "sentence") + (is_enabled(schedule) ? "" : " (off)") + "\n";
  out += fmt::format("  {}; missed times: {}, overlap: {}", text_member(schedule, "time_zone"),
                     text_member(schedule, "misfire"), text_member(schedule, "overlap"));
  for (const auto& [member_name, words] :
       {std::pair{"catch_up_ms", "caught up within"}, {"jitter_ms", "spread over"}}) {
    if (const double ms = number_member(schedule, member_name).value_or(0); ms > 0)
      out += fmt::format(", {} {}", words, span_text(static_cast<std::int64_t>(ms)));
  }
  out += "\n  last: " + last_of(schedule) + "\n";
  if (const std::string waiting = text_member(schedule, "waiting"); !waiting.empty())
    out +=
        "  waiting since " + text_member(schedule, "waiting_since") + ": " + escape_control(waiting) + "\n";
  if (is_enabled(schedule)) {
    ScheduleArguments asked = arguments;
    asked.timing = text_member(schedule, "timing");
    asked.zone = text_member(schedule, "time_zone");
    if (const auto preview = ask_preview(client, asked, text_member(schedule, "id")))
      out += "next:\n" + times_text(*preview);
  }
  FETTLE_TRY(const JsonNode ledger,
             client.get("/api/v1/ledger?limit=10&schedule_id=" + text_member(schedule, "id")));
  const JsonNode* rows = member(ledger, "items");
  if (rows == nullptr || rows->items.empty()) return out;
  out += "before:\n";
  for (const JsonNode& row : rows->items) {
    const double count = number_member(row, "count").value_or(1);
    out += fmt::format(
        "  {} {}{}{}\n", text_member(row, "nominal_at"), outcome_of(row, is_set(row, "is_waiting")),
        count > 1 ? fmt::format(" ({:.0f} of them)", count) : "",
        text_member(row, "reason").empty() ? "" : ": " + escape_control(text_member(row, "reason")));
  }
  return out;
}

}  // namespace fettle::cli
