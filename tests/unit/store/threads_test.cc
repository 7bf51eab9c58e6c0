// The store on the real loop with its real threads: for the thread sanitizer, and for what the simulation
// cannot show.
#include <gtest/gtest.h>

#include "fettle/io/asio_loop.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_files.h"
#include "fettle/io/task_scope.h"
#include "fettle/store/sqlite_store.h"
#include "tests/unit/store/store_fixture.h"

namespace fettle::store {
namespace {

struct RealStore {
  Folder folder;
  io::AsioLoop loop;
  io::SystemClock clock{loop};
  io::SystemFiles files;
  std::shared_ptr<io::MemorySink> sink = std::make_shared<io::MemorySink>();
  io::Log log{sink, "test"};
  SqliteStore store{
      loop, clock, files, log, {.path = folder.path() + "/data/fettle.db", .migrations = kTestSchema}};
};

struct Counts {
  std::int64_t written = 0;
  std::int64_t published = 0;
  std::int64_t read = 0;
};

Task<void> write_many(RealStore& real, std::int64_t first, Counts* counts) {
  for (std::int64_t key = first; key < first + 50; ++key) {
    auto result = co_await real.store.write([key, counts](Session& session) -> std::string {
      session.execute(kInsert, {key, key});
      session.after_commit([counts] { ++counts->published; });
      return std::to_string(key);
    });
    EXPECT_EQ(result.value_or(""), std::to_string(key));
    ++counts->written;
    EXPECT_GE(counts->published, counts->written);
  }
}

Task<void> read_many(RealStore& real, Counts* counts) {
  std::int64_t before = 0;
  for (int i = 0; i < 100; ++i) {
    const std::int64_t acknowledged = counts->written;
    auto rows = co_await real.store.read([](Session& session) { return count_rows(session); });
    EXPECT_GE(rows.value_or(-1), acknowledged) << "a read sees every write that was acknowledged before it";
    EXPECT_GE(rows.value_or(-1), before);
    before = rows.value_or(-1);
    ++counts->read;
  }
}

Task<void> end_when_done(RealStore& real, io::TaskScope& scope) {
  while (scope.size() > 0) co_await real.clock.sleep_for(Millis(1));
  co_await real.store.stop();
  real.loop.stop();
}

TEST(StoreThreads, WritersAndReadersTogether) {
  RealStore real;
  ASSERT_TRUE(real.store.open().has_value());
  io::TaskScope scope(real.loop, real.log);
  io::TaskScope ending(real.loop, real.log);
  Counts counts;
  for (std::int64_t n = 0; n < 20; ++n) scope.spawn("write", write_many(real, n * 1000, &counts));
  for (int n = 0; n < 4; ++n) scope.spawn("read", read_many(real, &counts));
  ending.spawn("end", end_when_done(real, scope));
  real.loop.run();
  EXPECT_EQ(counts.written, 1000);
  EXPECT_EQ(counts.published, 1000);
  EXPECT_EQ(counts.read, 400);
  EXPECT_EQ(real.store.figures().pieces, 1000U);
  EXPECT_EQ(real.store.figures().queued_pieces, 0U);
}

Task<void> stop_in_the_middle(RealStore& real, io::TaskScope& scope) {
  co_await real.clock.sleep_for(Millis(7));
  co_await real.store.stop();
  while (scope.size() > 0) co_await real.clock.sleep_for(Millis(1));
  real.loop.stop();
}

Task<void> write_until_refused(RealStore& real, std::int64_t key, std::int64_t* acknowledged) {
  while (true) {
    auto result =
        co_await real.store.write([key](Session& session) { session.execute(kInsert, {key, key}); });
    if (!result) {
      EXPECT_EQ(result.error().reason, "stopping");
      co_return;
    }
    ++*acknowledged;
    ++key;
  }
}

TEST(StoreThreads, StopsInTheMiddleOfWorkWithoutLosingAny) {
  RealStore real;
  ASSERT_TRUE(real.store.open().has_value());
  std::int64_t acknowledged = 0;
  {
    io::TaskScope scope(real.loop, real.log);
    io::TaskScope ending(real.loop, real.log);
    for (std::int64_t n = 0; n < 20; ++n)
      scope.spawn("write", write_until_refused(real, n * 1'000'000, &acknowledged));
    ending.spawn("end", stop_in_the_middle(real, scope));
    real.loop.run();
  }
  StoreFixture again;
  auto options = again.options();
  options.path = real.folder.path() + "/data/fettle.db";
  ASSERT_TRUE(again.open(options).has_value());
  const auto rows = again.loop.run(again.store->read([](Session& session) { return count_rows(session); }));
  EXPECT_EQ(rows.value(), acknowledged);
}

}  // namespace
}  // namespace fettle::store
