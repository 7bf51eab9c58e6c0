// Numbers as a chart shows them: six significant digits, which is half the bytes of a whole double and more
// than a screen can tell apart. Any thread.
#pragma once
#include <string>

namespace fettle::fleet {

/// As a JSON number, rounded half away from zero; "null" for what is not finite. Large ones stand as
/// 252765e5 where that is shorter.
void append_short_number(std::string& out, double value);

}  // namespace fettle::fleet
