#include "fettle/stream/messages.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <random>

#include "fettle/base/json_value.h"
#include "fettle/stream/frame.h"

namespace fettle::stream {
namespace {

std::string text_of(const Message& message) {
  std::string out;
  append_message(out, message);
  return out;
}

double number_of(const JsonNode& node) {
  return node.kind == JsonNode::Kind::integer ? static_cast<double>(node.integer) : node.real;
}

TEST(Messages, AreWrittenAsTheContractSays) {
  EXPECT_EQ(
      text_of(StreamHello{"00ff", "Abc12xyZ", 20, {"events", "fleet"}, "0.1.0", 1767225600000}),
      R"({"connection":"00ff","epoch":"Abc12xyZ","tick_ms":20,"topics":["events","fleet"],"version":"0.1.0","now":1767225600000})");
  EXPECT_EQ(text_of(FleetStatus{"env_1", 5, {{1, 1, 253, -1, 612, 1234, 0}, {2, 3, -1, -1, -1, -1, -1}}}),
            R"({"environment_id":"env_1","at":5,"hosts":[[1,1,253,-1,612,1234,0],[2,3,-1,-1,-1,-1,-1]]})");
  EXPECT_EQ(
      text_of(StatusChange{5, "host", "env_1", "host_1", "a\"b", "online", "offline", "silent"}),
      R"({"at":5,"what":"host","environment_id":"env_1","host_id":"host_1","name":"a\"b","from":"online","to":"offline","reason":"silent"})");
  EXPECT_EQ(
      text_of(MetricUpdate{"host_1", 7, "ab", 5000, {1, -0.0, 0.5, std::nan(""), INFINITY, 1234567.8}}),
      R"({"host_id":"host_1","at":7,"layout":"ab","interval_ms":5000,"values":[1,0,0.5,null,null,1.23457e+06]})");
  EXPECT_EQ(text_of(EventMessage{R"({"id":"event_1"})"}), R"({"id":"event_1"})");
  EXPECT_EQ(text_of(Resync{"slow"}), R"({"reason":"slow"})");
  EXPECT_EQ(text_of(FleetStatus{"env_1", 5, {}}), R"({"environment_id":"env_1","at":5,"hosts":[]})");
}

TEST(Messages, ValuesKeepSixDigits) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> mantissa(-10, 10);
  std::uniform_int_distribution<int> exponent(-12, 15);
  MetricUpdate update{"host_1", 7, "ab", 5000, {}};
  for (int i = 0; i < 20'000; ++i)
    update.values.push_back(mantissa(random) * std::pow(10.0, exponent(random)));
  for (int i = -1000; i < 1000; ++i) update.values.push_back(i * 999.0);
  const auto node = parse_json(text_of(update));
  ASSERT_TRUE(node) << node.error().detail;
  const std::vector<JsonNode>& values = node->items.back().items;
  ASSERT_EQ(values.size(), update.values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_LE(std::abs(number_of(values[i]) - update.values[i]), std::abs(update.values[i]) * 5.001e-6);
  }
}

TEST(Messages, FleetRowsStayWithinFortyBytesAndFourDigits) {
  std::mt19937_64 random(8);
  const auto rate = [&random] {
    return static_cast<std::int64_t>(random() >> (random() % 62 + 2));  // any magnitude
  };
  for (int i = 0; i < 50'000; ++i) {
    const FleetRow row{static_cast<std::int64_t>(random() % 100'000),
                       3,
                       1000,
                       1000,
                       1000,
                       rate() % 1'000'000'000'000,
                       rate() % 1'000'000'000'000};
    std::string text;
    append_fleet_row(text, row);
    ASSERT_LE(text.size(), 40U) << text;
    const auto node = parse_json(text);
    ASSERT_TRUE(node) << text;
    for (std::size_t k = 0; k < row.size(); ++k) {
      const auto wanted = static_cast<double>(row[k]);
      ASSERT_LE(std::abs(number_of(node->items[k]) - wanted), wanted < 1e7 ? 0.0 : wanted * 0.0005) << text;
    }
  }
}

TEST(Messages, ExtremeRatesAreJson) {
  for (const std::int64_t rate : {std::numeric_limits<std::int64_t>::max(), std::int64_t{99'999'999},
                                  std::int64_t{9'999'999}, std::int64_t{10'000'000}, std::int64_t{-1}}) {
    std::string text;
    append_fleet_row(text, {1, 1, 0, 0, 0, rate, rate});
    EXPECT_TRUE(parse_json(text)) << text;
  }
}

TEST(Messages, HaveOneSchemaEach) {
  SchemaBook book;
  add_message_schemas(book);
  std::vector<std::string> names;
  for (const auto& [name, schema] : book) {
    names.push_back(name);
    EXPECT_TRUE(parse_json(schema)) << name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"StreamHello", "StreamFleetStatus", "StreamStatusChange",
                                             "StreamMetricUpdate", "StreamResync"}));
  EXPECT_NE(book[3].second.find("null"), std::string::npos) << "values may be null";
}

TEST(Frames, AreBlocksOfAnEventStream) {
  std::string out;
  append_frame(out, "Abc12xyZ", 17, Resync{"slow"});
  EXPECT_EQ(out, "id: Abc12xyZ-17\nevent: resync\ndata: {\"reason\":\"slow\"}\n\n");
  out.clear();
  append_frame(out, "Abc12xyZ", 0, Resync{"slow"});
  EXPECT_EQ(out, "event: resync\ndata: {\"reason\":\"slow\"}\n\n") << "no id line without a number";
}

}  // namespace
}  // namespace fettle::stream
