// `fettle schedules`: what runs when, and what became of it.
#include <CLI/CLI.hpp>

#include "fettle/cli/flag_words.h"
#include "fettle/cli/help_format.h"
#include "fettle/cli/schedule_arguments.h"

namespace fettle::cli {
namespace {

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
  add->add_option("--id", of_add->values["id"],
                  "The id of a preview: it gets the times that were shown for H and ~")
      ->type_name("ID");
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
