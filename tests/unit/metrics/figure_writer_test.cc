#include "fettle/metrics/figure_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "tests/unit/metrics/exposition_grammar.h"

namespace fettle::metrics {
namespace {

TEST(FigureWriter, WritesOpenMetrics) {
  FigureWriter writer(FigureFormat::openmetrics);
  writer.counter("fettle_heartbeats", "", "Heartbeats that were committed", 12);
  writer.begin_gauge("fettle_queue_bytes", "bytes", "Bytes that wait");
  writer.add({{"queue", "journal"}}, 1.5);
  writer.add({{"queue", "a\"b\\c\nd"}}, -3);
  EXPECT_EQ(writer.finish(),
            "# TYPE fettle_heartbeats counter\n"
            "# HELP fettle_heartbeats Heartbeats that were committed\n"
            "fettle_heartbeats_total 12\n"
            "# TYPE fettle_queue_bytes gauge\n"
            "# UNIT fettle_queue_bytes bytes\n"
            "# HELP fettle_queue_bytes Bytes that wait\n"
            "fettle_queue_bytes{queue=\"journal\"} 1.5\n"
            "fettle_queue_bytes{queue=\"a\\\"b\\\\c\\nd\"} -3\n"
            "# EOF\n");
}

TEST(FigureWriter, WritesTheOlderFormat) {
  FigureWriter writer(FigureFormat::prometheus);
  writer.counter("fettle_run_seconds", "seconds", "Time in runs", 0.25);
  EXPECT_EQ(writer.finish(),
            "# TYPE fettle_run_seconds_total counter\n"
            "# HELP fettle_run_seconds_total Time in runs\n"
            "fettle_run_seconds_total 0.25\n");
}

TEST(FigureWriter, WritesHistograms) {
  Histogram late{0.1, 1, 2.5};
  for (const double seconds : {0.05, 0.1, 0.7, 30.0}) late.add(seconds);
  for (const bool is_openmetrics : {true, false}) {
    FigureWriter writer(is_openmetrics ? FigureFormat::openmetrics : FigureFormat::prometheus);
    writer.histogram("fettle_late_seconds", "seconds", "How late", late);
    const std::string text = writer.finish();
    const auto parsed = parse_exposition(text, is_openmetrics);
    EXPECT_TRUE(parsed.complaints.empty()) << *parsed.complaints.begin();
    EXPECT_EQ(parsed.types.at("fettle_late_seconds"), "histogram");
    const std::map<std::string, std::string> wanted{{"fettle_late_seconds_bucket{le=\"0.1\"}", "2"},
                                                    {"fettle_late_seconds_bucket{le=\"1.0\"}", "3"},
                                                    {"fettle_late_seconds_bucket{le=\"2.5\"}", "3"},
                                                    {"fettle_late_seconds_bucket{le=\"+Inf\"}", "4"},
                                                    {"fettle_late_seconds_sum", "30.85"},
                                                    {"fettle_late_seconds_count", "4"}};
    EXPECT_EQ(parsed.samples, wanted);
    EXPECT_LT(text.find("le=\"0.1\""), text.find("le=\"1.0\""));
  }
}

TEST(FigureWriter, WritesNumbersThatAreNone) {
  FigureWriter writer(FigureFormat::openmetrics);
  writer.begin_gauge("x", "", "x");
  writer.add({{"n", "1"}}, std::numeric_limits<double>::quiet_NaN());
  writer.add({{"n", "2"}}, std::numeric_limits<double>::infinity());
  writer.add({{"n", "3"}}, -std::numeric_limits<double>::infinity());
  writer.add({{"n", "4"}}, 9'007'199'254'740'993.0);
  writer.add({{"n", "5"}}, 1e300);
  const auto parsed = parse_exposition(writer.finish(), true);
  EXPECT_TRUE(parsed.complaints.empty()) << *parsed.complaints.begin();
  EXPECT_EQ(parsed.samples.at("x{n=\"1\"}"), "NaN");
  EXPECT_EQ(parsed.samples.at("x{n=\"2\"}"), "+Inf");
  EXPECT_EQ(parsed.samples.at("x{n=\"3\"}"), "-Inf");
  EXPECT_EQ(parsed.samples.size(), 5U);
}

TEST(FigureWriter, EscapesWhateverALabelHolds) {
  std::mt19937 random(9);
  for (int i = 0; i < 3'000; ++i) {
    std::string value;
    for (std::size_t left = random() % 20; left > 0; --left)
      value += random() % 3 == 0 ? "\\\"\n\r{},= "[random() % 9] : static_cast<char>(random() % 256);
    FigureWriter writer(i % 2 == 0 ? FigureFormat::openmetrics : FigureFormat::prometheus);
    writer.begin_gauge("x", "", "x");
    writer.add({{"a", value}, {"b", "end"}}, 1);
    const auto parsed = parse_exposition(writer.finish(), i % 2 == 0);
    ASSERT_TRUE(parsed.complaints.empty()) << *parsed.complaints.begin();
    ASSERT_EQ(parsed.samples.size(), 1U);
    ASSERT_TRUE(parsed.samples.begin()->first.ends_with(",b=\"end\"}"));
  }
}

TEST(FigureWriter, ChoosesTheFormatByAccept) {
  const auto openmetrics = [](std::string_view accept) {
    return choose_figure_format(accept) == FigureFormat::openmetrics;
  };
  EXPECT_TRUE(openmetrics("application/openmetrics-text"));
  EXPECT_TRUE(openmetrics(
      "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"));
  EXPECT_TRUE(openmetrics("text/plain; q=0.25 , Application/OpenMetrics-Text; q=0.25"));
  EXPECT_FALSE(openmetrics("application/openmetrics-text;q=0.2,text/plain;q=0.3"));
  EXPECT_FALSE(openmetrics("application/openmetrics-text;q=0"));
  EXPECT_FALSE(openmetrics("application/openmetrics-text;q=x"));
  EXPECT_FALSE(openmetrics(""));
  EXPECT_FALSE(openmetrics("*/*"));
  EXPECT_FALSE(openmetrics("text/html"));
  EXPECT_EQ(content_type(FigureFormat::prometheus), "text/plain; version=0.0.4; charset=utf-8");
}

TEST(FigureWriterDeathTest, RefusesOurOwnMistakes) {
  FigureWriter writer(FigureFormat::openmetrics);
  writer.gauge("once", "", "x", 1);
  EXPECT_DEATH(writer.gauge("once", "", "x", 1), "once");
  EXPECT_DEATH(writer.counter("fettle_things_total", "", "x", 1), "things");
  EXPECT_DEATH(writer.gauge("fettle_size", "bytes", "x", 1), "size");
  EXPECT_DEATH(writer.gauge("fettle-size", "", "x", 1), "size");
}

}  // namespace
}  // namespace fettle::metrics
