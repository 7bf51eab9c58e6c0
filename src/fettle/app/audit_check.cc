#include "fettle/app/audit_check.h"

#include "fettle/access/audit_base.h"
#include "fettle/access/audit_repo.h"
#include "fettle/store/offline_read.h"

namespace fettle::app {

Result<cli::AuditCheck> check_audit(const std::string& data_folder) {
  cli::AuditCheck check;
  const auto look = [&check](store::Session& session) {
    const auto whole = access::audit_repo::verify(session);
    check.intact = whole.has_value();
    if (whole) {
      check.entries = whole->entries;
      return;
    }
    const std::int64_t first = access::audit_base::find(session).sequence;
    check.entries = std::max<std::int64_t>(0, whole.error().sequence - 1 - first);
    check.broken_at = whole.error().sequence;
    check.detail = whole.error().what;
  };
  if (auto read = store::read_offline(data_folder + "/fettle.db", look); !read)
    return std::unexpected(std::move(read).error());
  return check;
}

}  // namespace fettle::app
