#include "fettle/agent/sense/dbus_message.h"

#include <algorithm>

namespace fettle::agent {
namespace {

constexpr std::size_t kHeadBytes = 16;  // fixed part, and the length of the array of fields
constexpr std::uint8_t kPathField = 1, kInterfaceField = 2, kMemberField = 3, kReplySerialField = 5,
                       kDestinationField = 6, kSignatureField = 8;

std::size_t padding(std::size_t at, std::size_t alignment) {
  return (alignment - at % alignment) % alignment;
}

class Writer {
 public:
  void align(std::size_t alignment) { out.append(padding(out.size(), alignment), '\0'); }
  void byte(std::uint8_t value) { out += static_cast<char>(value); }
  void number(std::uint32_t value) {
    align(4);
    for (int shift = 0; shift < 32; shift += 8) byte(static_cast<std::uint8_t>(value >> shift));
  }
  void string(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    out.append(text) += '\0';
  }
  void signature(std::string_view text) {
    byte(static_cast<std::uint8_t>(text.size()));
    out.append(text) += '\0';
  }
  void field(std::uint8_t code, std::string_view type, std::string_view text) {
    align(8);
    byte(code);
    signature(type);
    if (type == "g") {
      signature(text);
    } else {
      string(text);
    }
  }
  void set_number(std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) out[at + i] = static_cast<char>(value >> 8 * i & 0xff);
  }
  std::string out;
};

/// Reads within its bytes; after the first thing that does not fit everything is empty and `fits` is false.
class Reader {
 public:
  Reader(std::string_view bytes, bool is_big_endian) : bytes_(bytes), is_big_endian_(is_big_endian) {}
  [[nodiscard]] bool fits() const { return fits_; }
  [[nodiscard]] bool at_end() const { return at_ >= bytes_.size(); }
  [[nodiscard]] std::size_t at() const { return at_; }

  void align(std::size_t alignment) {
    for (std::size_t left = padding(at_, alignment); left > 0; --left) {
      if (byte() != 0) fits_ = false;  // padding is zeros
    }
  }
  std::uint8_t byte() {
    const std::string_view one = take(1);
    return one.empty() ? 0 : static_cast<std::uint8_t>(one.front());
  }
  std::uint32_t number() {
    align(4);
    const std::string_view four = take(4);
    if (four.empty()) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto part = static_cast<std::uint8_t>(four[is_big_endian_ ? i : 3 - i]);
      value = value << 8 | part;
    }
    return value;
  }
  std::string_view string() { return ended(number()); }
  std::string_view signature() { return ended(byte()); }
  std::string_view take(std::size_t size) {
    if (!fits_ || size > bytes_.size() - at_) {
      fits_ = false;
      return {};
    }
    const std::string_view taken = bytes_.substr(at_, size);
    at_ += size;
    return taken;
  }

 private:
  std::string_view ended(std::size_t size) {
    const std::string_view text = take(size);
    if (byte() != 0) fits_ = false;
    return fits_ ? text : std::string_view{};
  }
  std::string_view bytes_;
  bool is_big_endian_;
  std::size_t at_ = 0;
  bool fits_ = true;
};

/// A field of the head: only values of basic types occur there.
void read_field(Reader& reader, DbusMessage& message) {
  reader.align(8);
  const std::uint8_t code = reader.byte();
  const std::string_view type = reader.signature();
  if (type == "s" || type == "o") {
    reader.string();
  } else if (type == "g") {
    const std::string_view signature = reader.signature();
    if (code == kSignatureField) message.signature = signature;
  } else if (type == "u") {
    const std::uint32_t number = reader.number();
    if (code == kReplySerialField) message.reply_serial = number;
  } else {
    reader.take(std::string_view::npos);  // no such field is known: the message cannot be read
  }
}

DbusType type_of(std::uint8_t number) {
  return number >= 1 && number <= 4 ? static_cast<DbusType>(number) : DbusType::other;
}

}  // namespace

std::string format_dbus_call(const DbusCall& call) {
  Writer body;
  if (call.has_body) {
    body.number(0);
    const std::size_t begin = body.out.size();
    for (const std::string_view text : call.strings) body.string(text);
    body.set_number(0, static_cast<std::uint32_t>(body.out.size() - begin));
  }
  Writer head;
  head.out = {'l', static_cast<char>(DbusType::call), '\0', '\1'};
  head.number(static_cast<std::uint32_t>(body.out.size()));
  head.number(call.serial);
  head.number(0);
  head.field(kPathField, "o", call.path);
  head.field(kDestinationField, "s", call.destination);
  head.field(kInterfaceField, "s", call.interface);
  head.field(kMemberField, "s", call.member);
  if (call.has_body) head.field(kSignatureField, "g", "as");
  head.set_number(kHeadBytes - 4, static_cast<std::uint32_t>(head.out.size() - kHeadBytes));
  head.align(8);
  return head.out + body.out;
}

DbusRead take_dbus_message(std::string_view& rest, DbusMessage& message) {
  if (rest.empty()) return DbusRead::incomplete;
  if (rest.front() != 'l' && rest.front() != 'B') return DbusRead::broken;
  if (rest.size() < kHeadBytes) return DbusRead::incomplete;
  message = {};
  message.is_big_endian = rest.front() == 'B';
  Reader head(rest.substr(0, kHeadBytes), message.is_big_endian);
  head.byte();
  message.type = type_of(head.byte());
  head.byte();  // flags
  const std::uint8_t version = head.byte();
  const std::size_t body_bytes = head.number();
  const bool has_serial = head.number() != 0;
  const std::size_t field_bytes = head.number();
  const bool is_sound = version == 1 && has_serial;
  if (!is_sound || body_bytes > kLargestDbusMessage || field_bytes > kLargestDbusMessage)
    return DbusRead::broken;
  const std::size_t head_bytes = kHeadBytes + field_bytes + padding(kHeadBytes + field_bytes, 8);
  if (head_bytes + body_bytes > kLargestDbusMessage) return DbusRead::broken;
  if (rest.size() < head_bytes + body_bytes) return DbusRead::incomplete;

  Reader fields(rest.substr(0, kHeadBytes + field_bytes), message.is_big_endian);
  fields.take(kHeadBytes);
  while (fields.fits() && !fields.at_end()) read_field(fields, message);
  if (!fields.fits()) return DbusRead::broken;
  message.body = rest.substr(head_bytes, body_bytes);
  rest.remove_prefix(head_bytes + body_bytes);
  return DbusRead::good;
}

std::optional<UnitNames> parse_unit_list(const DbusMessage& reply, std::size_t most) {
  if (reply.signature != "a(ssssssouso)") return std::nullopt;
  Reader body(reply.body, reply.is_big_endian);
  const std::size_t bytes = body.number();
  body.align(8);  // of the first struct; it does not count
  const std::size_t begin = body.at();
  UnitNames units;
  while (body.fits() && body.at() - begin < bytes) {
    body.align(8);
    const std::string_view name = body.string();
    for (int text = 0; text < 6; ++text) body.string();  // what it is, its states, whom it follows, its path
    body.number();                                       // of a job
    body.string();
    body.string();
    if (!body.fits() || name.empty()) return std::nullopt;
    ++units.total;
    units.names.emplace_back(name);
  }
  if (!body.fits() || body.at() - begin != bytes || !body.at_end()) return std::nullopt;
  std::ranges::sort(units.names);
  if (units.names.size() > most) units.names.resize(most);
  return units;
}

}  // namespace fettle::agent
