#include <fmt/format.h>

#include "fettle/app/doctor.h"
#include "fettle/app/one_task.h"
#include "fettle/io/folder_facts.h"
#include "fettle/io/system_files.h"
#include "fettle/net/client.h"

namespace fettle::app {
namespace {

using cli::DoctorFindings;
using cli::DoctorState;

constexpr std::uint64_t kMib = 1024ULL * 1024;
/// Where services find programs (systemd.exec(5)), and where snaps lie.
constexpr const char* kProgramFolders =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin";

/// With a tenth, as the page has it: what is free here and what is full there come to a hundred.
std::string percent_of(std::uint64_t part, std::uint64_t whole) {
  const double percent = whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
  return fmt::format("{:.1f} %", percent);
}

/// Scarce below a tenth and 1 GiB, too little below 64 MiB.
void examine_space(DoctorFindings& findings, const io::FolderFacts& facts) {
  constexpr std::uint64_t kScarce = 1024 * kMib;
  constexpr std::uint64_t kTooLittle = 64 * kMib;
  const bool is_scarce = facts.free_bytes < kScarce && facts.free_bytes < facts.all_bytes / 10;
  findings.push_back({"space",
                      facts.free_bytes < kTooLittle ? DoctorState::failed
                      : is_scarce                   ? DoctorState::warning
                                                    : DoctorState::good,
                      std::to_string(facts.free_bytes / kMib) + " MiB free (" +
                          percent_of(facts.free_bytes, facts.all_bytes) + "), " + facts.kind,
                      is_scarce ? "make space; what cannot be written is refused until there is some" : ""});
  constexpr std::uint64_t kFewInodes = 1000;
  if (facts.all_inodes != 0 && facts.free_inodes < kFewInodes) {
    findings.push_back(
        {"inodes", DoctorState::failed,
         std::to_string(facts.free_inodes) + " of " + std::to_string(facts.all_inodes) + " left",
         "remove files: without inodes no new one can be made, however much space there is"});
  }
  if (facts.is_network)
    findings.push_back(
        {"file system", DoctorState::failed, facts.kind + " lies on the network or in another process",
         "move the folder to a disk of this machine: locks and syncs cannot be relied on here"});
  if (facts.is_memory)
    findings.push_back({"file system", DoctorState::warning,
                        facts.kind + " lies in memory and goes with the power", "move the folder to a disk"});
}

/// Written beside the data and removed again.
void examine_writing(DoctorFindings& findings, const Examined& who, const io::FolderFacts& facts) {
  if (io::own_user() != 0 && io::own_user() != facts.owner) {
    findings.push_back({"writing", DoctorState::note, "not tried: the folder belongs to " + facts.owner_name,
                        "run this as root or as that user"});
    return;
  }
  io::SystemFiles files;
  const std::string path = who.folder + "/doctor-was-here";
  auto written = files.write_atomically(path, "written, synced, renamed\n");
  ignore(files.remove(path), "the write has told what there is to tell");
  findings.push_back({"writing", written ? DoctorState::good : DoctorState::failed,
                      written ? "a file can be written, synced and renamed" : written.error().detail,
                      written ? "" : "nothing can be kept here; dmesg tells of a failing disk"});
}

Task<void> get(io::Loop& loop, io::Clock& clock, std::string url, std::vector<CertificatePin> pins,
               Result<net::ClientAnswer>* into) {
  net::HttpClient client(loop, clock);
  net::ClientRequest request;
  request.url = std::move(url);
  request.pins = std::move(pins);
  request.timeout = Seconds(5);
  *into = co_await client.send(std::move(request));
}

bool exists(const std::string& path) {
  return io::mode_of(path).has_value();
}

/// Control groups, version 2 and 1: whether the unit has a process.
bool has_process(const std::string& unit) {
  io::SystemFiles files;
  constexpr std::size_t kLimit = 64 * 1024;
  for (const char* root : {"/sys/fs/cgroup/system.slice/", "/sys/fs/cgroup/systemd/system.slice/"}) {
    const auto processes = files.read_all(root + unit + "/cgroup.procs", kLimit);
    if (processes && !processes->empty()) return true;
  }
  return false;
}

}  // namespace

void examine_folder(DoctorFindings& findings, const Examined& who) {
  const auto facts = io::look_at_folder(who.folder);
  if (!facts) {
    findings.push_back(
        {"data folder", DoctorState::failed, facts.error().detail,
         "the first start of the " + who.role + " makes it; is --data or the configuration right?"});
    return;
  }
  constexpr std::uint32_t kOthers = 0077;
  const bool is_open = (facts->mode & kOthers) != 0;
  const std::string owner = facts->owner_name.empty() ? std::to_string(facts->owner) : facts->owner_name;
  findings.push_back({"data folder", is_open ? DoctorState::warning : DoctorState::good,
                      who.folder + " of " + owner + (is_open ? ", which others may look into" : ""),
                      is_open ? "chmod 0700 " + who.folder : ""});
  examine_space(findings, *facts);
  examine_writing(findings, who, *facts);
}

void examine_clock(DoctorFindings& findings) {
  const auto is_kept = io::is_clock_synchronised();
  if (!is_kept)
    findings.push_back(
        {"clock", DoctorState::note, "the kernel does not say whether something keeps it right", ""});
  else
    findings.push_back({"clock", *is_kept ? DoctorState::good : DoctorState::warning,
                        *is_kept ? "kept right" : "nothing keeps it right, as far as the kernel knows",
                        *is_kept ? "" : "run chrony or systemd-timesyncd, here or on the machine below"});
}

void examine_unit(DoctorFindings& findings, const Examined& who) {
  if (!exists("/run/systemd/system")) {
    findings.push_back(
        {"service", DoctorState::note, "no systemd here: something else has to start the " + who.role, ""});
    return;
  }
  bool is_installed = false;
  for (const char* folder : {"/etc/systemd/system/", "/usr/lib/systemd/system/", "/lib/systemd/system/"})
    is_installed = is_installed || exists(folder + who.unit);
  if (!is_installed) {
    findings.push_back({"service", DoctorState::note, who.unit + " is not installed", ""});
    return;
  }
  const bool is_enabled = exists("/etc/systemd/system/multi-user.target.wants/" + who.unit);
  const bool is_active = has_process(who.unit);
  findings.push_back(
      {"service", is_enabled && is_active ? DoctorState::good : DoctorState::warning,
       who.unit + (is_active ? " runs" : " does not run") +
           (is_enabled ? ", and starts with the machine" : ", and does not start with the machine"),
       is_enabled && is_active ? ""
       : is_active
           ? "systemctl enable " + who.unit
           : "systemctl enable --now " + who.unit + "; journalctl -u " + who.unit + " says why it ended"});
}

void examine_programs(DoctorFindings& findings) {
  const std::string restic = io::find_program("restic", kProgramFolders);
  findings.push_back({"restic", DoctorState::note, restic.empty() ? "not here" : restic, ""});
  const bool has_docker = exists("/var/run/docker.sock");
  const bool has_podman = exists("/run/podman/podman.sock");
  findings.push_back({"containers", DoctorState::note,
                      has_docker   ? "Docker answers at /var/run/docker.sock"
                      : has_podman ? "Podman answers at /run/podman/podman.sock"
                                   : "neither Docker nor Podman",
                      ""});
}

Result<net::ClientAnswer> ask(const std::string& url, const std::vector<CertificatePin>& pins) {
  Result<net::ClientAnswer> answer = fail(ErrorCode::cancelled, "cancelled", "the question was interrupted");
  run_one_task([&](io::Loop& loop, io::Clock& clock) { return get(loop, clock, url, pins, &answer); });
  return answer;
}

}  // namespace fettle::app
