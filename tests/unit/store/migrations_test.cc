#include "fettle/store/migrations.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/store/store_fixture.h"

namespace fettle::store {
namespace {

const std::vector<Migration> kTwo{
    kTestSchema[0],
    {2, "labels", "ALTER TABLE number ADD COLUMN label TEXT; UPDATE number SET label = 'n' || value;"}};

std::vector<std::string> columns(StoreFixture& f) {
  return f.loop
      .run(f.store->read([](Session& session) {
        return session.query_all("SELECT name FROM pragma_table_info('number')", {},
                                 [](const Row& row) { return row.text(0); });
      }))
      .value();
}

Result<> put(StoreFixture& f, std::int64_t key) {
  return f.loop.run(
      f.store->write([key](Session& session) -> void { session.execute(kInsert, {key, key}); }));
}

TEST(Migrations, ANewStoreBeginsAtTheNewestWithoutACopy) {
  StoreFixture f;
  auto options = f.options();
  options.migrations = kTwo;
  ASSERT_TRUE(f.open(options).has_value());
  EXPECT_EQ(columns(f), (std::vector<std::string>{"key", "value", "label"}));
  EXPECT_FALSE(std::filesystem::exists(options.path + ".before-1"));
  struct stat found{};
  ASSERT_EQ(::stat(options.path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST(Migrations, AnOlderStoreIsCopiedAndBroughtUp) {
  StoreFixture f;
  ASSERT_TRUE(f.open().has_value());
  ASSERT_TRUE(put(f, 7).has_value());
  f.loop.run(f.store->stop());
  auto options = f.options();
  options.migrations = kTwo;
  ASSERT_TRUE(f.open(options).has_value());
  const auto label = f.loop.run(f.store->read([](Session& session) {
    return session.query_one("SELECT label FROM number", {}, [](const Row& row) { return row.text(0); })
        .value();
  }));
  EXPECT_EQ(label.value(), "n7");
  f.loop.run(f.store->stop());
  // The copy is a whole store of the version before.
  auto old = f.options();
  old.path += ".before-2";
  ASSERT_TRUE(f.open(old).has_value());
  EXPECT_EQ(columns(f), (std::vector<std::string>{"key", "value"}));
  EXPECT_EQ(f.loop.run(f.store->read([](Session& session) { return count_rows(session); })).value(), 1);
}

TEST(Migrations, OnlyTheNewestCopiesStay) {
  StoreFixture f;
  auto options = f.options();
  ASSERT_TRUE(f.open(options).has_value());
  for (int number = 2; number <= 7; ++number) {
    f.loop.run(f.store->stop());
    options.migrations.push_back({number, "more", "CREATE TABLE IF NOT EXISTS more (key INTEGER) STRICT;"});
    ASSERT_TRUE(f.open(options).has_value());
  }
  std::vector<std::string> names;
  for (const std::string& name : f.files.list(f.folder.path()).value())
    if (name.find(".before-") != std::string::npos) names.push_back(name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"fettle.db.before-5", "fettle.db.before-6", "fettle.db.before-7"}));
}

TEST(Migrations, ANewerStoreIsRefusedUntouched) {
  StoreFixture f;
  auto options = f.options();
  options.migrations = kTwo;
  ASSERT_TRUE(f.open(options).has_value());
  f.loop.run(f.store->stop());
  const auto refused = f.open();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "store_newer");
  EXPECT_NE(refused.error().detail.find("newer Fettle"), std::string::npos);
  ASSERT_TRUE(f.open(options).has_value());
}

TEST(Migrations, AFailingOneLeavesTheOldVersionWhole) {
  StoreFixture f;
  ASSERT_TRUE(f.open().has_value());
  ASSERT_TRUE(put(f, 1).has_value());
  f.loop.run(f.store->stop());
  for (const std::string_view bad :
       {"ALTER TABLE number ADD COLUMN label TEXT; SELECT nonsense(1);",
        "CREATE TABLE child (number INTEGER REFERENCES number(key)); INSERT INTO child VALUES (99);"}) {
    auto options = f.options();
    options.migrations = {kTestSchema[0], {2, "bad", bad}};
    const auto failed = f.open(options);
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().reason, "migration_failed") << failed.error().detail;
  }
  ASSERT_TRUE(f.open().has_value()) << "the old program still runs it";
  EXPECT_EQ(columns(f), (std::vector<std::string>{"key", "value"}));
  ASSERT_TRUE(put(f, 2).has_value());
}

TEST(Migrations, AForeignDatabaseIsRefused) {
  StoreFixture f;
  auto options = f.options();
  {
    // Made by anything but the store itself.
    auto foreign = f.options();
    foreign.path += ".foreign";
    ASSERT_TRUE(f.open(foreign).has_value());
    f.loop.run(f.store->stop());
  }
  std::filesystem::copy_file(options.path + ".foreign", options.path);
  {
    std::FILE* file = std::fopen(options.path.c_str(), "r+b");
    ASSERT_NE(file, nullptr);
    // Source: sqlite.org/fileformat2.html, the application id stands at offset 68.
    ASSERT_EQ(std::fseek(file, 68, SEEK_SET), 0);
    ASSERT_EQ(std::fwrite("XXXX", 1, 4, file), 4U);
    std::fclose(file);
  }
  const auto refused = f.open(options);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "store_foreign");
}

TEST(Migrations, AFileThatIsNoDatabaseIsRefused) {
  StoreFixture f;
  ASSERT_TRUE(f.files.write_atomically(f.options().path, std::string(5000, 'x')).has_value());
  const auto refused = f.open();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "database_unusable");
  EXPECT_EQ(f.files.read_all(f.options().path, 10000).value(), std::string(5000, 'x'));
}

}  // namespace
}  // namespace fettle::store
