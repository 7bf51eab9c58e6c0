#include "fettle/cli/api_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/certificate_pin.h"
#include "fettle/net/url.h"

namespace fettle::cli {
namespace {

constexpr std::string_view kDefaultUrl = "http://127.0.0.1:8420";

}  // namespace

std::shared_ptr<ApiFlags> add_api_flags(CLI::App& command) {
  auto flags = std::make_shared<ApiFlags>();  // shared: the parser's options and the chosen command hold it
  command.add_option("--url", flags->url, fmt::format("The server (or FETTLE_URL; default {})", kDefaultUrl))
      ->type_name("URL");
  command
      .add_option(
          "--pin", flags->pin,
          "Pin of the certificate that the server made for itself, sha256:... (or FETTLE_PIN); 'fettle "
          "certificate show' on the server prints it")
      ->type_name("PIN");
  CLI::Option* token = command.add_option("--token", flags->token.text,
                                          "API token, made on the page under Settings (or FETTLE_TOKEN, "
                                          "which other users of this machine do not see)");
  token->type_name("TOKEN");
  command.add_option("--token-file", flags->token.file, "File that holds the API token")
      ->type_name("FILE")
      ->excludes(token);
  return flags;
}

Result<std::string> api_url(const ApiFlags& flags, const Surroundings& surroundings) {
  if (!flags.url.empty()) return check_server_url(flags.url, "--url");
  if (auto url = surroundings.variable("FETTLE_URL"); !url.empty())
    return check_server_url(std::move(url), "FETTLE_URL");
  return std::string(kDefaultUrl);
}

Result<Secret<std::string>> api_token(const ApiFlags& flags, const Surroundings& surroundings,
                                      std::string_view scope) {
  FETTLE_TRY(Secret<std::string> token, read_token(flags.token, surroundings));
  const std::string given_pin = flags.pin.empty() ? surroundings.variable("FETTLE_PIN") : flags.pin;
  std::optional<CertificatePin> pin;
  if (!given_pin.empty()) {
    pin = parse_pin(given_pin);
    if (!pin)
      return fail(ErrorCode::invalid_input, "bad_pin",
                  fmt::format("'{}' is no pin: it is \"sha256:\" and 43 letters and digits", given_pin));
  }
  if (!token.reveal().empty()) return Secret<std::string>(join_pin(token.reveal(), pin));
  return fail(
      ErrorCode::unauthenticated, "no_token",
      fmt::format(
          "an API token is needed: make one with the scope {} on the page under Settings, and give it "
          "with FETTLE_TOKEN, --token or --token-file",
          scope));
}

Result<std::string> check_server_url(std::string url, std::string_view source) {
  while (url.ends_with('/')) url.pop_back();
  auto parsed = net::parse_url(url);
  if (parsed && parsed->target.find('?') != std::string::npos)
    parsed =
        fail(ErrorCode::invalid_input, "bad_url", fmt::format("'{}' has a query, an address has none", url));
  if (!parsed)
    return fail(ErrorCode::invalid_input, "bad_url", fmt::format("{}: {}", source, parsed.error().detail));
  if (parsed->scheme != "http" && parsed->scheme != "https")
    return fail(ErrorCode::invalid_input, "bad_url",
                fmt::format("{}: '{}': the address begins with http:// or https://", source, url));
  return url;
}

}  // namespace fettle::cli
