#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/text.h"
#include "fettle/cli/help_format.h"
#include "fettle/cli/host_lookup.h"
#include "fettle/cli/run_text.h"
#include "fettle/cli/runs_start.h"

namespace fettle::cli {
namespace {

constexpr std::int64_t kMostRuns = 500;
constexpr std::int64_t kMostLines = 1000;
constexpr Millis kBetweenLooks{1'000};

struct RunsArguments {
  std::shared_ptr<ApiFlags> api;
  std::string run;                                    // its id
  std::string state, plan, host, environment, level;  // filters
  std::int64_t limit = 50, lines = 100;
  bool is_followed = false, as_json = false;
};

Palette palette_of(const Surroundings& around) {
  return around.out_is_terminal && around.variable("NO_COLOR").empty() ? Palette::coloured : Palette::plain;
}

std::string json_of(const JsonNode& node) {
  std::string out;
  append_json_node(out, node);
  return out + "\n";
}

Result<ApiClient> client_of(const RunsArguments& arguments, std::string_view scope,
                            const CommandContext& context) {
  FETTLE_TRY(std::string url, api_url(*arguments.api, context.surroundings));
  FETTLE_TRY(Secret<std::string> token, api_token(*arguments.api, context.surroundings, scope));
  return ApiClient(context.actions, std::move(url), std::move(token));
}

std::string path_of(const RunsArguments& arguments) {
  return "/api/v1/runs/" + percent_encode(arguments.run);
}

/// Names what was looked for: "nothing with this id" is no help to who mistyped one of three.
Error about_run(const RunsArguments& arguments, Error error) {
  if (error.code == ErrorCode::not_found && error.reason == "not_found")
    error.detail = "there is no run '" + arguments.run + "' that this token may see";
  return error;
}

/// A plan that nobody has has no runs either, and is a mistake all the same. What hosts run by themselves
/// (`exec`) is no plan that one could start.
Result<> check_plan(const std::string& plan, const ApiClient& client) {
  if (plan.empty() || plan == "exec") return {};
  FETTLE_TRY(const JsonNode page, client.get("/api/v1/plans"));
  const JsonNode* plans = member(page, "items");
  std::string names;
  for (const JsonNode& one : plans == nullptr ? std::vector<JsonNode>{} : plans->items) {
    if (text_member(one, "name") == plan) return {};
    names += text_member(one, "name") + ", ";
  }
  return fail(ErrorCode::unprocessable, "plan_unknown",
              "there is no plan '" + plan + "'; there are " + names + "exec");
}

Result<std::string> list_runs(const RunsArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "read", context));
  std::string path = fmt::format("/api/v1/runs?limit={}", arguments.limit);
  FETTLE_TRY(const std::string host, host_id_of(arguments.host, client));
  if (!host.empty()) path += "&host_id=" + percent_encode(host);
  if (!arguments.environment.empty()) path += "&environment=" + percent_encode(arguments.environment);
  if (!arguments.state.empty()) path += "&state=" + percent_encode(arguments.state);
  if (!arguments.plan.empty()) path += "&plan=" + percent_encode(arguments.plan);
  FETTLE_TRY(const JsonNode page, client.get(path));
  if (arguments.as_json) return json_of(page);
  const JsonNode* items = member(page, "items");
  if (items == nullptr || items->items.empty()) {
    if (auto known = check_plan(arguments.plan, client); !known)
      return std::unexpected(std::move(known).error());
  }
  return run_table(items == nullptr ? std::vector<JsonNode>{} : items->items,
                   palette_of(context.surroundings));
}

/// What can be run, and with a host which commands it offers.
Result<std::string> list_plans(const RunsArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "read", context));
  FETTLE_TRY(const std::string host, host_id_of(arguments.host, client));
  FETTLE_TRY(const JsonNode page, client.get("/api/v1/plans"));
  std::optional<JsonNode> offered;
  if (!host.empty()) {
    FETTLE_TRY(offered, client.get("/api/v1/hosts/" + percent_encode(host) + "/commands"));
  }
  if (arguments.as_json) return json_of(page) + (offered ? json_of(*offered) : std::string());
  return plans_text(page, offered, palette_of(context.surroundings));
}

Result<std::string> show_run(const RunsArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "read", context));
  const auto run = client.get(path_of(arguments));
  if (!run) return std::unexpected(about_run(arguments, run.error()));
  return arguments.as_json ? json_of(*run) : run_page(*run, palette_of(context.surroundings));
}

Result<std::string> cancel_run(const RunsArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "operate", context));
  const auto run = client.send("POST", path_of(arguments) + "/cancel", "");
  if (!run) return std::unexpected(about_run(arguments, run.error()));
  if (arguments.as_json) return json_of(*run);
  return fmt::format("{} is {}; it ends when whoever carries it out has stopped.\n", text_member(*run, "id"),
                     text_member(*run, "state"));
}

/// How many there were.
std::size_t print_lines(const JsonNode& page, const RunsArguments& arguments, const Surroundings& around) {
  const JsonNode* lines = member(page, "lines");
  if (lines == nullptr) return 0;
  std::string text;
  for (const JsonNode& line : lines->items) text += arguments.as_json ? json_of(line) : run_log_line(line);
  around.out(text);
  return lines->items.size();
}

/// The newest lines, then those that follow until the run has ended and all of it is read.
Result<std::string> show_log(const RunsArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "read", context));
  const Surroundings& around = context.surroundings;
  std::string filters = fmt::format("limit={}", arguments.lines);
  if (!arguments.level.empty()) filters += "&level=" + percent_encode(arguments.level);
  std::string place;
  bool is_away = false;
  std::size_t printed = 0;
  for (;;) {
    const auto page = client.get(path_of(arguments) + "/log?" + filters + place);
    if (!page) {
      // Whoever follows goes on when the server is back; a first look that fails is an answer.
      if (place.empty() || !is_worth_another_look(page.error()))
        return std::unexpected(about_run(arguments, page.error()));
      if (!std::exchange(is_away, true))
        around.err("fettle: " + escape_control(page.error().detail) + "; still following\n");
      if (!context.actions.pause(kBetweenLooks)) return std::string();
      continue;
    }
    is_away = false;
    printed += print_lines(*page, arguments, around);
    const auto next = number_member(*page, "next");
    if (!arguments.is_followed || !next || !around.is_out_open()) {
      if (printed == 0) around.err(next ? "It has written nothing yet.\n" : "It has written nothing.\n");
      return std::string();
    }
    const std::string after = fmt::format("&after={:.0f}", *next);
    const bool is_news = std::exchange(place, after) != after;
    if (!is_news && !context.actions.pause(kBetweenLooks))
      return std::string();  // Ctrl-C is how one ends this
  }
}

using Work = Result<std::string> (*)(const RunsArguments&, const CommandContext&);

CLI::App* add_one(CLI::App& runs, CommandContext& context, const char* name, const char* help, Work work,
                  const std::shared_ptr<RunsArguments>& arguments) {
  CLI::App* command = runs.add_subcommand(name, help);
  arguments->api = add_api_flags(*command);
  command->add_flag("--json", arguments->as_json, "As JSON, as the API says it");
  command->callback([&context, work, arguments] {
    context.chosen = [&context, work, arguments] {
      auto said = work(*arguments, context);
      if (!said) return context.report(said.error());
      context.surroundings.out(*said);
      return ExitCode::ok;
    };
  });
  return command;
}

CLI::App* add_of_run(CLI::App& runs, CommandContext& context, const char* name, const char* help, Work work,
                     const std::shared_ptr<RunsArguments>& arguments) {
  CLI::App* command = add_one(runs, context, name, help, work, arguments);
  command->add_option("RUN", arguments->run, "Its id")->required();
  return command;
}

void add_list(CLI::App& runs, CommandContext& context) {
  const auto arguments = std::make_shared<RunsArguments>();
  CLI::App* list = add_one(runs, context, "list", "List runs, newest first", list_runs, arguments);
  list->add_option("--state", arguments->state, "live, failed, ...; several with commas")->type_name("STATE");
  list->add_option("--plan", arguments->plan, "Only of this plan")->type_name("PLAN");
  list->add_option("--host", arguments->host, "Only on this host (id or name)")->type_name("HOST");
  list->add_option("--environment", arguments->environment, "Only of this environment (id or name)")
      ->type_name("ENVIRONMENT");
  list->add_option("-n,--limit", arguments->limit, fmt::format("How many, at most {}", kMostRuns))
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostRuns).description(""))
      ->capture_default_str();
  add_examples(*list, "fettle runs list --state live\nfettle runs list --state failed --host web-1");
}

void add_plans(CLI::App& runs, CommandContext& context) {
  const auto arguments = std::make_shared<RunsArguments>();
  CLI::App* plans = add_one(runs, context, "plans", "List what can be run, on a host with its commands",
                            list_plans, arguments);
  plans->add_option("--host", arguments->host, "What this host offers (id or name)")->type_name("HOST");
}

void add_log(CLI::App& runs, CommandContext& context) {
  const auto arguments = std::make_shared<RunsArguments>();
  CLI::App* log =
      add_of_run(runs, context, "log", "Show what a run has to say, and follow it", show_log, arguments);
  log->add_flag("-f,--follow", arguments->is_followed, "Go on until the run has ended; Ctrl-C ends it");
  log->add_option("-n,--lines", arguments->lines, fmt::format("How many lines, at most {}", kMostLines))
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostLines).description(""))
      ->capture_default_str();
  log->add_option("--level", arguments->level, "The least severity: debug, info, warning, error")
      ->type_name("LEVEL");
}

void add_start(CLI::App& runs, CommandContext& context) {
  const auto arguments = std::make_shared<StartArguments>();
  CLI::App* start = runs.add_subcommand("start", "Run a plan on a target");
  arguments->api = add_api_flags(*start);
  start->add_option("PLAN", arguments->plan, "Such as host-check")->required();
  auto* host = start->add_option("--host", arguments->host, "On this host (id or name)")->type_name("HOST");
  start->add_option("--target", arguments->target, "On this target; without it and --host: the server")
      ->type_name("KIND:ID")
      ->excludes(host);
  auto* json =
      start->add_option("--parameters", arguments->parameters, "What the plan wants to know, as JSON")
          ->type_name("JSON");
  start->add_option("--set", arguments->set, "One thing that it wants to know; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->excludes(json);
  start->add_flag("--dry-run", arguments->is_dry, "Count what would be done, change nothing");
  start->add_flag("--wait", arguments->is_waited_for,
                  "Wait for the end: 0 when the run went well, 1 when it did not");
  start->add_flag("--json", arguments->as_json, "As JSON, as the API says it");
  add_examples(*start,
               "fettle runs start host-check --host web-1 --wait\n"
               "fettle runs start command --host web-1 --set name=nightly --wait");
  start->callback([&context, arguments] {
    context.chosen = [&context, arguments] { return start_run(*arguments, context); };
  });
}

}  // namespace

void add_runs_command(CLI::App& app, CommandContext& context) {
  CLI::App* runs = app.add_subcommand("runs", "List runs, start them, follow and cancel them");
  runs->require_subcommand(1);
  add_list(*runs, context);
  add_of_run(*runs, context, "show", "Show a run with its steps", show_run,
             std::make_shared<RunsArguments>());
  add_log(*runs, context);
  add_plans(*runs, context);
  add_start(*runs, context);
  add_of_run(*runs, context, "cancel", "Ask a run to end", cancel_run, std::make_shared<RunsArguments>());
}

}  // namespace fettle::cli
