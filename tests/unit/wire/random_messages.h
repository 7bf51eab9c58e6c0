// Random but valid messages of every kind, for properties of the codec. A seed gives the same message always.
#pragma once
#include <algorithm>
#include <limits>
#include <random>

#include "fettle/base/text.h"
#include "fettle/wire/messages.h"

namespace fettle::wire {

class RandomMessages {
 public:
  explicit RandomMessages(std::uint32_t seed) : random_(seed) {}

  Message any() {
    switch (below(20)) {
      case 0:
        return Unknown{};
      case 1:
        return Challenge{text(), {small(), small()}, text(), below(2) == 1};
      case 2:
        return hello();
      case 3:
        return Welcome{position(), settings(), time(), word()};
      case 4:
        return series_set();
      case 5:
        return heartbeat();
      case 6:
        return Ack{position()};
      case 7:
        return settings();
      case 8:
        return KeyChange{text(), text(), text()};
      case 9:
        return KeyChanged{text()};
      case 10:
        return CertificatePins{std::vector<CertificatePin>(below(kMaxPins + 1), sha256(text()))};
      case 11:
        return RunOrder{text(), word(), text(), text(), below(2) == 1, texts(), texts(), small()};
      case 12:
        return RunTaken{text(), word(), text()};
      case 13:
        return RunCancel{text(), word()};
      case 14:
        return report();
      case 15:
        return RunReportAck{text(), word(), word()};
      case 16:
        return RunsHeld{text(), std::vector<HeldRun>(below(4), HeldRun{text(), word(), below(2) == 1})};
      case 17:
        return RunOpened{text(), text(), text(), time(), text(), text()};
      case 18:
        return commands();
      default:
        return Goodbye{text()};
    }
  }

  Heartbeat heartbeat() {
    Heartbeat beat{position(), position(), time(), static_cast<std::int64_t>(below(kMostMonotonicMs + 1)),
                   word(),     {},         {}};
    for (std::uint64_t left = below(60); left > 0; --left) beat.values.push_back(number());
    if (below(4) == 0) beat.inventory = inventory();
    return beat;
  }

  SeriesSet series_set() {
    SeriesSet set{word(), text(), {}};
    for (std::uint64_t left = below(60); left > 0; --left)
      set.series.push_back({text(), text(), static_cast<SeriesKind>(below(3))});
    return set;
  }

  Hello hello() {
    return {{small(), small()}, text(), text(), text(), word(), time(), time(),
            inventory(),        word(), word(), word()};
  }

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

 private:
  RunReport report() {
    RunReport out{text(), word(), word(), time(), static_cast<RunPhase>(below(7)), text(), {}, {}, {}};
    if (below(2) == 0) out.exit_code = static_cast<std::int32_t>(small());
    for (std::uint64_t left = below(4); left > 0; --left) {
      StepReport step{small(), static_cast<StepPhase>(below(7)), text(), below(2) == 1, time(), time(), {},
                      {}};
      step.deadline_s = small();
      if (below(2) == 0) step.fraction = static_cast<double>(below(9)) / 8;
      for (std::uint64_t counters = below(4); counters > 0; --counters) step.counters[text()] = number();
      out.steps.push_back(std::move(step));
    }
    for (std::uint64_t left = below(4); left > 0; --left)
      out.log.push_back({time(), static_cast<std::uint32_t>(below(4)), small(), text()});
    return out;
  }
  HostCommands commands() {
    HostCommands out{texts()};
    for (std::string& name : out.names) name = std::string(truncate_utf8(name, kMaxCommandName));
    return out;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> out(below(4));
    for (std::string& one : out) one = text();
    return out;
  }
  Inventory inventory() {
    Inventory out{text(), text(), text(), text(), text(), small(), word(),
                  text(), time(), text(), text(), {},     {}};
    if (below(2) == 0) {
      out.units.emplace();
      for (std::uint64_t left = below(5); left > 0; --left) out.units->failed.push_back(text());
      out.units->failed_total = static_cast<std::uint32_t>(out.units->failed.size() + below(3));
    }
    for (std::uint64_t left = below(5); left > 0; --left) out.labels[text()] = text();
    return out;
  }
  Position position() { return {word(), word()}; }
  Settings settings() { return {small()}; }
  std::uint32_t small() { return static_cast<std::uint32_t>(word()); }
  /// Every length of varint is as likely as any other; the extremes come up too.
  std::uint64_t word() {
    if (below(8) == 0) return std::numeric_limits<std::uint64_t>::max();
    return random_() >> below(64);
  }
  std::int64_t number() {
    if (below(8) == 0) return kAbsent;
    const auto value = static_cast<std::int64_t>(word() >> 1);
    return below(2) == 0 ? value : -value;
  }
  /// One that decode leaves as it is.
  std::int64_t time() {
    return below(8) == 0 ? kLastUnixMs : std::clamp(number(), kFirstUnixMs, kLastUnixMs);
  }
  std::string text() {
    static constexpr std::array<std::string_view, 6> kPieces = {"eth0", "/",   "ü", "\xF0\x9F\x90\x9D",
                                                                " ",    "cpu."};
    std::string out;
    for (std::uint64_t left = below(8); left > 0; --left) out += kPieces[below(kPieces.size())];
    if (below(16) == 0) out.assign(kMaxText, 'x');
    return out;
  }

  std::mt19937_64 random_;
};

}  // namespace fettle::wire
