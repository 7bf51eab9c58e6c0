#include "fettle/app/install_script.h"

#include <algorithm>

#include "fettle/app/packaged.h"
#include "fettle/base/crypto.h"
#include "fettle/base/encoding.h"

namespace fettle::app {
namespace {

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return is_word || std::string_view("-._~:/[]%+=@").contains(c);
  });
}

void fill(std::string& text, std::string_view mark, std::string_view value) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) {
    text.replace(at, mark.size(), value);
  }
}

std::string without_last_newline(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace

Result<std::string> make_install_script(const InstallFacts& facts) {
  for (const std::string* value : {&facts.server_url, &facts.version, &facts.architecture,
                                   &facts.program_sha256, &facts.certificate_pin}) {
    if (!is_plain(*value))
      return fail(ErrorCode::unprocessable, "not_for_a_script",
                  "'" + *value + "' has signs that do not belong into a script");
  }
  std::string script(packaged_install_sh());
  fill(script, "@SERVER_URL@", facts.server_url);
  fill(script, "@VERSION@", facts.version);
  fill(script, "@ARCHITECTURE@", facts.architecture);
  fill(script, "@SHA256@", facts.program_sha256);
  fill(script, "@PIN@", facts.certificate_pin);
  fill(script, "@AGENT_UNIT@", without_last_newline(packaged_fettle_agent_service()));
  fill(script, "@AGENT_POLICY@", without_last_newline(packaged_agent_policy_toml()));
  return script;
}

std::string install_command(const InstallFacts& facts, const std::string& script, const std::string& token) {
  const std::string pin =
      facts.certificate_pin.empty() ? "" : "-k --pinnedpubkey sha256//" + facts.certificate_pin + " ";
  return "curl -fsS " + pin + "-o fettle-install.sh " + facts.server_url + "/install.sh &&\necho '" +
         hex_encode(sha256(script)) + "  fettle-install.sh' | sha256sum -c - &&\necho " + token +
         " | sh fettle-install.sh";
}

}  // namespace fettle::app
