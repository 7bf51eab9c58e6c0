#include "fettle/upkeep/store_tasks.h"

#include <fmt/format.h>

#include <memory>
#include <set>

#include "fettle/base/byte_text.h"
#include "fettle/store/old_rows.h"
#include "fettle/upkeep/retention.h"

namespace fettle::upkeep {
namespace {

using runs::LogLevel;
using runs::StepContext;
using runs::StepOutcome;

constexpr std::string_view kTables =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
constexpr std::string_view kQuickCheck = "SELECT * FROM pragma_quick_check(?1)";
constexpr const char* kUnsound = "store.unsound";
constexpr std::size_t kMostFaults = 20;

std::string first_text(const store::Row& row) {
  return row.text(0);
}

/// What is wrong with one table and its indexes; empty: nothing.
Task<Result<std::vector<std::string>>> check_table(store::Store& store, std::string table) {
  co_return co_await store.read([table](store::Session& session) {
    std::vector<std::string> faults;
    session.query(kQuickCheck, {table}, [&](const store::Row& row) {
      if (row.text(0) != "ok" && faults.size() < kMostFaults) faults.push_back(row.text(0));
    });
    return faults;
  });
}

/// Table by table, each in the time of a read: a snapshot that is held for longer keeps the log from being
/// moved.
/// `damaged`: tables that were found so and not found sound since.
Task<Result<StepOutcome>> quick_check(StoreGround ground, std::shared_ptr<std::set<std::string>> damaged,
                                      StepContext& step) {
  FETTLE_CO_TRY(const std::vector<std::string> tables,
                co_await ground.store.read(
                    [](store::Session& session) { return session.query_all(kTables, {}, first_text); }));
  std::vector<std::string> faults, unfinished;
  std::int64_t seen = 0;
  for (const std::string& table : tables) {
    if (step.is_cancelled()) break;
    auto found = co_await check_table(ground.store, table);
    if (found) {
      if (found->empty()) damaged->erase(table);
      if (!found->empty()) damaged->insert(table);
      for (std::string& fault : *found) faults.push_back(table + ": " + fault);
    } else if (found.error().code == ErrorCode::timeout) {
      unfinished.push_back(table);
    } else if (tells_of_damage(found.error())) {
      // What is damaged badly cannot even be read.
      damaged->insert(table);
      faults.push_back(table + ": " + found.error().detail);
    } else {
      co_return std::unexpected(std::move(found).error());
    }
    step.set_counter(kSeen, ++seen);
    step.set_counter("faults", static_cast<std::int64_t>(faults.size()));
    step.progress(static_cast<double>(seen) / static_cast<double>(tables.size()));
  }
  for (const std::string& fault : faults) step.log(LogLevel::error, fault);
  if (!unfinished.empty()) step.set_counter("unfinished", static_cast<std::int64_t>(unfinished.size()));
  if (!faults.empty()) {
    ground.doubts.open({.kind = kUnsound,
                        .target = "",
                        .title = "The server's database is damaged",
                        .message = "The quick check found: " + faults.front() + ". Restore a copy.",
                        .severity = events::ConditionSeverity::error});
    co_return fail(ErrorCode::corrupt, "database_damaged", faults.front());
  }
  if (!step.is_cancelled() && damaged->empty()) ground.doubts.close(kUnsound, "");
  std::string message = fmt::format(
      "{} are sound", amount(seen - static_cast<std::int64_t>(unfinished.size()), "table", "tables"));
  if (!unfinished.empty()) {
    message += "; too large for the time of a read:";
    for (const std::string& table : unfinished) message += " " + table;
  }
  co_return StepOutcome{std::move(message)};
}

Task<Result<StepOutcome>> statistics(StoreGround ground, StepContext& step) {
  if (step.is_dry()) co_return StepOutcome{"would renew what the planner of queries goes by"};
  if (auto done = co_await ground.care.renew_statistics(); !done) co_return std::unexpected(done.error());
  co_return StepOutcome{"renewed"};
}

Task<Result<StepOutcome>> vacuum(StoreGround ground, StepContext& step) {
  FETTLE_CO_TRY(const std::int64_t free, co_await ground.store.read([](store::Session& session) {
    return store::free_bytes(session);
  }));
  const std::int64_t eligible = std::max<std::int64_t>(0, free - static_cast<std::int64_t>(kKeptFree));
  step.set_counter(kSeen, free);
  step.set_counter(kEligible, eligible);
  step.set_counter(kBytes, 0);
  if (eligible == 0) co_return StepOutcome{"nothing to give back"};
  if (step.is_dry()) co_return StepOutcome{"would give back " + format_bytes(static_cast<double>(eligible))};
  constexpr Millis kPause{15};  // longer than a step, so that whoever writes is never behind two of them
  std::int64_t returned = 0;
  while (!step.is_cancelled() && returned < eligible) {
    FETTLE_CO_TRY(const store::VacuumStep done, co_await ground.care.return_pages());
    if (!done.can_shrink) co_return StepOutcome{"this file cannot shrink: it was not made by Fettle", true};
    if (done.returned_bytes == 0) break;
    returned += static_cast<std::int64_t>(done.returned_bytes);
    step.set_counter(kBytes, returned);
    step.progress(std::min(1.0, static_cast<double>(returned) / static_cast<double>(eligible)));
    co_await ground.clock.sleep_for(kPause);
  }
  co_return StepOutcome{"gave back " + format_bytes(static_cast<double>(returned))};
}

Task<Result<StepOutcome>> checkpoint(StoreGround ground, StepContext& step) {
  const auto before = static_cast<std::int64_t>(ground.store.figures().wal_bytes);
  step.set_counter(kSeen, before);
  if (step.is_dry())
    co_return StepOutcome{"would empty a log of " + format_bytes(static_cast<double>(before))};
  FETTLE_CO_TRY(const store::LogMove moved, co_await ground.care.empty_log());
  step.set_counter(
      kBytes, static_cast<std::int64_t>(moved.before_bytes) - static_cast<std::int64_t>(moved.after_bytes));
  if (moved.is_busy) co_return StepOutcome{"a reader held it up; the store tries again by itself"};
  co_return StepOutcome{"emptied a log of " + format_bytes(static_cast<double>(moved.before_bytes))};
}

}  // namespace

bool tells_of_damage(const Error& error) {
  return error.code == ErrorCode::corrupt || error.code == ErrorCode::io;
}

std::vector<runs::PlanTask> store_tasks(StoreGround ground) {
  const auto task = [ground](std::string name, std::string title, auto function) {
    return runs::PlanTask{
        .name = std::move(name),
        .title = std::move(title),
        .why_skipped = {},
        .function = [ground, function](StepContext& step) { return function(ground, step); }};
  };
  // Shared by the runs of the task.
  auto damaged = std::make_shared<std::set<std::string>>();
  const auto check = [damaged](StoreGround on, StepContext& step) { return quick_check(on, damaged, step); };
  return {task("quick_check", "Check the database", check),
          task("statistics", "Renew statistics of the database", statistics),
          task("vacuum", "Give free space back to the file system", vacuum),
          task("wal_checkpoint", "Empty the write-ahead log", checkpoint)};
}

}  // namespace fettle::upkeep
