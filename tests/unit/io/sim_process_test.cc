#include "fettle/io/sim/sim_process.h"

#include <gtest/gtest.h>

#include <csignal>

#include "sim_fixture.h"

namespace fettle::io {
namespace {

struct SimPrograms : SimFixture {
  SimProcessRunner runner{loop};

  std::pair<std::string, ProcessEnd> run(ProcessOrder order) {
    auto process = std::move(*runner.start(std::move(order)));
    std::pair<std::string, ProcessEnd> found;
    loop.run([](Process& program, std::pair<std::string, ProcessEnd>& got) -> Task<void> {
      while (const auto piece = co_await program.read()) got.first += piece->bytes;
      got.second = co_await program.wait();
    }(*process, found));
    return found;
  }
};

TEST(SimProcess, WritesAndEndsAsItsScriptSays) {
  SimPrograms sim;
  sim.runner.add_program("/bin/backup", [](const ProcessOrder& order) {
    return SimProgram{.output = {{.bytes = order.arguments.at(1)}, {.after = Seconds(60), .bytes = "done"}},
                      .lasts = Seconds(5),
                      .exit_code = 3};
  });
  const MonoTime start = sim.loop.now();
  const auto [out, end] = sim.run({.arguments = {"/bin/backup", "x "}});
  EXPECT_EQ(out, "x done");
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(sim.loop.now() - start, Seconds(65));
  EXPECT_EQ(sim.runner.running(), 0U);
  EXPECT_EQ(sim.runner.start({.arguments = {"/bin/other"}}).error().reason, "program_missing");
}

TEST(SimProcess, DeadlineAndGracesAreThoseOfTheOrder) {
  SimPrograms sim;
  SimProgram stubborn{.lasts = Seconds(10'000)};
  sim.runner.add_program("/bin/s", [&stubborn](const ProcessOrder&) { return stubborn; });
  const ProcessOrder order{.arguments = {"/bin/s"},
                           .deadline = Seconds(100),
                           .interrupt_grace = Seconds(10),
                           .terminate_grace = Seconds(20)};
  const auto lasted = [&] {
    const MonoTime start = sim.loop.now();
    const ProcessEnd end = sim.run(order).second;
    EXPECT_EQ(end.cause, ProcessCause::deadline);
    return std::pair(end.signal, std::chrono::duration_cast<Seconds>(sim.loop.now() - start).count());
  };
  EXPECT_EQ(lasted(), std::pair(SIGINT, 100L));
  stubborn.ignores_interrupt = true;
  EXPECT_EQ(lasted(), std::pair(SIGTERM, 110L));
  stubborn.ignores_terminate = true;
  EXPECT_EQ(lasted(), std::pair(SIGKILL, 130L));
}

TEST(SimProcess, DestroyedItIsKilled) {
  SimPrograms sim;
  sim.runner.add_program("/bin/s", [](const ProcessOrder&) { return SimProgram{.lasts = Seconds(10)}; });
  {
    const auto process = sim.runner.start({.arguments = {"/bin/s"}});
  }
  EXPECT_EQ(sim.runner.running(), 0U);
}

}  // namespace
}  // namespace fettle::io
