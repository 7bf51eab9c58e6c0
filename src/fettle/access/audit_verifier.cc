#include "fettle/access/audit_verifier.h"

#include "fettle/access/audit_base.h"
#include "fettle/access/audit_repo.h"

namespace fettle::access {
namespace {

constexpr std::int64_t kRowsAStep = 5'000;  // some 20 ms of a reader

}  // namespace

Task<Result<AuditVerdict>> AuditVerifier::verify() {
  if (is_running_)
    co_return fail(ErrorCode::unavailable, "verification_running", "A verification is running already.");
  is_running_ = true;
  // Also when the caller is cancelled.
  const std::unique_ptr<bool, void (*)(bool*)> end(&is_running_, [](bool* running) { *running = false; });
  co_return co_await walk();
}

Task<Result<AuditVerdict>> AuditVerifier::walk() {
  audit_repo::VerifyStep step;
  FETTLE_CO_TRY(step.at, co_await store_.read(audit_base::find));
  while (!step.is_end) {
    auto read = [at = step.at](store::Session& session) {
      return audit_repo::verify_step(session, at, kRowsAStep);
    };
    FETTLE_CO_TRY(const auto next, co_await store_.read(std::move(read)));
    if (!next) {
      const std::int64_t broken = next.error().sequence;
      const std::int64_t first = step.at.sequence - step.entries;
      const std::int64_t intact = broken > first ? broken - 1 - first : step.entries;
      co_return AuditVerdict{clock_.wall_now(), intact, next.error()};
    }
    step = *next;
  }
  co_return AuditVerdict{clock_.wall_now(), step.entries, std::nullopt};
}

}  // namespace fettle::access
