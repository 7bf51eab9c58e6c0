#include "fettle/app/doctor.h"
#include "fettle/app/migrations.h"
#include "fettle/io/folder_facts.h"
#include "fettle/io/system_files.h"
#include "fettle/net/own_certificate.h"
#include "fettle/store/sqlite/connection.h"
#include "fettle/store/sqlite/database_error.h"

namespace fettle::app {
namespace {

using cli::DoctorFindings;
using cli::DoctorState;

constexpr std::uint64_t kMib = 1024ULL * 1024;

void examine_schema(DoctorFindings& findings, store::Connection& connection) {
  const auto newest = static_cast<std::int64_t>(all_migrations().size());
  const std::int64_t version = connection.query_integer("PRAGMA user_version");
  if (version > newest) {
    findings.push_back({"schema", DoctorState::failed,
                        "written by a newer Fettle (" + std::to_string(version) + ", this one knows " +
                            std::to_string(newest) + ")",
                        "start that version, or restore the copy from before the update"});
  } else {
    findings.push_back({"schema", DoctorState::good,
                        std::to_string(version) + (version < newest ? ", brought up at the next start" : ""),
                        ""});
  }
}

void examine_database(DoctorFindings& findings, const std::string& path) {
  if (!io::mode_of(path)) {
    findings.push_back({"database", DoctorState::note, "not there yet; the first start makes it", ""});
    return;
  }
  std::atomic<std::uint64_t> statements{0};
  std::string said;
  try {
    const auto connection = store::Connection::open({path, "", store::Role::reader}, statements);
    if (connection) {
      said = (*connection)->query_text("PRAGMA quick_check(3)");
      if (said == "ok") examine_schema(findings, **connection);
    } else {
      said = connection.error().detail;
    }
  } catch (const store::DatabaseError& error) {
    said = error.what();
  }
  findings.push_back({"database", said == "ok" ? DoctorState::good : DoctorState::failed,
                      said == "ok" ? "the quick check finds nothing wrong" : path + ": " + said,
                      said == "ok"
                          ? ""
                          : "stop the server, keep a copy of the folder, and restore a backup or the "
                            "copy from before the last update"});
}

void examine_journal(DoctorFindings& findings, const std::string& folder) {
  io::SystemFiles files;
  const auto names = files.list(folder);
  std::uint64_t bytes = 0;
  std::string fault = names ? "" : names.error().detail;
  for (const std::string& name : names.value_or(std::vector<std::string>{})) {
    const auto file = files.open(folder + "/" + name, io::OpenMode::read);
    if (file)
      bytes += (*file)->size();
    else if (file.error().code != ErrorCode::not_found)  // dropped meanwhile
      fault = file.error().detail;
  }
  findings.push_back(
      {"journal", fault.empty() ? DoctorState::good : DoctorState::failed,
       fault.empty() ? std::to_string(bytes / kMib) + " MiB in " + std::to_string(names ? names->size() : 0) +
                           " segments"
                     : fault,
       fault.empty() ? "" : "look at owner and mode of its files; dmesg tells of a failing disk"});
}

void examine_keys(DoctorFindings& findings, const std::string& folder) {
  constexpr std::uint32_t kOthers = 0077;
  for (const char* name : {"/master-key", "/certificate.key", "/setup-token"}) {
    const auto mode = io::mode_of(folder + name);
    if (mode && (*mode & kOthers) != 0)
      findings.push_back({"keys", DoctorState::failed, folder + name + " can be read by others",
                          "chmod 0600 " + folder + name});
  }
}

std::string door_of(const cli::ServerOptions& options) {
  const cli::ListenAddress& listen = options.listen;
  const bool is_v6 = listen.address.find(':') != std::string::npos;
  // What listens on every address answers on loopback too.
  const std::string address = listen.address == "0.0.0.0" ? "127.0.0.1"
                              : listen.address == "::"    ? "[::1]"
                              : is_v6                     ? "[" + listen.address + "]"
                                                          : listen.address;
  return (options.speaks_tls ? "https://" : "http://") + address + ":" + std::to_string(listen.port);
}

/// Looks at the certificate; its key, by which this server is known whatever name it is called by here.
std::vector<CertificatePin> examine_certificate(DoctorFindings& findings, const cli::ServerOptions& options) {
  if (!options.speaks_tls) return {};
  io::SystemFiles files;
  constexpr std::size_t kLimit = 256 * 1024;
  const std::string path = options.tls_certificate.empty()
                               ? options.data_folder + "/" + std::string(net::kOwnCertificateFile)
                               : options.tls_certificate;
  const auto pem = files.read_all(path, kLimit);
  if (!pem && pem.error().code == ErrorCode::not_found && options.tls_certificate.empty()) {
    findings.push_back({"certificate", DoctorState::note, "not there yet; the first start makes it", ""});
    return {};
  }
  const auto facts = pem ? net::read_certificate(*pem) : std::unexpected(pem.error());
  const Result<> valid = facts ? net::check_validity_now(*facts) : std::unexpected(facts.error());
  findings.push_back(
      {"certificate", valid ? DoctorState::good : DoctorState::failed,
       valid ? path + " is valid" : path + ": " + valid.error().detail,
       valid ? "" : "put another one there (it is read again by itself), and look at this clock"});
  return facts ? std::vector{facts->pin} : std::vector<CertificatePin>{};
}

bool has_answered(const Result<net::ClientAnswer>& answer) {
  return answer && answer->status == 200;
}

std::string said_instead(const Result<net::ClientAnswer>& answer) {
  return answer ? "answers with status " + std::to_string(answer->status) : answer.error().detail;
}

void examine_door(DoctorFindings& findings, const cli::ServerOptions& options, bool is_running,
                  const std::vector<CertificatePin>& pins) {
  const std::string url = door_of(options);
  const auto answer = ask(url + "/readyz", pins);
  const bool is_nobody = !answer && answer.error().reason == "refused";
  if (is_running && has_answered(answer)) {
    findings.push_back({"port", DoctorState::good, url + " answers and takes work", ""});
  } else if (is_running) {
    const bool is_not_ready = answer && answer->status == 503;
    findings.push_back({"port", DoctorState::failed, url + ": " + said_instead(answer),
                        is_not_ready
                            ? "it runs and takes no work: /readyz?verbose names what is missing"
                            : "it runs, but not at this address: is it the configuration that it was "
                              "started with?"});
  } else if (is_nobody) {
    findings.push_back({"port", DoctorState::good, url + " is free", ""});
  } else {
    findings.push_back({"port", DoctorState::failed,
                        url + " is taken by something else: " + said_instead(answer),
                        "end that (ss -ltnp names it), or choose another port with server.listen"});
  }
}

void examine_public_url(DoctorFindings& findings, const cli::ServerOptions& options, bool is_running,
                        const std::vector<CertificatePin>& pins) {
  if (options.public_url.empty()) {
    findings.push_back(
        {"public_url", DoctorState::note, "not set: browsers and agents use the address it listens on", ""});
    return;
  }
  if (!is_running) return;
  const auto answer = ask(options.public_url + "/livez", pins);
  if (!answer && answer.error().code == ErrorCode::unsupported) {
    findings.push_back(
        {"public_url", DoctorState::note, options.public_url + ": " + answer.error().detail, ""});
    return;
  }
  const bool is_ours = has_answered(answer) && answer->body == "ok\n";
  findings.push_back({"public_url", is_ours ? DoctorState::good : DoctorState::failed,
                      options.public_url + (is_ours ? " answers" : ": " + said_instead(answer)),
                      is_ours ? "" : "hosts use this address: look at DNS, firewall and proxy"});
}

void examine_files(DoctorFindings& findings, std::int64_t process) {
  constexpr std::uint64_t kEnough = 8'192;  // connections of a few thousand hosts, files and pages
  const auto limit = io::file_limit_of(process);
  if (!limit) return;
  findings.push_back(
      {"open files", *limit < kEnough ? DoctorState::warning : DoctorState::good,
       std::to_string(*limit) + " at most",
       *limit < kEnough ? "raise LimitNOFILE of the unit, or ulimit -n: each host takes one" : ""});
}

}  // namespace

cli::DoctorFindings examine_server(const cli::ServerOptions& options) {
  DoctorFindings findings;
  const Examined who{"server", options.data_folder, "fettle-server.service"};
  examine_folder(findings, who);
  const bool has_folder = io::is_folder(options.data_folder);
  const auto process = has_folder ? io::holder_of_lock(options.data_folder + "/lock") : std::nullopt;
  findings.push_back({"process", process ? DoctorState::good : DoctorState::note,
                      process ? "runs as process " + std::to_string(*process) : "does not run", ""});
  if (has_folder) {
    examine_database(findings, options.data_folder + "/fettle.db");
    examine_journal(findings, options.data_folder + "/journal");
    examine_keys(findings, options.data_folder);
  }
  const auto pins = examine_certificate(findings, options);
  examine_door(findings, options, process.has_value(), pins);
  // Agents hold a certificate of the server's own making by its key, and every other by the system's
  // authorities.
  examine_public_url(findings, options, process.has_value(),
                     options.tls_certificate.empty() ? pins : std::vector<CertificatePin>{});
  if (process) examine_files(findings, *process);
  examine_clock(findings);
  examine_unit(findings, who);
  examine_programs(findings);
  return findings;
}

}  // namespace fettle::app
