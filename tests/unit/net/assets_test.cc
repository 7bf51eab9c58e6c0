#include "fettle/net/assets.h"

#include <gmock/gmock.h>

namespace fettle::net {
namespace {

using ::testing::HasSubstr;

const std::vector<AssetFile> kFiles{
    {"/index.html", "<page>", "br-page", "gz-page"},
    {"/assets/app-1a2b.js", "script", "br-script", ""},
    {"/theme.js", "theme", "", ""},
};

Request get(std::string path, std::string encodings = "", std::string accept = "*/*") {
  Request request;
  request.path = std::move(path);
  request.headers.add("Accept", std::move(accept));
  if (!encodings.empty()) request.headers.add("Accept-Encoding", std::move(encodings));
  return request;
}

TEST(Assets, ServesFilesByName) {
  const Assets assets(kFiles);
  const Response script = assets.answer(get("/assets/app-1a2b.js"));
  EXPECT_EQ(script.status, 200);
  EXPECT_EQ(script.static_body, "script");
  EXPECT_EQ(script.headers.get("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(script.headers.get("Cache-Control"), "public, max-age=31536000, immutable");
  const Response theme = assets.answer(get("/theme.js"));
  EXPECT_EQ(theme.headers.get("Cache-Control"), "no-cache");
  EXPECT_EQ(theme.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(assets.answer(get("/")).static_body, "<page>");
  EXPECT_EQ(assets.answer(get("/")).headers.get("Cache-Control"), "no-cache");
}

TEST(Assets, PicksTheSmallestEncodingThatTheClientTakes) {
  const Assets assets(kFiles);
  const auto encoding = [&](std::string accepted) {
    return std::string(assets.answer(get("/", std::move(accepted))).headers.get("Content-Encoding"));
  };
  EXPECT_EQ(encoding("gzip, deflate, br"), "br");
  EXPECT_EQ(encoding("gzip;q=1.0, br;q=0.001"), "br");
  EXPECT_EQ(encoding("gzip, br;q=0"), "gzip");
  EXPECT_EQ(encoding("br; q=0.000, GZIP"), "gzip");
  EXPECT_EQ(encoding("gzip;q=0, br;q=0.0"), "");
  EXPECT_EQ(encoding("brotli, xgzip"), "");
  EXPECT_EQ(encoding(""), "");
  EXPECT_EQ(assets.answer(get("/theme.js", "br, gzip")).headers.get("Content-Encoding"), "");
}

TEST(Assets, AnswersThatNothingChanged) {
  const Assets assets(kFiles);
  const std::string plain(assets.answer(get("/")).headers.get("ETag"));
  const std::string brotli(assets.answer(get("/", "br")).headers.get("ETag"));
  EXPECT_NE(plain, brotli) << "a strong tag names the bytes, not the file";
  const auto status = [&](std::string given, std::string encodings) {
    Request request = get("/", std::move(encodings));
    request.headers.add("If-None-Match", std::move(given));
    return assets.answer(request);
  };
  EXPECT_EQ(status(plain, "").status, 304);
  EXPECT_EQ(status(plain, "").static_body, "");
  EXPECT_EQ(status("\"x\", W/" + plain, "").status, 304);
  EXPECT_EQ(status("*", "").status, 304);
  EXPECT_EQ(status(plain, "br").status, 200);
  EXPECT_EQ(status(brotli, "br").headers.get("ETag"), brotli);
  EXPECT_EQ(Assets({{"/index.html", "<other>", "", ""}}).answer(get("/")).headers.get("ETag").size(),
            plain.size());
  EXPECT_NE(Assets({{"/index.html", "<other>", "", ""}}).answer(get("/")).headers.get("ETag"), plain);
}

TEST(Assets, GivesThePageForItsOwnRoutesOnly) {
  const Assets assets(kFiles);
  EXPECT_EQ(assets.answer(get("/hosts/host_1", "", "text/html,application/xhtml+xml")).static_body, "<page>");
  EXPECT_EQ(assets.answer(get("/hosts/host_1")).status, 404);
  EXPECT_EQ(assets.answer(get("/assets/gone-77.js", "", "text/html")).status, 404);
  Request post = get("/", "", "text/html");
  post.method = Method::post;
  EXPECT_EQ(assets.answer(post).status, 404);
}

TEST(Assets, SaysSoWhenThePageWasNotBuilt) {
  const Assets assets({});
  EXPECT_THAT(std::string(assets.answer(get("/")).static_body), HasSubstr("built without its page"));
}

TEST(Assets, EmbedsWhatTheBuildFound) {
  for (const AssetFile& file : embedded_page()) {
    EXPECT_TRUE(file.path.starts_with('/'));
    EXPECT_FALSE(file.path.ends_with(".gz") || file.path.ends_with(".br")) << file.path;
    EXPECT_FALSE(file.identity.empty()) << file.path;
    if (!file.gzip.empty()) EXPECT_TRUE(file.gzip.starts_with("\x1f\x8b")) << file.path;
  }
}

TEST(Assets, ThePageIsPlacedWhereItLies) {
  constexpr std::string_view kPage = R"(<html lang="en"><script src="./a.js"></script><a href="./b">./c</a>)";
  const std::vector<AssetFile> files{{"/index.html", kPage, "br", "gz"}};
  EXPECT_EQ(Assets(files).answer(get("/")).static_body,
            R"(<html lang="en"><script src="/a.js"></script><a href="/b">./c</a>)");
  const Assets below(files, "/tools/fettle");
  const Response page = below.answer(get("/", "br"));
  EXPECT_EQ(page.static_body,
            R"(<html data-base="/tools/fettle" lang="en"><script src="/tools/fettle/a.js"></script>)"
            R"(<a href="/tools/fettle/b">./c</a>)");
  EXPECT_FALSE(page.headers.has("Content-Encoding")) << "the compressed ones are of another text";
  EXPECT_NE(page.headers.get("ETag"), Assets(files).answer(get("/")).headers.get("ETag"));
}

}  // namespace
}  // namespace fettle::net
