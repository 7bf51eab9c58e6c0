#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/cli/commands.h"
#include "fettle/cli/config_table.h"
#include "fettle/cli/token_input.h"

namespace fettle::cli {
namespace {

struct EnrollArguments {
  std::string url;
  TokenInput token{.text = {}, .file = {}, .variable = "FETTLE_ENROLMENT_TOKEN"};
  std::string data_folder;
  std::string name;
};

ExitCode enroll(const EnrollArguments& arguments, const CommandContext& context) {
  auto token = read_token(arguments.token, context.surroundings);
  if (!token) return context.report(token.error());
  if (token->reveal().empty()) {
    context.surroundings.err(
        "fettle enroll: a token is needed: TOKEN, --token-file or FETTLE_ENROLMENT_TOKEN\n");
    return ExitCode::usage;
  }
  EnrolOptions options{arguments.url, std::move(*token), arguments.data_folder, std::nullopt};
  if (!arguments.name.empty()) options.name = arguments.name;
  while (options.url.ends_with('/')) options.url.pop_back();
  auto done = context.actions.enrol(options);
  if (!done) return context.report(done.error());
  context.surroundings.out(fmt::format("This host is now {} ({}). Start its agent: fettle agent --data {}\n",
                                       done->name, done->host_id, arguments.data_folder));
  return ExitCode::ok;
}

}  // namespace

void add_enroll_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("enroll", "Make this machine a host of a server, once");
  auto arguments = std::make_shared<EnrollArguments>();
  arguments->data_folder = find_config_key("agent.data")->fallback;
  command->add_option("URL", arguments->url, "The server, such as http://127.0.0.1:8420")->required();
  CLI::Option* token = command->add_option("TOKEN", arguments->token.text, "Single-use token from the page");
  command->add_option("--token-file", arguments->token.file, "File that holds the token")
      ->type_name("FILE")
      ->excludes(token);
  command->add_option("--data", arguments->data_folder, "Folder of the agent's identity")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_option("--name", arguments->name, "What the host is called (default: its host name)")
      ->type_name("NAME");
  command->callback([&context, arguments] {
    context.chosen = [&context, arguments] { return enroll(*arguments, context); };
  });
}

}  // namespace fettle::cli
