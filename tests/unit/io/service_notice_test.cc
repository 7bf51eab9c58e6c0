#include "fettle/io/service_notice.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>

namespace fettle::io {
namespace {

/// What systemd is to the process: a datagram socket.
class Manager {
 public:
  explicit Manager(std::string name) : name_(std::move(name)) {
    descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un place{};
    place.sun_family = AF_UNIX;
    std::memcpy(place.sun_path, name_.data(), name_.size());
    const bool is_abstract = name_.starts_with('@');
    if (is_abstract) place.sun_path[0] = '\0';
    const auto bytes = offsetof(sockaddr_un, sun_path) + name_.size() + (is_abstract ? 0 : 1);
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&place), static_cast<socklen_t>(bytes)),
              0);
  }
  ~Manager() {
    ::close(descriptor_);
    if (name_.starts_with('/')) ::unlink(name_.c_str());
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  /// Empty when nothing came.
  std::string heard() {
    std::array<char, 512> text{};
    const ssize_t got = ::recv(descriptor_, text.data(), text.size(), 0);
    return {text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  }

 private:
  std::string name_;
  int descriptor_ = -1;
};

std::string own_name() {
  return "fettle-notice-test-" + std::to_string(::getpid());
}

void expect_all_words(const std::string& name) {
  Manager manager(name);
  const ServiceNotice notice({.notify_socket = name});
  EXPECT_TRUE(notice.is_heard());
  notice.ready("serving\nREADY=0");
  EXPECT_EQ(manager.heard(), "READY=1\nSTATUS=serving READY=0") << "a status stays one line";
  notice.status("opening");
  EXPECT_EQ(manager.heard(), "STATUS=opening");
  notice.reloading(MonoTime(Millis(1500)));
  EXPECT_EQ(manager.heard(), "RELOADING=1\nMONOTONIC_USEC=1500000");
  notice.alive();
  EXPECT_EQ(manager.heard(), "WATCHDOG=1");
  notice.stopping();
  EXPECT_EQ(manager.heard(), "STOPPING=1\nSTATUS=stopping");
}

TEST(ServiceNotice, SpeaksToASocketWithAPath) {
  expect_all_words(std::filesystem::temp_directory_path().string() + "/" + own_name());
}

TEST(ServiceNotice, SpeaksToAnAbstractSocket) {
  expect_all_words("@" + own_name());
}

TEST(ServiceNotice, IsSilentWithoutASocketAndForNamesThatAreNone) {
  for (const std::string& name : {std::string(), std::string("relative"), std::string("vsock:2:1"),
                                  "/" + std::string(200, 'x'), std::string("/nobody/listens/here")}) {
    const ServiceNotice notice({.notify_socket = name, .watchdog_usec = 1'000'000});
    notice.ready("serving");
    notice.alive();
    EXPECT_EQ(notice.is_heard(), name == "/nobody/listens/here") << name;
  }
}

TEST(ServiceNotice, FeedsOnlyAWatchdogThatWaitsForThisProcess) {
  const std::string name = "@" + own_name();
  const auto interval = [&name](std::int64_t usec, std::int64_t process) {
    return ServiceNotice({name, usec, process}).alive_interval();
  };
  EXPECT_EQ(interval(30'000'000, 0), Seconds(15));
  EXPECT_EQ(interval(30'000'000, ::getpid()), Seconds(15));
  EXPECT_EQ(interval(30'000'000, ::getpid() + 1), Nanos(0));
  EXPECT_EQ(interval(0, 0), Nanos(0));
  EXPECT_EQ(interval(-5, 0), Nanos(0));
  EXPECT_GT(interval(std::numeric_limits<std::int64_t>::max(), 0), Nanos(0));
  EXPECT_EQ(ServiceNotice({"", 30'000'000, 0}).alive_interval(), Nanos(0)) << "nobody hears it";
}

}  // namespace
}  // namespace fettle::io
