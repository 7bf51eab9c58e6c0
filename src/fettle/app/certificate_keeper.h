// The certificate of a server that speaks TLS: the files that were given, or one of its own making. Takes new
// files while the server runs, keeps the old ones when the new ones are no good, and warns before one runs
// out. open() blocks and comes before anything is served; the rest is on the loop.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fettle/io/async_event.h"
#include "fettle/io/clock.h"
#include "fettle/io/files.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/io/work_queue.h"
#include "fettle/net/own_certificate.h"
#include "fettle/net/tls_server.h"

namespace fettle::app {

struct CertificatePlan {
  std::string data_folder;
  std::string certificate_file, key_file;  // empty: one of the server's own making
  std::vector<std::string> names;          // that its own is for

  [[nodiscard]] bool is_given() const { return !certificate_file.empty(); }
};

/// What is worth telling: the type of an event, and its sentence.
struct CertificateNews {
  enum class Kind : std::uint8_t { changed, refused, runs_out };
  Kind kind = Kind::changed;
  std::string message;
};

class CertificateKeeper {
 public:
  /// Before a certificate that was given runs out.
  static constexpr std::chrono::days kWarnedBefore{21};

  static Result<std::unique_ptr<CertificateKeeper>> open(io::Files& files, CertificatePlan plan,
                                                         WallTime now);

  [[nodiscard]] const std::shared_ptr<net::TlsServer>& tls() const { return tls_; }
  /// Of a certificate of the server's own making: the key in use, then the next one; else empty.
  [[nodiscard]] const std::vector<CertificatePin>& pins() const { return pins_; }

  struct Ground {
    io::Loop& loop;
    io::Clock& clock;
    io::WorkQueue& workers;
    io::Log log;
    std::function<Task<void>(CertificateNews)> tell;
    std::function<void()> on_change;  // the pins may be others
  };
  /// Looks at the files every few seconds, and when it is asked to, until it is cancelled.
  Task<void> watch(Ground ground);
  /// Has the files looked at now; a fault in them is told even if it was told before.
  void reload();

 private:
  struct Found {
    net::TlsFiles files;
    std::vector<CertificatePin> pins;
    friend bool operator==(const Found& one, const Found& other) {
      return has_same_files(one, other) && one.pins == other.pins;
    }
  };
  static bool has_same_files(const Found& one, const Found& other) {
    return one.files.certificate_pem == other.files.certificate_pem &&
           one.files.key_pem.reveal() == other.files.key_pem.reveal();
  }
  CertificateKeeper(io::Files& files, CertificatePlan plan) : files_(files), plan_(std::move(plan)) {}
  static Result<Found> look(io::Files& files, const CertificatePlan& plan, WallTime now);
  Task<void> take(const Ground& ground, Result<Found> found, bool is_asked);
  Task<void> tell_fault(const Ground& ground, std::string fault, bool is_asked);
  Task<void> warn_in_time(const Ground& ground);

  io::Files& files_;
  const CertificatePlan plan_;
  std::shared_ptr<net::TlsServer> tls_;
  std::vector<CertificatePin> pins_;
  Found in_use_;
  std::string fault_;           // of the last look
  bool is_fault_told_ = false;  // told once it was there twice: a pair of files is not replaced in one moment
  std::optional<WallTime> warned_of_;  // the end of a certificate
  MonoTime tickets_since_;
  bool is_asked_ = false;
  io::AsyncEvent wake_;
};

}  // namespace fettle::app
