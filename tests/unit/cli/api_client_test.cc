#include "fettle/cli/api_client.h"

#include <gtest/gtest.h>

#include "fake_surroundings.h"

namespace fettle::cli {
namespace {

class ApiClientTest : public testing::Test {
 protected:
  FakeProcess process;
  ApiClient client{process.actions, "http://127.0.0.1:1//", Secret<std::string>("ftk_x")};
};

TEST_F(ApiClientTest, ReadsAListToItsEnd) {
  process.answers = {{200, R"({"items":[{"n":1},{"n":2}],"next_cursor":"a/b &"})"},
                     {200, R"({"items":[{"n":3}],"next_cursor":null})"}};
  auto items = client.list("/api/v1/hosts?environment=default");
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 3U);
  EXPECT_EQ(number_member(items->back(), "n"), 3);
  ASSERT_EQ(process.requests.size(), 2U);
  EXPECT_EQ(process.requests[0].url, "http://127.0.0.1:1/api/v1/hosts?environment=default&limit=500");
  EXPECT_EQ(process.requests[1].url,
            "http://127.0.0.1:1/api/v1/hosts?environment=default&limit=500&cursor=a%2Fb%20%26");
  EXPECT_EQ(process.requests[1].bearer.reveal(), "ftk_x");
}

TEST_F(ApiClientTest, AListWithoutEndIsAnErrorAndNoLoop) {
  process.actions.call_api = [](const ApiRequest&) -> Result<ApiAnswer> {
    return ApiAnswer{200, R"({"items":[],"next_cursor":"again"})"};
  };
  auto items = client.list("/x");
  ASSERT_FALSE(items);
  EXPECT_EQ(items.error().reason, "unreadable_answer");
}

TEST_F(ApiClientTest, AProblemBodyBecomesTheError) {
  Error error = error_of_answer({403, R"({"code":"permission_missing","detail":"Not for you."})"});
  EXPECT_EQ(error.code, ErrorCode::forbidden);
  EXPECT_EQ(error.reason, "permission_missing");
  EXPECT_EQ(error.detail, "Not for you.");
}

TEST_F(ApiClientTest, AnswersOfSomeoneElseAreErrorsToo) {
  EXPECT_EQ(error_of_answer({503, "<html>"}).code, ErrorCode::unavailable);
  EXPECT_EQ(error_of_answer({302, ""}).code, ErrorCode::internal);
  EXPECT_EQ(error_of_answer({401, "[]"}).code, ErrorCode::unauthenticated);
  EXPECT_EQ(error_of_answer({404, R"({"code":7,"detail":null})"}).detail,
            "The answer has status 404 and no reason; is this the address of a Fettle server?");
  for (const char* body : {"", "<html>", "[]", "{}", R"({"items":{}})", R"({"items":null})"}) {
    process.answers = {{200, body}};
    EXPECT_FALSE(client.list("/x")) << body;
  }
}

TEST(JsonMembers, ToleratesAnyShape) {
  JsonNode node = *parse_json(R"({"a":1,"b":2.5,"c":"x","d":null,"e":18446744073709551615})");
  EXPECT_EQ(number_member(node, "a"), 1);
  EXPECT_EQ(number_member(node, "b"), 2.5);
  EXPECT_EQ(number_member(node, "c"), std::nullopt);
  EXPECT_EQ(number_member(node, "d"), std::nullopt);
  EXPECT_EQ(number_member(node, "e"), 18446744073709551615.0);
  EXPECT_EQ(text_member(node, "c"), "x");
  EXPECT_EQ(text_member(node, "a"), "");
  EXPECT_EQ(text_member(JsonNode{}, "a"), "");
}

}  // namespace
}  // namespace fettle::cli
