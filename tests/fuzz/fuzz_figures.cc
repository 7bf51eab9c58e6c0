// Any text as a label value: one line comes out, and its quotes close where they should.
#include "fettle/base/check.h"
#include "fettle/base/text.h"
#include "fettle/metrics/figure_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fettle::metrics;
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  static_cast<void>(choose_figure_format(value));
  FigureWriter writer(FigureFormat::prometheus);
  writer.begin_gauge("x", "", "x");
  writer.add({{"a", value}, {"b", "end"}}, 1);
  const std::string text = writer.finish();
  FETTLE_CHECK(fettle::is_valid_utf8(text));
  constexpr std::string_view kBegin = "# TYPE x gauge\n# HELP x x\nx{a=\"";
  constexpr std::string_view kEnd = "\",b=\"end\"} 1\n";
  FETTLE_CHECK(text.starts_with(kBegin) && text.ends_with(kEnd));
  const std::string_view inside =
      std::string_view(text).substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size());
  for (std::size_t at = 0; at < inside.size(); ++at) {
    FETTLE_CHECK(inside[at] != '"' && inside[at] != '\n');
    if (inside[at] != '\\') continue;
    ++at;
    FETTLE_CHECK(at < inside.size() && std::string_view("\\\"n").find(inside[at]) != std::string_view::npos);
  }
  return 0;
}
