#include "fettle/cli/config_reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "fettle/cli/config.h"

namespace fettle::cli {
namespace {

TEST(ConfigReference, ThePageInDocsIsCurrent) {
  std::ifstream file(FETTLE_DOCS_FOLDER "/configuration.md");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), config_reference_markdown())
      << "write it again: build/release/bin/fettle config reference > docs/configuration.md";
}

TEST(ConfigReference, NamesEveryKeyWithItsEnvironmentName) {
  std::string page = config_reference_markdown();
  for (const ConfigKey& key : config_keys()) {
    EXPECT_THAT(page, testing::HasSubstr("`" + std::string(key.name) + "`"));
    EXPECT_THAT(page, testing::HasSubstr("`" + environment_name(key) + "`"));
  }
}

TEST(ConfigReference, TheExampleIsAConfigurationAndChangesNothing) {
  std::string example = config_example_toml();
  ConfigOutcome commented =
      resolve_config({.file_path = "f", .file_text = example, .environment = {}, .flags = {}});
  EXPECT_TRUE(commented.problems.empty());

  // With every key uncommented it still says only defaults.
  std::string active;
  std::istringstream lines(example);
  std::size_t keys = 0;
  for (std::string line; std::getline(lines, line);) {
    bool is_key = line.starts_with("# ") && line.find(" = ") != std::string::npos &&
                  line.find("Allowed:") == std::string::npos;
    active += (is_key ? line.substr(2) : line) + "\n";
    keys += is_key;
  }
  EXPECT_EQ(keys, config_keys().size());
  ConfigOutcome outcome =
      resolve_config({.file_path = "f", .file_text = active, .environment = {}, .flags = {}});
  EXPECT_TRUE(outcome.problems.empty());
  for (const ConfigSetting& setting : outcome.config.settings()) {
    EXPECT_NE(setting.origin, "default") << setting.key->name;
    EXPECT_EQ(setting.value, *parse_config_text(*setting.key, setting.key->fallback));
  }
}

}  // namespace
}  // namespace fettle::cli
