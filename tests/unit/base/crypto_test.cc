#include "fettle/base/crypto.h"

#include <gtest/gtest.h>

#include <random>

#include "fettle/base/encoding.h"

namespace fettle {
namespace {

constexpr PasswordCost kCheap{8UL * 1024, 1};

std::vector<std::uint8_t> unhex(std::string_view hex) {
  std::vector<std::uint8_t> out(hex.size() / 2);
  EXPECT_TRUE(hex_decode(hex, out)) << hex;
  return out;
}

template <std::size_t N>
std::array<std::uint8_t, N> fixed(std::string_view hex) {
  std::array<std::uint8_t, N> out{};
  EXPECT_TRUE(hex_decode(hex, out)) << hex;
  return out;
}

class Crypto : public testing::Test {
 protected:
  static void SetUpTestSuite() { crypto_start(); }
  std::mt19937_64 random_{3};
  std::vector<std::uint8_t> some_bytes(std::size_t size) {
    std::vector<std::uint8_t> out(size);
    for (auto& byte : out) byte = static_cast<std::uint8_t>(random_());
    return out;
  }
  Key256 some_key() {
    std::array<std::uint8_t, 32> key{};
    for (auto& byte : key) byte = static_cast<std::uint8_t>(random_());
    return Key256(key);
  }
};

// Source: FIPS 180-4 examples.
TEST_F(Crypto, Sha256KnowsItsVectors) {
  EXPECT_EQ(hex_encode(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_encode(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// RFC 4231 test case 2, its key padded with zeros as HMAC itself does.
TEST_F(Crypto, HmacKnowsItsVector) {
  std::array<std::uint8_t, 32> key{'J', 'e', 'f', 'e'};
  EXPECT_EQ(hex_encode(hmac_sha256(Key256(key), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// RFC 8032 section 7.1, TEST 2.
TEST_F(Crypto, SignsAsTheStandardSays) {
  const Key256 seed(fixed<32>("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  const SigningKey key = make_signing_key(seed);
  EXPECT_EQ(hex_encode(key.public_key), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const Signature signature = sign(key, unhex("72"));
  EXPECT_EQ(hex_encode(signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_TRUE(verify_signature(key.public_key, unhex("72"), signature));
}

TEST_F(Crypto, NoChangedBitVerifies) {
  const SigningKey key = make_signing_key(some_key());
  const auto message = some_bytes(40);
  const Signature good = sign(key, message);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Signature bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 1U << bit % 8);
    ASSERT_FALSE(verify_signature(key.public_key, message, bad)) << bit;
  }
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    auto bad = message;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 1U << bit % 8);
    ASSERT_FALSE(verify_signature(key.public_key, bad, good)) << bit;
  }
  EXPECT_FALSE(verify_signature(make_signing_key(some_key()).public_key, message, good));
}

TEST_F(Crypto, OpensOnlyWhatWasSealedAsItWasSealed) {
  const Key256 key = some_key();
  Nonce192 nonce{};
  nonce[3] = 9;
  for (const std::size_t size : {0U, 1U, 63U, 1000U}) {
    const auto plain = some_bytes(size);
    const auto associated = some_bytes(20);
    const auto sealed = seal(key, nonce, plain, associated);
    ASSERT_EQ(sealed.size(), size + 16);
    ASSERT_EQ(open_sealed(key, nonce, sealed, associated), plain);
    auto bad = sealed;
    bad[size / 2] ^= 1U;
    EXPECT_FALSE(open_sealed(key, nonce, bad, associated));
    auto other = associated;
    other[19] ^= 0x80U;
    EXPECT_FALSE(open_sealed(key, nonce, sealed, other));
    EXPECT_FALSE(open_sealed(key, Nonce192{}, sealed, associated));
    EXPECT_FALSE(open_sealed(some_key(), nonce, sealed, associated));
    EXPECT_FALSE(open_sealed(key, nonce, Bytes(sealed).first(sealed.size() - 1), associated));
  }
  EXPECT_FALSE(open_sealed(key, nonce, {}, {}));
}

bool verifies(std::string_view password, const std::string& stored) {
  return verify_password(password, stored).value();
}

TEST_F(Crypto, PasswordsVerifyAgainstTheirOwnHashOnly) {
  const std::string hash = hash_password("correct horse battery", Salt{1, 2, 3}, kCheap).value();
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$")) << hash;
  EXPECT_TRUE(verifies("correct horse battery", hash));
  EXPECT_FALSE(verifies("correct horse batterx", hash));
  EXPECT_FALSE(verifies("", hash));
  EXPECT_NE(hash, hash_password("correct horse battery", Salt{1, 2, 4}, kCheap));
  EXPECT_EQ(hash, hash_password("correct horse battery", Salt{1, 2, 3}, kCheap));
  const std::string with_nul("a\0b", 3);
  EXPECT_FALSE(verifies("a", hash_password(with_nul, Salt{}, kCheap).value()));
}

TEST_F(Crypto, NoHashIsNoPassword) {
  for (const std::string& stored : {std::string(), std::string("x"),
                                    std::string("$argon2id$v=19$m=8,t=1,p=1$$"), std::string(500, '$')}) {
    EXPECT_FALSE(verifies("", stored));
  }
}

TEST_F(Crypto, WithoutMemoryNoPasswordIsWrong) {
  const std::string four_tebibytes =
      "$argon2id$v=19$m=4294967295,t=1,p=1$" + std::string(22, 'A') + "$" + std::string(43, 'A');
  const auto checked = verify_password("x", four_tebibytes);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::unavailable);
  const auto hashed =
      hash_password("x", Salt{}, {.memory_bytes = std::size_t{4294967295} * 1024, .passes = 1});
  ASSERT_FALSE(hashed);
  EXPECT_EQ(hashed.error().code, ErrorCode::unavailable);
}

TEST_F(Crypto, TheDefaultCostIsTheOneThatWasChosen) {
  const std::string hash = hash_password("x", Salt{}, {}).value();
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$")) << hash;
  EXPECT_TRUE(verifies("x", hash));
}

TEST_F(Crypto, ComparesBytes) {
  EXPECT_TRUE(constant_time_equals(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(constant_time_equals(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(constant_time_equals(as_bytes("abc"), as_bytes("ab")));
  EXPECT_TRUE(constant_time_equals({}, {}));
}

}  // namespace
}  // namespace fettle
