#include "fettle/cli/certificate_check.h"

#include "fettle/net/tls_certificate.h"

namespace fettle::cli {
namespace {

constexpr std::string_view kCertificate = "server.tls_certificate";
constexpr std::string_view kKey = "server.tls_key";

ConfigProblem problem_of(const Config& config, std::string_view key, const std::string& text) {
  for (const ConfigSetting& setting : config.settings())
    if (setting.key->name == key) return {setting.origin, std::string(key), text};
  return {"", std::string(key), text};
}

}  // namespace

std::vector<ConfigProblem> check_certificate_files(const Config& config, const Surroundings& surroundings) {
  std::vector<ConfigProblem> problems;
  const std::string& certificate_path = config.text(kCertificate);
  const std::string& key_path = config.text(kKey);
  if (certificate_path.empty() || key_path.empty()) return problems;
  auto certificate = surroundings.read_file(certificate_path);
  auto key = surroundings.read_file(key_path);
  if (!certificate) problems.push_back(problem_of(config, kCertificate, certificate.error().detail));
  if (!key) problems.push_back(problem_of(config, kKey, key.error().detail));
  if (!problems.empty()) return problems;
  const auto facts = net::check_tls_files({std::move(*certificate), Secret<std::string>(std::move(*key))});
  if (!facts) {
    const bool is_key = facts.error().reason != "certificate_unreadable";
    problems.push_back(problem_of(config, is_key ? kKey : kCertificate,
                                  (is_key ? key_path : certificate_path) + ": " + facts.error().detail));
    return problems;
  }
  if (const auto valid = net::check_validity_now(*facts); !valid)
    problems.push_back(problem_of(config, kCertificate, certificate_path + ": " + valid.error().detail));
  return problems;
}

}  // namespace fettle::cli
