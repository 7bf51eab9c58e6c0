// How an agent reaches its server: ws:// over TCP, wss:// over TLS. Loop thread. Whoever owns it calls stop()
// before it goes and after its channels.
#pragma once
#include "fettle/io/task_scope.h"
#include "fettle/net/message_channel.h"
#include "fettle/net/tls_server.h"
#include "fettle/net/ws_channel.h"

namespace fettle::net {

struct DialSettings {
  Millis timeout{15'000};
  std::size_t max_message_bytes = 1024 * 1024;
};

class WsDialer final : public Dialer {
 public:
  WsDialer(io::Loop& loop, io::Clock& clock, io::Random& random, io::Log& log, DialSettings settings = {});

  Task<Result<std::unique_ptr<MessageChannel>>> dial(DialOrder order) override;
  Task<void> stop() { return tasks_.stop(); }

 private:
  using Dialled = Result<std::unique_ptr<MessageChannel>>;
  Task<Dialled> dial_now(DialOrder order);

  WsServices services_;
  DialSettings settings_;
  TlsClient tls_;
  bool is_sweeping_ = false;
  io::TaskScope tasks_;
};

}  // namespace fettle::net
