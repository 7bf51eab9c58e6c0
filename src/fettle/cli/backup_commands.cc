#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/byte_text.h"
#include "fettle/base/json.h"
#include "fettle/base/text.h"
#include "fettle/cli/api_flags.h"
#include "fettle/cli/commands.h"
#include "fettle/cli/config_flags.h"
#include "fettle/cli/help_format.h"
#include "fettle/cli/text_table.h"

namespace fettle::cli {
namespace {

struct BackupArguments {
  std::shared_ptr<ApiFlags> api;
  std::string archive, data_folder, key_file;
  bool as_json = false;
};

/// One line on a terminal, written over again and again; nothing elsewhere.
class ByteLine {
 public:
  ByteLine(const Surroundings& around, std::string what) : around_(around), what_(std::move(what)) {}
  void show(std::uint64_t done, std::uint64_t of) {
    if (!around_.err_is_terminal) return;
    std::string text = fmt::format("{}: {}", what_, format_bytes(static_cast<double>(done)));
    if (of > 0) text += fmt::format(" of {}", format_bytes(static_cast<double>(of)));
    if (text == shown_) return;
    around_.err("\r\x1b[K" + text);  // Source: ECMA-48, EL
    shown_ = std::move(text);
  }
  void clear() const {
    if (!shown_.empty()) around_.err("\r\x1b[K");
  }

 private:
  const Surroundings& around_;
  const std::string what_;
  std::string shown_;
};

Result<BackupOptions> backup_options(const BackupArguments& arguments, const Surroundings& around) {
  BackupOptions options;
  options.archive = arguments.archive;
  if (!arguments.key_file.empty()) options.key_file = arguments.key_file;
  if (!arguments.data_folder.empty()) {
    options.data_folder = arguments.data_folder;
    return options;
  }
  if (options.key_file) {
    return fail(
        ErrorCode::unprocessable, "key_needs_data",
        "the master key never leaves the server's machine over the network: --key-file goes with --data");
  }
  FETTLE_TRY(options.url, api_url(*arguments.api, around));
  FETTLE_TRY(options.bearer, api_token(*arguments.api, around, "admin"));
  return options;
}

std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

ExitCode back_up(const BackupArguments& arguments, const CommandContext& context) {
  const Surroundings& around = context.surroundings;
  auto options = backup_options(arguments, around);
  if (!options) return context.report(options.error());
  ByteLine line(around, "copying");
  auto done = context.actions.backup_self(*options, [&line](auto bytes, auto of) { line.show(bytes, of); });
  line.clear();
  if (!done) return context.report(done.error());
  if (arguments.as_json) {
    around.out(fmt::format("{{\"archive\":{},\"bytes\":{},\"master_key\":{}}}\n", json_text(options->archive),
                           done->bytes, done->needed_key.empty() ? "null" : json_text(done->needed_key)));
    return ExitCode::ok;
  }
  around.out(fmt::format("{} holds a whole copy ({})\n", escape_control(options->archive),
                         format_bytes(static_cast<double>(done->bytes))));
  if (done->is_key_kept) {
    around.out(fmt::format("{} holds the master key {}: keep it apart from the copy\n",
                           escape_control(*options->key_file), done->needed_key));
  } else if (!done->needed_key.empty()) {
    around.err(fmt::format("The copy needs the master key {}, which is not in it; --key-file keeps it too\n",
                           done->needed_key));
  }
  return ExitCode::ok;
}

struct RestoreArguments {
  RestoreOptions options;
  std::string key_file;
  bool as_json = false;
};

ExitCode restore(const RestoreArguments& arguments, const CommandContext& context) {
  const Surroundings& around = context.surroundings;
  RestoreOptions options = arguments.options;
  if (!arguments.key_file.empty()) options.key_file = arguments.key_file;
  ByteLine line(around, "reading");
  auto done = context.actions.restore_self(options, [&line](auto bytes, auto of) { line.show(bytes, of); });
  line.clear();
  if (!done) return context.report(done.error());
  if (arguments.as_json) {
    around.out(fmt::format(
        "{{\"data\":{},\"files\":{},\"bytes\":{},\"version\":{},\"made_at\":{},\"needed_key\":{}}}\n",
        json_text(options.data_folder), done->files, done->bytes, json_text(done->version),
        json_text(done->made_at), done->needed_key.empty() ? "null" : json_text(done->needed_key)));
    return ExitCode::ok;
  }
  around.out(fmt::format("{} holds the server's data as of {}: {} files, {}\n",
                         escape_control(options.data_folder), escape_control(done->made_at), done->files,
                         format_bytes(static_cast<double>(done->bytes))));
  if (!done->needed_key.empty()) {
    around.err(fmt::format("It needs the master key {}: put it at {}/master-key before the server starts\n",
                           escape_control(done->needed_key), escape_control(options.data_folder)));
  }
  return ExitCode::ok;
}

void add_restore_command(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("restore-self", "Put a copy of a server's data into an empty folder");
  auto arguments = std::make_shared<RestoreArguments>();
  command->add_option("FILE", arguments->options.archive, "The copy")->required();
  command->add_option("--data", arguments->options.data_folder, "The data folder: empty, or not there yet")
      ->type_name("DIR")
      ->required();
  command->add_option("--key-file", arguments->key_file, "The master key that was kept apart")
      ->type_name("FILE");
  command->add_flag("--json", arguments->as_json, "The result as JSON");
  add_examples(*command, "fettle restore-self fettle.tar.zst --data /var/lib/fettle/server");
  command->callback([&context, arguments] {
    context.chosen = [&context, arguments] { return restore(*arguments, context); };
  });
}

}  // namespace

void add_backup_commands(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("backup-self", "Copy a server's own data into one file, while it works");
  auto arguments = std::make_shared<BackupArguments>();
  command->add_option("FILE", arguments->archive, "The file that is made")->required();
  command
      ->add_option("--data", arguments->data_folder,
                   "The server's data folder, on its machine; else the copy comes from the server at --url")
      ->type_name("DIR");
  command
      ->add_option("--key-file", arguments->key_file,
                   "Gets the master key, which is not part of the copy; with --data")
      ->type_name("FILE");
  arguments->api = add_api_flags(*command);
  command->add_flag("--json", arguments->as_json, "The result as JSON");
  add_examples(*command,
               "fettle backup-self fettle.tar.zst --data /var/lib/fettle/server --key-file fettle.key\n"
               "FETTLE_TOKEN=ftk_... fettle backup-self fettle.tar.zst --url http://127.0.0.1:8420");
  command->callback([&context, arguments] {
    context.chosen = [&context, arguments] { return back_up(*arguments, context); };
  });
  add_restore_command(app, context);
}

}  // namespace fettle::cli
