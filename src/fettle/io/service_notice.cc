#include "fettle/io/service_notice.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace fettle::io {
namespace {

struct Address {
  sockaddr_un place{};
  socklen_t bytes = 0;
};

/// Source: unix(7): an abstract name begins with a zero byte and ends with the length, not with a zero.
Address address_of(const std::string& name) {
  Address out;
  const bool is_abstract = name.starts_with('@');
  if ((!is_abstract && !name.starts_with('/')) || name.size() >= sizeof(out.place.sun_path)) return out;
  out.place.sun_family = AF_UNIX;
  std::memcpy(out.place.sun_path, name.data(), name.size());
  if (is_abstract) out.place.sun_path[0] = '\0';
  const std::size_t end = is_abstract ? 0 : 1;
  out.bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + end);
  return out;
}

/// A status is one line: a line feed would begin another assignment.
std::string one_line(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](unsigned char c) { return c < 0x20; }, ' ');
  return out;
}

}  // namespace

ServiceNotice::ServiceNotice(ServicePlace place) : place_(std::move(place)) {
  const Address address = address_of(place_.notify_socket);
  if (address.bytes == 0) return;
  descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

ServiceNotice::~ServiceNotice() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void ServiceNotice::send(const std::string& message) const {
  if (descriptor_ < 0) return;
  // Addressed each time: a manager that was executed anew listens on a new socket of the same name.
  const Address address = address_of(place_.notify_socket);
  static_cast<void>(::sendto(descriptor_, message.data(), message.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address.place), address.bytes));
}

void ServiceNotice::ready(std::string_view status) const {
  send("READY=1\nSTATUS=" + one_line(status));
}

void ServiceNotice::status(std::string_view status) const {
  send("STATUS=" + one_line(status));
}

void ServiceNotice::reloading(MonoTime now) const {
  const auto usec = std::chrono::floor<std::chrono::microseconds>(now.time_since_epoch()).count();
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec));
}

void ServiceNotice::stopping() const {
  send("STOPPING=1\nSTATUS=stopping");
}

void ServiceNotice::alive() const {
  send("WATCHDOG=1");
}

Nanos ServiceNotice::alive_interval() const {
  const bool is_meant = place_.watchdog_process == 0 || place_.watchdog_process == ::getpid();
  if (!is_heard() || !is_meant || place_.watchdog_usec <= 0) return Nanos(0);
  // Bounded, so that the arithmetic holds for whatever the environment says.
  constexpr std::int64_t kLongestUsec = std::int64_t{24} * 3600 * 1'000'000;
  return std::chrono::microseconds(std::min(place_.watchdog_usec, kLongestUsec) / 2);
}

}  // namespace fettle::io
