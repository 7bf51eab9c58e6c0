// `fettle schedules add`, `edit`, `enable`, `disable`, `remove` and `run`.
#include <fmt/format.h>

#include "fettle/base/text.h"
#include "fettle/cli/schedule_arguments.h"

namespace fettle::cli {
namespace {

std::string path_of(const JsonNode& schedule) {
  return std::string(kSchedulesPath) + "/" + text_member(schedule, "id");
}

Result<std::string> edit_with(const ScheduleArguments& arguments, const CommandContext& context,
                              const std::string& body) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "operate", context));
  FETTLE_TRY(const JsonNode schedule, find_named(client, kSchedulesPath, arguments.schedule, "schedule"));
  FETTLE_TRY(const JsonNode now, client.send("PATCH", path_of(schedule), body));
  const std::string name = escape_control(text_member(now, "name"));
  if (!is_enabled(now)) return name + " is switched off.\n";
  return fmt::format("{} runs {}, next at {}.\n", name, text_member(now, "sentence"),
                     or_dash(text_member(now, "next_at")));
}

}  // namespace

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
  FETTLE_TRY(const JsonNode made, client.send("POST", kSchedulesPath, as_object(std::move(body))));
  if (!is_enabled(made))
    return fmt::format("{} is made and switched off ({}).\n", escape_control(text_member(made, "name")),
                       text_member(made, "id"));
  return fmt::format("{} runs {}, next at {} ({}).\n", escape_control(text_member(made, "name")),
                     text_member(made, "sentence"), or_dash(text_member(made, "next_at")),
                     text_member(made, "id"));
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
  FETTLE_TRY(const JsonNode schedule, find_named(client, kSchedulesPath, arguments.schedule, "schedule"));
  FETTLE_TRY(const JsonNode nothing, client.send("DELETE", path_of(schedule), ""));
  ignore(nothing, "it has no content");
  return escape_control(text_member(schedule, "name")) + " was removed.\n";
}

Result<std::string> run_schedule(const ScheduleArguments& arguments, const CommandContext& context) {
  FETTLE_TRY(const ApiClient client, client_of(arguments, "operate", context));
  FETTLE_TRY(const JsonNode schedule, find_named(client, kSchedulesPath, arguments.schedule, "schedule"));
  FETTLE_TRY(const JsonNode run, client.send("POST", path_of(schedule) + "/run", ""));
  return text_member(run, "id") + "\n";
}

}  // namespace fettle::cli
