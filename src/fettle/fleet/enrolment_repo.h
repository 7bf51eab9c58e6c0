// SQL of the table `enrolment_token`.
#pragma once
#include <optional>
#include <span>

#include "fettle/fleet/enrolment.h"
#include "fettle/store/old_rows.h"
#include "fettle/store/session.h"

namespace fettle::fleet::enrolment_repo {

void insert(store::Session& session, const EnrolmentToken& token);
std::optional<EnrolmentToken> find(store::Session& session, const EnrolmentId& id);
std::optional<EnrolmentToken> find_by_hash(store::Session& session, std::span<const std::uint8_t> hash);
/// False when somebody was faster: a token is used once, whatever comes at the same time.
bool mark_used(store::Session& session, const EnrolmentId& id, const HostId& host, WallTime now);
bool remove(store::Session& session, const EnrolmentId& id);
/// For retention, used ones too: the audit log has who made them and which host came.
store::OldRows expired_tokens();

}  // namespace fettle::fleet::enrolment_repo
