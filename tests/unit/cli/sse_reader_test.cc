#include "fettle/cli/sse_reader.h"

#include <gtest/gtest.h>

#include <vector>

#include "fettle/cli/since.h"

namespace fettle::cli {
namespace {

using Texts = std::vector<std::string>;

Texts read(SseReader& reader, std::string_view bytes) {
  Texts out;
  reader.feed(bytes, [&](const SseEvent& event) {
    out.push_back(event.id + "|" + event.type + "|" + event.data);
    return true;
  });
  return out;
}

TEST(SseReader, ReadsEventsInAnyPieces) {
  const std::string text =
      "retry: 2000\n: ok\n\nid: 7\nevent: log_entry\ndata: {\"a\":1}\n\ndata: b\r\ndata:c\r\n\r\n";
  SseReader whole;
  const Texts expected{"7|log_entry|{\"a\":1}", "7|message|b\nc"};
  EXPECT_EQ(read(whole, text), expected);
  SseReader pieces;
  Texts found;
  for (const char c : text) {
    for (std::string& event : read(pieces, {&c, 1})) found.push_back(std::move(event));
  }
  EXPECT_EQ(found, expected);
  EXPECT_EQ(pieces.last_id(), "7");
}

TEST(SseReader, AnIdWithoutDataCounts) {
  SseReader reader;
  EXPECT_EQ(read(reader, "id: 9\n\n"), Texts{});
  EXPECT_EQ(reader.last_id(), "9");
  EXPECT_EQ(read(reader, "data: half"), Texts{});
  reader.restart();
  EXPECT_EQ(read(reader, "\n\ndata: whole\n\n"), (Texts{"9|message|whole"}));
}

TEST(SseReader, EndsWhenItIsToldAndAtALineWithoutAnEnd) {
  SseReader reader;
  int events = 0;
  EXPECT_FALSE(reader.feed("data: a\n\ndata: b\n\n", [&](const SseEvent&) { return ++events < 1; }));
  EXPECT_EQ(events, 1);
  SseReader endless;
  EXPECT_FALSE(endless.feed(std::string(5U << 20U, 'x'), [](const SseEvent&) { return true; }));
}

TEST(Since, TakesATimeAgoOrATime) {
  const WallTime now{std::chrono::seconds(1'000'000'000)};
  EXPECT_EQ(parse_since("90s", now), now - std::chrono::seconds(90));
  EXPECT_EQ(parse_since("15m", now), now - std::chrono::minutes(15));
  EXPECT_EQ(parse_since("2h", now), now - std::chrono::hours(2));
  EXPECT_EQ(parse_since("3d", now), now - std::chrono::days(3));
  EXPECT_EQ(parse_since("2001-09-09T01:46:40Z", now), now);
  for (const char* wrong : {"", "5", "h", "-1h", "1w", "1 h", "99999999999999999999h", "yesterday"}) {
    EXPECT_FALSE(parse_since(wrong, now)) << wrong;
  }
}

}  // namespace
}  // namespace fettle::cli
