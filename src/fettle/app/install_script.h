// /install.sh: packaging/install.sh with what this server knows filled in. Pure. There is no secret in it.
#pragma once
#include <string>

#include "fettle/base/result.h"

namespace fettle::app {

struct InstallFacts {
  std::string server_url;  // how other machines reach this server
  std::string version;
  std::string architecture;
  std::string program_sha256;
  std::string
      certificate_pin;  // standard base64 of the SHA-256 of the key; empty: the system's store decides
};

/// Everything is between single quotes in a script that root runs: `unprocessable` ("not_for_a_script") for a
/// value with a sign that no address, version or digest has.
Result<std::string> make_install_script(const InstallFacts& facts);

/// What the page shows: fetches the script, holds it against its checksum (the script holds the program
/// against another), and gives it the token on standard input. `token` and the URL are plain signs (checked
/// above).
std::string install_command(const InstallFacts& facts, const std::string& script, const std::string& token);

}  // namespace fettle::app
