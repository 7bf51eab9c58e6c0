// What a machine fetches that is to become a host: `/install.sh` and the program. Both are public; the token
// that lets a machine in is not among them. Loop thread.
#pragma once
#include "fettle/app/install_script.h"
#include "fettle/app/program_file.h"
#include "fettle/net/router.h"

namespace fettle::app {

class InstallApi {
 public:
  /// `program` outlives this.
  explicit InstallApi(ProgramFile& program) : program_(program) {}
  void add_routes(net::Router& router);
  /// Once the address is known; a pin when the server's certificate is its own.
  void set_address(std::string url, std::string certificate_pin);
  /// It may change while the server runs.
  void set_certificate_pin(std::string certificate_pin) { certificate_pin_ = std::move(certificate_pin); }
  /// The one command for another machine.
  Task<Result<std::string>> command(std::string token);

 private:
  Task<Result<InstallFacts>> facts();
  Task<Result<net::Response>> script();
  Task<Result<net::Response>> download(std::string name);

  ProgramFile& program_;
  std::string url_;
  std::string certificate_pin_;
};

}  // namespace fettle::app
