#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/byte_text.h"
#include "fettle/cli/api_flags.h"
#include "fettle/cli/commands.h"
#include "fettle/cli/help_format.h"
#include "fettle/cli/text_table.h"

namespace fettle::cli {
namespace {

struct HostsArguments {
  std::shared_ptr<ApiFlags> api;
  std::string environment;
  bool as_json = false;
};

std::string percent(const JsonNode& summary, std::string_view name) {
  auto value = number_member(summary, name);
  return value ? fmt::format("{:.1f}", *value) : "-";
}

std::string rate(const JsonNode& summary, std::string_view name) {
  auto value = number_member(summary, name);
  return value ? format_bytes(*value) + "/s" : "-";
}

Colour colour_of(std::string_view state) {
  if (state == "online") return Colour::green;
  if (state == "late") return Colour::yellow;
  return state == "offline" ? Colour::red : Colour::none;
}

std::string host_table(const std::vector<JsonNode>& hosts, Palette palette) {
  TextTable table;
  table.columns = {{"NAME"},
                   {"STATE"},
                   {"CPU %", Align::right},
                   {"MEMORY %", Align::right},
                   {"DISK %", Align::right},
                   {"RECEIVES", Align::right},
                   {"SENDS", Align::right},
                   {"LAST SEEN"},
                   {"ID"}};
  const JsonNode nothing;
  for (const JsonNode& host : hosts) {
    const JsonNode* found = member(host, "summary");
    const JsonNode& summary = found ? *found : nothing;
    std::string state = text_member(host, "state");
    std::string seen = text_member(host, "last_seen_at");
    table.rows.push_back({text_member(host, "name"), Cell(state, colour_of(state)),
                          percent(summary, "cpu_percent"), percent(summary, "memory_percent"),
                          percent(summary, "disk_percent"), rate(summary, "rx_bytes_per_second"),
                          rate(summary, "tx_bytes_per_second"), seen.empty() ? "never" : seen,
                          text_member(host, "id")});
  }
  return format_table(table, palette);
}

Result<std::vector<JsonNode>> read_hosts(const HostsArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(std::string url, api_url(*arguments.api, context.surroundings));
  FETTLE_TRY(Secret<std::string> token, api_token(*arguments.api, context.surroundings, "read"));
  const ApiClient client(context.actions, std::move(url), std::move(token));
  const std::string& environment = arguments.environment;
  auto hosts = client.list("/api/v1/hosts" +
                           (environment.empty() ? "" : "?environment=" + percent_encode(environment)));
  const bool is_environment_refused =
      !hosts && std::ranges::any_of(hosts.error().fields, [](const FieldError& field) {
        return field.pointer == "/query/environment";
      });
  if (!hosts && hosts.error().code == ErrorCode::forbidden)
    hosts.error().detail += " This takes an API token with the scope read.";
  if (is_environment_refused)
    return fail(ErrorCode::not_found, "environment_not_found",
                "there is no environment '" + environment + "' that this token may see");
  return hosts;
}

ExitCode list_hosts(const HostsArguments& arguments, const CommandContext& context) {
  const Surroundings& around = context.surroundings;
  auto hosts = read_hosts(arguments, context);
  if (!hosts) return context.report(hosts.error());
  if (arguments.as_json) {
    std::string out = "{\"items\":[";
    for (std::size_t i = 0; i < hosts->size(); ++i) {
      if (i) out += ',';
      append_json_node(out, (*hosts)[i]);
    }
    around.out(out + "]}\n");
    return ExitCode::ok;
  }
  bool is_coloured = around.out_is_terminal && around.variable("NO_COLOR").empty();
  around.out(host_table(*hosts, is_coloured ? Palette::coloured : Palette::plain));
  if (hosts->empty()) around.err("There is no host yet. Add one on the page, or: fettle enroll URL TOKEN\n");
  return ExitCode::ok;
}

}  // namespace

void add_hosts_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("hosts", "List the hosts of a server, or care for one of them");
  auto arguments = std::make_shared<HostsArguments>();
  arguments->api = add_api_flags(*command);
  command
      ->add_option("--environment", arguments->environment, "Only the hosts of this environment (id or name)")
      ->type_name("ENVIRONMENT");
  command->add_flag("--json", arguments->as_json, "As JSON, as the API says it");
  add_examples(*command,
               "FETTLE_TOKEN=ftk_... fettle hosts\n"
               "fettle hosts --url http://127.0.0.1:8420 --token-file token --json");
  add_host_care_commands(*command, context);
  command->callback([&context, arguments, command] {
    if (!command->get_subcommands().empty()) return;
    context.chosen = [&context, arguments] { return list_hosts(*arguments, context); };
  });
}

}  // namespace fettle::cli
