// `fettle schedules`: what runs when, and what became of it.
#include <fmt/format.h>

#include <charconv>
#include <CLI/CLI.hpp>
#include <map>

#include "fettle/base/json.h"
#include "fettle/base/text.h"
#include "fettle/cli/api_flags.h"
#include "fettle/cli/commands.h"
#include "fettle/cli/flag_words.h"
#include "fettle/cli/help_format.h"
#include "fettle/cli/text_table.h"

namespace fettle::cli {
namespace {

constexpr const char* kSchedules = "/api/v1/schedules";

struct ScheduleArguments {
  std::shared_ptr<ApiFlags> api;
  std::string schedule, environment;
  std::string timing, zone;
  int count = 10;
  bool as_json = false, is_off = false;
  /// As given: name, plan, target and what else a schedule says.
  std::map<std::string, std::string> values;
  std::vector<std::string> set;  // NAME=VALUE of its parameters
};

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

Result<JsonNode> find_named(const ApiClient& client, const std::string& path, const std::string& wanted,
                            std::string_view what) {
  FETTLE_TRY(std::vector<JsonNode> all, client.list(path));
  return pick_named(std::move(all), wanted, what);
}

/// The list of plans comes all at once.
Result<JsonNode> find_plan(const ApiClient& client, const std::string& wanted) {
  FETTLE_TRY(const JsonNode plans, client.get("/api/v1/plans"));
  const JsonNode* items = member(plans, "items");
  return pick_named(items == nullptr ? std::vector<JsonNode>() : items->items, wanted, "plan");
}

std::string path_of(const JsonNode& schedule) {
  return std::string(kSchedules) + "/" + text_member(schedule, "id");
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

/// The same back, in the largest unit that says it whole.
std::string span_text(std::int64_t ms) {
  for (const auto& [unit, of] : std::initializer_list<std::pair<const char*, std::int64_t>>{
           {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}})
    if (ms % of == 0) return std::to_string(ms / of) + unit;
  return std::to_string(ms) + "ms";
}

/// The members of a body that the flags give, with a comma behind each.
Result<std::string> members_of(const ScheduleArguments& arguments) {
  static const std::map<std::string, std::string> kTexts{{"name", "name"},
                                                         {"timing", "timing"},
                                                         {"zone", "time_zone"},
                                                         {"misfire", "misfire"},
                                                         {"overlap", "overlap"}};
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

/// Of --set NAME=VALUE, as `runs start` takes them.
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

/// The plan, and of its commands which: "command nightly".
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

std::string last_of(const JsonNode& schedule) {
  const JsonNode* last = member(schedule, "last");
  if (last == nullptr || last->kind != JsonNode::Kind::object) return "-";
  return text_member(*last, "outcome") + " " + text_member(*last, "nominal_at");
}

Colour colour_of(const JsonNode& schedule) {
  const JsonNode* last = member(schedule, "last");
  const std::string outcome = last == nullptr ? "" : text_member(*last, "outcome");
  if (outcome == "missed" || outcome == "blocked") return Colour::red;
  return outcome == "late" || outcome == "skipped" ? Colour::yellow : Colour::none;
}

bool is_enabled(const JsonNode& schedule) {
  const JsonNode* found = member(schedule, "is_enabled");
  return found != nullptr && found->boolean;
}

Result<std::string> list_schedules(const ScheduleArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "read", context));
  std::string path = kSchedules;
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
  return client.send("POST", std::string(kSchedules) + "/preview", as_object(std::move(body)));
}

Result<std::string> preview_timing(const ScheduleArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "read", context));
  FETTLE_TRY(const JsonNode preview, ask_preview(client, arguments, ""));
  return text_member(preview, "sentence") + "\n" + times_text(preview);
}

Result<std::string> show_schedule(const ScheduleArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "read", context));
  FETTLE_TRY(const JsonNode schedule, find_named(client, kSchedules, arguments.schedule, "schedule"));
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
    out += "  waits: " + escape_control(waiting) + "\n";
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
        "  {} {}{}{}\n", text_member(row, "nominal_at"), text_member(row, "outcome"),
        count > 1 ? fmt::format(" ({:.0f} of them)", count) : "",
        text_member(row, "reason").empty() ? "" : ": " + escape_control(text_member(row, "reason")));
  }
  return out;
}

Result<std::string> add_schedule(const ScheduleArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "operate", context));
  const auto value = [&](const char* name) {
    const auto found = arguments.values.find(name);
    return found == arguments.values.end() ? std::string() : found->second;
  };
  const std::string plan = value("plan");
  FETTLE_TRY(const JsonNode known, find_plan(client, plan));
  std::string target = value("target");
  const std::string kind = text_member(known, "target_kind");
  if (kind == "host") {
    FETTLE_TRY(const JsonNode host, find_named(client, "/api/v1/hosts", target, "host"));
    target = text_member(host, "id");
  } else if (target.empty()) {
    target = "server";
  }
  FETTLE_TRY(std::string body, members_of(arguments));
  body += "\"plan\":" + json_text(plan) + ",\"target_kind\":" + json_text(kind) +
          ",\"target_id\":" + json_text(target) + ",";
  FETTLE_TRY(const std::string set, set_members(arguments.set));
  body += set;
  if (arguments.is_off) body += "\"is_enabled\":false,";
  FETTLE_TRY(const JsonNode made, client.send("POST", kSchedules, as_object(std::move(body))));
  if (!is_enabled(made))
    return fmt::format("{} is made and switched off ({}).\n", escape_control(text_member(made, "name")),
                       text_member(made, "id"));
  return fmt::format("{} runs {}, next at {} ({}).\n", escape_control(text_member(made, "name")),
                     text_member(made, "sentence"), or_dash(text_member(made, "next_at")),
                     text_member(made, "id"));
}

Result<std::string> edit_with(const ScheduleArguments& arguments, const CommandContext& context,
                              const std::string& body) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "operate", context));
  FETTLE_TRY(const JsonNode schedule, find_named(client, kSchedules, arguments.schedule, "schedule"));
  FETTLE_TRY(const JsonNode now, client.send("PATCH", path_of(schedule), body));
  const std::string name = escape_control(text_member(now, "name"));
  if (!is_enabled(now)) return name + " is switched off.\n";
  return fmt::format("{} runs {}, next at {}.\n", name, text_member(now, "sentence"),
                     or_dash(text_member(now, "next_at")));
}

Result<std::string> edit_schedule(const ScheduleArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(std::string members, members_of(arguments));
  FETTLE_TRY(const std::string set, set_members(arguments.set));
  members += set;
  if (members.empty())
    return fail(ErrorCode::invalid_input, "nothing_to_change",
                "give at least one flag that says what to change");
  return edit_with(arguments, context, as_object(members));
}

Result<std::string> enable_schedule(const ScheduleArguments& arguments, const CommandContext& context) {
  return edit_with(arguments, context, R"({"is_enabled":true})");
}

Result<std::string> disable_schedule(const ScheduleArguments& arguments, const CommandContext& context) {
  return edit_with(arguments, context, R"({"is_enabled":false})");
}

Result<std::string> remove_schedule(const ScheduleArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "operate", context));
  FETTLE_TRY(const JsonNode schedule, find_named(client, kSchedules, arguments.schedule, "schedule"));
  FETTLE_TRY(const JsonNode nothing, client.send("DELETE", path_of(schedule), ""));
  ignore(nothing, "it has no content");
  return escape_control(text_member(schedule, "name")) + " was removed.\n";
}

Result<std::string> run_schedule(const ScheduleArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "operate", context));
  FETTLE_TRY(const JsonNode schedule, find_named(client, kSchedules, arguments.schedule, "schedule"));
  FETTLE_TRY(const JsonNode run, client.send("POST", path_of(schedule) + "/run", ""));
  return text_member(run, "id") + "\n";
}

using Doing = Result<std::string> (*)(const ScheduleArguments&, const CommandContext&);
using Arguments = std::shared_ptr<ScheduleArguments>;

CLI::App* add_doing(CLI::App& schedules, CommandContext& context, const char* name, const char* help,
                    Doing doing, const Arguments& arguments) {
  CLI::App* command = schedules.add_subcommand(name, help);
  arguments->api = add_api_flags(*command);
  command->callback([&context, doing, arguments] {
    context.chosen = [&context, doing, arguments] {
      auto said = doing(*arguments, context);
      if (!said) return context.report(in_flags(said.error()));
      context.surroundings.out(*said);
      return ExitCode::ok;
    };
  });
  return command;
}

CLI::App* add_doing_one(CLI::App& schedules, CommandContext& context, const char* name, const char* help,
                        Doing doing, const Arguments& arguments) {
  CLI::App* command = add_doing(schedules, context, name, help, doing, arguments);
  command->add_option("SCHEDULE", arguments->schedule, "Its name, or its id")->required();
  return command;
}

void add_settings(CLI::App& command, const Arguments& arguments, const char* zone_help) {
  const auto flag = [&](const char* name, const char* help, const char* type) {
    return command.add_option(std::string("--") + name, arguments->values[name], help)->type_name(type);
  };
  flag("zone", zone_help, "ZONE");
  flag("jitter", "Moves it by a part of this that stays the same", "TIME");
  flag("misfire", "What becomes of times that nobody was there for: skip, run_once or run_all", "MISFIRE");
  flag("misfire-limit", "How many of them, with run_all", "N")->check(CLI::Range(1, 1'000).description(""));
  flag("catch-up", "Times older than this are missed", "TIME");
  flag("overlap", "While the run before still goes on: skip, queue_one or cancel_running", "OVERLAP");
  auto* json = flag("parameters", "What the plan takes, as a JSON object", "JSON");
  command.add_option("--set", arguments->set, "One thing that it takes; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->excludes(json);
}

}  // namespace

void add_schedules_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("schedules", "Say when plans run, and see what became of it");
  command->require_subcommand(1);
  const auto arguments = [] { return std::make_shared<ScheduleArguments>(); };
  auto of_list = arguments();
  CLI::App* list = add_doing(*command, context, "list", "List schedules", list_schedules, of_list);
  list->add_option("--environment", of_list->environment, "Only of this environment (id or name)")
      ->type_name("ENVIRONMENT");
  list->add_flag("--json", of_list->as_json, "As JSON, as the API says it");
  auto of_show = arguments();
  CLI::App* show = add_doing_one(*command, context, "show", "Show one, with the next times and the last ones",
                                 show_schedule, of_show);
  show->add_flag("--json", of_show->as_json, "As JSON, as the API says it");
  auto of_add = arguments();
  CLI::App* add = add_doing(*command, context, "add", "Make one", add_schedule, of_add);
  add->add_option("NAME", of_add->values["name"], "What it is called")->required();
  add->add_option("--plan", of_add->values["plan"], "What it runs; 'fettle runs plans' lists what there is")
      ->required()
      ->type_name("PLAN");
  add->add_option("--host,--target", of_add->values["target"],
                  "On which host (name or id); plans of the server need none")
      ->type_name("HOST");
  add->add_option("--timing", of_add->values["timing"], "When: \"30 2 * * *\", @daily, \"every 15m\"")
      ->required()
      ->type_name("TIMING");
  add_settings(*add, of_add, "Time zone of the times, such as Europe/Berlin; UTC unless given");
  add->add_flag("--off", of_add->is_off, "Do not switch it on yet");
  add_examples(*add,
               "fettle schedules add nightly --plan host-check --host web-1 --timing '30 2 * * *' --zone "
               "Europe/Berlin\n"
               "fettle schedules add often --plan command --set name=sync --host web-1 --timing 'every 15m'");
  auto of_edit = arguments();
  CLI::App* edit = add_doing_one(*command, context, "edit", "Change what is given", edit_schedule, of_edit);
  edit->add_option("--name", of_edit->values["name"], "What it is called from now on")->type_name("NAME");
  edit->add_option("--timing", of_edit->values["timing"], "When, from now on")->type_name("TIMING");
  add_settings(*edit, of_edit, "Time zone of the times, such as Europe/Berlin");
  add_doing_one(*command, context, "enable", "Switch one on; it counts from now on", enable_schedule,
                arguments());
  add_doing_one(*command, context, "disable", "Switch one off; what waits of it is given up",
                disable_schedule, arguments());
  add_doing_one(*command, context, "remove", "Remove one", remove_schedule, arguments());
  add_doing_one(*command, context, "run", "Run it now, whatever is due; prints the id of the run",
                run_schedule, arguments());
  auto of_preview = arguments();
  CLI::App* preview = add_doing(*command, context, "preview", "Say what a timing means, and the next times",
                                preview_timing, of_preview);
  preview->add_option("TIMING", of_preview->timing, "Such as \"30 2 * * *\"")->required();
  preview->add_option("--zone", of_preview->zone, "Time zone; UTC unless given")->type_name("ZONE");
  preview->add_option("-n,--count", of_preview->count, "How many times")
      ->type_name("N")
      ->check(CLI::Range(1, 100).description(""))
      ->capture_default_str();
  add_examples(*preview, "fettle schedules preview '30 2 * * *' --zone Europe/Berlin");
}

}  // namespace fettle::cli
