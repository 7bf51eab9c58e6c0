// An agent that takes orders, a server that gives them, and programs between, in virtual time.
#pragma once
#include "fettle/io/sim/sim_process.h"
#include "tests/unit/agent/agent_fixture.h"

namespace fettle::agent {

struct RunFixture : AgentFixture {
  explicit RunFixture(std::uint64_t seed = 1, testing::SimFaults faults = {}) : AgentFixture(seed, faults) {
    policy.work.commands["backup"] = {.arguments = {"/bin/backup", "--all"}, .deadline = Seconds(600)};
    programs.add_program("/bin/backup", [this](const io::ProcessOrder&) { return backup; });
  }

  void start() {
    files = std::make_unique<io::SimFiles>(disk);
    auto outbox = std::make_unique<FileOutbox>(loop, clock, log, *files, "/data/outbox");
    auto sensor = std::make_unique<SimSensor>(clock, SimHost{.seed = 5});
    AgentWork work{.book = std::make_unique<RunBook>(loop, clock, log, *files, "/data/runs",
                                                     "boot " + std::to_string(++starts)),
                   .runner = &programs,
                   .look_at_disk = [this] { return look_at_disk(); }};
    agent = std::make_unique<AgentService>(AgentWorld{loop, clock, random, network.dialer("host-1"), decoder},
                                           log, identity, "1.2.3", std::move(sensor), std::move(outbox),
                                           policy, std::move(work));
    ASSERT_TRUE(loop.run(agent->start()));
    ASSERT_TRUE(
        loop.run_until([this] { return agent->figures().link.state == LinkState::open; }, Seconds(300)));
  }

  static std::string id(int number) {
    std::string digits = std::to_string(number);
    return "run_01935e2f00007000" + std::string(16 - digits.size(), '0') + digits;
  }
  static wire::RunOrder order(int number, std::string name = "backup") {
    return {.run_id = id(number),
            .epoch = 1,
            .plan = "command",
            .parameters = "{\"name\": \"" + std::move(name) + "\"}",
            .steps = {"command"}};
  }

  /// What the server knows of a run.
  struct Known {
    std::vector<wire::RunTaken> taken;
    std::map<std::uint64_t, wire::RunReport> reports;  // by number
    [[nodiscard]] wire::RunPhase phase() const {
      return reports.empty() ? wire::RunPhase::unknown : reports.rbegin()->second.phase;
    }
    [[nodiscard]] bool is_over() const { return phase() > wire::RunPhase::running; }
    [[nodiscard]] std::string log() const {
      std::string text;
      for (const auto& [number, report] : reports) {
        for (const auto& line : report.log) text += line.text + "\n";
      }
      return text;
    }
    [[nodiscard]] wire::StepReport step(std::uint32_t index) const {
      wire::StepReport last;
      for (const auto& [number, report] : reports) {
        for (const auto& step : report.steps) {
          if (step.index == index) last = step;
        }
      }
      return last;
    }
  };
  Known known(int number) const {
    Known found;
    for (const wire::RunTaken& taken : server.runs_taken) {
      if (taken.run_id == id(number)) found.taken.push_back(taken);
    }
    for (const wire::RunReport& report : server.run_reports) {
      if (report.run_id == id(number)) found.reports.emplace(report.sequence, report);
    }
    return found;
  }
  bool wait_for_end(int number, Nanos limit = std::chrono::hours(1)) {
    return loop.run_until([&] { return known(number).is_over(); }, limit);
  }
  bool wait_for_taken(int number) {
    return loop.run_until([&] { return !known(number).taken.empty(); }, Seconds(60));
  }

  io::SimProgram backup{.output = {{.after = Seconds(1), .bytes = "one\ntwo"},
                                   {.after = Seconds(1), .kind = io::OutputKind::err, .bytes = "careful\n"}},
                        .lasts = Seconds(10)};
  std::function<Task<Result<DiskState>>()> look_at_disk = []() -> Task<Result<DiskState>> {
    co_return DiskState{40, 100, 0, 0};
  };
  io::SimProcessRunner programs{loop};
  int starts = 0;
};

}  // namespace fettle::agent
