#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/text.h"
#include "fettle/cli/api_flags.h"
#include "fettle/cli/commands.h"

namespace fettle::cli {
namespace {

struct SimulateArguments {
  std::shared_ptr<ApiFlags> api;
  std::uint32_t hosts = 100;
  std::uint32_t seconds = 60;
  std::uint32_t interval_ms = 0;
  std::uint64_t seed = 1;
  std::string enrolment_tokens_file;
  std::string report_file;
  bool as_json = false;
};

Result<std::vector<Secret<std::string>>> read_enrolment_tokens(const std::string& path,
                                                               const Surroundings& around) {
  FETTLE_TRY(std::string text, around.read_file(path));
  std::vector<Secret<std::string>> tokens;
  for (std::string_view line : split(text, '\n'))
    if (!trim(line).empty()) tokens.emplace_back(std::string(trim(line)));
  return tokens;
}

Result<SimulateOptions> simulate_options(const SimulateArguments& arguments, const Surroundings& around) {
  SimulateOptions options;
  options.url = api_url(*arguments.api, around);
  options.hosts = arguments.hosts;
  options.duration = std::chrono::seconds(arguments.seconds);
  options.interval = Millis(arguments.interval_ms);
  options.seed = arguments.seed;
  if (!arguments.report_file.empty()) options.report_file = arguments.report_file;
  if (!arguments.enrolment_tokens_file.empty()) {
    FETTLE_TRY(options.enrolment_tokens, read_enrolment_tokens(arguments.enrolment_tokens_file, around));
    if (options.enrolment_tokens.size() < options.hosts)
      return fail(ErrorCode::unprocessable, "too_few_tokens",
                  fmt::format("{} holds {} tokens for {} hosts", arguments.enrolment_tokens_file,
                              options.enrolment_tokens.size(), options.hosts));
  } else {
    FETTLE_TRY(options.bearer, read_token(arguments.api->token, around));
  }
  return options;
}

std::string as_json(const SimulateDone& done) {
  return fmt::format(
      "{{\"hosts\":{},\"heartbeats_sent\":{},\"heartbeats_acknowledged\":{},\"reconnects\":{},"
      "\"ack_p50_ms\":{:.3f},\"ack_p99_ms\":{:.3f}}}\n",
      done.hosts, done.heartbeats_sent, done.heartbeats_acknowledged, done.reconnects, done.ack_p50_ms,
      done.ack_p99_ms);
}

std::string as_sentence(const SimulateDone& done) {
  return fmt::format(
      "{} hosts sent {} heartbeats; {} were acknowledged, {} reconnects; acknowledged after {:.1f} ms "
      "(median), "
      "{:.1f} ms (99 of 100)\n",
      done.hosts, done.heartbeats_sent, done.heartbeats_acknowledged, done.reconnects, done.ack_p50_ms,
      done.ack_p99_ms);
}

ExitCode simulate(const SimulateArguments& arguments, const CommandContext& context) {
  auto options = simulate_options(arguments, context.surroundings);
  if (!options) return context.report(options.error());
  if (options->enrolment_tokens.empty() && options->bearer.reveal().empty()) {
    context.surroundings.err(
        "fettle simulate: the hosts must be enrolled: give an API token with scope admin (--token, "
        "--token-file, "
        "FETTLE_TOKEN) or --enrolment-tokens\n");
    return ExitCode::usage;
  }
  auto done = context.actions.simulate(*options);
  if (!done) return context.report(done.error());
  context.surroundings.out(arguments.as_json ? as_json(*done) : as_sentence(*done));
  return ExitCode::ok;
}

}  // namespace

void add_simulate_command(CLI::App& app, CommandContext& context) {
  constexpr std::uint32_t kMostHosts = 20'000;
  constexpr std::uint32_t kMostSeconds = 7 * 24 * 3600;
  CLI::App* command =
      app.add_subcommand("simulate", "Play a fleet of believable agents against a server, for a time");
  auto arguments = std::make_shared<SimulateArguments>();
  arguments->api = add_api_flags(*command);
  command->add_option("--hosts", arguments->hosts, "How many agents")
      ->check(CLI::Range(1U, kMostHosts))
      ->capture_default_str();
  command->add_option("--seconds", arguments->seconds, "For how long")
      ->check(CLI::Range(1U, kMostSeconds))
      ->capture_default_str();
  command
      ->add_option("--interval-ms", arguments->interval_ms,
                   "Heartbeat interval (default: what the server orders)")
      ->check(CLI::Range(10U, 60'000U));
  command->add_option("--seed", arguments->seed, "Of the numbers that are played")->capture_default_str();
  command
      ->add_option("--enrolment-tokens", arguments->enrolment_tokens_file,
                   "File with a token for each host, a line each")
      ->type_name("FILE");
  command
      ->add_option("--report", arguments->report_file, "Gets a JSON line a host: what was acknowledged last")
      ->type_name("FILE");
  command->add_flag("--json", arguments->as_json, "The result as JSON");
  command->callback([&context, arguments] {
    context.chosen = [&context, arguments] { return simulate(*arguments, context); };
  });
}

}  // namespace fettle::cli
