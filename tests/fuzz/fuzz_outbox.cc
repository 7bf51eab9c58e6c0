// Any bytes as a segment of the outbox: no crash, records in rising order, and what is read twice is the
// same.
#include "fettle/agent/outbox/outbox_state.h"
#include "fettle/agent/outbox/segment_store.h"
#include "fettle/base/check.h"
#include "fettle/io/sim/sim_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fettle;
  using namespace fettle::agent;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto state = parse_state(bytes)) {
    FETTLE_CHECK(parse_state(format_state(*state)) == state);
  }
  io::SimDisk disk(io::SimRandom(1));
  io::SimFiles files(disk);
  FETTLE_CHECK(files.make_folders("/o").has_value());
  FETTLE_CHECK(files.write_atomically(segment_path("/o", 1), bytes).has_value());
  SegmentStore store(files, "/o", {});
  const auto opened = store.open();
  FETTLE_CHECK(opened.has_value());
  wire::Position last;
  for (;;) {
    const auto records = store.read_after(last, 10);
    FETTLE_CHECK(records.has_value());
    if (records->empty()) break;
    for (const OutboxRecord& record : *records) {
      FETTLE_CHECK(record.position > last && record.set_payload != nullptr);
      last = record.position;
    }
  }
  FETTLE_CHECK(last <= opened->last);
  SegmentStore again(files, "/o", {});
  FETTLE_CHECK(again.open()->cut_bytes == 0);
  return 0;
}
