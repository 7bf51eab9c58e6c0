#include "fettle/app/enrol.h"

#include "fettle/agent/enrolment.h"
#include "fettle/agent/sense/machine.h"
#include "fettle/app/data_folder.h"
#include "fettle/app/one_task.h"
#include "fettle/io/system_files.h"
#include "fettle/io/system_random.h"
#include "fettle/net/client.h"

namespace fettle::app {
namespace {

class HttpEnrolClient final : public agent::EnrolClient {
 public:
  HttpEnrolClient(io::Loop& loop, io::Clock& clock) : client_(loop, clock) {}

  Task<Result<agent::EnrolAnswer>> post(std::string url, std::string json_body,
                                        std::vector<CertificatePin> pins) override {
    net::ClientRequest request;
    request.method = net::Method::post;
    request.url = std::move(url);
    request.headers.set("Content-Type", "application/json");
    request.body = std::move(json_body);
    // Joining waits for the server's disk twice, and a server that is overwhelmed should not be asked again.
    request.timeout = Seconds(30);
    request.pins = std::move(pins);
    auto answer = co_await client_.send(std::move(request));
    if (!answer) co_return std::unexpected(std::move(answer).error());
    co_return agent::EnrolAnswer{answer->status, std::move(answer->body)};
  }

 private:
  net::HttpClient client_;
};

Task<void> enrol_now(io::Loop& loop, io::Clock& clock, agent::EnrolOrder order,
                     Result<agent::Identity>* into) {
  HttpEnrolClient client(loop, clock);
  io::SystemFiles files;
  io::SystemRandom random;
  *into = co_await agent::enroll(client, files, random, std::move(order));
}

}  // namespace

Result<cli::EnrolDone> enrol(const cli::EnrolOptions& options) {
  io::SystemFiles files;
  // Held until the answer is stored, so that no agent runs on a half-written identity.
  FETTLE_TRY(const DataFolder folder, DataFolder::open(files, options.data_folder));
  agent::EnrolOrder order{options.data_folder,
                          options.url,
                          options.token.reveal(),
                          options.name.value_or(""),
                          agent::read_machine(agent::MachineRoots{}),
                          options.replaces};
  Result<agent::Identity> identity = fail(ErrorCode::cancelled, "cancelled", "enrolling was interrupted");
  run_one_task(
      [&](io::Loop& loop, io::Clock& clock) { return enrol_now(loop, clock, std::move(order), &identity); });
  if (!identity) return std::unexpected(std::move(identity).error());
  return cli::EnrolDone{identity->host_id, identity->name, identity->environment_id};
}

Result<cli::KeyChangeBegun> begin_key_change(const std::string& data_folder) {
  io::SystemFiles files;
  io::SystemRandom random;
  FETTLE_TRY(const agent::Identity identity, agent::load_identity(files, data_folder));
  cli::KeyChangeBegun begun;
  begun.is_agent_running = !DataFolder::open(files, data_folder).has_value();
  begun.was_begun_before = agent::load_next_key(files, data_folder).has_value();
  if (begun.was_begun_before) return begun;
  if (auto saved = agent::save_next_key(files, data_folder, agent::make_seed(random)); !saved)
    return std::unexpected(std::move(saved).error());
  return begun;
}

}  // namespace fettle::app
