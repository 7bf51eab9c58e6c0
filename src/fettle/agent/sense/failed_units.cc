#include "fettle/agent/sense/failed_units.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "fettle/agent/sense/dbus_message.h"
#include "fettle/agent/sense/source.h"
#include "fettle/base/encoding.h"

namespace fettle::agent {
namespace {

constexpr std::uint32_t kHelloSerial = 1, kListSerial = 2;
constexpr std::size_t kMostLine = 1024;  // of the log-in

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

/// A descriptor that becomes readable after `patience`: the worker has no clock of the loop.
int start_timer(std::chrono::milliseconds patience) {
  const int descriptor = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  itimerspec when{};
  when.it_value.tv_sec = patience.count() / 1000;
  when.it_value.tv_nsec = patience.count() % 1000 * 1'000'000;
  if (descriptor >= 0) ::timerfd_settime(descriptor, 0, &when, nullptr);
  return descriptor;
}

class Conversation {
 public:
  Conversation(int socket, std::chrono::milliseconds patience)
      : socket_(socket), timer_(start_timer(patience)) {}

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(count));
      } else if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        if (!wait_for(POLLOUT)) return false;
      } else {
        return false;
      }
    }
    return true;
  }

  /// Up to the end of a line of the log-in, without it.
  std::optional<std::string> line() {
    for (;;) {
      const std::size_t end = received_.find("\r\n");
      if (end != std::string::npos) {
        std::string text = received_.substr(0, end);
        received_.erase(0, end + 2);
        return text;
      }
      if (received_.size() > kMostLine || !receive()) return std::nullopt;
    }
  }

  /// The answer to this call; what else comes (signals) is passed over.
  std::optional<wire::UnitStates> reply(std::uint32_t serial) {
    for (;;) {
      std::string_view rest = received_;
      DbusMessage message;
      const DbusRead read = take_dbus_message(rest, message);
      if (read == DbusRead::broken) return std::nullopt;
      if (read == DbusRead::incomplete) {
        if (!receive()) return std::nullopt;
        continue;
      }
      if (message.reply_serial == serial) {
        if (message.type != DbusType::reply) return std::nullopt;
        const auto states = serial == kListSerial ? units_of(message) : wire::UnitStates{};
        received_.erase(0, received_.size() - rest.size());
        return states;
      }
      received_.erase(0, received_.size() - rest.size());
    }
  }

 private:
  static std::optional<wire::UnitStates> units_of(const DbusMessage& message) {
    const auto units = parse_unit_list(message, wire::kMostUnitNames);
    if (!units) return std::nullopt;
    wire::UnitStates states;
    for (const std::string& name : units->names) states.failed.push_back(clean_text(name));
    states.failed_total = units->total;
    return states;
  }

  bool wait_for(short events) {
    if (timer_.get() < 0) return false;
    std::array<pollfd, 2> entries{pollfd{socket_, events, 0}, pollfd{timer_.get(), POLLIN, 0}};
    int count = -1;
    do count = ::poll(entries.data(), entries.size(), -1);
    while (count < 0 && errno == EINTR);
    return count > 0 && entries[1].revents == 0;
  }

  bool receive() {
    for (;;) {
      std::array<char, 4096> piece{};
      const ssize_t count = ::recv(socket_, piece.data(), piece.size(), MSG_DONTWAIT);
      if (count > 0) {
        received_.append(piece.data(), static_cast<std::size_t>(count));
        return received_.size() <= 2 * kLargestDbusMessage;
      }
      if (count == 0 || (errno != EAGAIN && errno != EINTR) || !wait_for(POLLIN)) return false;
    }
  }

  const int socket_;
  const Socket timer_;
  std::string received_;
};

int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return -1;
  std::ranges::copy(path, address.sun_path);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  // A bus whose queue of connections is full says so at once.
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0)
    return descriptor;
  ::close(descriptor);
  return -1;
}

std::string hex_of(std::string_view text) {
  return hex_encode(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

}  // namespace

std::optional<wire::UnitStates> ask_failed_units_over(int socket, std::chrono::milliseconds patience) {
  Conversation bus(socket, patience);
  // EXTERNAL: the kernel tells the bus who we are; the number only has to agree.
  std::string log_in(1, '\0');
  log_in += "AUTH EXTERNAL " + hex_of(std::to_string(::geteuid())) + "\r\n";
  if (!bus.send(log_in)) return std::nullopt;
  const auto answer = bus.line();
  if (!answer || !answer->starts_with("OK ")) return std::nullopt;
  const std::string calls = format_dbus_call({.serial = kHelloSerial,
                                              .destination = "org.freedesktop.DBus",
                                              .path = "/org/freedesktop/DBus",
                                              .interface = "org.freedesktop.DBus",
                                              .member = "Hello",
                                              .strings = {},
                                              .has_body = false}) +
                            format_dbus_call({.serial = kListSerial,
                                              .destination = "org.freedesktop.systemd1",
                                              .path = "/org/freedesktop/systemd1",
                                              .interface = "org.freedesktop.systemd1.Manager",
                                              .member = "ListUnitsFiltered",
                                              .strings = {"failed"},
                                              .has_body = true});
  if (!bus.send("BEGIN\r\n" + calls)) return std::nullopt;
  if (!bus.reply(kHelloSerial)) return std::nullopt;
  return bus.reply(kListSerial);
}

std::optional<wire::UnitStates> ask_failed_units(const std::string& root) {
  // sd_booted(3): the folder is there when systemd is the init. Asking elsewhere could make the bus start it.
  if (::access((root + "/run/systemd/system").c_str(), F_OK) != 0) return std::nullopt;
  const Socket socket(connect_to(root + "/run/dbus/system_bus_socket"));
  if (socket.get() < 0) return std::nullopt;
  return ask_failed_units_over(socket.get(), kUnitPatience);
}

}  // namespace fettle::agent
