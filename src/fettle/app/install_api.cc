#include "fettle/app/install_api.h"

#include "fettle/app/version.h"

namespace fettle::app {
namespace {

constexpr std::string_view kSumEnding = ".sha256";

std::string own_name() {
  return "fettle-linux-" + std::string(own_architecture());
}

net::Response text(std::string type, std::string body) {
  net::Response response;
  response.headers.set("Content-Type", std::move(type));
  response.body = std::move(body);
  return response;
}

}  // namespace

void InstallApi::set_address(std::string url, std::string certificate_pin) {
  url_ = std::move(url);
  certificate_pin_ = std::move(certificate_pin);
}

Task<Result<InstallFacts>> InstallApi::facts() {
  FETTLE_CO_TRY(ProgramFacts program, co_await program_.facts());
  co_return InstallFacts{url_, std::string(version()), std::string(own_architecture()),
                         std::move(program.sha256), certificate_pin_};
}

Task<Result<std::string>> InstallApi::command(std::string token) {
  FETTLE_CO_TRY(const InstallFacts known, co_await facts());
  FETTLE_CO_TRY(const std::string made, make_install_script(known));
  co_return install_command(known, made, token);
}

Task<Result<net::Response>> InstallApi::script() {
  FETTLE_CO_TRY(const InstallFacts known, co_await facts());
  FETTLE_CO_TRY(std::string made, make_install_script(known));
  co_return text("text/x-shellscript; charset=utf-8", std::move(made));
}

Task<Result<net::Response>> InstallApi::download(std::string name) {
  const bool is_sum = name.ends_with(kSumEnding);
  if (is_sum) name.resize(name.size() - kSumEnding.size());
  if (name != own_name()) {
    co_return fail(ErrorCode::not_found, "program_not_found",
                   "this server has " + own_name() + "; for other machines there are packages");
  }
  FETTLE_CO_TRY(const ProgramFacts program, co_await program_.facts());
  if (is_sum) co_return text("text/plain; charset=utf-8", program.sha256 + "  " + name + "\n");
  if (program_.is_busy()) {
    Error busy{
        ErrorCode::unavailable, "too_many_downloads", "too many hosts fetch the program at once", {}, 5};
    co_return std::unexpected(std::move(busy));
  }
  net::Response response;
  response.headers.set("Content-Type", "application/octet-stream");
  response.headers.set("Content-Length", std::to_string(program.bytes));
  response.headers.set("X-Checksum-Sha256", program.sha256);
  response.stream = [this, bytes = program.bytes](std::shared_ptr<net::ByteStream> stream) {
    program_.send(std::move(stream), bytes);
  };
  co_return response;
}

void InstallApi::add_routes(net::Router& router) {
  router.add_raw<net::None>({.method = net::Method::get,
                             .path = "/install.sh",
                             .permission = Permission::public_access,
                             .operation = "get_install_script",
                             .summary = "Makes a machine a host: a shell script without a secret.",
                             .answer_media_type = "text/x-shellscript"},
                            [this](net::RequestContext&, net::None) { return script(); });
  router.add_raw<net::None>({.method = net::Method::get,
                             .path = "/download/{name}",
                             .permission = Permission::public_access,
                             .operation = "download_program",
                             .summary = "The program of this server, and with .sha256 its checksum.",
                             .problem_codes = {"program_not_found", "too_many_downloads"},
                             .answer_media_type = "application/octet-stream",
                             .other_answers = {{200, "text/plain"}}},
                            [this](net::RequestContext& context, net::None) {
                              return download(std::string(context.path_parameter("name")));
                            });
}

}  // namespace fettle::app
