#include "fettle/app/exec_check.h"

#include "fettle/base/text.h"
#include "fettle/io/folder_facts.h"
#include "fettle/io/spool_writer.h"
#include "fettle/io/users.h"

namespace fettle::app {
namespace {

using cli::DoctorState;

constexpr const char* kMachineSpool = "/var/spool/fettle";
/// An agent looks 0.2 s after something came; the rest is for a busy machine.
constexpr int kPatienceMs = 5'000;

std::string own_name() {
  const auto user = io::find_user(io::own_user());
  return user ? user->name : "uid " + std::to_string(io::own_user());
}

std::string advice_for(const Error& error) {
  if (error.code == ErrorCode::not_found || error.reason == "no_folder")
    return "the packages make /var/spool/fettle; for another agent name its folder: --spool DATA/exec";
  if (error.reason == "spool_full") return "does an agent run that follows it?";
  return "the folder wants to be writable for everybody who uses fettle exec: chmod 3733";
}

}  // namespace

std::string exec_spool_of(const std::string& data_folder, std::uint32_t agent_user) {
  const auto facts = io::look_at_folder(kMachineSpool);
  return facts && facts->owner == agent_user ? kMachineSpool : data_folder + "/exec";
}

cli::DoctorFindings check_exec(const std::string& spool) {
  const std::string folder = io::whole_path(spool);
  const auto followed = io::try_spool(folder, kPatienceMs);
  if (!followed)
    return {{"exec spool", DoctorState::failed, followed.error().detail, advice_for(followed.error())}};
  cli::DoctorFindings findings{
      {"exec spool", DoctorState::good, folder + ", which " + own_name() + " can write to", ""}};
  if (*followed) {
    findings.push_back({"exec agent", DoctorState::good, "an agent follows it", ""});
  } else {
    findings.push_back(
        {"exec agent", DoctorState::failed,
         "nobody took away what was left there for " + std::to_string(kPatienceMs / 1000) + " s",
         "is the agent running, and is this where it looks? fettle doctor agent --data DIR"});
  }
  return findings;
}

}  // namespace fettle::app
