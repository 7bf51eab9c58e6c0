#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/json.h"
#include "fettle/cli/commands.h"
#include "fettle/cli/config_flags.h"
#include "fettle/cli/doctor_text.h"
#include "fettle/cli/help_format.h"
#include "fettle/cli/policy_file.h"

namespace fettle::cli {
namespace {

enum class Role : std::uint8_t { server, agent };

struct Patient {
  Role role = Role::server;
  std::shared_ptr<ConfigFlags> flags;  // shared: the parser's options and the chosen command hold it
  std::shared_ptr<bool> as_json = std::make_shared<bool>(false);
};

std::string_view name_of(Role role) {
  return role == Role::server ? "server" : "agent";
}

void add_policy_finding(DoctorFindings& findings, const CommandContext& context) {
  const auto policy = load_policy("", context.surroundings);
  if (!policy) {
    findings.push_back(
        {"policy", DoctorState::failed, policy.error().detail, "the agent does not start before that"});
    return;
  }
  for (const ConfigProblem& problem : policy->problems)
    findings.push_back({"policy", DoctorState::failed, format_problem(problem), "fettle agent policy check"});
  if (policy->problems.empty())
    findings.push_back({"policy", DoctorState::good,
                        fmt::format("heartbeats every {} to {} ms", policy->policy.fastest_interval.count(),
                                    policy->policy.slowest_interval.count()),
                        ""});
}

/// Configuration first: with a problem there nothing else can be looked at.
DoctorFindings examine(const Patient& patient, const CommandContext& context) {
  auto outcome = load_config(*patient.flags, context.surroundings);
  if (!outcome)
    return {
        {"configuration", DoctorState::failed, outcome.error().detail, "name another file with --config"}};
  DoctorFindings findings;
  for (const ConfigProblem& problem : outcome->problems)
    findings.push_back(
        {"configuration", DoctorState::failed, format_problem(problem), "mend it; fettle config check"});
  if (!findings.empty()) return findings;
  findings.push_back({"configuration", DoctorState::good, "nothing wrong", ""});
  if (patient.role == Role::agent) add_policy_finding(findings, context);
  const DoctorFindings rest = patient.role == Role::server
                                  ? context.actions.examine_server(server_options(outcome->config))
                                  : context.actions.examine_agent(agent_options(outcome->config));
  findings.insert(findings.end(), rest.begin(), rest.end());
  return findings;
}

void append_json(std::string& out, Role role, const DoctorFindings& findings) {
  for (const DoctorFinding& finding : findings) {
    out += out.ends_with('[') ? "{\"role\":" : ",{\"role\":";
    append_json_string(out, name_of(role));
    const std::pair<std::string_view, std::string_view> members[] = {
        {"check", finding.check},
        {"state", finding.state == DoctorState::good     ? "good"
                  : finding.state == DoctorState::failed ? "failed"
                                                         : word_of(finding.state)},
        {"detail", finding.detail},
        {"advice", finding.advice}};
    for (const auto& [name, text] : members) {
      out += ",\"" + std::string(name) + "\":";
      append_json_string(out, text);
    }
    out += '}';
  }
}

ExitCode examine_all(const std::vector<Patient>& patients, bool as_json, const CommandContext& context) {
  const Surroundings& around = context.surroundings;
  const bool is_coloured = is_colour_wanted(around);
  bool has_failed = false;
  std::string json = "{\"findings\":[";
  for (const Patient& patient : patients) {
    const DoctorFindings findings = examine(patient, context);
    has_failed = has_failed || any_failed(findings);
    if (as_json)
      append_json(json, patient.role, findings);
    else
      around.out(fmt::format("{}\n{}", name_of(patient.role), as_text(findings, is_coloured)));
  }
  if (as_json) around.out(json + "]}\n");
  return has_failed ? ExitCode::failure : ExitCode::ok;
}

/// Without a role: whatever this machine has, by the folders that the configuration names.
ExitCode examine_what_is_here(const Patient& server, const CommandContext& context) {
  const auto config = load_config(*server.flags, context.surroundings);
  std::vector<Patient> patients;
  for (const Role role : {Role::server, Role::agent}) {
    const bool is_here =
        !config || context.actions.is_folder(config->config.text(fmt::format("{}.data", name_of(role))));
    if (is_here) patients.push_back({role, server.flags, server.as_json});
  }
  if (!patients.empty()) return examine_all(patients, *server.as_json, context);
  return context.report(
      {ErrorCode::not_found,
       "nothing_here",
       "this machine has the folder of neither a server nor an agent; name one: fettle doctor "
       "server --data DIR, fettle doctor agent --data DIR",
       {},
       0});
}

}  // namespace

void add_doctor_command(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("doctor", "Check a server or an agent, and say what to do about what is wrong");
  const Patient whole{Role::server, add_config_flags(*command, ""), std::make_shared<bool>(false)};
  command->add_flag("--json", *whole.as_json, "As JSON");
  for (const Role role : {Role::server, Role::agent}) {
    CLI::App* one = command->add_subcommand(std::string(name_of(role)),
                                            fmt::format("The {} of this machine", name_of(role)));
    const Patient patient{role, add_config_flags(*one, fmt::format("{}.", name_of(role))),
                          std::make_shared<bool>(false)};
    one->add_flag("--json", *patient.as_json, "As JSON");
    one->callback([&context, patient] {
      context.chosen = [&context, patient] { return examine_all({patient}, *patient.as_json, context); };
    });
  }
  add_examples(*command, "fettle doctor\nfettle doctor server --data var/server\nfettle doctor agent --json");
  command->callback([&context, whole, command] {
    if (!command->get_subcommands().empty()) return;  // it has chosen already
    context.chosen = [&context, whole] { return examine_what_is_here(whole, context); };
  });
}

}  // namespace fettle::cli
