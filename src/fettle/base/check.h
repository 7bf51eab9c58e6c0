// FETTLE_CHECK: always on, for mistakes of our own, never for input. Prints where and why to stderr and
// aborts.
#pragma once
#include <string_view>

namespace fettle {
[[noreturn]] void check_failed(const char* file, int line, const char* condition, std::string_view why);
}

#define FETTLE_CHECK(condition, ...)                                                         \
  do {                                                                                       \
    if (!(condition)) [[unlikely]]                                                           \
      ::fettle::check_failed(__FILE__, __LINE__, #condition, std::string_view{__VA_ARGS__}); \
  } while (false)
