#include "fettle/runs/run_log.h"

#include <gmock/gmock.h>

#include "fettle/runs/run_log_json.h"
#include "tests/unit/runs/runs_fixture.h"

namespace fettle::runs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

LogLine line(std::string text, LogLevel level = LogLevel::info) {
  return {wall_from_unix_ms(1'767'225'600'123), level, 1, std::move(text), {}};
}

TEST(RunLog, NumbersItsLinesAndGivesThemOnce) {
  RunLog log;
  log.add(line("a"));
  log.add(line("b"));
  auto taken = log.take();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[1].sequence, 2);
  EXPECT_TRUE(log.take().empty());
  log.add(line("c"));
  log.put_back(std::move(taken));
  const auto again = log.take();
  ASSERT_EQ(again.size(), 3U);
  EXPECT_EQ(again[2].line.text, "c");
  EXPECT_EQ(again[2].sequence, 3);
}

TEST(RunLog, DropsAndCountsWhatDoesNotFit) {
  RunLog log;
  const std::string text(8000, 'x');
  for (int i = 0; i < 2000; ++i) log.add(line(text));
  EXPECT_GT(log.dropped(), 900);
  std::int64_t bytes = 0;
  for (const NumberedLine& one : log.take()) bytes += bytes_of(one.line);
  EXPECT_LE(bytes, kMostLogBytes);
  // A short line that would fit is not kept either: a log with a hole in it says less than one with an end.
  log.add(line("short"));
  EXPECT_TRUE(log.take().empty());
}

TEST(RunLog, CutsALineAtACodePoint) {
  RunLog log;
  std::string text(kMostLineBytes - 1, 'x');
  text += "\xC3\xA9";
  log.add(line(text));
  EXPECT_EQ(log.take().front().line.text, std::string(kMostLineBytes - 1, 'x'));
}

TEST(RunLog, ReadsBackWhateverALineHolds) {
  using namespace std::string_literals;
  NumberedLine one{7, line("tab\t nul\0 newline\n quote\" \xE2\x80\xA8"s, LogLevel::error)};
  one.line.fields = {{"file", "a\nb"}, {"n", "1"}};
  EXPECT_THAT(decode_lines(encode_lines({one, one})), ElementsAre(one, one));
  std::string plain;
  append_plain_line(plain, one);
  EXPECT_EQ(std::ranges::count(plain, '\n'), 1);
}

struct StoredLogTest : RunsFixture {
  run_log_repo::Answer read(const RunId& id, run_log_repo::Question question) {
    return loop
        .run(life->store.read(
            [id, question](store::Session& session) { return run_log_repo::read(session, id, question); }))
        .value();
  }
};

TEST_F(StoredLogTest, IsReadFromEitherEndBeforeAndAfterItIsPacked) {
  begin({make_plan("upkeep", {{.takes = Seconds(30), .lines = 250}, {.lines = 10}})});
  const RunId id = started("upkeep").id;
  ASSERT_TRUE(wait_for_step(id, 1));
  loop.run_for(Seconds(1));
  for (const bool is_packed : {false, true}) {
    if (is_packed) {
      wait_for(id);
      loop.run_for(Seconds(5));
    }
    EXPECT_EQ(number("SELECT count(*) FROM run_log WHERE is_packed = 1"), is_packed ? 1 : 0);
    const std::int64_t total = is_packed ? 262 : 250;  // and a line for the end of each step
    const auto newest = read(id, {.limit = 5});
    ASSERT_EQ(newest.lines.size(), 5U);
    EXPECT_EQ(newest.lines.back().sequence, total);
    EXPECT_EQ(newest.next, total);
    const auto first = read(id, {.after = 0, .limit = 200});
    ASSERT_EQ(first.lines.size(), 200U);
    EXPECT_EQ(first.lines.front().sequence, 1);
    EXPECT_TRUE(first.has_more);
    const auto rest = read(id, {.after = first.next, .limit = 200});
    EXPECT_EQ(rest.lines.front().sequence, 201);
    EXPECT_EQ(rest.lines.back().sequence, total);
    EXPECT_FALSE(rest.has_more);
    EXPECT_TRUE(read(id, {.after = total, .limit = 10}).lines.empty());
    EXPECT_EQ(read(id, {.after = 0, .limit = 10, .text = "LINE 25"}).lines.size(), 2U);
    EXPECT_TRUE(read(id, {.limit = 10, .least = LogLevel::warning}).lines.empty());
  }
}

TEST_F(StoredLogTest, HasEachLineOnceAndInOrderHoweverTheyAreStored) {
  begin({make_plan("upkeep", {{.takes = Seconds(30)}})});
  const RunId id = started("upkeep").id;
  const auto numbered = [](std::initializer_list<std::int64_t> numbers) {
    std::vector<NumberedLine> out;
    for (const std::int64_t number : numbers) out.push_back({number, line(std::to_string(number))});
    return out;
  };
  // What a full disk refuses is put back before what came later, and may have been stored meanwhile.
  for (const auto& lines : {numbered({3, 4}), numbered({1, 2, 5}), numbered({1, 2}), numbered({6}),
                            numbered({6, 7}), numbered({6})}) {
    EXPECT_TRUE(loop.run(life->store.write(
        [id, lines](store::Session& session) { run_log_repo::append(session, id, lines); })));
  }
  std::vector<std::int64_t> found;
  for (const NumberedLine& one : read(id, {.after = 0, .limit = 100}).lines) {
    found.push_back(one.sequence);
    EXPECT_EQ(one.line.text, std::to_string(one.sequence));
  }
  EXPECT_THAT(found, ElementsAre(1, 2, 3, 4, 5, 6, 7));
}

TEST_F(StoredLogTest, EndsWithWhatWasLeftOut) {
  Plan plan = make_plan("chatty", {{}});
  plan.tasks[0].function = [](StepContext& context) {
    struct Go {
      static Task<Result<StepOutcome>> go(StepContext& say) {
        for (int i = 0; i < 1100; ++i) say.log(LogLevel::info, std::string(8000, 'x'));
        co_return StepOutcome{};
      }
    };
    return Go::go(context);
  };
  begin({plan});
  const Run run = wait_for(started("chatty").id);
  EXPECT_GT(run.dropped_lines, 50);
  const auto last = read(run.id, {.limit = 1}).lines;
  ASSERT_EQ(last.size(), 1U);
  EXPECT_THAT(last[0].line.text, HasSubstr(std::to_string(run.dropped_lines) + " more lines were left out"));
  loop.run_for(Seconds(5));
  EXPECT_LT(number("SELECT sum(length(body)) FROM run_log"), 200'000);
  EXPECT_EQ(number("SELECT is_log_packed FROM run"), 1);
}

TEST_F(StoredLogTest, IsPackedAfterARestartWhereItWasNot) {
  begin({make_plan("upkeep", {{.takes = Seconds(30), .lines = 250}})});
  const RunId id = started("upkeep").id;
  ASSERT_TRUE(wait_for_step(id, 1));
  loop.run_for(Seconds(1));
  crash();
  loop.run_for(Seconds(5));
  EXPECT_EQ(number("SELECT count(*) FROM run_log WHERE is_packed = 0"), 0);
  EXPECT_EQ(read(id, {.after = 0, .limit = 1000}).lines.size(), 250U);
}

struct PackingTest : StoredLogTest {
  void write(std::function<void(store::Session&)> function) {
    const auto done = loop.run(life->store.write([function](store::Session& session) { function(session); }));
    ASSERT_TRUE(done) << done.error().detail;
  }
  /// A run that has ended with so many pieces of one line each, none of them packed.
  RunId with_pieces(int count) {
    const Run run = wait_for(started("upkeep").id);
    loop.run_for(Seconds(5));
    write([id = run.id, count](store::Session& session) {
      session.execute("UPDATE run SET is_log_packed = 0 WHERE id = ?1", {id.text()});
      session.execute("DELETE FROM run_log WHERE run_id = ?1", {id.text()});
      for (int i = 1; i <= count; ++i)
        run_log_repo::append(session, id, {{i, line("line " + std::to_string(i))}});
    });
    return run.id;
  }
};

TEST_F(PackingTest, HoldsTheWriterForAFewRowsAtATime) {
  begin({make_plan("upkeep", {{}})});
  const RunId id = with_pieces(1'800);
  stop();
  start();
  loop.run_for(Seconds(5));
  EXPECT_EQ(number("SELECT min(is_packed) FROM run_log"), 1);
  EXPECT_EQ(number("SELECT max(last - first + 1) FROM run_log"), run_log_repo::kPiecesABlock);
  EXPECT_EQ(number("SELECT count(*) FROM run_log"), 4);
  EXPECT_EQ(number("SELECT is_log_packed FROM run"), 1);
  const auto all = read(id, {.after = 0, .limit = 5'000}).lines;
  ASSERT_EQ(all.size(), 1'800U);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].line.text, "line " + std::to_string(i + 1));
}

TEST_F(PackingTest, GoesOnWhereItWasWhenTheServerDies) {
  begin({make_plan("upkeep", {{}})});
  const RunId id = with_pieces(3'000);
  write([](store::Session& session) {
    session.execute(
        "CREATE TRIGGER refuse BEFORE DELETE ON run_log WHEN old.first > 1000 BEGIN SELECT RAISE(ABORT, "
        "'no'); END");
  });
  stop();
  start();
  loop.run_for(Seconds(5));
  EXPECT_EQ(number("SELECT count(*) FROM run_log WHERE is_packed = 1"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM run_log WHERE is_packed = 0"), 2'000);
  EXPECT_EQ(read(id, {.after = 0, .limit = 5'000}).lines.size(), 3'000U);
  crash();
  write([](store::Session& session) { session.execute("DROP TRIGGER refuse"); });
  loop.run_for(std::chrono::minutes(2));
  EXPECT_EQ(number("SELECT count(*) FROM run_log"), 6);
  EXPECT_EQ(number("SELECT min(is_packed) FROM run_log"), 1);
  EXPECT_EQ(read(id, {.after = 0, .limit = 5'000}).lines.size(), 3'000U);
}

TEST_F(PackingTest, PassesOverALogThatCannotBePackedAndTriesItAgainLater) {
  begin({make_plan("upkeep", {{.lines = 3}})});
  const RunId id = with_pieces(10);
  write([id](store::Session& session) {
    session.execute("CREATE TRIGGER refuse BEFORE DELETE ON run_log WHEN old.run_id = '" + id.text() +
                    "' BEGIN SELECT RAISE(ABORT, 'no'); END");
  });
  const Run next = wait_for(started("upkeep").id);
  loop.run_for(Seconds(10));
  EXPECT_EQ(number("SELECT is_log_packed FROM run WHERE id = '" + next.id.text() + "'"), 1);
  EXPECT_EQ(number("SELECT is_log_packed FROM run WHERE id = '" + id.text() + "'"), 0);
  write([](store::Session& session) { session.execute("DROP TRIGGER refuse"); });
  loop.run_for(std::chrono::minutes(2));
  EXPECT_EQ(number("SELECT is_log_packed FROM run WHERE id = '" + id.text() + "'"), 1);
}

}  // namespace
}  // namespace fettle::runs
