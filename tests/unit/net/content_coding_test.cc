#include "fettle/net/content_coding.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "fettle/net/http.h"

namespace fettle::net {
namespace {

std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string in = bytes;
  std::string out(4U << 20U, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(ContentCoding, GzipGivesBackWhatWasPutIn) {
  for (const std::string& text : {std::string(), std::string("a"), std::string(1'000'000, 'x')}) {
    EXPECT_EQ(gunzip(gzip(text)), text);
  }
  EXPECT_LT(gzip(std::string(1'000'000, 'x')).size(), 10'000U);
}

TEST(ContentCoding, ReadsWhatIsAccepted) {
  EXPECT_TRUE(accepts_coding("gzip, deflate, br", "gzip"));
  EXPECT_TRUE(accepts_coding("br;q=1.0, GZIP;q=0.001", "gzip"));
  EXPECT_FALSE(accepts_coding("gzip;q=0, br", "gzip"));
  EXPECT_FALSE(accepts_coding("", "gzip"));
  EXPECT_FALSE(accepts_coding("gzipped", "gzip"));
}

struct WorthGzip : ::testing::Test {
  WorthGzip() {
    request.headers.set("Accept-Encoding", "gzip");
    response.headers.set("Content-Type", "application/json");
    response.body = std::string(2'000, 'x');
  }
  Request request{.method = Method::get};
  Response response;
};

TEST_F(WorthGzip, IsText) {
  EXPECT_TRUE(is_worth_gzip(request, response));
  response.headers.set("Content-Type", "text/csv; charset=utf-8");
  EXPECT_TRUE(is_worth_gzip(request, response));
  response.headers.set("Content-Type", "application/zstd");
  EXPECT_FALSE(is_worth_gzip(request, response));
}

TEST_F(WorthGzip, IsNoAnswerThatMayHoldASecret) {
  request.method = Method::post;
  EXPECT_FALSE(is_worth_gzip(request, response));
}

TEST_F(WorthGzip, IsNoStreamAndNothingShortOrCodedOrUnwanted) {
  Response stream = response;
  stream.stream = [](std::shared_ptr<ByteStream>) {};
  EXPECT_FALSE(is_worth_gzip(request, stream));
  Response small = response;
  small.body.resize(1'000);
  EXPECT_FALSE(is_worth_gzip(request, small));
  Response coded = response;
  coded.headers.set("Content-Encoding", "br");
  EXPECT_FALSE(is_worth_gzip(request, coded));
  Response failed = response;
  failed.status = 500;
  EXPECT_FALSE(is_worth_gzip(request, failed));
  EXPECT_FALSE(is_worth_gzip(Request{.method = Method::get}, response));
}

}  // namespace
}  // namespace fettle::net
