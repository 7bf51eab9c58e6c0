#include "fettle/app/certificate_keeper.h"

namespace fettle::app {
namespace {

constexpr std::size_t kFileLimit = 1024 * 1024;
constexpr Seconds kBetweenLooks{10};
constexpr Nanos kTicketKeysLast = Seconds(6 * 3600);

Result<std::string> read_given(io::Files& files, const std::string& path) {
  auto text = files.read_all(path, kFileLimit);
  if (!text) text.error().detail = path + ": " + text.error().detail;
  return text;
}

/// Until `due`, or until `event` is set.
Task<void> wake_at(io::Clock& clock, io::AsyncEvent& event, MonoTime due) {
  constexpr Millis kStep{500};
  while (!event.is_set() && clock.mono_now() < due) co_await clock.sleep_for(kStep);
  event.reset();
}

}  // namespace

Result<CertificateKeeper::Found> CertificateKeeper::look(io::Files& files, const CertificatePlan& plan,
                                                         WallTime now) {
  if (!plan.is_given()) {
    FETTLE_TRY(net::OwnCertificate own,
               net::prepare_own_certificate(files, plan.data_folder, plan.names, now));
    return Found{std::move(own.files), std::move(own.pins)};
  }
  Found found;
  FETTLE_TRY(found.files.certificate_pem, read_given(files, plan.certificate_file));
  FETTLE_TRY(std::string key, read_given(files, plan.key_file));
  found.files.key_pem = Secret<std::string>(std::move(key));
  if (auto good = net::check_tls_files(found.files); !good) {
    Error error = std::move(good).error();
    error.detail =
        (error.reason == "key_unreadable" ? plan.key_file : plan.certificate_file) + ": " + error.detail;
    return std::unexpected(std::move(error));
  }
  return found;
}

Result<std::unique_ptr<CertificateKeeper>> CertificateKeeper::open(io::Files& files, CertificatePlan plan,
                                                                   WallTime now) {
  std::unique_ptr<CertificateKeeper> keeper(new CertificateKeeper(files, std::move(plan)));
  FETTLE_TRY(keeper->in_use_, look(files, keeper->plan_, now));
  FETTLE_TRY(keeper->tls_, net::TlsServer::make(keeper->in_use_.files));
  keeper->pins_ = keeper->in_use_.pins;
  return keeper;
}

void CertificateKeeper::reload() {
  is_asked_ = true;
  wake_.set();
}

Task<void> CertificateKeeper::watch(Ground ground) {
  tickets_since_ = ground.clock.mono_now();
  for (;;) {
    co_await warn_in_time(ground);
    co_await wake_at(ground.clock, wake_, ground.clock.mono_now() + kBetweenLooks);
    const bool is_asked = std::exchange(is_asked_, false);
    // Shared values only: the worker may outlast this task.
    auto job = [files = &files_, plan = plan_, now = ground.clock.wall_now()] {
      return look(*files, plan, now);
    };
    auto found = co_await io::offload(ground.loop, ground.workers, std::move(job));
    // All workers are busy, or the disk is full: that says nothing about the files.
    const bool has_looked = found || found.error().code != ErrorCode::unavailable;
    if (has_looked) co_await take(ground, std::move(found), is_asked);
    if (ground.clock.mono_now() - tickets_since_ >= kTicketKeysLast) {
      tickets_since_ = ground.clock.mono_now();
      tls_->renew_ticket_keys();
    }
  }
}

Task<void> CertificateKeeper::take(const Ground& ground, Result<Found> found, bool is_asked) {
  if (found && *found == in_use_) {
    fault_.clear();
    if (is_asked) ground.log.info("the certificate is the one in use");
    co_return;
  }
  Result<> taken;
  bool is_other = false;  // else only the next key is another
  if (found) {
    is_other = !has_same_files(*found, in_use_);
    if (is_other) taken = tls_->exchange(found->files);
  } else {
    taken = std::unexpected(found.error());
  }
  if (!taken) co_return co_await tell_fault(ground, taken.error().detail, is_asked);
  in_use_ = std::move(*found);
  pins_ = in_use_.pins;
  fault_.clear();
  ground.on_change();
  if (!is_other) co_return;
  co_await ground.tell({CertificateNews::Kind::changed, "The server has a new certificate, valid until " +
                                                            format_time(tls_->facts().not_after)});
}

Task<void> CertificateKeeper::tell_fault(const Ground& ground, std::string fault, bool is_asked) {
  const bool is_news = fault != std::exchange(fault_, fault);
  if (is_news) is_fault_told_ = false;
  if (!is_asked && (is_news || is_fault_told_)) co_return;
  is_fault_told_ = true;
  co_await ground.tell(
      {CertificateNews::Kind::refused, "The new certificate is no good, the old one stays in use: " + fault});
}

Task<void> CertificateKeeper::warn_in_time(const Ground& ground) {
  const WallTime end = tls_->facts().not_after;
  if (!plan_.is_given() || warned_of_ == end || ground.clock.wall_now() + kWarnedBefore < end) co_return;
  warned_of_ = end;
  const bool is_over = end < ground.clock.wall_now();
  co_await ground.tell({CertificateNews::Kind::runs_out, "The certificate in " + plan_.certificate_file +
                                                             (is_over ? " expired at " : " runs out at ") +
                                                             format_time(end) +
                                                             "; new files are taken by themselves"});
}

}  // namespace fettle::app
