#include "fettle/net/own_certificate.h"

#include <algorithm>

#include "fettle/io/files.h"

namespace fettle::net {
namespace {

constexpr std::size_t kFileLimit = 64 * 1024;
constexpr std::chrono::days kClockTolerance{2};  // of machines whose clock is behind the server's

std::string path_of(const std::string& folder, std::string_view name) {
  return folder + "/" + std::string(name);
}

/// nullopt when there is no such file.
Result<std::optional<Secret<std::string>>> read_key(io::Files& files, const std::string& path) {
  auto text = files.read_all(path, kFileLimit);
  if (text) return Secret<std::string>(std::move(*text));
  if (text.error().code == ErrorCode::not_found) return std::nullopt;
  return std::unexpected(std::move(text).error());
}

Result<CertificatePin> pin_in(const std::string& path, const Secret<std::string>& key) {
  auto pin = pin_of_key(key);
  if (!pin) pin.error().detail = path + ": " + pin.error().detail;
  return pin;
}

Result<Secret<std::string>> key_in_use(io::Files& files, const std::string& folder) {
  const std::string path = path_of(folder, kOwnKeyFile);
  FETTLE_TRY(auto present, read_key(files, path));
  if (present) return std::move(*present);
  FETTLE_TRY(Secret<std::string> made, make_private_key());
  if (auto written = files.write_atomically(path, made.reveal()); !written)
    return std::unexpected(written.error());
  return made;
}

bool are_same(std::vector<std::string> one, std::vector<std::string> other) {
  std::ranges::sort(one);
  std::ranges::sort(other);
  return one == other;
}

/// The certificate as it lies there, when it can go on being used.
std::optional<CertificateFacts> usable_facts(const TlsFiles& files, const std::vector<std::string>& names,
                                             WallTime now) {
  auto facts = check_tls_files(files);
  if (!facts || !are_same(facts->names, names)) return std::nullopt;
  if (now < facts->not_before || now + kRenewedBefore > facts->not_after) return std::nullopt;
  return std::move(*facts);
}

Result<std::vector<CertificatePin>> pins_of(io::Files& files, const std::string& folder,
                                            const Secret<std::string>& key) {
  FETTLE_TRY(const CertificatePin present, pin_in(path_of(folder, kOwnKeyFile), key));
  std::vector<CertificatePin> pins{present};
  FETTLE_TRY(const auto next, read_key(files, path_of(folder, kNextKeyFile)));
  if (next) {
    FETTLE_TRY(const CertificatePin pin, pin_in(path_of(folder, kNextKeyFile), *next));
    if (pin != present) pins.push_back(pin);  // the same after a switch that was interrupted
  }
  return pins;
}

}  // namespace

Result<OwnCertificate> prepare_own_certificate(io::Files& files, const std::string& folder,
                                               const std::vector<std::string>& names, WallTime now) {
  OwnCertificate own;
  FETTLE_TRY(own.files.key_pem, key_in_use(files, folder));
  FETTLE_TRY(own.pins, pins_of(files, folder, own.files.key_pem));
  const std::string path = path_of(folder, kOwnCertificateFile);
  if (auto text = files.read_all(path, kFileLimit)) own.files.certificate_pem = std::move(*text);
  if (auto facts = usable_facts(own.files, names, now)) {
    own.facts = std::move(*facts);
    return own;
  }
  CertificateWish wish{names, now - kClockTolerance, now + kOwnCertificateDays};
  FETTLE_TRY(own.files.certificate_pem, make_certificate(own.files.key_pem, wish));
  if (auto written = files.write_atomically(path, own.files.certificate_pem); !written) {
    return std::unexpected(written.error());
  }
  FETTLE_TRY(own.facts, check_tls_files(own.files));
  return own;
}

Result<std::vector<CertificatePin>> own_certificate_pins(io::Files& files, const std::string& folder) {
  FETTLE_TRY(const auto key, read_key(files, path_of(folder, kOwnKeyFile)));
  if (key) return pins_of(files, folder, *key);
  return fail(ErrorCode::not_found, "no_certificate",
              folder +
                  " holds no certificate of the server's own making: it makes one when it speaks TLS "
                  "and was not given another");
}

Result<CertificatePin> make_next_key(io::Files& files, const std::string& folder) {
  FETTLE_TRY(const auto pins, own_certificate_pins(files, folder));
  if (pins.size() > 1) {
    return fail(ErrorCode::conflict, "next_key_waits",
                "a next key is there already: " + pin_text(pins.back()));
  }
  FETTLE_TRY(const Secret<std::string> made, make_private_key());
  if (auto written = files.write_atomically(path_of(folder, kNextKeyFile), made.reveal()); !written) {
    return std::unexpected(written.error());
  }
  return pin_of_key(made);
}

Result<CertificatePin> switch_to_next_key(io::Files& files, const std::string& folder) {
  const std::string path = path_of(folder, kNextKeyFile);
  FETTLE_TRY(const auto next, read_key(files, path));
  if (!next) {
    return fail(ErrorCode::not_found, "no_next_key",
                "there is no next key: make one first, so that agents hear of it");
  }
  FETTLE_TRY(const CertificatePin pin, pin_in(path, *next));
  // The key in use is replaced as a whole; killed before the next line, the same key is both.
  if (auto written = files.write_atomically(path_of(folder, kOwnKeyFile), next->reveal()); !written) {
    return std::unexpected(written.error());
  }
  if (auto removed = files.remove(path); !removed) return std::unexpected(removed.error());
  return pin;
}

}  // namespace fettle::net
