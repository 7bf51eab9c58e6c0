#include "fettle/runs/runs_api.h"

#include <gmock/gmock.h>

#include "fettle/access/environments.h"
#include "fettle/base/text.h"
#include "fettle/net/router.h"
#include "tests/unit/runs/runs_fixture.h"

namespace fettle::runs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// "root" may do everything in `system`, "guest" only look; "stranger" sees another environment.
class NamedAuthenticator final : public net::Authenticator {
 public:
  Task<Result<Principal>> authenticate(const net::Request& request) override {
    Principal principal;
    const std::string_view name = request.headers.get("X-Test-User");
    if (name.empty()) co_return principal;
    principal.kind = PrincipalKind::person;
    principal.id = "person_" + std::string(name);
    principal.name = name;
    const EnvironmentId where = name == "stranger" ? access::kDefaultEnvironment : access::kSystemEnvironment;
    std::set<Permission> may{Permission::view};
    if (name != "guest") may.insert({Permission::operate});
    if (name == "root") may.insert(Permission::administer);
    principal.grants[where] = {where, "e", "r", may};
    co_return principal;
  }
};

struct RunsApiTest : RunsFixture {
  RunsApiTest() {
    Plan heavy = make_plan("heavy", {{}});
    heavy.permission = Permission::administer;
    Plan on_movable = make_plan("on_movable", {{.fails = "no"}});
    on_movable.target_kind = "movable";
    begin({make_plan("upkeep",
                     {{.takes = Seconds(5), .lines = 3, .rows = 2}, {.fails = "no"}, {.skipped = "off"}}),
           heavy, on_movable});
    engine().add_target_kind("movable", [this](const std::string& id) -> std::optional<Target> {
      return Target{"movable", id, id, where, std::nullopt};
    });
    EXPECT_TRUE(loop.run(environments.load(life->store)));
    add_run_routes(router, {engine(), life->store, clock, environments});
    router.seal();
  }
  net::Response ask(net::Method method, std::string path, std::string body = {}, std::string user = "root") {
    net::Request request;
    request.method = method;
    request.method_text = net::method_name(method);
    const std::size_t mark = path.find('?');
    if (mark != std::string::npos) {
      for (const std::string_view pair : split(std::string_view(path).substr(mark + 1), '&')) {
        const std::size_t equals = pair.find('=');
        request.query.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
      }
    }
    request.path = path.substr(0, mark);
    request.target = path;
    request.body = std::move(body);
    request.headers.set("Content-Type", "application/json");
    request.headers.set("X-Test-User", std::move(user));
    return loop.run(router.dispatch(std::make_shared<const net::Request>(std::move(request))));
  }
  net::Response get(std::string path, std::string user = "root") {
    return ask(net::Method::get, std::move(path), {}, std::move(user));
  }
  net::Response post(std::string path, std::string body, std::string user = "root") {
    return ask(net::Method::post, std::move(path), std::move(body), std::move(user));
  }
  static std::string text_in(const std::string& json, const std::string& name) {
    const std::string mark = "\"" + name + "\":\"";
    const std::size_t at = json.find(mark);
    if (at == std::string::npos) return {};
    return json.substr(at + mark.size(), json.find('"', at + mark.size()) - at - mark.size());
  }
  std::string begin_run(std::string plan = "upkeep") {
    const auto answer =
        post("/api/v1/runs", R"({"plan":")" + plan + R"(","target_kind":"server","target_id":"server"})");
    EXPECT_EQ(answer.status, 202) << answer.body;
    const std::string id = text_in(answer.body, "id");
    EXPECT_EQ(answer.headers.get("Location"), "/api/v1/runs/" + id);
    return id;
  }
  void end_run(const std::string& id) { wait_for(*RunId::parse(id)); }

  EnvironmentId where = access::kSystemEnvironment;  // what is movable
  access::Environments environments;
  NamedAuthenticator authenticator;
  net::Router router{authenticator, log};
};

TEST_F(RunsApiTest, StartsARunAndNamesTheHolderToWhoComesSecond) {
  const std::string id = begin_run();
  const auto second =
      post("/api/v1/runs", R"({"plan":"upkeep","target_kind":"server","target_id":"server"})");
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(text_in(second.body, "code"), "target_busy");
  EXPECT_EQ(text_in(second.body, "run_id"), id);
  EXPECT_THAT(second.body, Not(HasSubstr("\"errors\"")));
  end_run(id);
  const auto ended = get("/api/v1/runs/" + id);
  EXPECT_EQ(ended.status, 200);
  EXPECT_THAT(ended.body, HasSubstr(R"("progress":{"done":3,"total":3,"current_index":null)"));
  EXPECT_THAT(ended.body, HasSubstr(R"("step_counts":{"completed":1,"failed":1,"skipped":1,)"));
  EXPECT_THAT(ended.body, HasSubstr(R"("actor":{"kind":"person","id":"person_root","name":"root"})"));
}

TEST_F(RunsApiTest, LetsOnlyThoseStartThatMayAndShowsOnlyWhatTheySee) {
  const std::string body = R"({"plan":"upkeep","target_kind":"server","target_id":"server"})";
  EXPECT_EQ(post("/api/v1/runs", body, "guest").status, 403);
  EXPECT_EQ(post("/api/v1/runs", body, "stranger").status, 404);
  EXPECT_EQ(post("/api/v1/runs", body, "").status, 401);
  const std::string heavy = R"({"plan":"heavy","target_kind":"server","target_id":"server"})";
  EXPECT_EQ(post("/api/v1/runs", heavy, "operator").status, 403);
  const std::string id = begin_run("heavy");
  EXPECT_EQ(get("/api/v1/runs/" + id, "guest").status, 200);
  EXPECT_EQ(get("/api/v1/runs/" + id, "stranger").status, 404);
  EXPECT_EQ(get("/api/v1/runs/" + id + "/log", "stranger").status, 404);
  EXPECT_EQ(get("/api/v1/runs", "stranger").body, R"({"items":[],"next_cursor":null})");
  EXPECT_EQ(post("/api/v1/runs/" + id + "/cancel", "", "guest").status, 403);
  EXPECT_EQ(post("/api/v1/runs/" + id + "/cancel", "", "operator").status, 403);
  end_run(id);
}

TEST_F(RunsApiTest, SaysWhatIsWrongWithARequest) {
  const auto wrong = [&](const std::string& body) { return post("/api/v1/runs", body); };
  EXPECT_EQ(wrong(R"({"plan":"no","target_kind":"server","target_id":"server"})").status, 404);
  EXPECT_EQ(wrong(R"({"plan":"upkeep","target_kind":"server","target_id":"x"})").status, 404);
  EXPECT_EQ(wrong(R"({"plan":"upkeep","target_kind":"moon","target_id":"x"})").status, 404);
  EXPECT_EQ(wrong(R"({"plan":"upkeep","target_kind":"server"})").status, 422);
  EXPECT_EQ(wrong(R"({"plan":"upkeep","target_kind":"server","target_id":"server","parameters":[1]})").status,
            422);
  EXPECT_EQ(wrong("").status, 400);
  EXPECT_THAT(get("/api/v1/runs?state=lost").body, HasSubstr("/query/state"));
  EXPECT_THAT(get("/api/v1/runs?limit=0").body, HasSubstr("/query/limit"));
  EXPECT_THAT(get("/api/v1/runs?cursor=abc").body, HasSubstr("/query/cursor"));
  EXPECT_THAT(get("/api/v1/runs?environment=x").body, HasSubstr("/query/environment"));
  EXPECT_EQ(get("/api/v1/runs/run_1").status, 404);
  EXPECT_EQ(get("/api/v1/runs/run_00000000000070008000000000000001").status, 404);
}

TEST_F(RunsApiTest, ReadsLogsFromWhereOneIs) {
  const std::string id = begin_run();
  const std::string path = "/api/v1/runs/" + id + "/log";
  loop.run_for(Seconds(1));
  auto page = get(path + "?after=0&limit=2");
  EXPECT_THAT(page.body, HasSubstr(R"("text":"line 2")"));
  EXPECT_THAT(page.body, HasSubstr(R"("next":2,"is_complete":false,"dropped":0)"));
  EXPECT_THAT(get(path + "?after=3").body, HasSubstr(R"({"lines":[],"next":3,"is_complete":false)"));
  end_run(id);
  loop.run_for(Seconds(3));
  EXPECT_THAT(get(path + "?after=2").body, HasSubstr(R"("next":null,"is_complete":true)"));
  EXPECT_THAT(get(path + "?level=error").body, HasSubstr(R"("step":2,"text":"no")"));
  EXPECT_THAT(get(path + "?query=LINE%203").body, Not(HasSubstr("line 3")));
  EXPECT_THAT(get(path + "?query=LINE 3").body, HasSubstr("line 3"));
  EXPECT_EQ(get(path + "?limit=1001").status, 422);
  EXPECT_EQ(get(path + "?limit=0").status, 422);
  EXPECT_EQ(get(path + "?after=-1").status, 422);
  EXPECT_EQ(get(path + "?level=loud").status, 422);
  const auto text = get("/api/v1/runs/" + id + "/log.txt");
  EXPECT_EQ(text.headers.get("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(std::ranges::count(text.body, '\n'), 5) << "a line for the end of each step too";
  EXPECT_THAT(text.body, HasSubstr(" info [1] line 1\n"));
}

TEST_F(RunsApiTest, CancelsAndRunsAgainWhatFailed) {
  const std::string id = begin_run();
  EXPECT_EQ(text_in(post("/api/v1/runs/" + id + "/rerun", "{}").body, "code"), "run_live");
  const auto cancelled = post("/api/v1/runs/" + id + "/cancel", "");
  EXPECT_EQ(cancelled.status, 202);
  EXPECT_THAT(cancelled.body, HasSubstr(R"("cancelled_by":"root")"));
  end_run(id);
  EXPECT_EQ(text_in(post("/api/v1/runs/" + id + "/cancel", "").body, "code"), "run_ended");
  const std::string whole = begin_run();
  end_run(whole);
  const auto again = post("/api/v1/runs/" + whole + "/rerun", R"({"dry_run":true})");
  ASSERT_EQ(again.status, 202) << again.body;
  EXPECT_EQ(text_in(again.body, "rerun_of"), whole);
  const Run repeated = wait_for(*RunId::parse(text_in(again.body, "id")));
  EXPECT_TRUE(repeated.is_dry);
  EXPECT_EQ(repeated.steps[0].state, StepState::skipped);
  EXPECT_EQ(repeated.steps[1].state, StepState::failed);
  const std::string good = begin_run("heavy");
  end_run(good);
  EXPECT_EQ(text_in(post("/api/v1/runs/" + good + "/rerun", "{}").body, "code"), "nothing_failed");
  EXPECT_EQ(text_in(post("/api/v1/runs/" + good + "/rerun", "").body, "code"), "nothing_failed");
  EXPECT_EQ(post("/api/v1/runs/" + good + "/rerun", R"({"failed_only":false})").status, 202);
}

TEST_F(RunsApiTest, RunsNothingAgainWhereOneMayNot) {
  const auto begun = post("/api/v1/runs", R"({"plan":"on_movable","target_kind":"movable","target_id":"a"})");
  ASSERT_EQ(begun.status, 202) << begun.body;
  const std::string id = text_in(begun.body, "id");
  end_run(id);
  where = access::kDefaultEnvironment;
  EXPECT_EQ(post("/api/v1/runs/" + id + "/rerun", "{}").status, 404);
}

TEST_F(RunsApiTest, ListsRunsAndPlans) {
  end_run(begin_run());
  const std::string live = begin_run("heavy");
  EXPECT_THAT(get("/api/v1/runs?state=live").body, HasSubstr(live));
  end_run(live);
  EXPECT_EQ(get("/api/v1/runs?state=live").body, R"({"items":[],"next_cursor":null})");
  const auto failed = get("/api/v1/runs?state=failed,cancelled&plan=upkeep&environment=system");
  EXPECT_THAT(failed.body, HasSubstr(R"("plan":"upkeep")"));
  EXPECT_THAT(failed.body, HasSubstr(R"("steps":null)"));
  EXPECT_THAT(get("/api/v1/runs?limit=1").body, HasSubstr(R"("next_cursor":"c)"));
  EXPECT_THAT(
      get("/api/v1/plans").body,
      HasSubstr(
          R"({"name":"heavy","title":"Plan heavy","target_kind":"server","is_on_host":false,)"
          R"("tasks":[{"name":"step_1","title":"Step 1"}],"parameters":[],"permission":"administer"})"));
}

}  // namespace
}  // namespace fettle::runs
