// The invariants of runs (numbers: work queue contract), and the seeds that they are held against. A failure
// names its seed; FETTLE_WORK_SEED=<n> plays that one alone, FETTLE_WORK_SEEDS=<count> more of them (./dev
// soak work).
#include <gtest/gtest.h>

#include <cstdlib>

#include "fettle/base/crypto.h"
#include "fettle/runs/run_log_repo.h"
#include "fettle/runs/run_repo.h"
#include "fettle/runs/run_rules.h"
#include "tests/sim/work_play.h"

namespace fettle::sim {

/// After each action, whenever the server can be asked.
void WorkPlay::check() {
  // Nothing is done twice, however often it was ordered.
  for (const auto& [what, times] : begun_)
    if (times > 1) fail("carried out " + std::to_string(times) + " times: " + what);
  if (!server_ || server_->has_failed()) return;
  for (auto& [id, seen] : runs_) {
    const auto found = await(server_->runs.find(id));
    if (!found) return;  // a busy or a failed disk: asked again later
    if (!*found) return fail("an accepted run is not there: " + id.text());
    check_run(**found);
    if ((*found)->is_live()) {
      if (seen.end) fail("a run that had ended lives again: " + id.text());
      continue;
    }
    const runs::Run& run = **found;
    if (!seen.end) seen.end = run;
    if (seen.end->state != run.state || seen.end->message != run.message || seen.end->steps != run.steps)
      fail("a run changed after its end: " + id.text());
  }
}

void WorkPlay::check_run(const runs::Run& run) {
  const auto* host = run.target.host ? server_->fleet.roster().find(*run.target.host) : nullptr;
  // What has ended follows in its own time.
  const bool is_on_its_way = !run.is_live() && !server_->fleet.care().history().is_idle();
  if (host != nullptr && host->row.environment != run.target.environment && !is_on_its_way)
    fail("a run is not where its host is: " + run.id.text());
  const auto counts = runs::count_steps(run);
  if (run.is_live()) return;
  if (counts.pending + counts.running > 0) fail("a run ended before its steps: " + run.id.text());
  if (run.state == runs::RunState::completed && counts.completed != kSteps)
    fail("a run completed without all its steps: " + run.id.text());
  if (run.state == runs::RunState::failed && counts.failed == 0 && run.message.empty())
    fail("a run failed for no reason: " + run.id.text());
  // What is shown as done was done.
  const std::string tag = tag_of_run_[run.id.text()];
  for (const runs::Step& step : run.steps)
    if (step.state == runs::StepState::completed && !begun_.contains(tag + " " + step.name))
      fail("a step completed that nobody carried out: " + run.id.text());
}

/// Every line of a step that was told is there once (8), and all of them where the run came to its end by
/// itself.
void WorkPlay::check_log(const runs::Run& run) {
  const auto read = await(server_->store.read([id = run.id](store::Session& session) {
    return runs::run_log_repo::read(session, id, {.after = 0, .limit = 1000});
  }));
  if (!read) return fail("a log cannot be read");
  std::map<std::string, unsigned> lines;
  std::int64_t last = 0;
  for (const runs::NumberedLine& line : read->lines) {
    if (line.sequence != last + 1) fail("a log has a gap: " + run.id.text());
    last = line.sequence;
    if (line.line.text.find(" step_") != std::string::npos && ++lines[line.line.text] > 1)
      fail("a line was stored twice: " + run.id.text() + " " + line.line.text);
  }
  const auto exec = execs_.find(run.id.text());
  const std::size_t all = exec == execs_.end() ? kSteps * 3U : exec->second.lines;
  const bool is_whole = exec == execs_.end() ? run.state == runs::RunState::completed
                                             : exec->second.code && run.exit_code.has_value();
  if (is_whole && lines.size() != all)
    fail("lines of a run that ended by itself are missing: " + run.id.text());
}

/// A command that a host ran by itself: what its host has on disk is told, once, as it was.
void WorkPlay::check_exec(const std::string& id) {
  const Exec& seen = execs_.at(id);
  const bool is_gone =
      std::ranges::none_of(agents_, [&](const auto& one) { return one.get() == seen.agent; });
  const auto found = await(server_->runs.find(*runs::RunId::parse(id)));
  if (!found) return fail("a run cannot be read");
  if (!*found) {
    if (seen.code && !is_gone) fail("a command is not told: " + id);
    return;
  }
  const runs::Run& run = **found;
  if (run.is_live()) return fail("a command has no end: " + id);
  ++verdict_.ends["exec " + std::string(runs::state_name(run.state))];
  check_log(run);
  if (is_gone) return;
  const auto* host = server_->fleet.roster().find(*run.target.host);
  if (host == nullptr || host->row.environment != run.target.environment)
    fail("a command is not where its host is: " + id);
  if (!seen.code) return;
  const auto state = *seen.code == 0 ? runs::RunState::completed : runs::RunState::failed;
  if (run.state != state || run.exit_code != seen.code) fail("a command did not end as it is told: " + id);
}

void WorkPlay::check_healed() {
  if (!verdict_.fault.empty()) return;
  check();
  for (auto& [id, seen] : runs_) {
    if (!seen.end) return fail("a run has no end: " + id.text());
    ++verdict_.ends[std::string(runs::state_name(seen.end->state))];
    check_log(*seen.end);
  }
  for (const auto& [id, seen] : execs_) check_exec(id);
  const auto left = await(server_->store.read([](store::Session& session) {
    return session
        .query_one("SELECT count(*) FROM run WHERE is_live = 1", {},
                   [](const store::Row& row) { return row.integer(0); })
        .value_or(0);
  }));
  if (!left || *left != 0) fail("rows say that runs live that nobody knows");
  // No lock stays: each target takes work again, and does it.
  for (unsigned i = 0; i < kAgents; ++i) {
    const auto is_here = [&] {
      return server_->fleet.roster().find(*HostId::parse(agents_[i]->identity.host_id))->link != nullptr;
    };
    if (!loop_.run_until(is_here, Seconds(600))) return fail("a host does not come back");
    runs::RunOrder order;
    order.plan = "sim-host";
    order.target = *server_->runs.find_target("host", agents_[i]->identity.host_id);
    order.parameters = R"({"tag":"last )" + std::to_string(i) + "\"}";
    const auto run = await(server_->runs.start(std::move(order)));
    if (!run) return fail("a target takes no work any more: " + run.error().detail);
    const auto is_over = [&] { return server_->runs.book().find(run->id) == nullptr; };
    if (!loop_.run_until(is_over, Seconds(300))) return fail("a run on a healthy host does not end");
  }
}

namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(Work, KeepsItsPromisesUnderEverySeed) {
  crypto_start();
  if (const std::uint64_t seed = number_from_environment("FETTLE_WORK_SEED", 0); seed != 0) {
    EXPECT_EQ(WorkPlay(seed).run().fault, "");
    return;
  }
  const std::uint64_t count = number_from_environment("FETTLE_WORK_SEEDS", 300);
  std::map<std::string, std::uint64_t> ends;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    const WorkVerdict verdict = WorkPlay(seed).run();
    EXPECT_EQ(verdict.fault, "") << "seed " << seed;
    for (const auto& [state, times] : verdict.ends) ends[state] += times;
  }
  for (const auto& [state, times] : ends)
    std::printf("%s: %llu\n", state.c_str(), static_cast<unsigned long long>(times));
  if (count < 100) return;  // too few for all that may befall a run
  for (const char* state : {"completed", "failed", "cancelled", "interrupted", "abandoned", "exec completed",
                            "exec failed", "exec interrupted"})
    EXPECT_GT(ends[state], 0U) << state;
}

TEST(Work, IsTheSameForTheSameSeed) {
  crypto_start();
  EXPECT_EQ(WorkPlay(11).run().trace, WorkPlay(11).run().trace);
  EXPECT_NE(WorkPlay(11).run().trace, WorkPlay(12).run().trace);
}

}  // namespace
}  // namespace fettle::sim
