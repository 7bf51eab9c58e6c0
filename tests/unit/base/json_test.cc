#include "fettle/base/json_codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace fettle {
namespace {

enum class Mood : std::uint8_t { calm, very_angry, default_ };
BOOST_DESCRIBE_ENUM(Mood, calm, very_angry, default_)

struct InnerDto {
  std::string name;
  std::optional<std::int32_t> count;
  friend bool operator==(const InnerDto&, const InnerDto&) = default;
};
BOOST_DESCRIBE_STRUCT(InnerDto, (), (name, count))

struct Base {
  HostId id;
  friend bool operator==(const Base&, const Base&) = default;
};
BOOST_DESCRIBE_STRUCT(Base, (), (id))

struct Outer : Base {
  bool flag = false;
  std::uint8_t small = 0;
  std::int64_t wide = 0;
  std::uint64_t huge = 0;
  double real = 0;
  WallTime at;
  Mood mood = Mood::calm;
  std::vector<InnerDto> inners;
  std::map<std::string, std::int64_t> numbers;
  std::optional<InnerDto> maybe;
  std::array<std::int64_t, 2> pair{};
  std::vector<std::optional<double>> gaps;
  std::string class_;
  friend bool operator==(const Outer&, const Outer&) = default;
};
BOOST_DESCRIBE_STRUCT(Outer, (Base),
                      (flag, small, wide, huge, real, at, mood, inners, numbers, maybe, pair, gaps, class_))

template <class T>
struct PageLike {
  std::vector<T> items;
  std::optional<std::string> next_cursor;
};
struct Nothing {};

struct Filter {
  std::optional<std::string> environment;
  std::optional<std::int32_t> limit;
  std::optional<Mood> mood;
  std::optional<HostId> host_id;
  std::optional<std::vector<std::string>> keys;
  std::optional<bool> verbose;
  std::optional<double> share;
  std::int64_t from = 0;
};
BOOST_DESCRIBE_STRUCT(Filter, (), (environment, limit, mood, host_id, keys, verbose, share, from))

struct Event {
  JsonText fields;
};
BOOST_DESCRIBE_STRUCT(Event, (), (fields))

using Query = std::vector<std::pair<std::string, std::string>>;

Outer sample() {
  Outer outer;
  outer.id = HostId(make_uuid7(1'700'000'000'000, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  outer.flag = true;
  outer.small = 255;
  outer.wide = std::numeric_limits<std::int64_t>::min();
  outer.huge = std::numeric_limits<std::uint64_t>::max();
  outer.real = 0.1;
  outer.at = wall_from_unix_ms(1'700'000'000'123);
  outer.mood = Mood::very_angry;
  outer.inners = {{"a\"b\\c\n\u2028\x01", 7}, {"", std::nullopt}};
  outer.numbers = {{"", 1}, {"ä/~", -2}};
  outer.maybe = InnerDto{"x", 0};
  outer.pair = {3, -4};
  outer.gaps = {1.5, std::nullopt};
  outer.class_ = "k";
  return outer;
}

std::vector<std::string> pointers(const Error& error) {
  std::vector<std::string> out;
  for (const auto& field : error.fields) out.push_back(field.pointer);
  return out;
}

template <class T>
std::vector<std::string> faults(std::string_view text) {
  const auto result = from_json<T>(text);
  if (result) return {"none"};
  return pointers(result.error());
}

using Places = std::vector<std::string>;

TEST(Json, WritesEveryKindOfMember) {
  EXPECT_EQ(
      to_json(sample()),
      R"({"id":"host_018bcfe56800710283)"
      R"(0405060708090a","flag":true,"small":255,"wide":-9223372036854775808,"huge":18446744073709551615,)"
      R"("real":0.1,"at":"2023-11-14T22:13:20.123Z","mood":"very_angry",)"
      R"("inners":[{"name":"a\"b\\c\n\u2028\u0001","count":7},{"name":"","count":null}],)"
      R"("numbers":{"":1,"ä/~":-2},"maybe":{"name":"x","count":0},"pair":[3,-4],"gaps":[1.5,null],)"
      R"("class":"k"})");
}

TEST(Json, ReadsBackWhatItWrote) {
  const auto read = from_json<Outer>(to_json(sample()));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*read, sample());
}

TEST(Json, WritesEmptyContainers) {
  Outer outer;
  const std::string text = to_json(outer);
  EXPECT_NE(text.find(R"("inners":[],"numbers":{},"maybe":null)"), text.npos);
  EXPECT_EQ(to_json(Nothing{}), "{}");
  EXPECT_EQ(to_json(PageLike<InnerDto>{{{"n", 1}}, std::nullopt}),
            R"({"items":[{"name":"n","count":1}],"next_cursor":null})");
}

TEST(Json, ReadsPagesAndEmptyBodies) {
  const auto page = from_json<PageLike<InnerDto>>(R"({"items":[{"name":"n"}],"next_cursor":"c"})");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->items.at(0).name, "n");
  EXPECT_EQ(page->next_cursor, "c");
  EXPECT_TRUE(from_json<Nothing>(""));
  EXPECT_TRUE(from_json<Nothing>("{}"));
  EXPECT_EQ(faults<Nothing>(R"({"x":1})"), Places{"/body/x"});
}

TEST(Json, NumbersThatAreNotFiniteBecomeNull) {
  std::string out;
  append_json_number(out, std::nan(""));
  out += ' ';
  append_json_number(out, -INFINITY);
  EXPECT_EQ(out, "null null");
  out.clear();
  append_json_number(out, -0.0);
  EXPECT_EQ(out, "0");
}

TEST(Json, EveryDoubleSurvivesTheRoundTrip) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    std::string text = "[";
    append_json_number(text, value);
    const auto read = from_json<std::array<double, 1>>(text + "]");
    ASSERT_TRUE(read) << text;
    ASSERT_EQ(read->at(0), value) << text;
  }
}

TEST(Json, AnyBytesBecomeAReadableString) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes(random() % 20, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % 3 == 0 ? random() : 'a' + random() % 26);
    std::string text;
    append_json_string(text, bytes);
    const auto read = parse_json(text);
    ASSERT_TRUE(read) << text;
    for (const char c : text) ASSERT_GE(static_cast<unsigned char>(c), 0x20);
    std::string again;
    append_json_string(again, read->text);
    ASSERT_EQ(again, text);
  }
}

TEST(Json, ErrorsNameThePlace) {
  EXPECT_EQ(faults<InnerDto>(R"({"name":1})"), Places{"/body/name"});
  EXPECT_EQ(faults<InnerDto>(R"({})"), Places{"/body/name"});
  EXPECT_EQ(faults<InnerDto>(R"([])"), Places{"/body"});
  EXPECT_EQ(faults<InnerDto>(R"({"name":"","a~/b":1})"), Places{"/body/a~0~1b"});
  EXPECT_EQ(faults<InnerDto>(R"({"name":"","count":2147483648})"), Places{"/body/count"});
  EXPECT_EQ(faults<InnerDto>(R"({"name":"","count":1.5})"), Places{"/body/count"});
  EXPECT_EQ(faults<std::vector<InnerDto>>(R"([{"name":""},{"name":null}])"), Places{"/body/1/name"});
  EXPECT_EQ(faults<InnerDto>(R"({"count":"x","extra":0})"),
            (Places{"/body/name", "/body/count", "/body/extra"}));
  EXPECT_EQ((faults<std::map<std::string, std::int8_t>>(R"({"a":128})")), Places{"/body/a"});
}

TEST(Json, RefusesWrongValuesOfEachKind) {
  const std::string good = to_json(sample());
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return faults<Outer>(text.replace(at, from.size(), to));
  };
  EXPECT_EQ(with("host_", "hust_"), Places{"/body/id"});
  EXPECT_EQ(with("true", "1"), Places{"/body/flag"});
  EXPECT_EQ(with("255", "256"), Places{"/body/small"});
  EXPECT_EQ(with("255", "-1"), Places{"/body/small"});
  EXPECT_EQ(with("-9223372036854775808", "9223372036854775808"), Places{"/body/wide"});
  EXPECT_EQ(with("18446744073709551615", "18446744073709551616"), Places{"/body/huge"});
  EXPECT_EQ(with("0.1", "\"0.1\""), Places{"/body/real"});
  EXPECT_EQ(with("22:13", "25:13"), Places{"/body/at"});
  EXPECT_EQ(with("very_angry", "angry"), Places{"/body/mood"});
  EXPECT_EQ(with("[3,-4]", "[3]"), Places{"/body/pair"});
  EXPECT_EQ(with("[1.5,null]", "{}"), Places{"/body/gaps"});
}

TEST(Json, RefusesWhatIsNoStrictJson) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "{]",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "[1] x",
                                      "nul",
                                      "01",
                                      "+1",
                                      "1.",
                                      ".5",
                                      "'a'",
                                      "[1]//c",
                                      "\"\\x\"",
                                      "\"\n\"",
                                      "\"\\ud800\"",
                                      "\"\xff\"",
                                      "\"\xc0\x80\"",
                                      "\"\xed\xa0\x80\"",
                                      "1e999",
                                      R"({"a":1,"a":2})",
                                      R"({"a":1,"\u0061":2})",
                                      "NaN",
                                      "\xef\xbb\xbf{}"}) {
    const auto result = parse_json(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, ErrorCode::invalid_input) << text;
    EXPECT_EQ(result.error().reason, "unreadable_json") << text;
  }
}

TEST(Json, FindsARepeatedNameAmongMany) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_TRUE(parse_json(text + "\"k\":0}"));
  EXPECT_FALSE(parse_json(text + "\"k57\":0}"));
}

TEST(Json, NestsThirtyTwoDeepAndNoDeeper) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(32)));
  EXPECT_FALSE(parse_json(nested(33)));
  EXPECT_FALSE(parse_json(std::string(100'000, '[')));
}

TEST(Json, PassesTextThrough) {
  EXPECT_EQ(to_json(Event{{R"({"a":[1]})"}}), R"({"fields":{"a":[1]}})");
  const auto read = from_json<Event>(R"({"fields": {"a": [1, 2.5, "x", null, true, 18446744073709551615]}})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->fields.text, R"({"a":[1,2.5,"x",null,true,18446744073709551615]})");
}

TEST(Json, BoundsTheListOfFaults) {
  std::string text = "{\"name\":\"\"";
  for (int i = 0; i < 100; ++i) text += ",\"" + std::string(1000, 'x') + std::to_string(i) + "\":0";
  const auto result = from_json<InnerDto>(text + "}");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fields.size(), 20U);
  for (const auto& field : result.error().fields) EXPECT_LE(field.pointer.size(), 256U);
}

TEST(JsonQuery, ReadsEachKind) {
  const auto filter = from_query<Filter>(Query{{"environment", "default"},
                                               {"limit", "-5"},
                                               {"mood", "default"},
                                               {"host_id", "host_018bcfe5680071028304050607080900"},
                                               {"keys", "a,b,,c"},
                                               {"verbose", "true"},
                                               {"share", "2.5"},
                                               {"from", "9007199254740993"}});
  ASSERT_TRUE(filter) << filter.error().detail;
  EXPECT_EQ(filter->environment, "default");
  EXPECT_EQ(filter->limit, -5);
  EXPECT_EQ(filter->mood, Mood::default_);
  EXPECT_EQ(filter->host_id->text(), "host_018bcfe5680071028304050607080900");
  EXPECT_EQ(filter->keys, (std::vector<std::string>{"a", "b", "", "c"}));
  EXPECT_EQ(filter->verbose, true);
  EXPECT_EQ(filter->share, 2.5);
  EXPECT_EQ(filter->from, 9007199254740993);
}

struct ListQuery {
  std::optional<std::int64_t> limit, lines;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (), (limit, lines))

TEST(JsonQuery, SaysWhatAListGivesAndNotWhatATypeHolds) {
  const auto said = [](const char* name) { return from_query<ListQuery>(Query{{name, "x"}}).error().detail; };
  EXPECT_EQ(said("limit"), "limit must be a whole number from 1 to 500.");
  EXPECT_EQ(said("lines"), "lines must be a whole number.");
}

TEST(JsonQuery, NamesWhatIsWrong) {
  const auto bad = [](Query query) {
    query.emplace_back("from", "1");
    const auto result = from_query<Filter>(query);
    return result ? Places{"none"} : pointers(result.error());
  };
  EXPECT_EQ(bad({}), Places{"none"});
  EXPECT_EQ(bad({{"limit", ""}, {"environment", ""}}), Places{"none"});
  EXPECT_EQ(bad({{"limit", "x"}}), Places{"/query/limit"});
  EXPECT_EQ(bad({{"limit", "5 "}}), Places{"/query/limit"});
  EXPECT_EQ(bad({{"limit", "[5]"}}), Places{"/query/limit"});
  EXPECT_EQ(bad({{"limit", "99999999999"}}), Places{"/query/limit"});
  EXPECT_EQ(bad({{"limit", "1"}, {"limit", "1"}}), Places{"/query/limit"});
  EXPECT_EQ(bad({{"verbose", "1"}}), Places{"/query/verbose"});
  EXPECT_EQ(bad({{"mood", "CALM"}}), Places{"/query/mood"});
  EXPECT_EQ(bad({{"wat", "1"}}), Places{"/query/wat"});
  EXPECT_EQ(pointers(from_query<Filter>(Query{}).error()), Places{"/query/from"});
  EXPECT_FALSE(from_query<Nothing>(Query{{"a", "b"}}));
  EXPECT_TRUE(from_query<Nothing>(Query{}));
}

TEST(JsonSchema, NamesStructsOnceAndRefersToThem) {
  SchemaBook book;
  EXPECT_EQ(schema_of<Outer>(book), R"({"$ref":"#/components/schemas/Outer"})");
  EXPECT_EQ(schema_of<std::vector<InnerDto>>(book),
            R"({"type":"array","items":{"$ref":"#/components/schemas/Inner"}})");
  ASSERT_EQ(book.size(), 2U);
  EXPECT_EQ(book[1].first, "Inner");
  EXPECT_EQ(book[1].second,
            R"({"type":"object","properties":{"name":{"type":"string"},)"
            R"("count":{"anyOf":[{"type":"integer"},{"type":"null"}]}},"required":["name","count"]})");
  for (const auto& [name, schema] : book) EXPECT_TRUE(parse_json(schema)) << name;
}

TEST(JsonSchema, RequestsMayLeaveOutOptionalMembers) {
  SchemaBook book;
  EXPECT_EQ(schema_of<InnerDto>(book, SchemaUse::request), R"({"$ref":"#/components/schemas/InnerInput"})");
  schema_of<InnerDto>(book);
  ASSERT_EQ(book.size(), 2U);
  EXPECT_NE(book[0].second.find(R"("required":["name"])"), std::string::npos);
  EXPECT_EQ(schema_of<Base>(book, SchemaUse::request), R"({"$ref":"#/components/schemas/Base"})");
}

TEST(JsonSchema, PagesAreNamedAfterTheirItems) {
  SchemaBook book;
  EXPECT_EQ(schema_of<PageLike<InnerDto>>(book), R"({"$ref":"#/components/schemas/InnerPageLike"})");
  EXPECT_EQ(schema_of<Nothing>(book), R"({"$ref":"#/components/schemas/Nothing"})");
}

TEST(JsonSchema, DescribesQueryParameters) {
  const auto read = parse_json("[" + query_parameters_of<Filter>() + "]");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->items.size(), 8U);
  EXPECT_NE(query_parameters_of<Filter>().find(
                R"({"name":"from","in":"query","required":true,"schema":{"type":"integer"}})"),
            std::string::npos);
  EXPECT_EQ(query_parameters_of<Nothing>(), "");
}

}  // namespace
}  // namespace fettle
