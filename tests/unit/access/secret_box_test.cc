#include "fettle/access/secret_box.h"

#include <gtest/gtest.h>

#include "fettle/access/builtin.h"
#include "fettle/io/system_files.h"
#include "tests/unit/store/store_fixture.h"

namespace fettle::access {
namespace {

const SecretPlace kPlace{kDefaultEnvironment, "channel", "channel_1", "password"};

Key256 key_of(std::uint8_t value) {
  std::array<std::uint8_t, 32> key{};
  key.fill(value);
  return Key256(key);
}

class SecretBoxes : public testing::Test {
 protected:
  static void SetUpTestSuite() { crypto_start(); }
  SecretBox box_{{key_of(1)}};
  std::vector<std::uint8_t> sealed_ = box_.seal(kPlace, Secret<>("tell no one"), Nonce192{7});
};

TEST_F(SecretBoxes, OpensInItsPlace) {
  EXPECT_EQ(box_.open(kPlace, sealed_)->reveal(), "tell no one");
  EXPECT_EQ(box_.open(kPlace, box_.seal(kPlace, Secret<>(""), Nonce192{}))->reveal(), "");
}

TEST_F(SecretBoxes, OpensInNoOtherPlace) {
  for (const SecretPlace& other : {SecretPlace{kSystemEnvironment, "channel", "channel_1", "password"},
                                   SecretPlace{kDefaultEnvironment, "target", "channel_1", "password"},
                                   SecretPlace{kDefaultEnvironment, "channel", "channel_2", "password"},
                                   SecretPlace{kDefaultEnvironment, "channel", "channel_1", "token"},
                                   SecretPlace{kDefaultEnvironment, "channelc", "hannel_1", "password"}}) {
    const auto opened = box_.open(other, sealed_);
    ASSERT_FALSE(opened) << other.row;
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
    EXPECT_EQ(opened.error().reason, "secret_does_not_open");
  }
}

TEST_F(SecretBoxes, NoChangedBitOpens) {
  for (std::size_t bit = 0; bit < sealed_.size() * 8; ++bit) {
    auto bad = sealed_;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 1U << bit % 8);
    ASSERT_FALSE(box_.open(kPlace, bad)) << bit;
  }
  for (std::size_t size = 0; size < sealed_.size(); ++size) {
    ASSERT_FALSE(box_.open(kPlace, Bytes(sealed_).first(size))) << size;
  }
}

TEST_F(SecretBoxes, NamesWhatIsWrong) {
  auto newer = sealed_;
  newer[0] = 2;
  EXPECT_EQ(box_.open(kPlace, newer).error().reason, "secret_unknown_version");
  EXPECT_EQ(SecretBox({key_of(2)}).open(kPlace, sealed_).error().reason, "secret_unknown_key");
  // Another key under this one's id: the id is no permission.
  auto swapped = SecretBox({key_of(2)}).seal(kPlace, Secret<>("x"), Nonce192{});
  std::copy_n(sealed_.begin() + 1, 8, swapped.begin() + 1);
  EXPECT_EQ(box_.open(kPlace, swapped).error().reason, "secret_does_not_open");
}

TEST_F(SecretBoxes, RotationCanStopAnywhere) {
  const SecretBox rotated({key_of(2), key_of(1)});
  EXPECT_EQ(rotated.open(kPlace, sealed_)->reveal(), "tell no one");
  EXPECT_FALSE(rotated.is_sealed_with_newest(sealed_));
  const auto anew = rotated.seal(kPlace, *rotated.open(kPlace, sealed_), Nonce192{8});
  EXPECT_TRUE(rotated.is_sealed_with_newest(anew));
  EXPECT_EQ(SecretBox({key_of(2)}).open(kPlace, anew)->reveal(), "tell no one");
  EXPECT_FALSE(box_.open(kPlace, anew));
}

TEST_F(SecretBoxes, DoesNotShowWhatItHides) {
  const std::string bytes(sealed_.begin(), sealed_.end());
  EXPECT_EQ(bytes.find("tell"), std::string::npos);
  EXPECT_NE(sealed_, box_.seal(kPlace, Secret<>("tell no one"), Nonce192{9}));
}

struct MasterKeyFile : testing::Test {
  static void SetUpTestSuite() { crypto_start(); }
  store::Folder folder;
  io::SystemFiles files;
  MasterKeyPlaces places{"", folder.path() + "/master-key"};
  std::array<std::uint8_t, 32> random{1, 2, 3};
};

TEST_F(MasterKeyFile, IsMadeOnceAndForTheOwnerOnly) {
  const auto made = load_or_make_master_keys(files, places, random);
  ASSERT_TRUE(made);
  const auto perms = std::filesystem::status(places.file_path).permissions();
  EXPECT_EQ(perms & (std::filesystem::perms::group_all | std::filesystem::perms::others_all),
            std::filesystem::perms::none);
  const auto again = load_or_make_master_keys(files, places, {9});
  ASSERT_TRUE(again);
  EXPECT_EQ(key_id_of(made->at(0)), key_id_of(again->at(0)));
}

TEST_F(MasterKeyFile, HoldsOlderKeysBelowTheNewest) {
  ASSERT_TRUE(
      files.write_atomically(places.file_path, std::string(64, '2') + "\n" + std::string(64, '1') + "\n"));
  const auto keys = load_or_make_master_keys(files, places, random);
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ(keys->at(0).reveal()[0], 0x22);
}

TEST_F(MasterKeyFile, AnUnreadableOneIsLeftAlone) {
  for (const std::string& bad :
       {std::string(), std::string(63, '1'), std::string(64, 'g'), std::string(64, '1') + "\n\n1"}) {
    ASSERT_TRUE(files.write_atomically(places.file_path, bad));
    const auto keys = load_or_make_master_keys(files, places, random);
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().reason, "master_key_unreadable");
    EXPECT_EQ(files.read_all(places.file_path, 1000), bad);
  }
}

TEST_F(MasterKeyFile, ACredentialComesFirstAndIsNeverMade) {
  places.credential_path = folder.path() + "/credential";
  EXPECT_FALSE(load_or_make_master_keys(files, places, random));
  ASSERT_TRUE(files.write_atomically(places.credential_path, std::string(64, '5')));
  const auto keys = load_or_make_master_keys(files, places, random);
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->at(0).reveal()[0], 0x55);
  EXPECT_FALSE(std::filesystem::exists(places.file_path));
}

}  // namespace
}  // namespace fettle::access
