#include <fmt/format.h>

#include <algorithm>
#include <CLI/CLI.hpp>
#include <deque>

#include "fettle/base/text.h"
#include "fettle/cli/api_flags.h"
#include "fettle/cli/commands.h"
#include "fettle/cli/follow.h"
#include "fettle/cli/help_format.h"
#include "fettle/cli/host_lookup.h"

namespace fettle::cli {
namespace {

constexpr std::int64_t kMostEvents = 500;

struct EventsArguments {
  std::shared_ptr<ApiFlags> api;
  std::int64_t limit = 50;
  std::string severity, type, host, environment;
  bool is_followed = false;
  bool as_json = false;
};

std::string_view colour_of(std::string_view severity) {
  if (severity == "error") return "\x1b[31m";
  if (severity == "warning") return "\x1b[33m";
  return severity == "success" ? "\x1b[32m" : "";
}

/// Prints each event once, oldest first, whether it came with the list or with the stream.
class EventPrinter {
 public:
  EventPrinter(const EventsArguments& arguments, const Surroundings& around, ApiClient client,
               std::string query)
      : arguments_(arguments), around_(around), client_(std::move(client)), query_(std::move(query)) {}

  /// The newest; after the first time only what is not older than the last ones that were printed.
  Result<> list(std::int64_t limit) {
    std::string path = "/api/v1/events" + query_ + fmt::format("limit={}", limit);
    if (!last_times_.empty()) path += "&from=" + percent_encode(*std::ranges::min_element(last_times_));
    FETTLE_TRY(const JsonNode body, client_.get(path));
    const JsonNode* items = member(body, "items");
    if (items == nullptr) return {};
    for (auto event = items->items.rbegin(); event != items->items.rend(); ++event) print(*event);
    return {};
  }

  /// The API filters lists; a stream has all of its topic.
  void take(const JsonNode& event, const std::string& host_id, const std::string& environment_id) {
    const JsonNode* source = member(event, "source");
    if (!arguments_.severity.empty() && text_member(event, "severity") != arguments_.severity) return;
    if (!arguments_.type.empty() && text_member(event, "type") != arguments_.type) return;
    if (!host_id.empty() && (source == nullptr || text_member(*source, "id") != host_id)) return;
    if (!environment_id.empty() && text_member(event, "environment_id") != environment_id) return;
    print(event);
  }

 private:
  void print(const JsonNode& event) {
    constexpr std::size_t kRemembered = 1'000;
    std::string id = text_member(event, "id");
    if (std::ranges::find(seen_, id) != seen_.end()) return;
    seen_.push_back(std::move(id));
    if (seen_.size() > kRemembered) seen_.pop_front();
    // Several, because events are in the order of their commits, and not quite in that of their times.
    constexpr std::size_t kLastTimes = 20;
    last_times_.push_back(text_member(event, "at"));
    if (last_times_.size() > kLastTimes) last_times_.pop_front();
    if (arguments_.as_json) {
      std::string out;
      append_json_node(out, event);
      return around_.out(out + '\n');
    }
    const std::string severity = text_member(event, "severity");
    const bool is_coloured = around_.out_is_terminal && around_.variable("NO_COLOR").empty();
    const std::string_view colour = is_coloured ? colour_of(severity) : std::string_view();
    const JsonNode* source = member(event, "source");
    const std::string name = source == nullptr ? std::string() : text_member(*source, "name");
    const std::string message = text_member(event, "message");
    // Most sentences begin with whom they are about.
    const bool is_named =
        name.empty() || message.starts_with(name) || text_member(*source, "kind") == "server";
    around_.out(fmt::format("{} {}{:7}{} {} {}{}\n", text_member(event, "at"), colour, severity,
                            colour.empty() ? "" : "\x1b[0m", escape_control(text_member(event, "type")),
                            is_named ? "" : escape_control(name) + ": ", escape_control(message)));
  }

  const EventsArguments& arguments_;
  const Surroundings& around_;
  ApiClient client_;
  const std::string query_;
  std::deque<std::string> seen_;
  std::deque<std::string> last_times_;
};

Result<std::string> environment_id_of(const std::string& environment, const ApiClient& client) {
  if (environment.empty() || environment.starts_with("env_")) return environment;
  FETTLE_TRY(const auto all, client.list("/api/v1/environments"));
  for (const JsonNode& each : all)
    if (text_member(each, "name") == environment) return text_member(each, "id");
  return fail(ErrorCode::not_found, "environment_not_found",
              "there is no environment '" + environment + "' that this token may see");
}

ExitCode show_events(const EventsArguments& arguments, const CommandContext& context) {
  const Surroundings& around = context.surroundings;
  auto url = api_url(*arguments.api, around);
  if (!url) return context.report(url.error());
  auto token = api_token(*arguments.api, around, "read");
  if (!token) return context.report(token.error());
  const ApiClient client(context.actions, *url, *token);
  const auto host_id = host_id_of(arguments.host, client);
  if (!host_id) return context.report(host_id.error());
  const auto environment = environment_id_of(arguments.environment, client);
  if (!environment) return context.report(environment.error());
  std::string query = "?";
  const auto add = [&query](std::string_view name, const std::string& value) {
    if (!value.empty()) query += fmt::format("{}={}&", name, percent_encode(value));
  };
  add("severity", arguments.severity);
  add("type", arguments.type);
  add("host_id", *host_id);
  add("environment", *environment);
  EventPrinter printer(arguments, around, client, query);
  if (!arguments.is_followed) {
    auto listed = printer.list(arguments.limit);
    return listed ? ExitCode::ok : context.report(listed.error());
  }
  Result<> listed;
  std::int64_t limit = arguments.limit;
  const ExitCode code =
      follow(context, {*url + "/api/v1/stream?topics=events", *token, [&](const SseEvent& event) {
                         // The list comes when the stream is there: between the two nothing is missed.
                         if (event.type == "hello" || event.type == "resync") {
                           listed = printer.list(std::exchange(limit, kMostEvents));
                           return listed.has_value();
                         }
                         const auto body = parse_json(event.data);
                         if (body && event.type == "event") printer.take(*body, *host_id, *environment);
                         return true;
                       }});
  return listed ? code : context.report(listed.error());
}

}  // namespace

void add_events_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("events", "List what happened, and follow it");
  auto arguments = std::make_shared<EventsArguments>();
  arguments->api = add_api_flags(*command);
  command->add_flag("-f,--follow", arguments->is_followed, "Go on with each new event; Ctrl-C ends it");
  command
      ->add_option("-n,--limit", arguments->limit,
                   fmt::format("How many of the newest, at most {}", kMostEvents))
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostEvents).description(""))
      ->capture_default_str();
  command->add_option("--severity", arguments->severity, "info, success, warning or error")
      ->type_name("SEVERITY");
  command->add_option("--type", arguments->type, "Such as host.offline")->type_name("TYPE");
  command->add_option("--host", arguments->host, "Only of this host (id or name)")->type_name("HOST");
  command->add_option("--environment", arguments->environment, "Only of this environment (id or name)")
      ->type_name("ENVIRONMENT");
  command->add_flag("--json", arguments->as_json, "A JSON object a line, as the API says it");
  add_examples(*command,
               "fettle events --severity error --limit 20\n"
               "fettle events -f --host web-1");
  command->callback([&context, arguments] {
    context.chosen = [&context, arguments] { return show_events(*arguments, context); };
  });
}

}  // namespace fettle::cli
