#include "fettle/fleet/host_text_rules.h"

#include <gtest/gtest.h>

namespace fettle::fleet {
namespace {

TEST(HostText, NamesThatCannotBeReadAreRefusedWithTheField) {
  for (const std::string& name :
       {std::string("web-1"),
        std::string("B\xc3\xbc"
                    "ro 2"),
        std::string(64, 'x'), std::string("\xd7\x90\xd7\x91"), std::string("<b>x</b>")})
    EXPECT_TRUE(check_host_name(name, "/body/name")) << name;
  for (const std::string& name :
       {std::string(), std::string(65, 'x'), std::string(65'536, 'x'), std::string("a\nb"),
        std::string("a\0b", 3), std::string("\xff"), std::string(" web"), std::string("web "),
        std::string("a\xe2\x80\xae"
                    "b"),
        std::string("\xe2\x81\xa7x"), std::string("a\xd8\x9c"), std::string("\xc2\x85")}) {
    const auto checked = check_host_name(name, "/body/name");
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().code, ErrorCode::unprocessable);
    EXPECT_EQ(checked.error().fields.at(0).pointer, "/body/name");
  }
}

TEST(HostText, ALabelThatIsNotAllowedIsNamed) {
  EXPECT_TRUE(check_labels({{"role", "db"}, {"a.b/c_d-e", ""}, {"9", "x y"}}, "/body/labels"));
  const auto pointer_of = [](const Labels& labels) {
    const auto checked = check_labels(labels, "/body/labels");
    return checked ? std::string() : checked.error().fields.at(0).pointer;
  };
  EXPECT_EQ(pointer_of({{"role", "a\nb"}}), "/body/labels/role");
  EXPECT_EQ(pointer_of({{"role", std::string(129, 'x')}}), "/body/labels/role");
  EXPECT_EQ(pointer_of({{"role", "\xe2\x80\xae"}}), "/body/labels/role");
  EXPECT_EQ(pointer_of({{"a b", "x"}}), "/body/labels/a b");
  EXPECT_EQ(pointer_of({{"/x", "x"}}), "/body/labels/~1x");
  EXPECT_EQ(pointer_of({{"a\x1b", "x"}}), "/body/labels/a\\x1b") << "a pointer that can be shown";
  EXPECT_LT(pointer_of({{std::string(65'536, 'x'), "x"}}).size(), 200U);
  Labels many;
  for (int i = 0; i < 33; ++i) many["k" + std::to_string(i)] = "v";
  EXPECT_EQ(pointer_of(many), "/body/labels");
}

TEST(HostText, WhatIsGivenByHandWinsOverTheAgent) {
  const Labels by_agent =
      allowed_labels({{"role", "db"}, {"site", "ams"}, {"b\nad", "x"}, {"ok", "\xe2\x80\xae"}});
  EXPECT_EQ(by_agent, (Labels{{"role", "db"}, {"site", "ams"}}));
  EXPECT_EQ(merged_labels({{"role", "web"}}, by_agent), (Labels{{"role", "web"}, {"site", "ams"}}));
}

}  // namespace
}  // namespace fettle::fleet
