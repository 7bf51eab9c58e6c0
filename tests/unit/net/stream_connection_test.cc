#include "fettle/net/byte_stream.h"
#include "tests/unit/net/server_fixture.h"

#include <sys/socket.h>

namespace fettle::net::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StreamTest : public ServerFixture {
 protected:
  StreamTest() {
    RouteSpec spec;
    spec.path = "/stream";
    spec.operation = "stream";
    spec.summary = "A stream.";
    spec.permission = Permission::public_access;
    spec.answer_media_type = "text/event-stream";
    router.add_raw<None>(spec, [this](RequestContext&, None) { return open(); });
  }
  ~StreamTest() override {
    stop();
    stream.reset();
  }
  Task<Result<Response>> open() {
    Response response;
    response.headers.add("Content-Type", "text/event-stream");
    response.stream = [this](std::shared_ptr<ByteStream> opened) {
      stream = std::move(opened);
      stream->on_closed([this] { is_closed = true; });
    };
    co_return response;
  }
  std::ptrdiff_t write(std::vector<std::string_view> parts) {
    std::ptrdiff_t taken = 0;
    on_loop([&] { taken = stream->try_write(parts); });
    return taken;
  }
  std::string open_stream(TestClient& client) {
    client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    until([&] { return stream != nullptr; });
    const std::string head = client.read(1);
    return head;
  }

  std::shared_ptr<ByteStream> stream;
  bool is_closed = false;
};

TEST_F(StreamTest, HandsTheConnectionOver) {
  start();
  TestClient client(port());
  const std::string head = open_stream(client);
  EXPECT_THAT(head, HasSubstr("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(head, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
  EXPECT_EQ(write({"retry: 2000\n", "", ": ok\n\n"}), 18);
  EXPECT_EQ(client.read(18), "retry: 2000\n: ok\n\n");
  EXPECT_EQ(figures().streams_open, 1u);
  EXPECT_EQ(figures().requests_in_flight, 0u);
  advance(Millis(3'600'000));
  EXPECT_EQ(write({"still"}), 5) << "a stream has no deadline";
  EXPECT_EQ(client.read(5), "still");
}

TEST_F(StreamTest, NoticesThatThePeerHasGone) {
  start();
  std::optional<TestClient> client;
  client.emplace(port());
  open_stream(*client);
  client->send("a word that nobody asked for");
  EXPECT_EQ(write({"x"}), 1);
  EXPECT_FALSE(is_closed);
  client.reset();
  until([&] { return is_closed; });
  EXPECT_EQ(write({"x"}), -1);
  on_loop([&] { stream.reset(); });
  EXPECT_EQ(figures().streams_open, 0u);
  EXPECT_EQ(figures().connections_open, 0u);
}

TEST_F(StreamTest, TellsASlowReaderFromAGoneOne) {
  start();
  TestClient client(port());
  open_stream(client);
  const std::string block(256 * 1024, 'b');
  std::size_t sent = 0;
  std::ptrdiff_t taken = 0;
  while ((taken = write({block, block})) > 0) sent += static_cast<std::size_t>(taken);
  EXPECT_EQ(taken, 0);
  bool is_writable = false;
  on_loop([&] { stream->on_writable([&] { is_writable = true; }); });
  on_loop([] {});
  EXPECT_FALSE(is_writable);
  std::size_t received = 0;
  while (received < sent) received += client.read(1).size();
  EXPECT_EQ(received, sent);
  until([&] { return is_writable; });
  EXPECT_GT(write({block}), 0);
}

TEST_F(StreamTest, EndsWhenItsOwnerDropsIt) {
  start();
  TestClient client(port());
  open_stream(client);
  bool is_called = false;
  on_loop([&] {
    stream->on_writable([&] { is_called = true; });
    stream.reset();
  });
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(figures().connections_open, 0u);
  EXPECT_FALSE(is_called);
  EXPECT_FALSE(is_closed);
}

TEST_F(StreamTest, EndsWhenTheServerStops) {
  start();
  TestClient client(port());
  open_stream(client);
  stop();
  EXPECT_TRUE(is_closed);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(StreamTest, AnswersHeadWithTheHeadOnly) {
  start();
  TestClient client(port());
  client.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  for (int i = 0; i < 2; ++i) {
    const Answer answer = client.read_answer(true);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.at("content-type"), "text/event-stream");
  }
  EXPECT_EQ(stream, nullptr);
}

}  // namespace
}  // namespace fettle::net::test
