#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/json.h"
#include "fettle/base/text.h"
#include "fettle/cli/api_flags.h"
#include "fettle/cli/commands.h"
#include "fettle/cli/help_format.h"
#include "fettle/cli/text_table.h"

namespace fettle::cli {
namespace {

struct ListArguments {
  std::shared_ptr<ApiFlags> api;
  std::map<std::string, std::string> filter;  // query parameters as they were typed
  std::uint32_t limit = 50;
  bool as_json = false;
};

struct VerifyArguments {
  std::shared_ptr<ApiFlags> api;
  std::string data_folder;
  bool as_json = false;
};

std::string list_path(const ListArguments& arguments) {
  std::string path = fmt::format("/api/v1/audit?limit={}", arguments.limit);
  for (const auto& [name, value] : arguments.filter) {
    if (!value.empty()) path += "&" + name + "=" + percent_encode(value);
  }
  return path;
}

Result<JsonNode> ask(const ApiFlags& flags, const CommandContext& context, const std::string& path) {
  FETTLE_TRY(std::string url, api_url(flags, context.surroundings));
  FETTLE_TRY(Secret<std::string> token, api_token(flags, context.surroundings, "admin"));
  auto answer = ApiClient(context.actions, std::move(url), std::move(token)).get(path);
  if (!answer && answer.error().code == ErrorCode::forbidden)
    answer.error().detail +=
        " This takes an API token with the scope admin for all environments, of a server administrator.";
  return answer;
}

std::string entry_table(const JsonNode& items) {
  TextTable table;
  table.columns = {{"#", Align::right}, {"AT"}, {"WHO"}, {"ACTION"}, {"OBJECT"}, {"DETAIL"}};
  const JsonNode nothing;
  for (const JsonNode& entry : items.items) {
    const JsonNode* actor = member(entry, "actor");
    const auto number = number_member(entry, "sequence");
    table.rows.push_back({fmt::format("{:.0f}", number.value_or(0)), text_member(entry, "at"),
                          text_member(actor ? *actor : nothing, "name"), text_member(entry, "action"),
                          text_member(entry, "object"), text_member(entry, "detail")});
  }
  return format_table(table, Palette::plain);
}

ExitCode list_entries(const ListArguments& arguments, const CommandContext& context) {
  const Surroundings& around = context.surroundings;
  auto page = ask(*arguments.api, context, list_path(arguments));
  if (!page) return context.report(page.error());
  const JsonNode* items = member(*page, "items");
  const JsonNode nothing;
  if (arguments.as_json) {
    std::string out;
    append_json_node(out, *page);
    around.out(out + "\n");
    return ExitCode::ok;
  }
  around.out(entry_table(items ? *items : nothing));
  if (!items || items->items.empty()) around.err("No entry fits.\n");
  if (!text_member(*page, "next_cursor").empty())
    around.err(fmt::format("There are older entries: --cursor {}\n", text_member(*page, "next_cursor")));
  return ExitCode::ok;
}

Result<AuditCheck> check_at_server(const VerifyArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const JsonNode answer, ask(*arguments.api, context, "/api/v1/audit/verification"));
  AuditCheck check;
  const JsonNode* intact = member(answer, "intact");
  check.intact = intact && intact->kind == JsonNode::Kind::boolean && intact->boolean;
  check.entries = static_cast<std::int64_t>(number_member(answer, "entries").value_or(0));
  check.broken_at = static_cast<std::int64_t>(number_member(answer, "broken_at").value_or(0));
  check.detail = text_member(answer, "detail");
  return check;
}

std::string as_json(const AuditCheck& check) {
  std::string detail;
  append_json_string(detail, check.detail);
  return fmt::format(R"({{"intact":{},"entries":{},"broken_at":{},"detail":{}}})", check.intact,
                     check.entries, check.intact ? "null" : std::to_string(check.broken_at), detail);
}

std::string sentence(const AuditCheck& check) {
  if (check.intact) return fmt::format("The audit chain is intact: {} entries.", check.entries);
  if (check.broken_at == 0) return fmt::format("The audit chain is broken: {}.", check.detail);
  return fmt::format("The audit chain is broken at entry {}: it {}. Intact before it: {} entries.",
                     check.broken_at, check.detail, check.entries);
}

ExitCode verify(const VerifyArguments& arguments, const CommandContext& context) {
  const bool is_offline = !arguments.data_folder.empty();
  auto check =
      is_offline ? context.actions.check_audit(arguments.data_folder) : check_at_server(arguments, context);
  if (!check) return context.report(check.error());
  context.surroundings.out((arguments.as_json ? as_json(*check) : escape_control(sentence(*check))) + "\n");
  return check->intact ? ExitCode::ok : ExitCode::failure;
}

void add_list(CLI::App& audit, CommandContext& context) {
  CLI::App* command = audit.add_subcommand("list", "List who did what, newest first");
  auto arguments = std::make_shared<ListArguments>();
  arguments->api = add_api_flags(*command);
  auto& filter = arguments->filter;
  command->add_option("--who", filter["who"], "A person's or token's id, or a part of the name")
      ->type_name("WHO");
  command->add_option("--action", filter["action"], "For example token.create, or token for all of them")
      ->type_name("ACTION");
  command->add_option("--object", filter["object"], "The id of what was changed")->type_name("ID");
  command->add_option("--from", filter["from"], "Not before, as 2026-11-22T09:10:04Z")->type_name("TIME");
  command->add_option("--until", filter["until"], "Before, as 2026-11-22T09:10:04Z")->type_name("TIME");
  command->add_option("--cursor", filter["cursor"], "Entries older than this one")->type_name("N");
  command->add_option("--limit", arguments->limit, "How many at most (50)")
      ->type_name("N")
      ->check(CLI::Range(1, 500));
  command->add_flag("--json", arguments->as_json, "As JSON, as the API says it");
  add_examples(*command, "fettle audit list --action role.change\nfettle audit list --who ada --json");
  command->callback([&context, arguments] {
    context.chosen = [&context, arguments] { return list_entries(*arguments, context); };
  });
}

void add_verify(CLI::App& audit, CommandContext& context) {
  CLI::App* command = audit.add_subcommand(
      "verify", "Walk the audit chain: intact (exit code 0), or the first entry that is not (1)");
  auto arguments = std::make_shared<VerifyArguments>();
  arguments->api = add_api_flags(*command);
  command
      ->add_option("--data", arguments->data_folder,
                   "Read this data folder instead of asking a server; the server may run or not")
      ->type_name("DIR");
  command->add_flag("--json", arguments->as_json, "As JSON");
  add_examples(*command, "fettle audit verify --data /var/lib/fettle/server\nfettle audit verify --json");
  command->callback([&context, arguments] {
    context.chosen = [&context, arguments] { return verify(*arguments, context); };
  });
}

}  // namespace

void add_audit_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("audit", "Look into the audit log, and verify it");
  command->require_subcommand(1);
  add_list(*command, context);
  add_verify(*command, context);
}

}  // namespace fettle::cli
