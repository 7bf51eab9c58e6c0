// What the code records, what the catalogue says and what the documentation says are the same.
#include "fettle/events/event_catalog.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "fettle/events/event_json.h"

namespace fettle::events {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

const std::filesystem::path kRoot = FETTLE_SOURCE_ROOT;

TEST(EventCatalog, IsTheTableOfTheDocumentation) {
  const std::string text = read_file(kRoot / "docs/events.md");
  ASSERT_FALSE(text.empty());
  std::string table;
  for (const EventType& known : known_event_types()) {
    table += "| `" + std::string(known.type) + "` | " + std::string(severity_name(known.severity)) + " | " +
             std::string(known.summary) + " |\n";
  }
  EXPECT_NE(text.find(table), std::string::npos) << "docs/events.md must have exactly these rows:\n" << table;
}

TEST(EventCatalog, KnowsEveryTypeThatTheCodeRecords) {
  std::set<std::string> known;
  for (const EventType& type : known_event_types()) known.emplace(type.type);
  // Where an event is made its type is the first text that looks like one.
  const std::regex made(
      R"re((?:make_event\(|\.type = |\.note\(|note_once\()[^;]{0,160}?"([a-z]+\.[a-z_]+)"(?:[^;]{0,40}?: "([a-z]+\.[a-z_]+)")?)re");
  int found = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / "src/fettle")) {
    // The command line has types of other things.
    if (entry.path().extension() != ".cc" || entry.path().string().contains("/fettle/cli/")) continue;
    const std::string text = read_file(entry.path());
    for (std::sregex_iterator at(text.begin(), text.end(), made), end; at != end; ++at) {
      for (const std::size_t group : {1U, 2U}) {
        const std::string type = (*at)[group];
        if (type.empty()) continue;
        ++found;
        EXPECT_TRUE(known.contains(type)) << type << " in " << entry.path() << " is not in the catalogue";
      }
    }
  }
  EXPECT_GT(found, 10) << "the way events are made has changed; this test looks for the old one";
}

}  // namespace
}  // namespace fettle::events
