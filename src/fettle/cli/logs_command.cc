#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/text.h"
#include "fettle/cli/api_flags.h"
#include "fettle/cli/commands.h"
#include "fettle/cli/follow.h"
#include "fettle/cli/help_format.h"
#include "fettle/cli/since.h"

namespace fettle::cli {
namespace {

struct LogsArguments {
  std::shared_ptr<ApiFlags> api;
  std::int64_t lines = 100;
  std::string level, query, since;
  bool is_followed = false;
  bool as_json = false;
};

std::string_view colour_of(std::string_view level) {
  if (level == "error") return "\x1b[31m";
  return level == "warn" ? "\x1b[33m" : "";
}

/// As the server writes it to its own standard error.
std::string line_of(const JsonNode& line, bool is_coloured) {
  const std::string level = text_member(line, "level");
  const std::string_view colour = is_coloured ? colour_of(level) : std::string_view();
  std::string out = fmt::format(
      "{} {}{:5}{} {} {}", text_member(line, "at"), colour, level, colour.empty() ? "" : "\x1b[0m",
      escape_control(text_member(line, "component")), escape_control(text_member(line, "message")));
  if (const JsonNode* fields = member(line, "fields")) {
    for (const JsonNode& field : fields->items) {
      const std::string value = escape_control(field.text);
      const bool is_plain = !value.empty() && value.find_first_of(" \"=") == std::string::npos;
      out += fmt::format(" {}={}", escape_control(field.name), is_plain ? value : '"' + value + '"');
    }
  }
  const double count = number_member(line, "count").value_or(1);
  if (count > 1) out += fmt::format(" ({:.0f} times)", count);
  return out + '\n';
}

void print(const JsonNode& line, const LogsArguments& arguments, const Surroundings& around) {
  if (!arguments.as_json) {
    return around.out(line_of(line, around.out_is_terminal && around.variable("NO_COLOR").empty()));
  }
  std::string out;
  append_json_node(out, line);
  around.out(out + '\n');
}

Result<std::string> query_of(const LogsArguments& arguments, const Surroundings& around) {
  std::string out = fmt::format("?lines={}", arguments.lines);
  if (!arguments.level.empty()) out += "&level=" + percent_encode(arguments.level);
  if (!arguments.query.empty()) out += "&query=" + percent_encode(arguments.query);
  if (!arguments.since.empty()) {
    FETTLE_TRY(const WallTime since, parse_since(arguments.since, around.wall_now()));
    out += "&since=" + percent_encode(format_time(since));
  }
  return out;
}

ExitCode show_logs(const LogsArguments& arguments, const CommandContext& context) {
  const Surroundings& around = context.surroundings;
  auto url = api_url(*arguments.api, around);
  if (!url) return context.report(url.error());
  auto token = api_token(*arguments.api, around, "admin");
  if (!token) return context.report(token.error());
  auto query = query_of(arguments, around);
  if (!query) return context.report(query.error());
  if (arguments.is_followed) {
    return follow(context,
                  {*url + "/api/v1/logs" + *query + "&follow=true", *token, [&](const SseEvent& event) {
                     const auto line = parse_json(event.data);
                     if (line && event.type == "log_entry") print(*line, arguments, around);
                     return true;
                   }});
  }
  const ApiClient client(context.actions, std::move(*url), std::move(*token));
  auto body = client.get("/api/v1/logs" + *query);
  if (!body) return context.report(body.error());
  if (const JsonNode* items = member(*body, "items"))
    for (const JsonNode& line : items->items) print(line, arguments, around);
  return ExitCode::ok;
}

}  // namespace

void add_logs_command(CLI::App& app, CommandContext& context) {
  constexpr std::int64_t kMostLines = 10'000;
  CLI::App* command = app.add_subcommand("logs", "Show the server's own log, and follow it");
  auto arguments = std::make_shared<LogsArguments>();
  arguments->api = add_api_flags(*command);
  command->add_flag("-f,--follow", arguments->is_followed, "Go on with each new line; Ctrl-C ends it");
  command
      ->add_option("-n,--lines", arguments->lines,
                   fmt::format("How many lines, at most {} (1000 with -f)", kMostLines))
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostLines).description(""))
      ->capture_default_str();
  command->add_option("--level", arguments->level, "The least severity: trace, debug, info, warn, error")
      ->type_name("LEVEL");
  command->add_option("--query", arguments->query, "Only lines with this text")->type_name("TEXT");
  command->add_option("--since", arguments->since, "Only lines since then: 15m, 2h, 3d, or an RFC 3339 time")
      ->type_name("TIME");
  command->add_flag("--json", arguments->as_json, "A JSON object a line, as the API says it");
  add_examples(*command,
               "fettle logs -f --level warn\n"
               "fettle logs --since 2h --query host=host_... --json");
  command->callback([&context, arguments] {
    context.chosen = [&context, arguments] { return show_logs(*arguments, context); };
  });
}

}  // namespace fettle::cli
