#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/text.h"
#include "fettle/cli/api_flags.h"
#include "fettle/cli/commands.h"
#include "fettle/cli/help_format.h"

namespace fettle::cli {
namespace {

struct SimulateArguments {
  std::shared_ptr<ApiFlags> api;
  std::uint32_t hosts = 100;
  std::uint32_t seconds = 60;
  std::uint32_t history_minutes = 0;
  std::uint64_t seed = 1;
  std::string enrolment_tokens_file;
  std::string report_file;
  bool keep_hosts = false;
  bool is_clean = false;
  bool as_json = false;
};

Result<std::vector<Secret<std::string>>> read_enrolment_tokens(const std::string& path,
                                                               const Surroundings& around) {
  FETTLE_TRY(std::string text, read_named_file(around, path));
  std::vector<Secret<std::string>> tokens;
  for (std::string_view line : split(text, '\n'))
    if (!trim(line).empty()) tokens.emplace_back(std::string(trim(line)));
  return tokens;
}

Result<SimulateOptions> simulate_options(const SimulateArguments& arguments, const Surroundings& around) {
  SimulateOptions options;
  FETTLE_TRY(options.url, api_url(*arguments.api, around));
  options.hosts = arguments.hosts;
  options.duration = std::chrono::seconds(arguments.seconds);
  options.history = std::chrono::minutes(arguments.history_minutes);
  options.seed = arguments.seed;
  options.keep_hosts = arguments.keep_hosts;
  options.is_clean = arguments.is_clean;
  if (!arguments.report_file.empty()) options.report_file = arguments.report_file;
  if (!arguments.enrolment_tokens_file.empty()) {
    FETTLE_TRY(options.enrolment_tokens, read_enrolment_tokens(arguments.enrolment_tokens_file, around));
    if (options.enrolment_tokens.size() < options.hosts)
      return fail(ErrorCode::unprocessable, "too_few_tokens",
                  fmt::format("{} holds {} tokens for {} hosts", arguments.enrolment_tokens_file,
                              options.enrolment_tokens.size(), options.hosts));
  } else {
    FETTLE_TRY(options.bearer, api_token(*arguments.api, around, "admin"));
  }
  return options;
}

std::string as_json(const SimulateDone& done) {
  return fmt::format(
      "{{\"hosts\":{},\"heartbeats_sent\":{},\"heartbeats_acknowledged\":{},\"reconnects\":{},"
      "\"ack_p50_ms\":{:.3f},\"ack_p99_ms\":{:.3f},\"hosts_removed\":{}}}\n",
      done.hosts, done.heartbeats_sent, done.heartbeats_acknowledged, done.reconnects, done.ack_p50_ms,
      done.ack_p99_ms, done.hosts_removed);
}

std::string as_sentences(const SimulateDone& done) {
  std::string out = "It was ended before a host was played\n";
  if (done.hosts > 0)
    out = fmt::format(
        "{} hosts sent {} heartbeats; {} were acknowledged, {} reconnects; acknowledged after {:.1f} ms "
        "(median), {:.1f} ms (99 of 100)\n",
        done.hosts, done.heartbeats_sent, done.heartbeats_acknowledged, done.reconnects, done.ack_p50_ms,
        done.ack_p99_ms);
  if (done.hosts_removed > 0)
    out += fmt::format("{} hosts were removed from the fleet again\n", done.hosts_removed);
  else if (done.why_hosts_stay.empty() && done.hosts > 0)
    out += "The hosts stay in the fleet, offline, until DELETE /api/v1/hosts/ID removes them\n";
  return out;
}

/// `so_far` is empty where nobody sees it grow.
std::string as_line(const SimulateProgress& progress, std::string_view so_far) {
  switch (progress.phase) {
    case SimulateProgress::Phase::enrolling:
      return fmt::format("enrolling {} hosts{}", progress.hosts, so_far);
    case SimulateProgress::Phase::playing:
      return fmt::format("playing {} hosts for {} s{}", progress.hosts, progress.left.count(), so_far);
    case SimulateProgress::Phase::removing:
      return fmt::format("removing {} hosts{}", progress.hosts, so_far);
  }
  return {};
}

std::string so_far(const SimulateProgress& progress) {
  const bool plays = progress.phase == SimulateProgress::Phase::playing;
  return fmt::format(": {} {}", progress.done, plays ? "heartbeats acknowledged" : "done");
}

/// On a terminal one line that is written over again and again; elsewhere a line for each phase.
class ProgressLine {
 public:
  explicit ProgressLine(const Surroundings& around) : around_(around) {}
  void show(const SimulateProgress& progress) {
    const bool is_new = phase_ != progress.phase;
    phase_ = progress.phase;
    if (around_.err_is_terminal)
      around_.err("\r\x1b[K" + as_line(progress, so_far(progress)));  // Source: ECMA-48, EL
    else if (is_new)
      around_.err(as_line(progress, "") + "\n");
  }
  void clear() const {
    if (phase_ && around_.err_is_terminal) around_.err("\r\x1b[K");
  }

 private:
  const Surroundings& around_;
  std::optional<SimulateProgress::Phase> phase_;
};

ExitCode simulate(const SimulateArguments& arguments, const CommandContext& context) {
  auto options = simulate_options(arguments, context.surroundings);
  if (!options) return context.report(options.error());
  ProgressLine line(context.surroundings);
  auto done =
      context.actions.simulate(*options, [&line](const SimulateProgress& progress) { line.show(progress); });
  line.clear();
  if (!done) return context.report(done.error());
  const std::string sentences =
      arguments.is_clean
          ? fmt::format("{} simulated hosts were removed from the fleet\n", done->hosts_removed)
          : as_sentences(*done);
  context.surroundings.out(arguments.as_json ? as_json(*done) : sentences);
  if (!done->why_hosts_stay.empty())
    context.surroundings.err(fmt::format("fettle: {}\n", escape_control(done->why_hosts_stay)));
  return done->why_hosts_stay.empty() ? ExitCode::ok : ExitCode::failure;
}

}  // namespace

void add_simulate_command(CLI::App& app, CommandContext& context) {
  constexpr std::uint32_t kMostHosts = 20'000;
  constexpr std::uint32_t kMostSeconds = 7 * 24 * 3600;
  constexpr std::uint32_t kMostHistoryMinutes = 396 * 24 * 60;  // what a server keeps
  CLI::App* command =
      app.add_subcommand("simulate", "Play a fleet of believable agents against a server, for a time");
  auto arguments = std::make_shared<SimulateArguments>();
  arguments->api = add_api_flags(*command);
  command->add_option("--hosts", arguments->hosts, fmt::format("How many agents, at most {}", kMostHosts))
      ->type_name("N")
      ->check(CLI::Range(1U, kMostHosts).description(""))
      ->capture_default_str();
  command
      ->add_option("--seconds", arguments->seconds,
                   "For how long, a week at most; Ctrl-C ends it in good order")
      ->type_name("N")
      ->check(CLI::Range(1U, kMostSeconds).description(""))
      ->capture_default_str();
  command
      ->add_option("--history", arguments->history_minutes,
                   "So many minutes of samples that each host brings along with their own times: 1440 are a "
                   "day, 43200 are 30 "
                   "days, 13 months at most. Beyond an hour they are one a minute, as agents keep them")
      ->type_name("MINUTES")
      ->check(CLI::Range(0U, kMostHistoryMinutes).description(""));
  command->add_option("--seed", arguments->seed, "Of the numbers that are played")
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--keep", arguments->keep_hosts,
                    "Let the hosts stay in the fleet; else they are removed at the end");
  command
      ->add_flag("--clean", arguments->is_clean,
                 "Play none: remove the hosts that earlier plays left in the fleet")
      ->excludes(command->get_option("--keep"));
  command
      ->add_option("--enrolment-tokens", arguments->enrolment_tokens_file,
                   "File with a token for each host, a line each, instead of an API token; the hosts stay")
      ->type_name("FILE");
  command
      ->add_option("--report", arguments->report_file, "Gets a JSON line a host: what was acknowledged last")
      ->type_name("FILE");
  command->add_flag("--json", arguments->as_json, "The result as JSON");
  add_examples(*command, "FETTLE_TOKEN=ftk_... fettle simulate --hosts 200 --seconds 60");
  command->callback([&context, arguments] {
    context.chosen = [&context, arguments] { return simulate(*arguments, context); };
  });
}

}  // namespace fettle::cli
