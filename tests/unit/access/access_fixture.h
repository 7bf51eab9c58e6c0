// The module on a simulated loop with a real store in a folder of its own, called through the router as a
// browser or a program would. Passwords are hashed cheaply.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "fettle/access/access.h"
#include "fettle/access/access_schema.h"
#include "fettle/access/cookie_rules.h"
#include "fettle/access/people_schema.h"
#include "fettle/base/json_value.h"
#include "fettle/base/token.h"
#include "fettle/io/sim/sim_random.h"
#include "tests/unit/store/store_fixture.h"

namespace fettle::access {

inline const std::string kGoodPassword = "seven brown otters";

/// How a request is made. A browser sends Sec-Fetch-Site; an empty `site` sends none.
struct Call {
  net::Method method = net::Method::get;
  std::string path;
  std::string body = {};
  std::string cookie = {};  // the session cookie's value
  std::string bearer = {};
  std::string site = "same-origin";
  std::string origin = {};
  std::string address = "127.0.0.1";
  Transport transport = Transport::plain;
};

struct AccessFixture : store::StoreFixture {
  explicit AccessFixture(std::uint64_t seed = 1);
  ~AccessFixture();

  /// Ends the module and begins again on the same data.
  void restart();
  net::Response call(const Call& what);
  /// First run through the API; the cookie of the administrator.
  std::string set_up(const std::string& name = "ada");
  net::Response log_in(const std::string& name, const std::string& password,
                       const std::string& address = "127.0.0.1");
  /// A person who did not come through the API, with a role in an environment; the cookie of a session.
  std::string add_person(const std::string& name, std::string_view role,
                         EnvironmentId environment = kDefaultEnvironment);
  PersonId person_id(const std::string& name);
  EnvironmentId add_environment(const std::string& name);
  std::string make_token(const std::string& cookie, const std::string& body);
  std::vector<AuditRow> audit();
  void expect_whole_audit();

  io::SimRandom random{7};
  AccessSettings settings;
  MasterKeys keys{Key256(std::array<std::uint8_t, 32>{1, 2, 3})};
  std::unique_ptr<Access> access;
  std::unique_ptr<net::Router> router;
  std::vector<ScopeChange> changes;

 private:
  void build();
};

/// The value of a member, or of one inside it: "principal.id". Empty when it is not there.
std::string json_field(const std::string& json, std::string_view path);
/// The session cookie's value in Set-Cookie; empty when none is set.
std::string given_cookie(const net::Response& response);

}  // namespace fettle::access
