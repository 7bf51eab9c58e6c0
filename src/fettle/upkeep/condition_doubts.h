// Doubts as conditions of the server, in the environment of its administrators. Loop thread.
#pragma once
#include <string>

#include "fettle/access/builtin.h"
#include "fettle/events/condition_service.h"
#include "fettle/upkeep/doubt.h"

namespace fettle::upkeep {

class ConditionDoubts final : public Doubts {
 public:
  ConditionDoubts(events::Conditions& conditions, std::string server_id)
      : conditions_(conditions), server_id_(std::move(server_id)) {}

  void open(const Doubt& doubt) override {
    conditions_.open_condition({.key = {server_id_, doubt.kind, doubt.target},
                                .environment = access::kSystemEnvironment,
                                .source_kind = "server",
                                .source_name = "server",
                                .severity = doubt.severity,
                                .title = doubt.title,
                                .message = doubt.message,
                                .fields = {}});
  }
  void close(const std::string& kind, const std::string& target) override {
    conditions_.close_condition({server_id_, kind, target});
  }

 private:
  events::Conditions& conditions_;
  std::string server_id_;
};

}  // namespace fettle::upkeep
