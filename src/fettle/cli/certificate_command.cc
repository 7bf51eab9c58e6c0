#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "fettle/cli/commands.h"
#include "fettle/cli/config_flags.h"
#include "fettle/cli/help_format.h"
#include "fettle/io/system_files.h"
#include "fettle/net/own_certificate.h"

namespace fettle::cli {
namespace {

using Act = ExitCode (*)(const std::string& folder, const CommandContext& context);

/// What root writes for the server must belong to whom the folder belongs to, or the server cannot read it.
Result<> give_to_owner(const std::string& folder, std::string_view name) {
  struct ::stat facts{};
  const std::string path = folder + "/" + std::string(name);
  if (::geteuid() != 0 || ::stat(folder.c_str(), &facts) != 0) return {};
  if (::chown(path.c_str(), facts.st_uid, facts.st_gid) == 0) return {};
  return fail(ErrorCode::io, "owner", path + ": cannot be given to the user of the server");
}

ExitCode show(const std::string& folder, const CommandContext& context) {
  io::SystemFiles files;
  const auto pins = net::own_certificate_pins(files, folder);
  if (!pins) return context.report(pins.error());
  context.surroundings.out(fmt::format("in use  {}\n", pin_text(pins->front())));
  if (pins->size() > 1) context.surroundings.out(fmt::format("next    {}\n", pin_text(pins->back())));
  return ExitCode::ok;
}

ExitCode make_next(const std::string& folder, const CommandContext& context) {
  io::SystemFiles files;
  const auto pin = net::make_next_key(files, folder);
  if (!pin) return context.report(pin.error());
  if (auto given = give_to_owner(folder, net::kNextKeyFile); !given) return context.report(given.error());
  context.surroundings.out(fmt::format("next    {}\n", pin_text(*pin)));
  context.surroundings.err(
      "The running server tells its agents within seconds, and those that are offline when they come back. "
      "When "
      "all have been there: fettle certificate switch\n");
  return ExitCode::ok;
}

ExitCode switch_over(const std::string& folder, const CommandContext& context) {
  io::SystemFiles files;
  const auto pin = net::switch_to_next_key(files, folder);
  if (!pin) return context.report(pin.error());
  if (auto given = give_to_owner(folder, net::kOwnKeyFile); !given) return context.report(given.error());
  context.surroundings.out(fmt::format("in use  {}\n", pin_text(*pin)));
  context.surroundings.err(
      "The running server takes it within seconds. An agent that has not been connected since the key was "
      "made "
      "has to be enrolled anew.\n");
  return ExitCode::ok;
}

void add_act(CLI::App& parent, CommandContext& context, const char* name, const char* help, Act act) {
  CLI::App* command = parent.add_subcommand(name, help);
  auto flags = add_config_flags(*command, "server.data");
  command->callback([&context, flags, act] {
    context.chosen = [&context, flags, act] {
      const auto config = load_checked_config(*flags, context.surroundings);
      return config ? act(config->text("server.data"), context) : ExitCode::usage;
    };
  });
}

}  // namespace

void add_certificate_command(CLI::App& app, CommandContext& context) {
  CLI::App* certificate = app.add_subcommand(
      "certificate", "The certificate that the server made for itself: its pin, a new key");
  certificate->require_subcommand(1);
  add_act(*certificate, context, "show", "Print the pin of the key in use, and of the next one", show);
  add_act(*certificate, context, "new", "Make the next key, so that agents hear of it before it is used",
          make_next);
  add_act(*certificate, context, "switch", "Put the next key in use", switch_over);
}

}  // namespace fettle::cli
