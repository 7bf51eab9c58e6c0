// What is done to one host from a terminal. Each command finds the host by id or name and makes one request.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/json.h"
#include "fettle/base/text.h"
#include "fettle/cli/api_flags.h"
#include "fettle/cli/commands.h"
#include "fettle/cli/help_format.h"

namespace fettle::cli {
namespace {

struct CareArguments {
  std::shared_ptr<ApiFlags> api;
  std::string host;                 // id or name
  std::string value;                // a new name, or an environment
  std::vector<std::string> labels;  // "key=value", or "key-" for one that goes
  bool is_sure = false;             // it need not be asked for
};

struct Found {
  ApiClient client;
  JsonNode host;

  [[nodiscard]] std::string path() const { return "/api/v1/hosts/" + text_member(host, "id"); }
  [[nodiscard]] std::string name() const { return text_member(host, "name"); }
};

std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

/// By id, or by a name that only one of the hosts has that the token may see.
Result<Found> find_host(const CareArguments& arguments, std::string_view scope,
                        const CommandContext& context) {
  FETTLE_TRY(std::string url, api_url(*arguments.api, context.surroundings));
  FETTLE_TRY(Secret<std::string> token, api_token(*arguments.api, context.surroundings, scope));
  ApiClient client(context.actions, std::move(url), std::move(token));
  FETTLE_TRY(std::vector<JsonNode> hosts, client.list("/api/v1/hosts"));
  std::vector<JsonNode> named;
  for (JsonNode& host : hosts) {
    if (text_member(host, "id") == arguments.host) return Found{std::move(client), std::move(host)};
    if (text_member(host, "name") == arguments.host) named.push_back(std::move(host));
  }
  if (named.size() == 1) return Found{std::move(client), std::move(named.front())};
  if (named.empty())
    return fail(ErrorCode::not_found, "not_found",
                fmt::format("there is no host '{}' that this token may see", arguments.host));
  return fail(ErrorCode::invalid_input, "name_ambiguous",
              fmt::format("{} hosts are called '{}'; give the id", named.size(), arguments.host));
}

Result<std::string> rename_host(const CareArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const Found found, find_host(arguments, "operate", context));
  FETTLE_TRY(const JsonNode host,
             found.client.send("PATCH", found.path(), "{\"name\":" + json_text(arguments.value) + "}"));
  return fmt::format("{} is called {} now.\n", found.name(), text_member(host, "name"));
}

/// The labels by hand as they are, with these changes.
Result<std::string> label_body(const JsonNode& host, const std::vector<std::string>& changes) {
  std::map<std::string, std::string> labels;
  if (const JsonNode* given = member(host, "labels_by_hand"))
    for (const JsonNode& label : given->items) labels[label.name] = label.text;
  for (const std::string& change : changes) {
    if (const auto equals = change.find('='); equals != std::string::npos) {
      labels[change.substr(0, equals)] = change.substr(equals + 1);
    } else if (change.size() > 1 && change.ends_with('-')) {
      labels.erase(change.substr(0, change.size() - 1));
    } else {
      return fail(ErrorCode::invalid_input, "bad_label",
                  fmt::format("'{}' is no label: KEY=VALUE sets one, KEY- takes one away", change));
    }
  }
  std::string body = "{\"labels\":{";
  for (const auto& [key, value] : labels) {
    if (!body.ends_with('{')) body += ',';
    body += json_text(key) + ":" + json_text(value);
  }
  return body + "}}";
}

Result<std::string> label_host(const CareArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const Found found, find_host(arguments, "operate", context));
  FETTLE_TRY(const std::string body, label_body(found.host, arguments.labels));
  FETTLE_TRY(const JsonNode host, found.client.send("PATCH", found.path(), body));
  std::string text = found.name() + ":";
  if (const JsonNode* labels = member(host, "labels"))
    for (const JsonNode& label : labels->items) text += fmt::format(" {}={}", label.name, label.text);
  return text + "\n";
}

Result<std::string> move_host(const CareArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const Found found, find_host(arguments, "admin", context));
  std::string environment;
  FETTLE_TRY(const std::vector<JsonNode> all, found.client.list("/api/v1/environments"));
  for (const JsonNode& one : all)
    if (text_member(one, "name") == arguments.value || text_member(one, "id") == arguments.value)
      environment = text_member(one, "id");
  if (environment.empty())
    return fail(ErrorCode::not_found, "not_found",
                "there is no environment " + escape_control(arguments.value) +
                    " in which you have a role, or for which this token is good");
  FETTLE_TRY(const JsonNode host, found.client.send("POST", found.path() + "/move",
                                                    "{\"environment_id\":" + json_text(environment) + "}"));
  return fmt::format("{} belongs to {} now.\n", text_member(host, "name"), arguments.value);
}

/// What goes with a host, for whoever is asked.
Result<std::string> farewell(const Found& found) {
  FETTLE_TRY(
      const std::vector<JsonNode> schedules,
      found.client.list("/api/v1/schedules?target_kind=host&target_id=" + text_member(found.host, "id")));
  std::string text = escape_control(found.name()) +
                     ": its key is worthless from then on and its samples are deleted; its events stay.\n";
  if (schedules.empty()) return text;
  text += schedules.size() == 1 ? "A schedule goes with it: "
                                : fmt::format("{} schedules go with it: ", schedules.size());
  for (const JsonNode& one : schedules)
    text += (&one == &schedules.front() ? "" : ", ") + escape_control(text_member(one, "name"));
  return text + ".\n";
}

Result<std::string> remove_host(const CareArguments& arguments, const CommandContext& context) {
  const Surroundings& around = context.surroundings;
  if (!arguments.is_sure && !around.can_ask)
    return fail(ErrorCode::invalid_input, "not_confirmed",
                "removing a host cannot be undone: without a terminal to ask at it takes --yes");
  FETTLE_TRY(const Found found, find_host(arguments, "admin", context));
  if (!arguments.is_sure) {
    FETTLE_TRY(const std::string what, farewell(found));
    around.err(what + "This cannot be undone. Remove it? [y/N] ");
    const std::string said = to_lower_ascii(around.read_line());
    if (said != "y" && said != "yes")
      return fail(ErrorCode::cancelled, "not_confirmed", found.name() + " was not removed");
  }
  FETTLE_TRY(const JsonNode nothing, found.client.send("DELETE", found.path(), ""));
  ignore(nothing, "it has no content");
  return fmt::format("{} was removed.\n", found.name());
}

Result<std::string> re_enrol_host(const CareArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const Found found, find_host(arguments, "admin", context));
  FETTLE_TRY(const JsonNode token, found.client.send("POST", found.path() + "/re-enrol", ""));
  return fmt::format("{}\n{}\n", text_member(token, "hint"), text_member(token, "command"));
}

Result<std::string> unlock_host(const CareArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const Found found, find_host(arguments, "admin", context));
  FETTLE_TRY(const JsonNode host, found.client.send("POST", found.path() + "/unlock", ""));
  return fmt::format("{} is open again; its agent comes back within five minutes, or at its next start.\n",
                     text_member(host, "name"));
}

using Care = Result<std::string> (*)(const CareArguments&, const CommandContext&);

CLI::App* add_care(CLI::App& hosts, CommandContext& context, const char* name, const char* help, Care care,
                   const std::shared_ptr<CareArguments>& arguments) {
  CLI::App* command = hosts.add_subcommand(name, help);
  arguments->api = add_api_flags(*command);
  command->add_option("HOST", arguments->host, "Its name, or its id")->required();
  command->callback([&context, care, arguments] {
    context.chosen = [&context, care, arguments] {
      auto said = care(*arguments, context);
      if (!said) return context.report(said.error());
      context.surroundings.out(*said);
      return ExitCode::ok;
    };
  });
  return command;
}

}  // namespace

void add_host_care_commands(CLI::App& hosts, CommandContext& context) {
  const auto arguments = [] { return std::make_shared<CareArguments>(); };
  auto of_rename = arguments();
  add_care(hosts, context, "rename", "Give a host another name", rename_host, of_rename)
      ->add_option("NAME", of_rename->value, "What it is called from now on")
      ->required();
  auto of_label = arguments();
  CLI::App* label = add_care(hosts, context, "label", "Set labels of a host by hand, or take them away",
                             label_host, of_label);
  label->add_option("LABEL", of_label->labels, "KEY=VALUE sets one, KEY- takes one away")->required();
  add_examples(*label, "fettle hosts label web-1 role=web site-");
  auto of_move = arguments();
  add_care(hosts, context, "move", "Move a host to another environment", move_host, of_move)
      ->add_option("ENVIRONMENT", of_move->value, "Its name, or its id")
      ->required();
  auto of_remove = arguments();
  add_care(hosts, context, "remove", "Remove a host, its samples and its schedules", remove_host, of_remove)
      ->add_flag("--yes", of_remove->is_sure, "Without asking, which takes a terminal otherwise");
  add_care(hosts, context, "re-enrol", "Print the command that gives the same host another key",
           re_enrol_host, arguments());
  add_care(hosts, context, "unlock", "Let a host in again that was locked because two of it were seen",
           unlock_host, arguments());
}

}  // namespace fettle::cli
