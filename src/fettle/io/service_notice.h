// Tells the service manager how this process is (sd_notify(3), without its library): one datagram a message,
// to the socket that the manager named. Without one every call does nothing. Never blocks: what the manager
// does not take is lost, and a watchdog that hears nothing is its own alarm. From any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "fettle/base/time.h"

namespace fettle::io {

/// What the manager put into the environment of this process.
struct ServicePlace {
  std::string notify_socket;          // NOTIFY_SOCKET: a path, or "@name" for an abstract one; empty: none
  std::int64_t watchdog_usec = 0;     // WATCHDOG_USEC; 0: nobody watches
  std::int64_t watchdog_process = 0;  // WATCHDOG_PID; 0: whoever reads it
};

class ServiceNotice {
 public:
  explicit ServiceNotice(ServicePlace place);
  ~ServiceNotice();
  ServiceNotice(const ServiceNotice&) = delete;
  ServiceNotice& operator=(const ServiceNotice&) = delete;

  /// It serves; `status` is the line that `systemctl status` shows.
  void ready(std::string_view status) const;
  void status(std::string_view status) const;
  /// A reload begins; `ready` ends it.
  void reloading(MonoTime now) const;
  void stopping() const;
  void alive() const;

  [[nodiscard]] bool is_heard() const { return descriptor_ >= 0; }
  /// How often `alive` is due: half of what the manager waits; zero when it does not wait for this process.
  [[nodiscard]] Nanos alive_interval() const;

 private:
  void send(const std::string& message) const;
  ServicePlace place_;
  int descriptor_ = -1;
};

}  // namespace fettle::io
