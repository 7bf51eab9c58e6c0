#include "fettle/access/audit_export.h"

#include "fettle/access/access_dto.h"
#include "fettle/base/encoding.h"

namespace fettle::access {
namespace {

void append_cell(std::string& out, std::string_view text) {
  // Source: OWASP, CSV Injection.
  const bool is_formula = !text.empty() && std::string_view("=+-@\t\r").contains(text.front());
  const bool is_plain = !is_formula && text.find_first_of(",\"\r\n") == std::string_view::npos;
  if (is_plain) {
    out += text;
    return;
  }
  out += '"';
  if (is_formula) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

std::string audit_csv(std::span<const AuditRow> rows) {
  std::string out = "sequence,at,actor_kind,actor_id,actor_name,address,action,object,detail,hash\r\n";
  for (const AuditRow& row : rows) {
    const AuditEntry& entry = row.entry;
    out += std::to_string(row.sequence);
    for (const std::string& text :
         {format_time(entry.at), entry.actor.kind, entry.actor.id, entry.actor.name, entry.actor.address,
          entry.action, entry.object, entry.detail, hex_encode(row.hash)}) {
      out += ',';
      append_cell(out, text);
    }
    out += "\r\n";
  }
  return out;
}

std::string audit_json_lines(std::span<const AuditRow> rows) {
  std::string out;
  for (const AuditRow& row : rows) {
    append_json(out, audit_entry_dto(row));
    out += '\n';
  }
  return out;
}

}  // namespace fettle::access
