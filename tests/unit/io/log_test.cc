#include <gtest/gtest.h>

#include "fettle/io/log_sink.h"

namespace fettle::io {
namespace {

constexpr WallTime kTime{Millis(1'767'225'600'123)};

std::string line(std::string_view message, std::initializer_list<LogField> fields, LogFormat format) {
  return format_log_line({LogLevel::warn, "store", message, {fields.begin(), fields.size()}}, kTime, format);
}

TEST(LogFormat, TextQuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(line("committed", {{"pieces", 3}, {"path", "/a b"}, {"empty", ""}}, LogFormat::text),
            "2026-01-01T00:00:00.123Z warn store committed pieces=3 path=\"/a b\" empty=\"\"\n");
}

TEST(LogFormat, JsonKeepsNumbersAsNumbers) {
  EXPECT_EQ(line("committed", {{"pieces", 3}, {"share", 0.5}, {"text", "3"}}, LogFormat::json),
            "{\"ts\":\"2026-01-01T00:00:00.123Z\",\"level\":\"warn\",\"component\":\"store\",\"message\":"
            "\"committed\","
            "\"pieces\":3,\"share\":0.500000,\"text\":\"3\"}\n");
  EXPECT_NE(
      line("m", {{"x", std::numeric_limits<double>::infinity()}}, LogFormat::json).find("\"x\":\"inf\""),
      std::string::npos);
}

TEST(LogFormat, NoByteOfAFieldCanForgeALine) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string value = std::string("a") + static_cast<char>(byte) + "b";
    for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
      const std::string out = line(value, {{"key", value}}, format);
      for (std::size_t i = 0; i + 1 < out.size(); ++i) {
        const auto c = static_cast<unsigned char>(out[i]);
        ASSERT_TRUE(c >= 0x20 && c != 0x7f) << "byte " << byte;
      }
      ASSERT_EQ(out.back(), '\n');
    }
  }
}

TEST(LogFormat, NothingThatATerminalObeysPassesAndNothingThatIsNoUtf8) {
  const std::string csi =
      "\xc2\x9b"
      "31m";
  const std::string separator = "\xe2\x80\xa8";
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    const std::string out = line("m",
                                 {{"key", csi + separator +
                                              "\xff"
                                              "\xc3\xa4"}},
                                 format);
    EXPECT_NE(out.find("\\u009b31m\\u2028\\ufffd\xc3\xa4"), std::string::npos) << out;
  }
}

TEST(LogFormat, LongFieldsAreCutAtACharacter) {
  std::string value(kLongestField - 1, 'x');
  value += "\xc3\xa4\xc3\xa4";  // the limit falls inside the first of these
  const std::string out = line("m", {{"key", value}}, LogFormat::text);
  EXPECT_LT(out.size(), kLongestField + 100);
  EXPECT_TRUE(out.ends_with("x...\n"));
}

TEST(Log, LevelsFilterAndComponentsShareTheSink) {
  const auto sink = std::make_shared<MemorySink>(LogLevel::info, 3);
  const Log log(sink, "one");
  log.debug("not seen");
  log.with("two").error("seen", {{"n", 1}});
  ASSERT_EQ(sink->entries().size(), 1U);
  EXPECT_EQ(sink->entries()[0].component, "two");
  sink->set_level(LogLevel::debug);
  for (int i = 0; i < 5; ++i) log.debug("many");
  EXPECT_EQ(sink->entries().size(), 3U) << "bounded";
  EXPECT_EQ(sink->count("many"), 3U);
  sink->set_level(LogLevel::off);
  EXPECT_FALSE(log.is_enabled(LogLevel::error));
}

}  // namespace
}  // namespace fettle::io
