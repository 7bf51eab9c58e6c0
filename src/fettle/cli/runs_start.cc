#include "fettle/cli/runs_start.h"

#include <fmt/format.h>

#include "fettle/base/json.h"
#include "fettle/base/text.h"
#include "fettle/cli/flag_words.h"
#include "fettle/cli/host_lookup.h"
#include "fettle/cli/run_text.h"

namespace fettle::cli {
namespace {

constexpr Millis kBetweenLooks{500};

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

struct TargetName {
  std::string kind = "server", id = "server";
};

/// --host, --target KIND:ID, or the server.
Result<TargetName> target_of(const StartArguments& arguments, const ApiClient& client) {
  TargetName out;
  if (!arguments.host.empty()) {
    out.kind = "host";
    FETTLE_TRY(out.id, host_id_of(arguments.host, client));
  } else if (!arguments.target.empty()) {
    const std::size_t colon = arguments.target.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == arguments.target.size())
      return fail(ErrorCode::unprocessable, "bad_target", "--target takes KIND:ID");
    out = {arguments.target.substr(0, colon), arguments.target.substr(colon + 1)};
  }
  return out;
}

/// Tells each step whose state is another than at the last look.
void tell_steps(const JsonNode& before, const JsonNode& now, const Surroundings& around) {
  const JsonNode* old_steps = member(before, "steps");
  const JsonNode* steps = member(now, "steps");
  if (steps == nullptr) return;
  for (std::size_t i = 0; i < steps->items.size(); ++i) {
    const std::string state = text_member(steps->items[i], "state");
    const bool is_known = old_steps != nullptr && i < old_steps->items.size() &&
                          text_member(old_steps->items[i], "state") == state;
    if (!is_known && state != "pending") around.err(step_line(now, steps->items[i]));
  }
}

/// Looks until the run has ended; a server that is away for a while is waited for.
Result<JsonNode> wait_for(const JsonNode& begun, const ApiClient& client, const CommandContext& context) {
  const Surroundings& around = context.surroundings;
  JsonNode run = begun;
  bool is_away = false;
  while (is_live_run(run)) {
    if (!context.actions.pause(kBetweenLooks))
      return fail(ErrorCode::cancelled, "interrupted",
                  "not waited for its end: the run goes on (" + text_member(run, "id") + ")");
    auto now = client.get("/api/v1/runs/" + text_member(run, "id"));
    if (!now) {
      if (!is_worth_another_look(now.error())) return now;
      if (!std::exchange(is_away, true))
        around.err("fettle: " + escape_control(now.error().detail) + "; still waiting\n");
      continue;
    }
    is_away = false;
    tell_steps(run, *now, around);
    run = std::move(*now);
  }
  return run;
}

Result<ApiClient> client_of(const StartArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(std::string url, api_url(*arguments.api, context.surroundings));
  FETTLE_TRY(Secret<std::string> token, api_token(*arguments.api, context.surroundings, "operate"));
  return ApiClient(context.actions, std::move(url), std::move(token));
}

/// The object of --parameters, or of all --set; empty when neither is there.
Result<std::string> parameters_of(const StartArguments& arguments) {
  if (!arguments.parameters.empty()) {
    if (auto read = parse_json(arguments.parameters); !read)
      return fail(ErrorCode::unprocessable, "bad_parameters", "--parameters: " + read.error().detail);
    return arguments.parameters;
  }
  std::string out;
  for (const std::string& pair : arguments.set) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos)
      return fail(ErrorCode::unprocessable, "bad_parameters", "--set takes NAME=VALUE, and got " + pair);
    out += (out.empty() ? "{" : ",") + quoted(pair.substr(0, equals)) + ":" + quoted(pair.substr(equals + 1));
  }
  return out.empty() ? out : out + "}";
}

Result<JsonNode> begin(const StartArguments& arguments, const ApiClient& client) {
  FETTLE_TRY(const TargetName target, target_of(arguments, client));
  std::string body =
      fmt::format(R"({{"plan":{},"target_kind":{},"target_id":{},"dry_run":{})", quoted(arguments.plan),
                  quoted(target.kind), quoted(target.id), arguments.is_dry ? "true" : "false");
  FETTLE_TRY(const std::string parameters, parameters_of(arguments));
  if (!parameters.empty()) body += ",\"parameters\":" + parameters;
  return client.send("POST", "/api/v1/runs", body + "}");
}

}  // namespace

bool is_worth_another_look(const Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout ||
         error.code == ErrorCode::closed || error.code == ErrorCode::io ||
         error.code == ErrorCode::rate_limited;
}

ExitCode start_run(const StartArguments& arguments, const CommandContext& context) {
  const Surroundings& around = context.surroundings;
  const auto client = client_of(arguments, context);
  if (!client) return context.report(client.error());
  auto run = begin(arguments, *client);
  if (!run) return context.report(in_flags(std::move(run).error()));
  if (arguments.is_waited_for) {
    run = wait_for(*run, *client, context);
    if (!run) return context.report(run.error());
  }
  std::string text;
  if (arguments.as_json) {
    append_json_node(text, *run);
    text += '\n';
  } else if (arguments.is_waited_for) {
    const bool is_coloured = around.out_is_terminal && around.variable("NO_COLOR").empty();
    text = run_page(*run, is_coloured ? Palette::coloured : Palette::plain);
  } else {
    text = text_member(*run, "id") + "\n";
  }
  around.out(text);
  return arguments.is_waited_for ? exit_code_of_run(*run) : ExitCode::ok;
}

}  // namespace fettle::cli
