// Tokens for programs: people make and revoke their own. A token cannot make another one, so that revoking it
// is the end of it. Loop thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fettle/access/audit.h"
#include "fettle/access/credential_service.h"
#include "fettle/access/person.h"
#include "fettle/base/secret.h"
#include "fettle/io/random.h"

namespace fettle::access {

struct NewToken {
  std::string name;
  std::vector<TokenScope> scopes;
  std::optional<EnvironmentId> environment;  // nullopt: all of the person's
  std::optional<WallTime> expires_at;
};

struct MadeToken {
  ApiToken token;
  Secret<> text;  // told once
};

class TokenService {
 public:
  TokenService(io::Clock& clock, io::Random& random, store::Store& store, CredentialService& credentials);

  /// Errors: `forbidden` for tokens, `unprocessable`, `conflict` (too_many_tokens).
  Task<Result<MadeToken>> make(Principal principal, Actor actor, NewToken facts);
  /// The person's own, newest first.
  Task<Result<std::vector<ApiToken>>> list(Principal principal, std::optional<TokenId> before,
                                           std::size_t limit);
  /// Everybody's, with the name of whoever made each.
  Task<Result<std::vector<std::pair<ApiToken, std::string>>>> list_all(std::optional<TokenId> before,
                                                                       std::size_t limit);
  /// One's own; a server administrator anyone's. `not_found` for all others.
  Task<Result<>> revoke(Principal principal, Actor actor, TokenId id);

 private:
  io::Clock& clock_;
  io::Random& random_;
  store::Store& store_;
  CredentialService& credentials_;
};

}  // namespace fettle::access
