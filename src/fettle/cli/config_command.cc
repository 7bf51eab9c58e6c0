#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/json.h"
#include "fettle/cli/certificate_check.h"
#include "fettle/cli/commands.h"
#include "fettle/cli/config_flags.h"
#include "fettle/cli/config_reference.h"
#include "fettle/cli/text_table.h"

namespace fettle::cli {
namespace {

struct CheckArguments {
  std::shared_ptr<ConfigFlags> flags;
  bool as_json = false;
};

std::string json_object(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  std::string out;
  for (const auto& [name, text] : members) {
    out += out.empty() ? '{' : ',';
    append_json_string(out, name);
    out += ':';
    append_json_string(out, text);
  }
  return out + '}';
}

std::string as_json(const ConfigOutcome& outcome) {
  std::string values;
  std::string problems;
  for (const ConfigSetting& setting : outcome.config.settings())
    values += (values.empty() ? "" : ",") + json_object({{"key", setting.key->name},
                                                         {"value", to_toml(setting.value)},
                                                         {"origin", setting.origin}});
  for (const ConfigProblem& problem : outcome.problems)
    problems += (problems.empty() ? "" : ",") +
                json_object({{"where", problem.where}, {"key", problem.key}, {"detail", problem.text}});
  return fmt::format("{{\"values\":[{}],\"problems\":[{}]}}\n", values, problems);
}

std::string as_table(const Config& config) {
  TextTable table;
  table.columns = {{"KEY"}, {"VALUE"}, {"FROM"}};
  for (const ConfigSetting& setting : config.settings())
    table.rows.push_back({std::string(setting.key->name), to_toml(setting.value), setting.origin});
  return format_table(table, Palette::plain);
}

ExitCode check_config(const CheckArguments& arguments, const CommandContext& context) {
  const Surroundings& around = context.surroundings;
  auto outcome = load_config(*arguments.flags, around);
  if (!outcome) return context.report(outcome.error());  // the file cannot be read
  if (outcome->problems.empty()) outcome->problems = check_certificate_files(outcome->config, around);
  if (arguments.as_json) {
    around.out(as_json(*outcome));
  } else if (outcome->problems.empty()) {
    around.out(as_table(outcome->config));
  } else {
    for (const ConfigProblem& problem : outcome->problems) around.err(format_problem(problem) + "\n");
  }
  return outcome->problems.empty() ? ExitCode::ok : ExitCode::usage;
}

void add_print_command(CLI::App& config, CommandContext& context, const char* name, const char* help,
                       std::string (*make)()) {
  config.add_subcommand(name, help)->callback([&context, make] {
    context.chosen = [&context, make] {
      context.surroundings.out(make());
      return ExitCode::ok;
    };
  });
}

}  // namespace

void add_config_command(CLI::App& app, CommandContext& context) {
  CLI::App* config = app.add_subcommand("config", "Check the configuration, or print what can be configured");
  config->require_subcommand(1);
  CLI::App* check =
      config->add_subcommand("check", "Name what is wrong, or print what is in force and where it came from");
  auto arguments = std::make_shared<CheckArguments>();
  arguments->flags = add_config_flags(*check, "");
  check->add_option("FILE", arguments->flags->config_path, "The file to check; the same as --config FILE")
      ->excludes("--config");
  check->add_flag("--json", arguments->as_json, "As JSON");
  check->callback([&context, arguments] {
    context.chosen = [&context, arguments] { return check_config(*arguments, context); };
  });
  add_print_command(*config, context, "example", "Print a commented file to start from", config_example_toml);
  add_print_command(*config, context, "reference", "Print the page of all keys (Markdown)",
                    config_reference_markdown);
}

}  // namespace fettle::cli
