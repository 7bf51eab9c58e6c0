// Who this host is: the name that the server gave it, the server it belongs to, and its private key, which
// never leaves the data folder. Kept in identity.json (0600). Used before the loop runs, and on it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/certificate_pin.h"
#include "fettle/base/crypto.h"
#include "fettle/base/result.h"
#include "fettle/io/files.h"
#include "fettle/io/random.h"
#include "fettle/wire/messages.h"

namespace fettle::agent {

struct Identity {
  std::string host_id;
  std::string name;
  std::string environment_id;
  std::string server_id;
  std::string server_url;  // as given at enrolment, without a slash at its end
  Key256 seed;
  /// Keys that the server's certificate may have, when it is of the server's own making: the pin of the
  /// enrolment token, and what the server announced since. Empty: the system's authorities decide.
  std::vector<CertificatePin> pins;

  /// Where the link is dialled: ws://... for http://..., wss://... for https://...
  [[nodiscard]] std::string link_url() const;
};

Key256 make_seed(io::Random& random);

/// http://host[:port][/path] or https://...; nothing behind it. Takes slashes off the end.
Result<std::string> parse_server_url(std::string_view text);

/// `not_found` (reason "not_enrolled") when the host was never enrolled; `corrupt` when the file is no
/// identity.
Result<Identity> load_identity(io::Files& files, const std::string& data_folder);
Result<> save_identity(io::Files& files, const std::string& data_folder, const Identity& identity);

/// A change of keys (rotate-key): the new key lies beside the identity until the server has it, and then in
/// it. Whatever is interrupted, one of the two is good and both are on disk.
Result<> save_next_key(io::Files& files, const std::string& data_folder, const Key256& seed);
/// Nothing when no change was begun.
std::optional<Key256> load_next_key(io::Files& files, const std::string& data_folder);
/// The new key into the identity, then its own file goes; that of a change begun since stays.
Result<> commit_next_key(io::Files& files, const std::string& data_folder, Identity identity,
                         const Key256& seed);

/// The proof in a hello; `channel_binding` as of wire::HelloFacts.
std::string sign_hello(const Identity& identity, const wire::Challenge& challenge,
                       std::string_view channel_binding = {});

}  // namespace fettle::agent
