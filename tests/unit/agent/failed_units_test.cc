#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <random>

#include "fettle/agent/sense/dbus_message.h"
#include "fettle/agent/sense/failed_units.h"

namespace fettle::agent {
namespace {

/// A reply as a bus writes it, in either order of bytes.
class Reply {
 public:
  explicit Reply(bool is_big_endian) : is_big_endian_(is_big_endian) {}

  static std::string units(const std::vector<std::string>& names, std::uint32_t serial, bool is_big_endian) {
    Reply body(is_big_endian);
    body.number(0);
    body.align(8);
    const std::size_t begin = body.out_.size();
    for (const std::string& name : names) {
      body.align(8);
      for (const char* text :
           {name.c_str(), "A unit", "loaded", "failed", "failed", "", "/org/freedesktop/systemd1/unit/x"})
        body.string(text);
      body.number(0);
      body.string("");
      body.string("/");
    }
    const auto bytes = static_cast<std::uint32_t>(body.out_.size() - begin);
    Reply head(is_big_endian);
    head.number(bytes);
    body.out_.replace(0, 4, head.out_);
    return message(DbusType::reply, serial, "a(ssssssouso)", body.out_, is_big_endian);
  }

  static std::string message(DbusType type, std::uint32_t reply_serial, std::string_view signature,
                             std::string_view body, bool is_big_endian = false) {
    Reply out(is_big_endian);
    out.out_ = {is_big_endian ? 'B' : 'l', static_cast<char>(type), '\1', '\1'};
    out.number(static_cast<std::uint32_t>(body.size()));
    out.number(77);
    out.number(0);
    out.align(8);
    out.out_ += std::string("\5\1u\0", 4);
    out.number(reply_serial);
    if (!signature.empty()) {
      out.align(8);
      out.out_ += std::string("\10\1g\0", 4);
      out.out_ += static_cast<char>(signature.size());
      out.out_.append(signature) += '\0';
    }
    Reply length(is_big_endian);
    length.number(static_cast<std::uint32_t>(out.out_.size() - 16));
    out.out_.replace(12, 4, length.out_);
    out.align(8);
    return out.out_.append(body);
  }

 private:
  void align(std::size_t to) {
    while (out_.size() % to != 0) out_ += '\0';
  }
  void number(std::uint32_t value) {
    align(4);
    for (int i = 0; i < 4; ++i) {
      const int shift = is_big_endian_ ? 24 - 8 * i : 8 * i;
      out_ += static_cast<char>(value >> shift & 0xff);
    }
  }
  void string(const std::string& text) {
    number(static_cast<std::uint32_t>(text.size()));
    out_ += text + '\0';
  }
  bool is_big_endian_;
  std::string out_;
};

TEST(Dbus, ReadsItsOwnCall) {
  std::string call = format_dbus_call({.serial = 2,
                                       .destination = "org.freedesktop.systemd1",
                                       .path = "/org/freedesktop/systemd1",
                                       .interface = "org.freedesktop.systemd1.Manager",
                                       .member = "ListUnitsFiltered",
                                       .strings = {"failed"},
                                       .has_body = true});
  std::string_view rest = call;
  DbusMessage message;
  ASSERT_EQ(take_dbus_message(rest, message), DbusRead::good);
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(message.type, DbusType::call);
  EXPECT_EQ(message.signature, "as");
  EXPECT_EQ(message.body, std::string_view("\x0b\0\0\0\6\0\0\0failed\0", 15));
}

TEST(Dbus, ReadsTheNamesOfUnitsInEitherOrderOfBytes) {
  for (const bool is_big_endian : {false, true}) {
    const std::string bytes = Reply::units({"b.service", "a.mount"}, 2, is_big_endian) + "next";
    std::string_view rest = bytes;
    DbusMessage message;
    ASSERT_EQ(take_dbus_message(rest, message), DbusRead::good);
    EXPECT_EQ(rest, "next");
    EXPECT_EQ(message.reply_serial, 2U);
    const auto units = parse_unit_list(message, 64);
    ASSERT_TRUE(units);
    EXPECT_EQ(units->names, (std::vector<std::string>{"a.mount", "b.service"}));
    const auto one = parse_unit_list(message, 1);
    EXPECT_EQ(one->total, 2U);
    EXPECT_EQ(one->names.size(), 1U);
  }
}

TEST(Dbus, AWholeMessageIsNeededAndNothingBeyondItIsRead) {
  const std::string bytes = Reply::units({"a.service"}, 2, false);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::string_view rest(bytes.data(), size);
    DbusMessage message;
    EXPECT_EQ(take_dbus_message(rest, message), DbusRead::incomplete) << size;
  }
}

TEST(Dbus, WhateverIsChangedNothingIsReadWrongly) {
  const std::string good = Reply::units({"a.service", "b.service"}, 2, false);
  std::mt19937 random(5);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (std::size_t changes = random() % 3 + 1; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    std::string_view rest = bytes;
    DbusMessage message;
    if (take_dbus_message(rest, message) != DbusRead::good) continue;
    if (const auto units = parse_unit_list(message, 64)) {
      EXPECT_LE(units->names.size(), 64U);
      for (const std::string& name : units->names) EXPECT_FALSE(name.empty());
    }
  }
}

TEST(Dbus, RefusesWhatIsTooLargeOrOfAnotherVersion) {
  const auto read = [](std::string bytes) {
    std::string_view rest = bytes;
    DbusMessage message;
    return take_dbus_message(rest, message);
  };
  std::string large = Reply::units({"a"}, 2, false);
  large[7] = '\x7f';
  EXPECT_EQ(read(large), DbusRead::broken);
  std::string other = Reply::units({"a"}, 2, false);
  other[3] = '\2';
  EXPECT_EQ(read(other), DbusRead::broken);
  EXPECT_EQ(read("x"), DbusRead::broken);
}

/// Both ends of a bus that has said all it will say already.
struct Bus {
  explicit Bus(const std::string& says) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    EXPECT_EQ(::send(ends[1], says.data(), says.size(), 0), static_cast<ssize_t>(says.size()));
  }
  ~Bus() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  std::string heard() {
    std::string text(4096, '\0');
    text.resize(static_cast<std::size_t>(
        std::max<ssize_t>(0, ::recv(ends[1], text.data(), text.size(), MSG_DONTWAIT))));
    return text;
  }
  int ends[2]{-1, -1};
};

constexpr std::chrono::milliseconds kPatience{2000};

std::string hello_reply() {
  return Reply::message(DbusType::reply, 1, "s", std::string("\5\0\0\0:1.23\0", 10));
}

TEST(FailedUnits, AreAskedForInOneConversation) {
  Bus bus("OK 1234deadbeef\r\n" + hello_reply() + Reply::message(DbusType::signal, 0, "", "") +
          Reply::units({"ssh.service"}, 2, false));
  const auto states = ask_failed_units_over(bus.ends[0], kPatience);
  ASSERT_TRUE(states);
  EXPECT_EQ(*states, (wire::UnitStates{{"ssh.service"}, 1}));
  const std::string heard = bus.heard();
  EXPECT_TRUE(heard.starts_with(std::string("\0AUTH EXTERNAL ", 15)));
  EXPECT_NE(heard.find("\r\nBEGIN\r\n"), std::string::npos);
  EXPECT_NE(heard.find("ListUnitsFiltered"), std::string::npos);
}

TEST(FailedUnits, NoneIsAnAnswerToo) {
  Bus bus("OK 1\r\n" + hello_reply() + Reply::units({}, 2, true));
  EXPECT_EQ(ask_failed_units_over(bus.ends[0], kPatience), (wire::UnitStates{{}, 0}));
}

TEST(FailedUnits, AreUnknownWhereTheBusSaysNoOrNonsense) {
  for (const std::string& says : {std::string("REJECTED EXTERNAL\r\n"), std::string(2000, 'x'),
                                  "OK 1\r\n" + std::string("zzzzzzzzzzzzzzzzzz"),
                                  "OK 1\r\n" + Reply::message(DbusType::error, 1, "", ""),
                                  "OK 1\r\n" + hello_reply() + Reply::message(DbusType::error, 2, "", ""),
                                  "OK 1\r\n" + hello_reply() + Reply::message(DbusType::reply, 2, "s", "")}) {
    Bus bus(says);
    ::shutdown(bus.ends[1], SHUT_WR);
    EXPECT_FALSE(ask_failed_units_over(bus.ends[0], kPatience));
  }
}

TEST(FailedUnits, ABusThatIsSilentIsNotWaitedForLong) {
  Bus bus("OK 1\r\n");
  EXPECT_FALSE(ask_failed_units_over(bus.ends[0], std::chrono::milliseconds(20)));
}

TEST(FailedUnits, AreNotAskedForWithoutSystemd) {
  EXPECT_FALSE(ask_failed_units("/nonexistent"));
}

}  // namespace
}  // namespace fettle::agent
