// What a file of `fettle exec` comes to as a run.
#include "fettle/agent/act/spool_course.h"

#include <gtest/gtest.h>

#include "fettle/agent/act/run_frame.h"
#include "tests/unit/agent/run_fixture.h"

namespace fettle::agent {
namespace {

std::string frame(RunFrameKind kind, std::uint64_t first, std::uint64_t second, std::string_view payload) {
  std::string out;
  append_run_frame(out, {.kind = kind, .first = first, .second = second, .payload = payload});
  return out;
}

std::string opened_frame() {
  return frame(
      RunFrameKind::opened, 0, 0,
      wire::encode(wire::RunOpened{.run_id = RunFixture::id(1), .name = "n", .started_at_ms = 1000}));
}

TEST(SpoolCourse, IsARunWithOneStep) {
  SpoolCourse course;
  const std::string file = opened_frame() + frame(RunFrameKind::output, 1100, 0, "one\ntwo") +
                           frame(RunFrameKind::output, 1200, 1, "careful\n") +
                           frame(RunFrameKind::lost, 77, 0, "") + frame(RunFrameKind::ended, 1300, 3, "");
  for (const char byte : file) course.add({&byte, 1});
  EXPECT_EQ(course.state(), SpoolCourse::State::ended);
  EXPECT_EQ(course.taken_bytes(), file.size());
  EXPECT_EQ(course.opened()->name, "n");
  const wire::RunReport report = course.take_report(2000);
  ASSERT_EQ(report.log.size(), 4U);
  EXPECT_EQ(report.log[0].text, "one");
  EXPECT_EQ(report.log[1].level, 2U);
  EXPECT_EQ(report.log[2].text, "(77 bytes of output are not kept)");
  EXPECT_EQ(report.log[2].at_ms, 1200);
  EXPECT_EQ(report.log[3].text, "two");
  EXPECT_EQ(report.steps.at(0).started_at_ms, 1000);
  EXPECT_EQ(report.steps.at(0).ended_at_ms, 1300);
  const wire::RunReport last = course.last_report(2000);
  EXPECT_EQ(last.at_ms, 1300) << "when the command ended, not when that was read";
  EXPECT_EQ(last.phase, wire::RunPhase::failed);
  EXPECT_EQ(last.exit_code, 3);
}

TEST(SpoolCourse, AReaderThatTookNoMoreIsAWarning) {
  SpoolCourse course;
  course.add(opened_frame() + frame(RunFrameKind::ended, 1300, 256 + 13, ""));
  const wire::RunReport last = course.last_report(1);
  EXPECT_EQ(last.phase, wire::RunPhase::completed_with_warnings);
  EXPECT_EQ(last.exit_code, 141) << "its own";
  EXPECT_NE(last.message.find("SIGPIPE"), std::string::npos) << last.message;
}

TEST(SpoolCourse, ASignalIsToldAsShellsTellIt) {
  SpoolCourse course;
  course.add(opened_frame() + frame(RunFrameKind::ended, 1300, 256 + 9, ""));
  while (course.has_news()) ignore(course.take_report(1), "of no interest");
  EXPECT_EQ(course.last_report(1).exit_code, 137);
  EXPECT_EQ(course.last_report(1).message, "ended by signal 9 (SIGKILL)");
}

TEST(SpoolCourse, WhatEndedAfterItsDeadlineHasFailedThoughItWentWell) {
  SpoolCourse course;
  course.add(opened_frame() +
             frame(RunFrameKind::ended, 1300, 0, "ended with exit code 0 after its deadline"));
  while (course.has_news()) ignore(course.take_report(1), "of no interest");
  const wire::RunReport last = course.last_report(1);
  EXPECT_EQ(last.phase, wire::RunPhase::failed);
  EXPECT_EQ(last.exit_code, 0);
  EXPECT_EQ(last.message, "ended with exit code 0 after its deadline");
}

TEST(SpoolCourse, WithoutALastWordItIsInterrupted) {
  SpoolCourse course;
  const std::string half = frame(RunFrameKind::output, 1100, 0, "half");
  course.add(opened_frame() + half.substr(0, half.size() - 1));
  EXPECT_EQ(course.taken_bytes(), opened_frame().size());
  EXPECT_EQ(course.read_bytes(), opened_frame().size() + half.size() - 1);
  course.abandon(5000);
  while (course.has_news()) ignore(course.take_report(1), "of no interest");
  EXPECT_EQ(course.last_report(1).phase, wire::RunPhase::interrupted);
}

TEST(SpoolCourse, WhatIsNoSpoolIsBroken) {
  for (const std::string& bytes : {std::string(100, 'x'), frame(RunFrameKind::output, 1, 0, "x"),
                                   frame(RunFrameKind::opened, 0, 0, "\xff\xff"),
                                   frame(RunFrameKind::opened, 0, 0, wire::encode(wire::Goodbye{"x"}))}) {
    SpoolCourse course;
    EXPECT_EQ(course.add(bytes), SpoolCourse::State::broken);
    EXPECT_FALSE(course.opened());
  }
}

/// A server takes ten such runs a second of a host, after the first 60; what is told faster would wait there.
TEST(SpoolCourse, RunsThatBeganByThemselvesAreToldAtAPace) {
  RunFixture fixture;
  fixture.start();
  constexpr int kRuns = 200;
  RunBook& book = fixture.agent->desk()->book();
  for (int i = 1; i <= kRuns; ++i) {
    ASSERT_TRUE(fixture.loop.run(book.add_opened({.run_id = RunFixture::id(i), .name = "n"})));
    book.report(RunFixture::id(i), {.phase = wire::RunPhase::completed});
  }
  double tokens = 60;
  std::size_t seen = 0;
  MonoTime last = fixture.clock.mono_now();
  fixture.loop.check_each_turn([&] {
    const MonoTime now = fixture.clock.mono_now();
    tokens = std::min(60.0, tokens + 10 * std::chrono::duration<double>(now - last).count());
    last = now;
    for (; seen < fixture.server.runs_opened.size(); ++seen) tokens -= 1;
    ASSERT_GE(tokens, 0);
  });
  EXPECT_TRUE(fixture.loop.run_until([&] { return book.figures().held == 0; }, std::chrono::minutes(10)));
  fixture.loop.check_each_turn([] {});
  EXPECT_EQ(fixture.server.runs_opened.size(), static_cast<std::size_t>(kRuns));
}

TEST(SpoolCourse, OfTooManyTheOldestThatIsOverGoes) {
  RunFixture fixture;
  fixture.server.script.acknowledges_runs = false;
  fixture.start();
  RunBook& book = fixture.agent->desk()->book();
  for (int i = 1; i <= 3; ++i)
    ASSERT_TRUE(fixture.loop.run(book.add_opened({.run_id = RunFixture::id(i), .name = "n"})));
  EXPECT_FALSE(book.drop_oldest_opened()) << "none is over";
  book.report(RunFixture::id(2), {.phase = wire::RunPhase::completed});
  EXPECT_TRUE(book.drop_oldest_opened());
  EXPECT_FALSE(book.holds(RunFixture::id(2)));
  EXPECT_EQ(book.opened_runs(), 2U);
}

}  // namespace
}  // namespace fettle::agent
