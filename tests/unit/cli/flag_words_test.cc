#include "fettle/cli/flag_words.h"

#include <gtest/gtest.h>

namespace fettle::cli {
namespace {

Error of(std::string pointer, std::string detail) {
  Error error;
  error.detail = detail;
  error.fields = {{std::move(pointer), std::move(detail)}};
  return error;
}

TEST(FlagWords, MakeOneSentenceWithTheFlag) {
  EXPECT_EQ(in_flags(of("/body/parameters/name", "must be a command of web-1: nightly")).detail,
            "--set name=VALUE must be a command of web-1: nightly");
  EXPECT_EQ(in_flags(of("/body/jitter_ms", "must be less")).detail, "--jitter must be less");
  EXPECT_EQ(in_flags(of("/body/misfire_limit", "must be less")).detail, "--misfire-limit must be less");
  EXPECT_EQ(in_flags(of("/body/target_kind", "must be host for this plan")).detail,
            "this plan runs on a host: --host says which");
  EXPECT_TRUE(in_flags(of("/body/timing", "x")).fields.empty());
}

TEST(FlagWords, LeaveWhatSaysItAllAndNameEachOfSeveral) {
  Error other = of("/body/timing", "column 1: 99 is too large");
  other.detail = "The timing cannot be understood.";
  const Error kept = in_flags(other);
  EXPECT_EQ(kept.detail, "The timing cannot be understood.");
  EXPECT_EQ(kept.fields.at(0).pointer, "--timing");
  other.fields.push_back({"/query/limit", "is too much"});
  EXPECT_EQ(in_flags(other).fields.at(1).pointer, "/query/limit");
  EXPECT_TRUE(in_flags(Error{}).fields.empty());
}

}  // namespace
}  // namespace fettle::cli
