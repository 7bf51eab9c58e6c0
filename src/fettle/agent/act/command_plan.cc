#include "fettle/agent/act/command_plan.h"

#include <csignal>
#include <cstring>

#include "fettle/agent/act/line_splitter.h"
#include "fettle/base/json_value.h"
#include "fettle/base/text.h"
#include "fettle/io/kill_points.h"
#include "fettle/wire/host_plans.h"

namespace fettle::agent {
namespace {

using wire::StepPhase;

/// As a shell shows it: exit code 128 + signal.
constexpr int kSignalBase = 128;

std::string names_of(const CommandPolicy& policy) {
  if (policy.commands.empty()) return "it names none";
  std::string names;
  for (const auto& [name, command] : policy.commands) names += (names.empty() ? "" : ", ") + name;
  constexpr std::size_t kMostShown = 1024;
  return "it names " + std::string(truncate_utf8(names, kMostShown));
}

std::string shown(const Command& command) {
  std::string text;
  for (const std::string& argument : command.arguments)
    text += (text.empty() ? "" : " ") + escape_control(argument);
  return text;
}

Seconds deadline_of(const Command& command, Seconds asked) {
  return asked > Seconds(0) ? std::min(asked, command.deadline) : command.deadline;
}

/// The program is told which run it is: what must not be done twice can be told apart by it.
io::ProcessOrder order_of(const Command& command, const StepTools& tools) {
  io::ProcessOrder order{.arguments = command.arguments,
                         .environment = command.environment,
                         .folder = command.folder,
                         .deadline = deadline_of(command, tools.deadline())};
  order.environment.push_back("FETTLE_RUN_ID=" + tools.run_id());
  if (command.user) order.user = io::ProcessUser{command.user->uid, command.user->gid};
  return order;
}

StepEnd end_of(const io::ProcessEnd& end) {
  StepEnd step{.message = describe_end(end),
               .exit_code = end.signal != 0 ? kSignalBase + end.signal : end.exit_code};
  if (end.cause == io::ProcessCause::asked) {
    step.phase = StepPhase::cancelled;
  } else if (!end.is_success() || end.cause == io::ProcessCause::deadline) {
    step.phase = StepPhase::failed;
  }
  return step;
}

/// Until both streams have ended; each line goes to the log.
Task<void> follow(io::Process& process, StepTools& tools) {
  LineSplitter out, err;
  const auto to_log = [&tools](LineLevel level) {
    return [&tools, level](std::string line) { tools.log(level, std::move(line)); };
  };
  const auto info = to_log(LineLevel::info), warning = to_log(LineLevel::warning);
  while (const auto piece = co_await process.read()) {
    const bool is_out = piece->kind == io::OutputKind::out;
    (is_out ? out : err).add(piece->bytes, is_out ? info : warning);
    co_await tools.room();
  }
  out.end(info);
  err.end(warning);
}

Task<StepEnd> run_command(CommandParts parts, StepTools& tools) {
  const auto command = find_command(parts.policy, tools.parameters());
  if (!command) co_return StepEnd{.phase = StepPhase::failed, .message = command.error()};
  if (tools.is_dry()) {
    tools.log(LineLevel::info, "would run " + shown(**command) + " in " + (*command)->folder);
    co_return StepEnd{.message = "would run " + shown(**command)};
  }
  io::reach(io::KillPoint::program_starting);
  auto started = parts.runner.start(order_of(**command, tools));
  if (!started) co_return StepEnd{.phase = StepPhase::failed, .message = started.error().detail};
  const auto process = std::move(*started);
  io::reach(io::KillPoint::program_started);
  tools.on_cancel([&process] { process->end(); });
  co_await follow(*process, tools);
  const io::ProcessEnd end = co_await process->wait();
  tools.on_cancel({});
  io::reach(io::KillPoint::program_ended);
  co_return end_of(end);
}

}  // namespace

std::expected<const Command*, std::string> find_command(const CommandPolicy& policy,
                                                        const std::string& parameters) {
  const auto json = parse_json(parameters);
  const JsonNode* name = nullptr;
  if (json && json->kind == JsonNode::Kind::object) {
    for (const JsonNode& member : json->items) {
      if (member.name == "name" && member.kind == JsonNode::Kind::string) name = &member;
    }
  }
  if (name == nullptr) return std::unexpected("the parameters name no command");
  const auto found = policy.commands.find(name->text);
  if (found != policy.commands.end()) return &found->second;
  constexpr std::size_t kMostOfName = 64;
  return std::unexpected("policy: this host has no command \"" +
                         escape_control(truncate_utf8(name->text, kMostOfName)) + "\"; " + names_of(policy));
}

std::string describe_end(const io::ProcessEnd& end) {
  std::string text = "ended with exit code " + std::to_string(end.exit_code);
  if (end.signal != 0) {
    const char* name = ::sigabbrev_np(end.signal);
    text = "ended by signal " + std::to_string(end.signal);
    if (name != nullptr) text += " (SIG" + std::string(name) + ")";
  }
  if (end.cause == io::ProcessCause::deadline) text += " after its deadline";
  if (end.cause == io::ProcessCause::asked) text += " when it was asked to end";
  return text;
}

HostPlan make_command_plan(CommandParts parts) {
  HostPlan plan{.name = std::string(wire::kCommandPlan)};
  plan.why_refused = [&policy = parts.policy](const std::string& parameters) {
    const auto command = find_command(policy, parameters);
    return command ? std::string() : command.error();
  };
  HostTask task{std::string(wire::kCommandSteps.front().name),
                [parts](StepTools& tools) { return run_command(parts, tools); }, true};
  task.deadline_of = [&policy = parts.policy](const std::string& parameters, Seconds asked) {
    const auto command = find_command(policy, parameters);
    return command ? deadline_of(**command, asked) : asked;
  };
  plan.tasks.push_back(std::move(task));
  return plan;
}

}  // namespace fettle::agent
