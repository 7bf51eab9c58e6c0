#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/cli/api_flags.h"
#include "fettle/cli/commands.h"
#include "fettle/cli/config_table.h"
#include "fettle/cli/help_format.h"
#include "fettle/cli/token_input.h"

namespace fettle::cli {
namespace {

struct EnrollArguments {
  std::string url;
  TokenInput token{.text = {}, .file = {}, .variable = "FETTLE_ENROLMENT_TOKEN"};
  std::string data_folder;
  std::string name;
  bool replaces = false;
};

/// A token that is used up or too old denies as one that is not known does.
ExitCode report_refusal(const Error& error, const CommandContext& context) {
  const ExitCode code = context.report(error);
  return error.reason.starts_with("enrolment_token_") ? ExitCode::denied : code;
}

ExitCode enroll(const EnrollArguments& arguments, const CommandContext& context) {
  auto token = read_token(arguments.token, context.surroundings);
  if (!token) return context.report(token.error());
  if (token->reveal().empty())
    return context.report(
        {ErrorCode::unauthenticated,
         "no_token",
         "an enrolment token is needed: 'Add a host' on the page makes one; give it as TOKEN, with "
         "--token-file or in FETTLE_ENROLMENT_TOKEN",
         {},
         0});
  auto url = check_server_url(arguments.url, "URL");
  if (!url) return context.report(url.error());
  EnrolOptions options{std::move(*url), std::move(*token), arguments.data_folder, std::nullopt,
                       arguments.replaces};
  if (!arguments.name.empty()) options.name = arguments.name;
  auto done = context.actions.enrol(options);
  if (!done) return report_refusal(done.error(), context);
  context.surroundings.out(fmt::format("This host is now {} ({}). Start its agent: {} agent --data {}\n",
                                       done->name, done->host_id, context.program, arguments.data_folder));
  return ExitCode::ok;
}

}  // namespace

void add_enroll_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("enroll", "Make this machine a host of a server, once");
  auto arguments = std::make_shared<EnrollArguments>();
  arguments->data_folder = find_config_key("agent.data")->fallback;
  command->add_option("URL", arguments->url, "The server, such as http://127.0.0.1:8420")->required();
  CLI::Option* token =
      command->add_option("TOKEN", arguments->token.text,
                          "Single-use token, made on the page with 'Add a host' (or FETTLE_ENROLMENT_TOKEN)");
  command
      ->add_option("--token-file", arguments->token.file, "File that holds the token; - for standard input")
      ->type_name("FILE")
      ->excludes(token);
  command->add_option("--data", arguments->data_folder, "Folder of the agent's identity")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_option("--name", arguments->name, "What the host is called (default: its host name)")
      ->type_name("NAME");
  command->add_flag("--replace", arguments->replaces,
                    "Put the new identity in the place of one that is there; what waits to be sent is kept");
  add_examples(*command,
               "fettle enroll http://127.0.0.1:8420 TOKEN --data var/second --name second\n"
               "fettle agent --data var/second");
  command->callback([&context, arguments] {
    context.chosen = [&context, arguments] { return enroll(*arguments, context); };
  });
}

}  // namespace fettle::cli
