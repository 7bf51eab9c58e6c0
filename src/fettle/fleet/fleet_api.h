// The fleet's routes: hosts, their series, enrolment, and the door where agents connect.
#pragma once
#include <optional>
#include <string>

#include "fettle/access/environments.h"
#include "fettle/base/certificate_pin.h"
#include "fettle/fleet/fleet_dto.h"
#include "fettle/fleet/fleet_service.h"
#include "fettle/io/work_queue.h"
#include "fettle/metrics/range_reading.h"
#include "fettle/net/router.h"

namespace fettle::fleet {

struct FleetApiSettings {
  std::string public_url;          // what people and agents reach this server by; never empty
  std::string program = "fettle";  // how the program is called on the machine that will type the command
  bool is_loopback_only = true;
  /// Of a certificate of this server's own making: the tokens that are made carry it.
  std::optional<CertificatePin> certificate_pin;
  std::string version;  // of this server
};

class FleetApi {
 public:
  /// Large answers are worked out and written on `workers`.
  FleetApi(Fleet& fleet, const access::Environments& environments, io::Loop& loop, io::Clock& clock,
           io::WorkQueue& workers, FleetApiSettings settings);
  void add_routes(net::Router& router);
  /// Makes the one command that installs everything on another machine, for a token.
  void on_install_command(std::function<Task<Result<std::string>>(std::string token)> make) {
    install_command_ = std::move(make);
  }
  /// Once the port is known.
  void set_public_url(std::string url) { settings_.public_url = std::move(url); }
  /// As of FleetApiSettings; it may change while the server runs.
  void set_certificate_pin(std::optional<CertificatePin> pin) { settings_.certificate_pin = pin; }

 private:
  void add_host_routes(net::Router& router);
  void add_care_routes(net::Router& router);
  void add_series_routes(net::Router& router);
  void add_enrolment_routes(net::Router& router);
  void add_agent_route(net::Router& router);

  /// The environments that a list is about: the one asked for by id or name, or all that may be viewed.
  Result<std::vector<EnvironmentId>> environments_of(const net::RequestContext& context,
                                                     const std::optional<std::string>& asked);
  /// The host of the path as it is now, with its ETag.
  Result<HostDto> host_answer(net::RequestContext& context);
  Result<HostCommandsDto> commands_of(const net::RequestContext& context);
  Task<Result<HostDto>> edit_host(net::RequestContext& context, HostEditDto body);
  Task<Result<HostLabelsAnswerDto>> label_hosts(net::RequestContext& context, HostLabelsDto body);
  Task<Result<HostDto>> move_host(net::RequestContext& context, HostMoveDto body);
  Task<Result<HostDto>> unlock_host(net::RequestContext& context);
  Result<net::Page<HostDto>> list_hosts(const net::RequestContext& context, const HostListQuery& query);
  Task<Result<net::Response>> series(const net::RequestContext& context, RangeRequest query);
  Result<metrics::RangeQuery> range_query(HostNumber host, const RangeRequest& query) const;
  Result<metrics::RangeReading> read_ring(metrics::RangeQuery range);
  Task<Result<net::Response>> sparklines(const net::RequestContext& context, SparklineQuery query);
  Result<SparklinesDto> read_sparklines(const net::RequestContext& context, const SparklineQuery& query);
  Task<Result<EnrolmentTokenDto>> make_token(access::Actor actor, EnvironmentId environment,
                                             std::optional<std::string> name);
  Task<Result<EnrolmentTokenDto>> make_token_for(access::Actor actor, HostId host);
  Result<AgentVersionsDto> agent_versions(const std::vector<EnvironmentId>& environments);
  Task<Result<EnrolmentTokenDto>> find_token(std::string id);
  EnrolmentTokenDto token_dto(const EnrolmentToken& token) const;

  Fleet& fleet_;
  const access::Environments& environments_;
  io::Loop& loop_;
  io::Clock& clock_;
  io::WorkQueue& workers_;
  FleetApiSettings settings_;
  std::function<Task<Result<std::string>>(std::string token)> install_command_;
};

}  // namespace fettle::fleet
