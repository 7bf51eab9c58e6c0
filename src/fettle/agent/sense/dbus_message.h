// As much of the D-Bus wire format as one question needs: to write a method call, and to read what comes
// back. Pure and strict: lengths are checked before anything is read, and what does not fit is broken, never
// guessed. Source: D-Bus specification, "Message Protocol" and "Marshaling".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::agent {

struct DbusCall {
  std::uint32_t serial = 1;
  std::string_view destination, path, interface, member;
  std::vector<std::string_view> strings;  // the body: one array of strings; empty: no body
  bool has_body = false;
};
std::string format_dbus_call(const DbusCall& call);

enum class DbusType : std::uint8_t { other = 0, call = 1, reply = 2, error = 3, signal = 4 };

struct DbusMessage {
  DbusType type = DbusType::other;
  bool is_big_endian = false;
  std::uint32_t reply_serial = 0;  // 0: it answers nothing
  std::string_view signature;      // into the bytes that were read, as the body is
  std::string_view body;
};

/// What no message of ours may exceed: a thousand units take 200 KiB.
inline constexpr std::size_t kLargestDbusMessage = 1024UL * 1024;

enum class DbusRead : std::uint8_t { good, incomplete, broken };
/// Takes a message off the front of `rest` when it is whole; `incomplete` when more bytes might make it so.
DbusRead take_dbus_message(std::string_view& rest, DbusMessage& message);

struct UnitNames {
  std::vector<std::string> names;  // sorted, at most `most`
  std::uint32_t total = 0;
};
/// The answer to ListUnitsFiltered: an array of (ssssssouso), of which the first is the unit's name. nullopt
/// for any other body.
std::optional<UnitNames> parse_unit_list(const DbusMessage& reply, std::size_t most);

}  // namespace fettle::agent
