// What the commands of `fettle schedules` share: their arguments, the client, finding what is named. One
// function for each command, which gives what is to be printed.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fettle/base/json_value.h"
#include "fettle/cli/api_client.h"
#include "fettle/cli/api_flags.h"
#include "fettle/cli/commands.h"

namespace fettle::cli {

inline constexpr const char* kSchedulesPath = "/api/v1/schedules";

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

/// "90s", "15m", "2h", "1d": in the largest unit that says it whole.
std::string span_text(std::int64_t ms);
std::string json_text(std::string_view text);
/// "{...}" of members with a comma behind each.
std::string as_object(std::string members);
/// The members of a body that the flags give, with a comma behind each.
Result<std::string> members_of(const ScheduleArguments& arguments);
/// Of --set NAME=VALUE, as `runs start` takes them; with a comma behind.
Result<std::string> set_members(const std::vector<std::string>& pairs);
/// The plan, and of its commands which: "command nightly".
std::string what_of(const JsonNode& schedule);
std::string or_dash(std::string text);
bool is_enabled(const JsonNode& schedule);

Result<ApiClient> client_of(const ScheduleArguments& arguments, std::string_view scope,
                            const CommandContext& context);
/// By id, or by a name that only one of them has; `what` is it for people.
Result<JsonNode> find_named(const ApiClient& client, const std::string& path, const std::string& wanted,
                            std::string_view what);
Result<JsonNode> find_plan(const ApiClient& client, const std::string& wanted);

// schedules_show.cc
Result<std::string> list_schedules(const ScheduleArguments& arguments, const CommandContext& context);
Result<std::string> show_schedule(const ScheduleArguments& arguments, const CommandContext& context);
Result<std::string> preview_timing(const ScheduleArguments& arguments, const CommandContext& context);
// schedules_edit.cc
Result<std::string> add_schedule(const ScheduleArguments& arguments, const CommandContext& context);
Result<std::string> edit_schedule(const ScheduleArguments& arguments, const CommandContext& context);
Result<std::string> enable_schedule(const ScheduleArguments& arguments, const CommandContext& context);
Result<std::string> disable_schedule(const ScheduleArguments& arguments, const CommandContext& context);
Result<std::string> remove_schedule(const ScheduleArguments& arguments, const CommandContext& context);
Result<std::string> run_schedule(const ScheduleArguments& arguments, const CommandContext& context);

}  // namespace fettle::cli
