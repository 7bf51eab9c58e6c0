#include "fettle/net/tls_certificate.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "fettle/base/check.h"
#include "fettle/net/tls_failure.h"
#include "fettle/net/tls_handles.h"

namespace fettle::net {
namespace {

BioPtr bio_over(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(const BioPtr& bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(std::max(size, 0L))};
}

/// No prompt for a pass phrase at a server: a key that has one is refused.
int no_pass_phrase(char* /*out*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return 0;
}

Result<X509Ptr> parse_certificate(std::string_view pem) {
  const BioPtr bio = bio_over(pem);
  X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, no_pass_phrase, nullptr));
  if (certificate) return certificate;
  return fail(ErrorCode::corrupt, "certificate_unreadable",
              "there is no certificate in PEM form in it (" + tls_library_error() + ")");
}

Result<KeyPtr> parse_key(std::string_view pem) {
  const BioPtr bio = bio_over(pem);
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr));
  if (key) return key;
  return fail(
      ErrorCode::corrupt, "key_unreadable",
      "there is no private key in PEM form in it, or it has a pass phrase (" + tls_library_error() + ")");
}

CertificatePin pin_of(const unsigned char* bytes, int size) {
  return size > 0 ? sha256(Bytes{bytes, static_cast<std::size_t>(size)}) : CertificatePin{};
}

WallTime time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return wall_from_unix_ms(static_cast<std::int64_t>(::timegm(&parts)) * 1000);
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(bytes) != 16) return {};
  return ::inet_ntop(family, ASN1_STRING_get0_data(bytes), out.data(), out.size()) != nullptr ? out.data()
                                                                                              : "";
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  auto* list =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; list != nullptr && i < sk_GENERAL_NAME_num(list); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(list, i);
    if (name->type == GEN_DNS) {
      names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                         static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    } else if (name->type == GEN_IPADD) {
      names.push_back(address_of(name->d.iPAddress));
    }
  }
  GENERAL_NAMES_free(list);
  return names;
}

CertificateFacts facts_of(X509* certificate) {
  CertificateFacts facts;
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
  facts.pin = pin_of(bytes, size);
  OPENSSL_free(bytes);
  facts.not_before = time_of(X509_get0_notBefore(certificate));
  facts.not_after = time_of(X509_get0_notAfter(certificate));
  facts.names = names_of(certificate);
  return facts;
}

bool is_address(const std::string& name) {
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

bool add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr) return false;
  const bool is_added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return is_added;
}

/// 20 random bytes, positive (RFC 5280 section 4.1.2.2).
bool set_serial(X509* certificate) {
  std::array<unsigned char, 20> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);
  BIGNUM* number = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
  const bool is_set =
      number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  return is_set;
}

bool set_time(ASN1_TIME* time, WallTime at) {
  return ASN1_TIME_set(time, static_cast<std::time_t>(unix_ms(at) / 1000)) != nullptr;
}

bool set_subject(X509* certificate, const std::string& name) {
  constexpr std::size_t kLongestCommonName = 64;  // RFC 5280 appendix A.1, ub-common-name
  X509_NAME* subject = X509_get_subject_name(certificate);
  const auto add = [subject](const char* field, const std::string& value) {
    return X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(value.data()),
                                      static_cast<int>(value.size()), -1, 0) == 1;
  };
  return add("O", "Fettle") && add("CN", name.substr(0, kLongestCommonName)) &&
         X509_set_issuer_name(certificate, subject) == 1;
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    if (name.find_first_of(",\n") != std::string::npos) continue;  // would read as more than one
    out += (out.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
  }
  return out;
}

std::unexpected<Error> cannot_make(const char* what) {
  return fail(ErrorCode::internal, "certificate_not_made",
              std::string(what) + " failed: " + tls_library_error());
}

}  // namespace

Result<CertificateFacts> read_certificate(std::string_view certificate_pem) {
  FETTLE_TRY(const X509Ptr certificate, parse_certificate(certificate_pem));
  return facts_of(certificate.get());
}

Result<CertificateFacts> check_tls_files(const TlsFiles& files) {
  FETTLE_TRY(const X509Ptr certificate, parse_certificate(files.certificate_pem));
  FETTLE_TRY(const KeyPtr key, parse_key(files.key_pem.reveal()));
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::corrupt, "key_does_not_match",
                "the private key does not belong to the certificate");
  }
  return facts_of(certificate.get());
}

Result<> check_validity(const CertificateFacts& facts, WallTime now) {
  if (now > facts.not_after) {
    return fail(ErrorCode::unprocessable, "certificate_expired",
                "the certificate expired at " + format_time(facts.not_after));
  }
  if (now < facts.not_before) {
    return fail(ErrorCode::unprocessable, "certificate_not_yet_valid",
                "the certificate is valid only from " + format_time(facts.not_before) +
                    ", or the clock of this machine is behind");
  }
  return {};
}

Result<> check_validity_now(const CertificateFacts& facts) {
  return check_validity(facts, std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now()));
}

Result<Secret<std::string>> make_private_key() {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!key || !bio ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return cannot_make("making a key");
  }
  return Secret<std::string>(text_of(bio));
}

Result<CertificatePin> pin_of_key(const Secret<std::string>& key_pem) {
  FETTLE_TRY(const KeyPtr key, parse_key(key_pem.reveal()));
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(key.get(), &bytes);
  const CertificatePin pin = pin_of(bytes, size);
  OPENSSL_free(bytes);
  return pin;
}

Result<std::string> make_certificate(const Secret<std::string>& key_pem, const CertificateWish& wish) {
  FETTLE_CHECK(!wish.names.empty(), "a certificate is for somebody");
  FETTLE_TRY(const KeyPtr key, parse_key(key_pem.reveal()));
  const X509Ptr certificate(X509_new());
  if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      !set_serial(certificate.get()) || !set_time(X509_getm_notBefore(certificate.get()), wish.not_before) ||
      !set_time(X509_getm_notAfter(certificate.get()), wish.not_after) ||
      !set_subject(certificate.get(), wish.names.front()) ||
      X509_set_pubkey(certificate.get(), key.get()) != 1) {
    return cannot_make("making a certificate");
  }
  const bool is_extended =
      add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE") &&
      add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature") &&
      add_extension(certificate.get(), NID_ext_key_usage, "serverAuth") &&
      add_extension(certificate.get(), NID_subject_key_identifier, "hash") &&
      add_extension(certificate.get(), NID_subject_alt_name, alternative_names(wish.names));
  if (!is_extended || X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) {
    return cannot_make("signing a certificate");
  }
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), certificate.get()) != 1)
    return cannot_make("writing a certificate");
  return text_of(bio);
}

}  // namespace fettle::net
