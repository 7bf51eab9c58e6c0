#include "tests/unit/access/access_fixture.h"

#include "fettle/access/audit_repo.h"
#include "fettle/access/person_repo.h"
#include "fettle/access/session_repo.h"
#include "fettle/access/session_start.h"
#include "fettle/base/text.h"
#include "fettle/net/http.h"

namespace fettle::access {
namespace {

constexpr PasswordCost kCheap{8UL * 1024, 1};

Person some_person(const std::string& name, const PersonId& id, WallTime now) {
  Person person;
  person.id = id;
  person.name = name;
  person.password_hash = hash_password(kGoodPassword, Salt{}, kCheap).value();
  person.created_at = now;
  return person;
}

}  // namespace

AccessFixture::AccessFixture(std::uint64_t seed) : StoreFixture(seed) {
  crypto_start();
  settings.data_folder = folder.path();
  settings.password_cost = kCheap;
  auto with = options();
  with.migrations = {{1, "access", access_schema_sql()},
                     {2, "people", people_schema_sql()},
                     {3, "environment removal", environment_removal_schema_sql()}};
  const auto opened = open(std::move(with));
  EXPECT_TRUE(opened) << opened.error().detail;
  build();
}

AccessFixture::~AccessFixture() {
  loop.run(access->stop());
}

void AccessFixture::build() {
  access = std::make_unique<Access>(loop, clock, random, files, log, *store, settings, keys);
  access->credentials().on_scope_changed([this](const ScopeChange& change) { changes.push_back(change); });
  const auto started = loop.run(access->start());
  EXPECT_TRUE(started) << started.error().detail;
  router = std::make_unique<net::Router>(access->credentials(), log);
  access->add_routes(*router);
}

void AccessFixture::restart() {
  loop.run(access->stop());
  router.reset();
  access.reset();
  build();
}

net::Response AccessFixture::call(const Call& what) {
  auto request = std::make_shared<net::Request>();
  request->method = what.method;
  request->method_text = std::string(net::method_name(what.method));
  request->target = what.path;
  request->path = what.path.substr(0, what.path.find('?'));
  if (request->path.size() < what.path.size()) {
    const std::string query = what.path.substr(request->path.size() + 1);
    for (const std::string_view pair : split(query, '&')) {
      const std::size_t equals = pair.find('=');
      request->query.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
  }
  request->body = what.body;
  request->id = "req_test";
  request->peer = {what.address, true, what.transport == Transport::tls};
  request->headers.add("Host", "127.0.0.1:8080");
  if (!what.body.empty()) request->headers.add("Content-Type", "application/json");
  if (!what.site.empty()) request->headers.add("Sec-Fetch-Site", what.site);
  if (!what.origin.empty()) request->headers.add("Origin", what.origin);
  if (!what.bearer.empty()) request->headers.add("Authorization", "Bearer " + what.bearer);
  if (!what.cookie.empty()) {
    const std::string name(session_cookie_name(what.transport));
    request->headers.add("Cookie", "theme=dark; " + name + "=" + what.cookie);
  }
  return loop.run(router->dispatch(request));
}

std::string AccessFixture::set_up(const std::string& name) {
  const std::string token = access->setup().token().reveal();
  const net::Response response = call({.method = net::Method::post,
                                       .path = "/api/v1/setup",
                                       .body = R"({"token":")" + token + R"(","name":")" + name +
                                               R"(","password":")" + kGoodPassword + R"("})"});
  EXPECT_EQ(response.status, 201) << response.body;
  return given_cookie(response);
}

net::Response AccessFixture::log_in(const std::string& name, const std::string& password,
                                    const std::string& address) {
  return call({.method = net::Method::post,
               .path = "/api/v1/session",
               .body = R"({"name":")" + name + R"(","password":")" + password + R"("})",
               .address = address});
}

std::string AccessFixture::add_person(const std::string& name, std::string_view role,
                                      EnvironmentId environment) {
  const WallTime now = clock.wall_now();
  const Person person = some_person(name, random.make_id<PersonId>(now), now);
  const Actor actor{"person", person.id.text(), name, "127.0.0.1"};
  const NewSession made = make_session(random, now, actor, settings);
  const auto written = loop.run(store->write([&](store::Session& session) {
    person_repo::insert(session, person);
    EXPECT_TRUE(person_repo::set_role(session, person.id, environment, role));
    session_repo::insert(session, made.row);
  }));
  EXPECT_TRUE(written);
  return made.cookie.reveal();
}

PersonId AccessFixture::person_id(const std::string& name) {
  const auto found = loop.run(
      store->read([&](store::Session& session) { return person_repo::find_by_name(session, name); }));
  return found && *found ? (*found)->id : PersonId{};
}

EnvironmentId AccessFixture::add_environment(const std::string& name) {
  const auto id = random.make_id<EnvironmentId>(clock.wall_now());
  const auto written = loop.run(store->write([&](store::Session& session) {
    session.execute("INSERT INTO environment (id, name, created_at) VALUES (?1, ?2, 0)", {id.text(), name});
  }));
  EXPECT_TRUE(written);
  return id;
}

std::string AccessFixture::make_token(const std::string& cookie, const std::string& body) {
  const net::Response response =
      call({.method = net::Method::post, .path = "/api/v1/tokens", .body = body, .cookie = cookie});
  EXPECT_EQ(response.status, 201) << response.body;
  return json_field(response.body, "token");
}

std::vector<AuditRow> AccessFixture::audit() {
  auto rows = loop.run(
      store->read([](store::Session& session) { return audit_repo::read_range(session, 1, 1'000); }));
  EXPECT_TRUE(rows);
  return std::move(*rows);
}

void AccessFixture::expect_whole_audit() {
  const auto whole =
      loop.run(store->read([](store::Session& session) { return audit_repo::verify(session); }));
  ASSERT_TRUE(whole);
  EXPECT_TRUE(*whole) << whole->error().sequence << ": " << whole->error().what;
}

std::string json_field(const std::string& json, std::string_view path) {
  const auto parsed = parse_json(json);
  if (!parsed) return {};
  const JsonNode* node = &*parsed;
  for (const std::string_view name : split(path, '.')) {
    const auto found =
        std::ranges::find_if(node->items, [&](const JsonNode& item) { return item.name == name; });
    if (found == node->items.end()) return {};
    node = &*found;
  }
  if (node->kind == JsonNode::Kind::string) return node->text;
  std::string out;
  append_json_node(out, *node);
  return out;
}

std::string given_cookie(const net::Response& response) {
  const std::string_view header = response.headers.get("Set-Cookie");
  const std::size_t equals = header.find('=');
  if (equals == std::string_view::npos) return {};
  return std::string(header.substr(equals + 1, header.find(';') - equals - 1));
}

}  // namespace fettle::access
