#include <gtest/gtest.h>

#include <set>

#include "fettle/wire/messages.h"

namespace fettle::wire {
namespace {

SeriesSet example() {
  return {0, "boot", {{"cpu.user", "", SeriesKind::counter}, {"net.rx_bytes", "eth0", SeriesKind::counter}}};
}

TEST(SeriesSetId, DependsOnEveryPartAndItsPlace) {
  std::set<std::uint64_t> ids;
  const auto add = [&ids](const SeriesSet& set) { return ids.insert(series_set_id(set)).second; };
  EXPECT_TRUE(add(example()));
  SeriesSet changed = example();
  changed.boot_id = "boot2";
  EXPECT_TRUE(add(changed));
  changed = example();
  changed.series[1].label = "eth1";
  EXPECT_TRUE(add(changed));
  changed = example();
  changed.series[1].kind = SeriesKind::gauge;
  EXPECT_TRUE(add(changed));
  changed = example();
  std::swap(changed.series[0], changed.series[1]);
  EXPECT_TRUE(add(changed));
  changed = example();
  changed.series.pop_back();
  EXPECT_TRUE(add(changed));
  changed = example();  // the same characters in other parts
  changed.series[1].metric = "net.rx_byteseth0";
  changed.series[1].label = "";
  EXPECT_TRUE(add(changed));
}

TEST(SeriesSetId, IsOfTheContentNotOfTheIdInside) {
  SeriesSet set = example();
  set.id = 77;
  EXPECT_EQ(series_set_id(set), series_set_id(example()));
}

TEST(SeriesSetId, IsTheSameBeforeAndAfterTheJourney) {
  SeriesSet set = example();
  set.series[1].label = "odd \xC3( name";
  Message out;
  ASSERT_TRUE(Decoder().decode(encode(set), out));
  EXPECT_NE(std::get<SeriesSet>(out).series[1].label, set.series[1].label);
  EXPECT_EQ(series_set_id(std::get<SeriesSet>(out)), series_set_id(set));
}

TEST(HelloSigningInput, StandsInTheOrderOfTheProtocol) {
  EXPECT_EQ(hello_signing_input({"NONCE", "SERVER", "HOST", ""}), "fettle-hello-v1NONCESERVERHOST");
}

}  // namespace
}  // namespace fettle::wire
