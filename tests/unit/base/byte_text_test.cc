#include "fettle/base/byte_text.h"

#include <gtest/gtest.h>

namespace fettle {
namespace {

TEST(FormatBytes, KeepsThreeDigitsAndChangesUnitBeforeAFourth) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(999.6), "0.98 KiB");
  EXPECT_EQ(format_bytes(1024), "1.00 KiB");
  EXPECT_EQ(format_bytes(1536), "1.50 KiB");
  EXPECT_EQ(format_bytes(11.04 * 1024), "11.0 KiB");
  EXPECT_EQ(format_bytes(99.96 * 1024), "100 KiB");
  EXPECT_EQ(format_bytes(999.4 * 1024), "999 KiB");
  EXPECT_EQ(format_bytes(999.5 * 1024), "0.98 MiB");
  EXPECT_EQ(format_bytes(3.42 * 1024 * 1024 * 1024), "3.42 GiB");
  EXPECT_EQ(format_bytes(1e21), "888178 PiB");
}

}  // namespace
}  // namespace fettle
