#include "fettle/stream/resume_rules.h"

#include <gtest/gtest.h>

namespace fettle::stream {
namespace {

constexpr StreamPosition kHere{"Abc12xyZ", 100, 500};

TEST(StreamIds, ReadBackWhatIsWritten) {
  for (const std::uint64_t sequence : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{9007199254740991}}) {
    const StreamId id{"Abc12xyZ", sequence};
    EXPECT_EQ(parse_stream_id(format_stream_id(id)), id);
    EXPECT_LE(format_stream_id(id).size(), kLongestId);
  }
}

TEST(StreamIds, HaveOneSpellingOnly) {
  for (const std::string_view text :
       {"", "-", "Abc12xyZ", "Abc12xyZ-", "Abc12xyZ-01", "Abc12xyZ-+1", "Abc12xyZ- 1", "Abc12xyZ-1 ",
        "Abc12xyZ--1", "Abc12xy-1", "Abc12xyZZ-1", "Abc12xy_-1", "Abc12xyZ-9007199254740992",
        "Abc12xyZ-18446744073709551616", "Abc12xyZ-1\n", "Abc12xyZ_1", "Abc12xyZ-0x1"}) {
    EXPECT_FALSE(parse_stream_id(text)) << text;
  }
  EXPECT_FALSE(parse_stream_id("Abc12xyZ-" + std::string(100, '1')));
}

TEST(ResumeRules, BeginNowWithoutAnId) {
  EXPECT_EQ(decide_resume("", kHere), (ResumePlan{500, {}}));
}

TEST(ResumeRules, GoOnInsideTheWindow) {
  EXPECT_EQ(decide_resume("Abc12xyZ-100", kHere), (ResumePlan{100, {}}));
  EXPECT_EQ(decide_resume("Abc12xyZ-333", kHere), (ResumePlan{333, {}}));
  EXPECT_EQ(decide_resume("Abc12xyZ-500", kHere), (ResumePlan{500, {}}));
}

TEST(ResumeRules, ResyncOutsideOfIt) {
  EXPECT_EQ(decide_resume("Abc12xyZ-99", kHere), (ResumePlan{500, "window"}));
  EXPECT_EQ(decide_resume("Abc12xyZ-501", kHere), (ResumePlan{500, "window"})) << "forged";
  EXPECT_EQ(decide_resume("nonsense", kHere), (ResumePlan{500, "window"}));
  EXPECT_EQ(decide_resume("Abc12xyA-300", kHere), (ResumePlan{500, "restart"}));
}

}  // namespace
}  // namespace fettle::stream
