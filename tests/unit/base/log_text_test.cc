#include "fettle/base/log_text.h"

#include <gtest/gtest.h>

namespace fettle {
namespace {

void expect_text(std::string_view line, std::optional<LogLevel> level, std::string_view message) {
  const LogText found = parse_log_text(line);
  EXPECT_EQ(found.level, level) << line;
  EXPECT_EQ(found.message, message) << line;
}

TEST(LogText, ReadsObjectsByTheNamesThatLoggersUse) {
  expect_text(R"({"level":"info","msg":"ready"})", LogLevel::info, "ready");
  expect_text(R"({"severity":"WARNING","message":"slow","ms":12})", LogLevel::warn, "slow");
  expect_text(R"({"level":50,"msg":"as pino has it"})", LogLevel::error, "as pino has it");
  expect_text(R"({"msg":"no level"})", std::nullopt, "no level");
  expect_text("{\"level\":\"err\",\"msg\":\"line\\nbreak\"}\r\n", LogLevel::error, "line\nbreak");
}

TEST(LogText, ShowsAnObjectWithoutAMessageAsItIs) {
  expect_text(R"({"level":"error","what":1})", LogLevel::error, R"({"level":"error","what":1})");
  expect_text(R"({"msg":5})", std::nullopt, R"({"msg":5})");
}

TEST(LogText, ReadsALevelAtTheBeginning) {
  expect_text("ERROR disk full", LogLevel::error, "disk full");
  expect_text("[warn] slow", LogLevel::warn, "slow");
  expect_text("info: ready", LogLevel::info, "ready");
  expect_text("<4>as syslog has it", LogLevel::warn, "as syslog has it");
  expect_text("2026-11-22T09:10:04Z DEBUG begins", LogLevel::debug, "begins");
  expect_text("2026-11-22 09:10:04,123 - WARNING: late", std::nullopt,
              "2026-11-22 09:10:04,123 - WARNING: late");
  expect_text("2026/11/22 09:10:04 CRITICAL - gone", LogLevel::error, "gone");
}

TEST(LogText, LeavesProseAlone) {
  for (const char* line : {"info about the disk", "the ERROR is elsewhere", "", "error",
                           "{\"level\":\"info\"", "[]", "<9>no priority", "<", "errors: 0"}) {
    expect_text(line, std::nullopt, line);
  }
}

TEST(LogLevelWords, KnowsAliases) {
  EXPECT_EQ(parse_log_level("Err"), LogLevel::error);
  EXPECT_EQ(parse_log_level("warning"), LogLevel::warn);
  EXPECT_EQ(parse_log_level("off"), std::nullopt);
  EXPECT_EQ(parse_log_level(std::string(1000, 'e')), std::nullopt);
  for (const LogLevel level :
       {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
    EXPECT_EQ(parse_log_level(log_level_name(level)), level);
  }
}

}  // namespace
}  // namespace fettle
