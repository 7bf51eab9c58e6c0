// Pieces in a group: each stands or falls alone, in order, whatever its neighbours do.
#include <gtest/gtest.h>

#include "fettle/io/task_scope.h"
#include "tests/unit/store/sim_store.h"

namespace fettle::store {
namespace {

constexpr std::string_view kAbort = "INSERT OR ROLLBACK INTO number (key, value) VALUES (?1, ?2)";

enum class Deed : std::uint8_t {
  insert,
  upsert,
  remove,
  refuse,
  throw_fault,
  break_constraint,
  lose_transaction
};

struct Work {
  Deed deed;
  std::int64_t key;
  std::int64_t value;
};

/// What the piece does, in a model that knows nothing of groups. Nullopt: it fails and changes nothing.
std::optional<std::map<std::int64_t, std::int64_t>> model(const Work& work,
                                                          std::map<std::int64_t, std::int64_t> rows) {
  switch (work.deed) {
    case Deed::insert:
      if (!rows.emplace(work.key, work.value).second) return std::nullopt;
      return rows;
    case Deed::upsert:
      rows[work.key] = work.value;
      return rows;
    case Deed::remove:
      rows.erase(work.key);
      return rows;
    case Deed::refuse:
    case Deed::throw_fault:
    case Deed::break_constraint:
      return std::nullopt;
    case Deed::lose_transaction:
      if (!rows.emplace(work.key, work.value).second) return std::nullopt;
      return rows;
  }
  return rows;
}

Result<int> perform(const Work& work, Session& session) {
  switch (work.deed) {
    case Deed::insert:
      session.execute(kInsert, {work.key, work.value});
      return 1;
    case Deed::upsert:
      session.execute(kUpsert, {work.key, work.value});
      return 1;
    case Deed::remove:
      session.execute("DELETE FROM number WHERE key = ?1", {work.key});
      return 1;
    case Deed::refuse:
      session.execute(kUpsert, {work.key, -1});
      return fail(ErrorCode::not_found, "refused_here", "the piece changed its mind");
    case Deed::throw_fault:
      session.execute(kUpsert, {work.key, -2});
      throw std::runtime_error("broken");
    case Deed::break_constraint:
      session.execute(kUpsert, {work.key, -3});
      session.execute(kInsert, {work.key + 1000, std::nullopt});
      return 1;
    case Deed::lose_transaction:
      session.execute(kAbort, {work.key, work.value});
      return 1;
  }
  return 0;
}

struct Outcome {
  std::vector<std::optional<Result<int>>> results;
  std::vector<std::size_t> published;
};

Task<void> submit(SqliteStore& store, io::Clock& clock, Nanos after, Work work, std::size_t number,
                  Outcome* out) {
  if (after > Nanos(0)) co_await clock.sleep_for(after);
  auto result = co_await store.write([work, number, out](Session& session) -> Result<int> {
    session.after_commit([number, out] { out->published.push_back(number); });
    return perform(work, session);
  });
  EXPECT_EQ(std::count(out->published.begin(), out->published.end(), number), result ? 1 : 0)
      << "published once, before the caller goes on, and only what was committed";
  out->results[number] = std::move(result);
}

TEST(Pieces, AnyMixtureBehavesAsIfEachRanAlone) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SimStore sim(seed);
    ASSERT_TRUE(sim.start().has_value());
    io::SimRandom random = sim.loop.random().stream(77);
    io::TaskScope scope(sim.loop, sim.log);
    Outcome out;
    std::map<std::int64_t, std::int64_t> expected;
    std::vector<bool> stands;
    const std::size_t count = 1 + static_cast<std::size_t>(random.below(60));
    out.results.resize(count);
    Nanos at{0};
    for (std::size_t i = 0; i < count; ++i) {
      const Work work{static_cast<Deed>(random.below(7)), static_cast<std::int64_t>(random.below(10)),
                      static_cast<std::int64_t>(i)};
      // Arrivals in order, some together, some apart: groups of every size.
      at += Millis(random.chance(20) ? random.below(12) : 0);
      scope.spawn("submit", submit(*sim.store, sim.clock, at, work, i, &out));
      auto next = model(work, expected);
      stands.push_back(next.has_value());
      if (next) expected = std::move(*next);
    }
    ASSERT_TRUE(sim.loop.run_until([&] { return scope.size() == 0; }, Seconds(10)));
    EXPECT_EQ(sim.content(), expected);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_TRUE(out.results[i].has_value());
      EXPECT_EQ(out.results[i]->has_value(), stands[i]) << "piece " << i;
      if (stands[i]) order.push_back(i);
    }
    EXPECT_EQ(out.published, order) << "in commit order";
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

Task<void> expect_errors(SqliteStore& store) {
  auto conflict = co_await store.write([](Session& session) {
    session.execute(kInsert, {1, 1});
    session.execute(kInsert, {1, 2});
  });
  EXPECT_EQ(conflict.error().code, ErrorCode::conflict);
  EXPECT_EQ(conflict.error().reason, "unique_violation");
  auto constraint =
      co_await store.write([](Session& session) { session.execute(kInsert, {1, std::nullopt}); });
  EXPECT_EQ(constraint.error().code, ErrorCode::internal);
  auto own = co_await store.write(
      [](Session&) -> Result<int> { return fail(ErrorCode::gone, "too_late", "it has ended"); });
  EXPECT_EQ(own.error().reason, "too_late") << "the piece's own refusal reaches the caller";
  auto thrown = co_await store.write([](Session&) { throw std::runtime_error("broken"); });
  EXPECT_EQ(thrown.error().code, ErrorCode::internal);
  auto gone = co_await store.write([](Session& session) {
    session.execute(kInsert, {1, 1});
    session.execute(kAbort, {1, 2});
  });
  EXPECT_EQ(gone.error().code, ErrorCode::conflict) << "though it took the transaction along";
  auto bad = co_await store.write([](Session& session) { session.execute("SELECT nonsense"); });
  EXPECT_EQ(bad.error().reason, "database_error");
  auto read = co_await store.read([](Session& session) -> Result<int> {
    session.query("SELECT 1", {}, [](const Row&) {});
    return fail(ErrorCode::not_found, "no_such_thing", "it is not there");
  });
  EXPECT_EQ(read.error().reason, "no_such_thing");
  auto writing_reader = co_await store.read([](Session& session) { session.execute(kInsert, {5, 5}); });
  EXPECT_FALSE(writing_reader.has_value()) << "readers are query-only";
}

TEST(Pieces, ErrorsSayWhatCallersNeedToTellApart) {
  SimStore sim(1);
  ASSERT_TRUE(sim.start().has_value());
  sim.loop.run(expect_errors(*sim.store));
  EXPECT_TRUE(sim.content().empty());
}

TEST(Pieces, AFunctionAfterACommitThatThrowsHarmsNobody) {
  SimStore sim(1);
  ASSERT_TRUE(sim.start().has_value());
  const auto result = sim.loop.run(sim.store->write([](Session& session) {
    session.execute(kInsert, {1, 1});
    session.after_commit([] { throw std::runtime_error("broken"); });
  }));
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(sim.sink->count("a function after a commit failed"), 1U);
}

Task<void> write_and_flag(SqliteStore& store, std::int64_t key, bool* came_back, bool* published) {
  ignore(co_await store.write([key, published](Session& session) {
    session.execute(kInsert, {key, key});
    session.after_commit([published] { *published = true; });
  }),
         "the caller is cancelled before");
  *came_back = true;
}

TEST(Pieces, ACancelledCallerDoesNotUndoItsPiece) {
  SimStore sim(1);
  ASSERT_TRUE(sim.start().has_value());
  io::TaskScope scope(sim.loop, sim.log);
  bool came_back = false;
  bool published = false;
  scope.spawn("write", write_and_flag(*sim.store, 1, &came_back, &published));
  sim.loop.run_ready();
  sim.loop.run(scope.stop());
  sim.loop.run_for(Millis(10));
  EXPECT_FALSE(came_back);
  EXPECT_TRUE(published) << "after_commit runs whatever became of the caller";
  EXPECT_EQ(sim.content().size(), 1U);
}

TEST(PiecesDeathTest, APieceThatEndsTheTransactionIsOurMistake) {
  for (const std::string_view sql :
       {"COMMIT", "  rollback", "BEGIN", "PRAGMA user_version", "attach 'x' as y"}) {
    EXPECT_DEATH(
        {
          SimStore sim(1);
          ASSERT_TRUE(sim.start().has_value());
          ignore(sim.loop.run(sim.store->write([sql](Session& session) { session.execute(sql); })),
                 "it dies");
        },
        "check failed");
  }
}

}  // namespace
}  // namespace fettle::store
