// A process for commands under test: streams are strings, files a map, actions record what they were asked.
#pragma once
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fettle/cli/command_line.h"
#include "fettle/cli/surroundings.h"

namespace fettle::cli {

class FakeProcess {
 public:
  FakeProcess() {
    around.read_file = [this](const std::string& path) -> Result<std::string> {
      auto found = files.find(path);
      if (found == files.end())
        return fail(ErrorCode::not_found, "no_such_file", path + ": there is no such file");
      return found->second;
    };
    around.read_trusted_file = [this](const std::string& path) -> Result<std::string> {
      if (untrusted.contains(path))
        return fail(ErrorCode::forbidden, "file_not_trusted", path + " can be written by others than root");
      return around.read_file(path);
    };
    around.out = [this](std::string_view text) { out += text; };
    around.err = [this](std::string_view text) { err += text; };
    around.out_state = [this] { return out_state; };
    actions.run_server = [this](const ServerOptions& options) -> Result<> {
      return servers.push_back(options), answer;
    };
    actions.run_agent = [this](const AgentOptions& options) -> Result<> {
      return agents.push_back(options), answer;
    };
    actions.enrol = [this](const EnrolOptions& options) -> Result<EnrolDone> {
      enrolments.push_back(options);
      if (!answer) return std::unexpected(answer.error());
      return EnrolDone{"host_1", options.name.value_or("thishost"), "env_1"};
    };
    actions.examine_server = [this](const ServerOptions& options) {
      return servers.push_back(options), findings;
    };
    actions.examine_agent = [this](const AgentOptions& options) {
      return agents.push_back(options), findings;
    };
    actions.is_folder = [this](const std::string& path) { return folders.contains(path); };
    actions.simulate = [this](const SimulateOptions& options,
                              const auto& on_progress) -> Result<SimulateDone> {
      simulations.push_back(options);
      for (const SimulateProgress& each : progress) on_progress(each);
      if (!answer) return std::unexpected(answer.error());
      SimulateDone done = simulated;
      done.hosts = options.hosts;
      return done;
    };
    actions.call_api = [this](const ApiRequest& request) -> Result<ApiAnswer> {
      requests.push_back(request);
      if (!answer) return std::unexpected(answer.error());
      if (answers.empty()) return ApiAnswer{500, "no answer was prepared"};
      ApiAnswer first = answers.front();
      answers.erase(answers.begin());
      return first;
    };
  }

  int run(std::initializer_list<const char*> arguments) {
    std::vector<const char*> line{"fettle"};
    line.insert(line.end(), arguments);
    return run_command_line(static_cast<int>(line.size()), line.data(), actions, around);
  }

  Surroundings around;
  Actions actions;
  std::map<std::string, std::string> files;
  std::set<std::string> untrusted, folders;
  DoctorFindings findings;
  Result<> answer{};  // of every action
  Result<> out_state{};
  std::vector<ApiAnswer> answers;
  SimulateDone simulated{0, 20, 19, 1, 1.5, 12.25, 0, ""};  // as many hosts as were asked for
  std::vector<SimulateProgress> progress;

  std::string out, err;
  std::vector<ServerOptions> servers;
  std::vector<AgentOptions> agents;
  std::vector<EnrolOptions> enrolments;
  std::vector<SimulateOptions> simulations;
  std::vector<ApiRequest> requests;
};

}  // namespace fettle::cli
