#include <ctime>

#include "fettle/agent/identity.h"
#include "fettle/app/doctor.h"
#include "fettle/app/exec_check.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/folder_facts.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_files.h"

namespace fettle::app {
namespace {

using cli::DoctorFindings;
using cli::DoctorState;

std::string advice_for(const Error& error) {
  if (error.reason == "name_not_resolved")
    return "look at DNS (resolvectl query NAME), or name another address with --server";
  if (error.reason == "refused")
    return "is the server running, on this port, and does a firewall let this host through?";
  if (error.code == ErrorCode::timeout) return "a firewall on the way drops the packets, or the server hangs";
  return "look at the network between here and there";
}

/// Seconds since the epoch of an HTTP date (RFC 9110 section 5.6.7); nothing when it is none.
std::optional<std::int64_t> parse_http_date(const std::string& text) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return ::timegm(&parts);
}

/// The answer says the server's time to the second, so two seconds apart may be the same.
void examine_difference(DoctorFindings& findings, const net::ClientAnswer& answer) {
  const auto theirs = parse_http_date(std::string(answer.headers.get("Date")));
  if (!theirs) return;
  io::AsioLoop loop;
  const std::int64_t ours = unix_ms(io::SystemClock(loop).wall_now()) / 1000;
  const std::int64_t apart = ours > *theirs ? ours - *theirs : *theirs - ours;
  constexpr std::int64_t kSame = 2;
  constexpr std::int64_t kFlagged = 30;  // as fleet/presence_rules.h has it
  findings.push_back(
      {"server's clock",
       apart <= kSame     ? DoctorState::good
       : apart < kFlagged ? DoctorState::warning
                          : DoctorState::failed,
       apart <= kSame
           ? "the same as here"
           : std::to_string(apart) + " s " + (ours > *theirs ? "behind" : "ahead of") + " this one",
       apart <= kSame ? "" : "set both by chrony or systemd-timesyncd: samples carry the time of this host"});
}

void examine_server_of(DoctorFindings& findings, const std::string& url,
                       const std::vector<CertificatePin>& pins) {
  const auto answer = ask(url + "/livez", pins);
  if (answer && answer->status == 200 && answer->body == "ok\n") {
    findings.push_back({"server", DoctorState::good, url + " answers", ""});
    examine_difference(findings, *answer);
  } else if (answer) {
    findings.push_back({"server", DoctorState::failed,
                        url + " answers with status " + std::to_string(answer->status),
                        "is this the address of a Fettle server, or of something in front of it?"});
  } else if (answer.error().code == ErrorCode::unsupported) {
    findings.push_back({"server", DoctorState::note, url + ": " + answer.error().detail, ""});
  } else {
    findings.push_back({"server", DoctorState::failed, answer.error().detail, advice_for(answer.error())});
  }
}

void examine_outbox(DoctorFindings& findings, const std::string& folder, std::uint64_t limit) {
  io::SystemFiles files;
  std::uint64_t bytes = 0;
  for (const std::string& name : files.list(folder).value_or(std::vector<std::string>{}))
    if (const auto file = files.open(folder + "/" + name, io::OpenMode::read)) bytes += (*file)->size();
  const bool is_filling = bytes > limit / 2;
  findings.push_back({"outbox", is_filling ? DoctorState::warning : DoctorState::good,
                      std::to_string(bytes / 1024) + " KiB on disk, at most " + std::to_string(limit / 1024),
                      is_filling ? "much waits to be sent: when did this host last reach its server?" : ""});
}

/// Only while the agent runs: it is the one that follows.
void examine_exec(DoctorFindings& findings, const std::string& data_folder) {
  const auto facts = io::look_at_folder(data_folder);
  if (!facts) return;
  for (cli::DoctorFinding& finding : check_exec(exec_spool_of(data_folder, facts->owner))) {
    // The agent does the rest of its work all the same.
    if (finding.state == DoctorState::failed) finding.state = DoctorState::warning;
    findings.push_back(std::move(finding));
  }
}

}  // namespace

cli::DoctorFindings examine_agent(const cli::AgentOptions& options) {
  DoctorFindings findings;
  const Examined who{"agent", options.data_folder, "fettle-agent.service"};
  examine_folder(findings, who);
  io::SystemFiles files;
  const auto identity = agent::load_identity(files, options.data_folder);
  findings.push_back({"identity", identity ? DoctorState::good : DoctorState::failed,
                      identity ? identity->name + " (" + identity->host_id + ")" : identity.error().detail,
                      identity ? "" : "Add a host on the page shows the command that enrols this host"});
  const auto process =
      io::is_folder(options.data_folder) ? io::holder_of_lock(options.data_folder + "/lock") : std::nullopt;
  findings.push_back(
      {"process", process ? DoctorState::good : DoctorState::warning,
       process ? "runs as process " + std::to_string(*process) : "does not run",
       process ? "" : "start it: systemctl start fettle-agent, or fettle agent --data " + who.folder});
  const std::string url = !options.server_url.empty() ? options.server_url
                          : identity                  ? identity->server_url
                                                      : "";
  if (!url.empty())
    examine_server_of(findings, url, identity ? identity->pins : std::vector<CertificatePin>{});
  if (identity) examine_outbox(findings, options.data_folder + "/outbox", options.outbox_bytes);
  if (process) examine_exec(findings, options.data_folder);
  examine_clock(findings);
  examine_unit(findings, who);
  examine_programs(findings);
  return findings;
}

}  // namespace fettle::app
